"""The start page: type padded sentences, see where the mask stops."""

import streamlit as st

from inspector.errors import Cancelled, InspectorError
from inspector.ui import words
from inspector.ui.engine import inspection_of
from inspector.ui.sidebar import draw_choices
from inspector.ui.surroundings import surroundings, watch_surroundings

around = surroundings()
with st.sidebar:
    choices = draw_choices()

st.title(words.TITLE, anchor=False)
st.markdown(words.introduction(around.narrow))
results = st.container()
try:
    batch = choices.batch.read()
    choices.batch.say_how_read(batch.notes)
    with results, results.skeleton(height=480):
        # Loads pandas: the first visitor shall see the shell before that.
        from inspector.ui.sections import draw_inspection

        inspection = inspection_of(batch, choices)
except Cancelled:
    st.stop()
except InspectorError as error:
    results.error(str(error), icon=":material/error:")
else:
    with results:
        draw_inspection(inspection, around)
watch_surroundings(around)
