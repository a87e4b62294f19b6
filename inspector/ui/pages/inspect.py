"""The start page: type padded sentences, see where the mask stops."""

import streamlit as st

from inspector.errors import Cancelled, InspectorError
from inspector.ui import words
from inspector.ui.choices import draw_choices
from inspector.ui.engine import inspection_for
from inspector.ui.sections import draw_inspection
from inspector.ui.surroundings import surroundings, watch_surroundings

around = surroundings()
with st.sidebar:
    choices = draw_choices()

st.title(words.TITLE, anchor=False)
st.markdown(words.INTRODUCTION)
results = st.container()
try:
    with results, results.skeleton(height=480):
        inspection = inspection_for(choices)
except Cancelled:
    st.stop()
except InspectorError as error:
    results.error(str(error), icon=":material/error:")
else:
    with results:
        draw_inspection(inspection, around)
watch_surroundings(around)
