"""What can be taken along: the report, and the page as a script."""

import streamlit as st

from inspector.core.inspection import Inspection
from inspector.core.requests import InspectRequest
from inspector.ui import page_words
from inspector.ui.choices import Key
from inspector.ui.exhibits import heading


@st.fragment
def draw_sharing(inspection: Inspection, request: InspectRequest | None = None) -> None:
    """Draws the button of the report and, folded away, the code for what is on screen.

    Args:
        inspection: What is on screen.
        request: What was asked for it; without it there is no code.
    """
    with heading("Take it along", page_words.SHARING_HELP):
        pass
    st.download_button(
        "Save the report",
        lambda: report_bytes(inspection),
        "mask-report.html",
        "text/html",
        key=Key.REPORT,
        icon=":material/download:",
        on_click="ignore",
        help=page_words.REPORT_HELP,
    )
    if request is None:
        return
    # Written only when opened, as a table is.
    shown = st.expander("Code for this page", key=Key.CODE_FOR_THIS, on_change="rerun")
    if shown.open:
        with shown:
            _draw_scripts(inspection, request)


def report_bytes(inspection: Inspection) -> bytes:
    """Returns the report as one HTML file."""
    return inspection.to_html().encode("utf-8")


def _draw_scripts(inspection: Inspection, request: InspectRequest) -> None:
    from inspector.views.code_for_this import code_for_this

    scripts = code_for_this(request, inspection)
    if request.batch.rows != inspection.batch.rows:
        st.markdown(page_words.SCRIPT_OF_SOME_ROWS)
    st.markdown(page_words.PLAIN_SCRIPT if scripts.exact else page_words.PLAIN_SCRIPT_INEXACT)
    if scripts.file is not None:
        st.download_button(
            "Save batch.npz",
            scripts.file,
            "batch.npz",
            "application/octet-stream",
            key=Key.CODE_DATA,
            icon=":material/download:",
            on_click="ignore",
            help=page_words.CODE_DATA_HELP,
        )
    st.code(scripts.plain, height=420)
    st.markdown(page_words.OUR_SCRIPT)
    st.code(scripts.ours, height=420)
