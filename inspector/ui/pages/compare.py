"""Which way of ignoring padding, and does it matter: strategies side by side, and in training."""

import streamlit as st

from inspector.core.compare_requests import CompareRequest, TrainRequest
from inspector.errors import Cancelled, InspectorError, MissingNamesError, NothingToMask
from inspector.ui import compare_text, words
from inspector.ui.batch_file import FileWanted
from inspector.ui.compare_choices import draw_compare_choices, say_fault
from inspector.ui.sidebar import draw_choices
from inspector.ui.surroundings import surroundings, watch_surroundings

around = surroundings()
st.title(compare_text.TITLE, anchor=False)
st.markdown(compare_text.introduction(around.narrow))
main = st.container()
with st.sidebar:
    choices = draw_choices(main)
chosen = draw_compare_choices()
results = st.container()
watch_surroundings(around)

if choices.model is None:
    results.info(words.CHOOSE_A_FILE, icon=":material/upload_file:")
    st.stop()
if not chosen.strategies and chosen.custom is None:
    results.info(compare_text.CHOOSE_SOME, icon=":material/info:")
    st.stop()
try:
    batch = choices.batch.read()
    choices.batch.say_how_read(batch.notes)
    request = CompareRequest(
        batch,
        choices.model,
        chosen.strategies,
        choices.options.batch_size,
        chosen.custom,
        choices.fitting,
    )
    with results, results.skeleton(height=480):
        # Loads pandas and Plotly: the first visitor shall see the shell before that.
        from inspector.ui.compare_engine import comparison_of
        from inspector.ui.compare_sections import draw_comparison
        from inspector.ui.compare_training import draw_training

        comparison, fault = comparison_of(request)
except Cancelled:
    st.stop()
except FileWanted as error:
    results.info(str(error), icon=":material/upload_file:")
except (MissingNamesError, NothingToMask) as error:
    choices.panel.refuse(error)
    results.info(words.said_at_line(error), icon=":material/info:")
except InspectorError as error:
    choices.panel.refuse(error)
    results.error(str(error), icon=":material/error:")
else:
    say_fault(chosen.fault, fault)
    choices.batch.say_how_read(comparison.batch.notes)
    # Nothing is wrong: this shows the code that was read, without a mark.
    choices.panel.refuse(InspectorError(""))
    with results:
        draw_comparison(comparison, around)
        draw_training(
            TrainRequest(
                batch,
                choices.model,
                chosen.strategies,
                batch_size=choices.options.batch_size,
                custom=None if fault is not None else chosen.custom,
                fitting=choices.fitting,
            ),
            around,
        )
