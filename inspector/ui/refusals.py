"""What a page shows where there is no answer."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.errors import (
    Cancelled,
    InspectorError,
    MissingNamesError,
    NothingToMask,
    TargetsMissing,
)
from inspector.ui import words
from inspector.ui.batch_file import FileWanted
from inspector.ui.model_panel import ModelPanel
from inspector.views.markdown import markdown


def draw_refusal(error: InspectorError, panel: ModelPanel, results: DeltaGenerator) -> None:
    """Says in `results`, and at the model, why there is no answer.

    Where the user has asked for something else meanwhile, the run of the page ends here. What is
    only missing yet is told as such; everything else is an error.
    """
    if isinstance(error, Cancelled):
        st.stop()
    if isinstance(error, FileWanted):
        # Nothing is wrong with the model.
        results.info(markdown(str(error)), icon=":material/upload_file:")
        return
    panel.refuse(error)
    if isinstance(error, (MissingNamesError, NothingToMask, TargetsMissing)):
        results.info(markdown(words.said_at_line(error)), icon=":material/info:")
    else:
        results.error(markdown(words.error_said(error)), icon=":material/error:")
