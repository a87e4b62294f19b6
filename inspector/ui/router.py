"""The pages of the app. `app.py`, which Streamlit runs, only calls `run`."""

import os
from functools import partial

import streamlit as st

from inspector.app import RESULT_VARIABLE
from inspector.ui.page_paths import page_path

# Drawn here, because Streamlit would fetch an icon by name from the network.
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='7' height='7' fill='%23D55E00'/%3E%3Crect x='9' width='7' height='7' "
    "fill='%230072B2'/%3E%3Cpath d='M0 9h7v7H0zM9 9h7v7H9z' fill='%230072B2'/%3E%3C/svg%3E"
)


def run() -> None:
    """Runs the page that was asked for, and starts the engine."""
    st.set_page_config(
        page_title="Keras mask inspector", page_icon=ICON, layout="wide", initial_sidebar_state=340
    )
    pages = [
        ("inspect", "Inspect", ":material/search:"),
        ("compare", "Compare", ":material/balance:"),
        ("layers", "Layers", ":material/grid_on:"),
        ("learn", "Learn", ":material/school:"),
    ]
    if os.environ.get(RESULT_VARIABLE):
        # The person who started the server named a result: it comes first.
        pages.insert(0, ("result", "Result", ":material/fact_check:"))
    made = [
        st.Page(page_path(name), title=title, icon=icon, default=at == 0)
        for at, (name, title, icon) in enumerate(pages)
    ]
    # The page of layers once had this address, and links to it are kept.
    layers = made[[name for name, _, _ in pages].index("layers")]
    old = st.Page(partial(_moved, layers), title="Layers", url_path="atlas", visibility="hidden")
    st.navigation([*made, old], position="top").run()
    # After the page is drawn, so that the first visitor waits for neither; not even for loading it.
    from inspector.ui.engine import settle_memory
    from inspector.ui.shared_engine import engine

    engine()
    settle_memory()


def _moved(page: st.Page) -> None:
    """Goes on to where a page is now, with the choices of the link."""
    st.switch_page(page, query_params=st.query_params.to_dict())
