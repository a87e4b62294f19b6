"""What stands on the Inspect page below its title."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.errors import InspectorError
from inspector.ui import words
from inspector.ui.batch_file import is_large
from inspector.ui.engine import inspection_of, request_of
from inspector.ui.refusals import draw_refusal
from inspector.ui.sidebar import Choices, draw_choices
from inspector.ui.surroundings import Surroundings, surroundings, watch_surroundings


def draw_page() -> None:
    """Draws the choices, and the answer to them."""
    around = surroundings()
    st.markdown(words.introduction(around.narrow))
    main = st.container()
    results = st.container()
    with st.sidebar:
        choices = draw_choices(main)
    if choices.model is None:
        results.info(words.CHOOSE_A_FILE, icon=":material/upload_file:")
    else:
        _draw_answer(choices, around, results)
    watch_surroundings(around)


def _draw_answer(choices: Choices, around: Surroundings, results: DeltaGenerator) -> None:
    try:
        batch = choices.batch.read()
        choices.batch.say_how_read(batch.notes)
        inspection = _inspection(batch, choices, around, results)
    except InspectorError as error:
        draw_refusal(error, choices.panel, results)
    else:
        choices.batch.say_how_read(inspection.batch.notes)
        choices.panel.tell(inspection)
        if not is_large(batch):
            _draw_all(inspection, batch, choices, around, results)


def _inspection(
    batch: Batch, choices: Choices, around: Surroundings, results: DeltaGenerator
) -> Inspection:
    """Returns the inspection; a large batch is drawn as it comes, too."""
    if is_large(batch):
        with results:
            from inspector.ui.large import draw_large

            return draw_large(request_of(batch, choices), around)
    with results, results.skeleton(height=480):
        # Loads pandas and Plotly, at first while the engine's process loads Keras.
        from inspector.ui import sections, sharing  # noqa: F401

        return inspection_of(batch, choices)


def _draw_all(
    inspection: Inspection,
    batch: Batch,
    choices: Choices,
    around: Surroundings,
    results: DeltaGenerator,
) -> None:
    from inspector.ui.sections import draw_inspection
    from inspector.ui.sharing import draw_sharing

    with results:
        draw_inspection(inspection, around)
        draw_sharing(inspection, request_of(batch, choices))
