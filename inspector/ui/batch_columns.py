"""What a file does not say itself, asked for: the parts of its columns, and its encoding."""

import streamlit as st

from inspector.files.choices import ColumnChoices
from inspector.ui import batch_words
from inspector.ui.choices import Key
from inspector.ui.controls import TO_URL, select
from inspector.views.markdown import markdown
from inspector.views.tokens import plain


def draw_text_encoding() -> str | None:
    """Asks for the encoding of a text that is neither UTF-8 nor UTF-16; None: not known yet."""
    return select(
        batch_words.TEXT_ENCODING,
        batch_words.TEXT_ENCODINGS,
        Key.TEXT_ENCODING,
        help=batch_words.TEXT_ENCODING_HELP,
    )


def draw_columns(names: tuple[str, ...]) -> ColumnChoices:
    """Draws which column plays which part, for files that have columns."""
    if not names:
        return ColumnChoices()
    found = ColumnChoices().found(names)
    known = "text" in found or "x" in found
    with st.expander(batch_words.COLUMNS, icon=":material/view_column:", expanded=not known):
        chosen = {part: _draw_part(part, label, names) for part, label in batch_words.PARTS.items()}
    return ColumnChoices(**chosen)


def _draw_part(part: str, label: str, names: tuple[str, ...]) -> str | None:
    # The labels stand in links; a column may be called as one of the two first.
    options = [None, "", *names]
    labels = {None: batch_words.BY_NAME, "": batch_words.NONE}
    return st.selectbox(
        markdown(label),
        options,
        format_func=lambda option: plain(labels.get(option, f"`{option}`" if option else "")),
        key=f"{Key.COLUMN}{part}",
        help=batch_words.COLUMNS_HELP,
        bind=TO_URL,
    )
