"""What stands on the Compare page below its title."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.batch import Batch
from inspector.core.compare_requests import CompareRequest, TrainRequest
from inspector.core.paging import first_rows
from inspector.core.requests import ModelSource
from inspector.errors import InspectorError
from inspector.ui import compare_text, words
from inspector.ui.compare_choices import CompareChoices, draw_compare_choices, say_fault
from inspector.ui.refusals import draw_refusal
from inspector.ui.sidebar import Choices, draw_choices
from inspector.ui.surroundings import Viewport, surroundings, watch_surroundings
from inspector.views.markdown import markdown

MOST_ROWS, MOST_CELLS = 1_024, 65_536
"""Rows, and rows x timesteps, that are compared here; every strategy runs over all of them."""


def draw_page() -> None:
    """Draws the choices, those of the Inspect page first, and the answer to them."""
    around = surroundings()
    st.markdown(markdown(compare_text.introduction(around.narrow)))
    main = st.container()
    with st.sidebar:
        choices = draw_choices(main)
    chosen = draw_compare_choices(choices.batch.encoding)
    results = st.container()
    # Before the answer: training goes on at the end of the page.
    watch_surroundings(around)
    if choices.model is None:
        results.info(words.CHOOSE_A_FILE, icon=":material/upload_file:")
    elif not chosen.strategies and chosen.custom is None:
        results.info(compare_text.CHOOSE_SOME, icon=":material/info:")
    else:
        _draw_answer(choices, choices.model, chosen, around, results)


def _draw_answer(
    choices: Choices,
    model: ModelSource,
    chosen: CompareChoices,
    around: Viewport,
    results: DeltaGenerator,
) -> None:
    try:
        batch = choices.batch.read()
        choices.batch.say_how_read(batch.notes)
        request = _request(batch, model, choices, chosen)
        with results, results.skeleton(height=480):
            # Loads pandas and Plotly, at first while the engine's process loads Keras.
            from inspector.ui import compare_sections, compare_training
            from inspector.ui.compare_engine import comparison_of

            comparison, fault = comparison_of(request)
    except InspectorError as error:
        draw_refusal(error, choices.panel, results)
    else:
        say_fault(chosen.fault, fault)
        choices.batch.say_how_read(comparison.batch.notes)
        # Nothing is wrong: this shows the code that was read, without a mark.
        choices.panel.refuse(InspectorError(""))
        with results:
            if request.batch.rows < batch.rows:
                shown, rows = request.batch.rows, batch.rows
                st.markdown(markdown(compare_text.first_rows_only(shown, rows)))
            compare_sections.draw_comparison(comparison, request, around)
            compare_training.draw_training(_training(request, fault is not None), around)


def _request(
    batch: Batch, model: ModelSource, choices: Choices, chosen: CompareChoices
) -> CompareRequest:
    rows = max(1, min(MOST_ROWS, MOST_CELLS // batch.timesteps))
    return CompareRequest(
        first_rows(batch, rows),
        model,
        chosen.strategies,
        choices.options.batch_size,
        chosen.custom,
        choices.fitting,
    )


def _training(request: CompareRequest, without_custom: bool) -> TrainRequest:
    """Returns the training of what is compared."""
    return TrainRequest(
        request.batch,
        request.model,
        request.strategies,
        batch_size=request.batch_size,
        custom=None if without_custom else request.custom,
        fitting=request.fitting,
    )
