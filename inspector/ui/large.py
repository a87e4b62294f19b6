"""A large batch: figures over all rows, and a page of rows to look at."""

from dataclasses import replace
from functools import partial

import streamlit as st

from inspector.core.inspection import Inspection
from inspector.core.paging import InspectionPage, RowsAsked
from inspector.core.requests import InspectRequest
from inspector.core.text.preview import tokens_of
from inspector.ui import batch_words
from inspector.ui.choices import Key
from inspector.ui.engine import page_of_rows
from inspector.ui.exhibits import Exhibit, draw_exhibit, heading
from inspector.ui.rows import draw_order, draw_page
from inspector.ui.sections import (
    draw_diagram,
    draw_leaks,
    draw_loss_map,
    draw_mask_map,
    draw_which_average,
)
from inspector.ui.sharing import draw_sharing
from inspector.ui.stopping import mind_the_stop
from inspector.ui.surroundings import Viewport
from inspector.ui.verdict import Verdict
from inspector.views.markdown import small
from inspector.views.overview import (
    losses_sentence,
    overview_alt,
    overview_figure,
    timesteps_table,
)

ROWS_A_PAGE = 32


def draw_large(request: InspectRequest, around: Viewport) -> Inspection:
    """Asks for the figures and draws them; returns the inspection with the rows that are shown.

    Raises:
        InspectorError: The model does not take the batch, or the engine failed.
        Cancelled: The inspection was stopped, here or by a newer run.
    """
    mind_the_stop(request)
    top, whole, rows = st.container(), st.container(), st.container()
    with rows:
        with heading(batch_words.rows_title(request.batch.rows), batch_words.ORDER_HELP):
            pass
        asked = RowsAsked(draw_order(), draw_page(request.batch.rows, ROWS_A_PAGE), ROWS_A_PAGE)
    with top:
        page = page_of_rows(request, asked)
    shown = page.inspection.batch
    inspection = replace(page.inspection, batch=replace(shown, tokens=tokens_of(shown)))
    with top:
        Verdict(inspection)
    with whole:
        _draw_overview(page, around)
        draw_which_average(inspection, around)
    with rows:
        first = asked.page * asked.size
        last = first + len(page.positions) - 1
        st.markdown(small(batch_words.page_of(first, last, request.batch.rows)))
        draw_mask_map(inspection, around, None)
        draw_loss_map(inspection, around, None)
        st.markdown(small(batch_words.positions(page.positions)))
    if inspection.leaks is not None:
        draw_leaks(inspection, around, request.batch.rows)
    draw_diagram(inspection)
    said = batch_words.report_of_rows(len(page.positions), request.batch.rows)
    batch = replace(inspection.batch, notes=(*inspection.batch.notes, said))
    # Code that trains on the rows shown would not give the model that was trained on all of them.
    asked_for = None if request.model.training_steps else request
    draw_sharing(replace(inspection, batch=batch), asked_for)
    return inspection


@st.fragment
def _draw_overview(page: InspectionPage, around: Viewport) -> None:
    overview = page.overview
    with heading(batch_words.OVERVIEW, batch_words.OVERVIEW_HELP):
        pass
    said = losses_sentence(overview)
    draw_exhibit(
        Exhibit(
            key=Key.OVERVIEW,
            figure=overview_figure(overview, around.theme, around.narrow),
            alt=overview_alt(overview),
            table=partial(timesteps_table, overview),
            notes=(batch_words.OVERVIEW_LEGEND, *((said,) if said else ())),
        )
    )
