"""Asking an engine: who asks, and not sending a model file that it knows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import streamlit as st

from inspector.core.compare_requests import CompareRequest, TrainRequest
from inspector.core.requests import InspectRequest, ModelFile, Progress
from inspector.errors import FileNeeded
from inspector.ui.choices import Key
from inspector.worker.client import Engine

_COOKIE = "_streamlit_xsrf"
_MASK_BYTES, _MOST_BYTES = 4, 64

Request = InspectRequest | CompareRequest | TrainRequest


def answer_of(
    engine: Engine,
    request: Request,
    report: Callable[[Progress | None], None],
    wrap: Callable[[Any], object] = lambda request: request,
) -> Any:
    """Returns the engine's answer to `wrap(request)`.

    Raises:
        InspectorError: As `Engine.ask`.
    """
    if not isinstance(request.model, ModelFile):
        return ask(engine, wrap(request), report)
    # The engine knows the file by now, most of the time: its bytes need not travel again.
    known = replace(request, model=replace(request.model, data=None))
    try:
        return ask(engine, wrap(known), report)
    except FileNeeded:
        return ask(engine, wrap(request), report)


def ask(engine: Engine, request: object, report: Callable[[Progress | None], None]) -> Any:
    """Returns the engine's answer to what this page asks.

    Raises:
        InspectorError: As `Engine.ask`.
    """
    session = st.session_state.setdefault(Key.SESSION, uuid4().hex)
    return engine.ask(request, session=session, visitor=visitor(), on_progress=report)


def visitor() -> tuple[str, str]:
    """Returns who asks: the address, and the browser at that address, as far as they are known.

    The address is the one that the server is connected to, or what a proxy says that it trusts. A
    browser is known by the token that Streamlit gives it against forged requests; all pages of a
    browser have the same one.
    """
    address, cookie = st.context.ip_address, st.context.cookies.get(_COOKIE)
    # A page that is run without a server has no connection, and neither of them is a text.
    return (
        address if isinstance(address, str) else "",
        _browser(cookie) if isinstance(cookie, str) else "",
    )


def _browser(cookie: str) -> str:
    """The token of a cookie, which is written anew under another mask with every page."""
    version, mask, token, *_ = (*cookie.strip("\"'").split("|"), "", "")
    try:
        key, hidden = bytes.fromhex(mask), bytes.fromhex(token)
    except ValueError:
        return ""
    if version != "2" or len(key) != _MASK_BYTES or len(hidden) > _MOST_BYTES:
        return ""
    return bytes(byte ^ key[at % _MASK_BYTES] for at, byte in enumerate(hidden)).hex()
