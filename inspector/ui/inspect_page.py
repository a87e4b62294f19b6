"""What stands on the Inspect page below its title."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.core.requests import InspectRequest
from inspector.errors import Cancelled, InspectorError
from inspector.ui import words
from inspector.ui.batch_file import is_large
from inspector.ui.choices import Key
from inspector.ui.engine import answer_to, is_known, request_of
from inspector.ui.first_look import first_look
from inspector.ui.refusals import draw_refusal
from inspector.ui.sidebar import Choices, draw_choices
from inspector.ui.stopping import (
    draw_leaks_again,
    mind_the_stop,
    remember_failed_leak_tests,
    without_leak_tests,
)
from inspector.ui.surroundings import Viewport, surroundings, watch_surroundings
from inspector.views.markdown import markdown


def draw_page() -> None:
    """Draws the choices, and the answer to them."""
    around = surroundings()
    st.markdown(markdown(words.introduction(around.narrow)))
    main = st.container()
    results = st.container()
    with st.sidebar:
        choices = draw_choices(main)
    if choices.model is None:
        results.info(words.CHOOSE_A_FILE, icon=":material/upload_file:")
    else:
        _draw_answer(choices, around, results)
    watch_surroundings(around)


def _draw_answer(choices: Choices, around: Viewport, results: DeltaGenerator) -> None:
    try:
        batch = choices.batch.read()
        choices.batch.say_how_read(batch.notes)
        request = request_of(batch, choices)
        if is_large(batch):
            _say_what_was_found(_draw_large(request, around, results), batch, choices)
            return
        quick = None if is_known(request) else first_look(request)
        if quick is not None and not is_known(quick):
            with results:
                mind_the_stop(request)
        inspection = _inspection(quick or request, results)
        _say_what_was_found(inspection, batch, choices)
        untested = None if quick is None else without_leak_tests(request, inspection)
        complete = partial(_with_leak_tests, request) if quick and not untested else None
        with results:
            _draw_all(untested or inspection, request, around, complete)
            if untested:
                draw_leaks_again()
    except InspectorError as error:
        draw_refusal(error, choices.panel, results)


def _with_leak_tests(request: InspectRequest) -> Inspection:
    """Asks for the leak tests; where they fail, the page is drawn again and says so."""
    try:
        return answer_to(request)
    except Cancelled:
        raise
    except InspectorError as error:
        remember_failed_leak_tests(request, error)
        st.rerun()


def _draw_large(request: InspectRequest, around: Viewport, results: DeltaGenerator) -> Inspection:
    """Returns the inspection of a large batch, which is drawn as it comes."""
    from inspector.ui.large import draw_large

    with results:
        return draw_large(request, around)


def _inspection(request: InspectRequest, results: DeltaGenerator) -> Inspection:
    # Once there are figures, they stay until the new ones come: the browser would have to draw what
    # stands in for them as well.
    drawn_before = st.session_state.get(Key.ANSWERED)
    place = nullcontext() if drawn_before else results.skeleton(height=480)
    with results, place:
        # Loads pandas and Plotly, at first while the engine's process loads Keras.
        from inspector.ui import sections, sharing  # noqa: F401

        inspection = answer_to(request)
    st.session_state[Key.ANSWERED] = True
    return inspection


def _say_what_was_found(inspection: Inspection, asked: Batch, choices: Choices) -> None:
    """Shows beside the choices what an answer says of the batch and the model."""
    if inspection.batch.notes != asked.notes:
        choices.batch.say_how_read(inspection.batch.notes)
    choices.panel.tell(inspection)


def _draw_all(
    inspection: Inspection,
    request: InspectRequest,
    around: Viewport,
    complete: Callable[[], Inspection] | None,
) -> None:
    from inspector.ui.sections import draw_inspection
    from inspector.ui.sharing import draw_sharing

    inspection = draw_inspection(inspection, around, complete)
    draw_sharing(inspection, request)
