"""Which rows are shown, and in which order."""

import streamlit as st

from inspector.core.paging import RowOrder
from inspector.ui import batch_words
from inspector.ui.choices import Key
from inspector.ui.controls import TO_URL, segments


def draw_order() -> RowOrder:
    """Draws the choice of an order."""
    return segments(batch_words.ORDER, batch_words.ORDERS, Key.ORDER, help=batch_words.ORDER_HELP)


def draw_page(rows: int, size: int) -> int:
    """Draws the choice of a page, and returns it, counted from 0."""
    pages = -(-rows // size)
    page = st.number_input(
        f"{batch_words.PAGE}, 1 to {pages:,}",
        1,
        pages,
        1,
        key=Key.PAGE,
        bind=TO_URL,
        help=batch_words.PAGE_HELP,
        width=220,
    )
    return int(page) - 1
