"""The server around the pages: what stands before it, and the browser that it opens."""

import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from inspector.ui.uploads import UploadGate

MIDDLEWARE = (Middleware(UploadGate),)
_UP_SECONDS = 0.5


@asynccontextmanager
async def opened(app: object) -> AsyncIterator[None]:
    """Opens the page in a browser of this machine, where there is one, once the server is up."""
    if not st.get_option("server.headless"):
        opener = threading.Timer(_UP_SECONDS, webbrowser.open, (_url(),))
        opener.daemon = True
        opener.start()
    yield


def _url() -> str:
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    address = st.get_option("server.address") or st.get_option("browser.serverAddress")
    if address in ("", "0.0.0.0", "::"):
        address = "localhost"
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{scheme}://{address}:{st.get_option('server.port')}/{base}"
