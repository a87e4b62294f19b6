"""The engine that all sessions share."""

import streamlit as st

from inspector.worker.engine import Engine


@st.cache_resource(show_spinner=False, max_entries=1, on_release=Engine.close)
def engine() -> Engine:
    """Returns the engine that all sessions share; the first call starts it and returns at once."""
    shared = Engine()
    shared.start()
    return shared
