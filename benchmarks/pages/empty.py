"""The least that a Streamlit page can be: what any first paint costs."""

import streamlit as st

st.title("Empty page")
