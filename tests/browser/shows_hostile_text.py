"""A page of Streamlit that shows hostile text wherever the app shows text of others."""

import pandas as pd
import streamlit as st

from inspector.views.markdown import Markdown, code, literal, markdown, markdown_table, small
from inspector.views.tokens import plain
from tests.hostile import MARKDOWN

for at, text in enumerate(MARKDOWN.values()):
    with st.container(key=f"alert{at}"):
        st.error(literal(text))
    with st.container(key=f"body{at}"):
        st.markdown(literal(text))
    with st.container(key=f"small{at}"):
        st.markdown(small(literal(text)))
    with st.container(key=f"code{at}"):
        st.markdown(code(text))
    with st.container(key=f"item{at}"):
        st.markdown(Markdown("- **{text}** {code}").format(text=literal(text), code=code(text)))
    with st.container(key=f"label{at}"):
        st.button(literal(text), key=f"b{at}")
    with st.container(key=f"option{at}"):
        st.pills("x", [literal(text)], key=f"p{at}", label_visibility="collapsed")
    with st.container(key=f"title{at}"):
        st.expander(literal(text))
    with st.container(key=f"sentence{at}"):
        st.markdown(markdown(text))
    with st.container(key=f"progress{at}"):
        st.progress(0.5, literal(text))
texts = [plain(text) for text in MARKDOWN.values()]
with st.container(key="table"):
    st.table(markdown_table(pd.DataFrame({text: [text] for text in texts})))
with st.container(key="frame"):
    st.dataframe(pd.DataFrame({text: [text] for text in texts}))
st.selectbox("Choose", texts)
st.text("the end")
