"""A page that hands typed text back: what any edit costs."""

import streamlit as st

text = st.text_area("Sentences", "##abb\n#babb", height=200)
st.markdown(f"Echo: {text}")
