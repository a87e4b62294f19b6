"""A result that was found elsewhere, by a script or a test: the same sections as after inspecting.

Which one, only the person who started the server decides.
"""

import os
from pathlib import Path

import streamlit as st

from inspector.app import RESULT_VARIABLE
from inspector.core.inspection import Inspection
from inspector.errors import InspectorError
from inspector.files.results import load_inspection
from inspector.ui import page_words
from inspector.ui.surroundings import surroundings, watch_surroundings
from inspector.views.markdown import markdown
from inspector.views.tokens import plain, plain_code


@st.cache_resource(show_spinner=False, max_entries=2)
def result_in(path: str, changed: float) -> Inspection:
    """Returns the result in a report; read again when the file has changed."""
    return load_inspection(path)


around = surroundings()
path = Path(os.environ.get(RESULT_VARIABLE, ""))
try:
    if not path.is_file():
        raise InspectorError("The file of this result is gone.", "", "Show it again.")
    inspection = result_in(str(path), path.stat().st_mtime)
except InspectorError as error:
    st.error(markdown(str(error)), icon=":material/error:")
else:
    from inspector.ui.sections import draw_inspection
    from inspector.ui.sharing import draw_sharing

    st.title("A result", anchor=False)
    # The name comes from somebody's code: nothing in it shall be drawn.
    st.text(plain(f"{inspection.model_name}, from {path.name}"))
    draw_inspection(inspection, around)
    draw_sharing(inspection)
    st.markdown(page_words.NO_SCRIPT)
    script = f"import inspector\n\ninspection = inspector.load_result({path.name!r})\n"
    st.code(plain_code(f"{script}print(inspection)"))
watch_surroundings(around)
