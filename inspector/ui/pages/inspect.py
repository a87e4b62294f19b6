"""The start page: type padded sentences, see where the mask stops."""

import streamlit as st

st.title("Where does the mask stop, and what does it cost?", anchor=False)

# The title first: what draws the rest takes a while to load, once a server.
from inspector.ui.inspect_page import draw_page  # noqa: E402

draw_page()
