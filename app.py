"""The app: `streamlit run app.py`. Starts the engine and routes to the pages."""

import streamlit as st

from inspector.ui.engine import engine, settle_memory

# Drawn here, because Streamlit would fetch an icon by name from the network.
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='7' height='7' fill='%23D55E00'/%3E%3Crect x='9' width='7' height='7' "
    "fill='%230072B2'/%3E%3Cpath d='M0 9h7v7H0zM9 9h7v7H9z' fill='%230072B2'/%3E%3C/svg%3E"
)

st.set_page_config(
    page_title="Keras mask inspector", page_icon=ICON, layout="wide", initial_sidebar_state=340
)

page = st.navigation(
    [
        st.Page(
            "inspector/ui/pages/inspect.py",
            title="Inspect",
            icon=":material/search:",
            default=True,
        ),
        st.Page(
            "inspector/ui/pages/atlas.py",
            title="Layers",
            icon=":material/grid_on:",
        ),
        st.Page(
            "inspector/ui/pages/learn.py",
            title="Learn",
            icon=":material/school:",
        ),
    ],
    position="top",
)
page.run()
# After the page is drawn, so that the first visitor waits for neither.
engine()
settle_memory()
