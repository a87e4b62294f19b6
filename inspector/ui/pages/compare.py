"""Which way of ignoring padding, and does it matter: strategies side by side, and in training."""

import streamlit as st

st.title("Which way of ignoring padding?", anchor=False)

# The title first: what draws the rest takes a while to load, once a server.
from inspector.ui.compare_page import draw_page  # noqa: E402

draw_page()
