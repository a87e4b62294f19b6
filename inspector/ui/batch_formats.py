"""The formats of a batch file, each with an example, and templates to download."""

import streamlit as st

from inspector.files.formats import FORMATS, GENERAL, templates
from inspector.ui import batch_words, words
from inspector.ui.choices import Key


def draw_formats() -> None:
    """Draws what a file of each format holds."""
    st.markdown(words.small(GENERAL))
    for kind in FORMATS:
        st.markdown(f"**{kind.title}**  \n{words.small(kind.what)}")
        for example in kind.examples:
            st.code(example.rstrip(), language=kind.language)
    st.markdown(f"**{batch_words.TEMPLATES}**")
    with st.container(horizontal=True, gap="small"):
        for name, content in templates().items():
            st.download_button(
                name,
                content,
                name,
                key=f"{Key.TEMPLATE}{name}",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
