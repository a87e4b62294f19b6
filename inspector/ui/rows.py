"""Which rows are shown, and in which order."""

import streamlit as st

from inspector.core.inspection import Inspection
from inspector.core.paging import RowOrder, inspection_of_rows, ordered_rows
from inspector.ui import batch_words
from inspector.ui.choices import ROWS_WITHOUT_CHOICE, Key, draw_rows
from inspector.ui.controls import TO_URL, segments, select
from inspector.views.markdown import markdown


def draw_window(inspection: Inspection) -> tuple[Inspection, tuple[int, int] | None]:
    """Draws the choice of rows, where there are many.

    Returns:
        The inspection with its rows in the chosen order, and which of them to show; None for all.
    """
    rows = inspection.batch.rows
    if rows <= ROWS_WITHOUT_CHOICE:
        return inspection, None
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        order = select(
            batch_words.ORDER, batch_words.ORDERS, Key.ORDER, help=batch_words.ORDER_HELP
        )
    with right:
        window = draw_rows(rows)
    if order is not RowOrder.GIVEN:
        inspection = inspection_of_rows(inspection, ordered_rows(inspection, order))
    return inspection, window


def draw_order() -> RowOrder:
    """Draws the choice of an order."""
    return segments(batch_words.ORDER, batch_words.ORDERS, Key.ORDER, help=batch_words.ORDER_HELP)


def draw_page(rows: int, size: int) -> int:
    """Draws the choice of a page, and returns it, counted from 0."""
    pages = -(-rows // size)
    page = st.number_input(
        markdown(f"{batch_words.PAGE}, 1 to {pages:,}"),
        1,
        pages,
        1,
        key=Key.PAGE,
        bind=TO_URL,
        help=batch_words.PAGE_HELP,
        width=220,
    )
    return int(page) - 1
