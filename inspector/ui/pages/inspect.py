"""The start page: type padded sentences, see where the mask stops."""

import streamlit as st

from inspector.errors import Cancelled, InspectorError, MissingNamesError, NothingToMask
from inspector.ui import words
from inspector.ui.batch_file import FileWanted, is_large
from inspector.ui.engine import inspection_of, request_of
from inspector.ui.sidebar import draw_choices
from inspector.ui.surroundings import surroundings, watch_surroundings

around = surroundings()
st.title(words.TITLE, anchor=False)
st.markdown(words.introduction(around.narrow))
main = st.container()
results = st.container()
with st.sidebar:
    choices = draw_choices(main)

if choices.model is None:
    results.info(words.CHOOSE_A_FILE, icon=":material/upload_file:")
    watch_surroundings(around)
    st.stop()
try:
    batch = choices.batch.read()
    choices.batch.say_how_read(batch.notes)
    if is_large(batch):
        with results:
            from inspector.ui.large import draw_large

            inspection = draw_large(request_of(batch, choices), around)
    else:
        with results, results.skeleton(height=480):
            # Loads pandas: the first visitor shall see the shell before that.
            from inspector.ui.sections import draw_inspection
            from inspector.ui.sharing import draw_sharing

            inspection = inspection_of(batch, choices)
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
    choices.batch.say_how_read(inspection.batch.notes)
    choices.panel.tell(inspection)
    if not is_large(batch):
        with results:
            draw_inspection(inspection, around)
            draw_sharing(inspection, request_of(batch, choices))
watch_surroundings(around)
