"""The formats of a batch file, each with an example, and templates to download."""

import streamlit as st

from inspector.files.formats import FORMATS, GENERAL, templates
from inspector.ui import batch_words
from inspector.ui.choices import Key
from inspector.views.markdown import Markdown, markdown, small
from inspector.views.tokens import plain_code


def draw_formats() -> None:
    """Draws what a file of each format holds."""
    st.markdown(small(GENERAL))
    for kind in FORMATS:
        st.markdown(markdown(Markdown("**{}**  \n{}").format(kind.title, small(kind.what))))
        for example in kind.examples:
            st.code(plain_code(example.rstrip()), language=kind.language)
    st.markdown(markdown(Markdown("**{}**").format(batch_words.TEMPLATES)))
    with st.container(horizontal=True, gap="small"):
        for name, content in templates().items():
            st.download_button(
                markdown(name),
                content,
                name,
                key=f"{Key.TEMPLATE}{name}",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
