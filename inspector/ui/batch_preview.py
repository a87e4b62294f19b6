"""The first rows of a batch file, its lengths and padding, and what is likely a mistake."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.text.preview import Preview
from inspector.ui.choices import Key
from inspector.ui.surroundings import surroundings
from inspector.views.markdown import Markdown, code, markdown, small
from inspector.views.preview import first_rows_table, lengths_alt, lengths_figure, size_sentence
from inspector.views.tokens import plain

_TABLE_HEIGHT = 178


def draw_preview(place: DeltaGenerator, name: str, preview: Preview, notes: Sequence[str]) -> None:
    """Draws what was read from a file, in `place`; `notes` say what was assumed."""
    with place, st.container(border=True):
        title = Markdown("**{}**: {}").format(code(name), size_sentence(preview))
        st.markdown(markdown(title))
        for warning in preview.warnings:
            st.warning(markdown(warning), icon=":material/warning:")
        left, right = st.columns([3, 2])
        table = first_rows_table(preview)
        left.dataframe(
            table, hide_index=True, height=_TABLE_HEIGHT, alt="The first rows of the batch."
        )
        right.plotly_chart(
            lengths_figure(preview, surroundings().theme),
            key=f"{Key.LENGTHS}_chart",
            alt=plain(lengths_alt(preview)),
            theme=None,
            config={"displayModeBar": False},
        )
        st.markdown(small(" ".join(notes)))
