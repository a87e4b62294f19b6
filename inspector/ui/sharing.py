"""What can be taken along: reports, and what is on screen as scripts."""

from collections.abc import Callable

import streamlit as st

from inspector.core.inspection import Inspection
from inspector.core.requests import InspectRequest
from inspector.ui import page_words
from inspector.ui.choices import Key
from inspector.ui.controls import save_button
from inspector.ui.exhibits import heading
from inspector.ui.page_words import ScriptWords
from inspector.views.markdown import markdown
from inspector.views.scripts import Scripts
from inspector.views.tokens import plain_code


@st.fragment
def draw_sharing(
    inspection: Inspection,
    request: InspectRequest | None = None,
    said: ScriptWords = page_words.INSPECTION_SCRIPTS,
    more: str = "",
) -> None:
    """Draws the button of the report and, folded away, the code for what is on screen.

    Args:
        inspection: What is on screen.
        request: What was asked for it; without it there is no code.
        said: What stands above the scripts.
        more: Code for what else the page shows, for the end of both scripts.
    """
    with heading("Take it along", page_words.SHARING_HELP):
        pass
    draw_report(lambda: report_bytes(inspection), "mask-report.html", page_words.REPORT_HELP)
    if request is None:
        return
    asked = request

    def scripts() -> Scripts:
        from inspector.views.code_for_this import code_for_this

        return code_for_this(asked, inspection).followed_by(more)

    some = request.batch.rows != inspection.batch.rows
    draw_code(scripts, said, page_words.SCRIPT_OF_SOME_ROWS if some else "")


def draw_report(make: Callable[[], bytes], name: str, help: str) -> None:
    """Draws the button that saves a report; it is made when the button is clicked."""
    save_button(
        "Save the report",
        make,
        name,
        "text/html",
        key=Key.REPORT,
        help=help,
    )


def report_bytes(inspection: Inspection) -> bytes:
    """Returns the report as one HTML file."""
    return inspection.to_html().encode("utf-8")


def draw_code(make: Callable[[], Scripts], said: ScriptWords, note: str = "") -> None:
    """Draws, folded away, two scripts for what is on screen.

    Args:
        make: Writes the scripts; called only when somebody looks at them, as for a table.
        said: What stands above them.
        note: What must be known about both.
    """
    shown = st.expander("Code for this page", key=Key.CODE_FOR_THIS, on_change="rerun")
    if not shown.open:
        return
    with shown:
        scripts = make()
        if note:
            st.markdown(markdown(note))
        st.markdown(markdown(said.plain if scripts.exact else said.inexact))
        if scripts.file is not None:
            save_button(
                "Save batch.npz",
                scripts.file,
                "batch.npz",
                "application/octet-stream",
                key=Key.CODE_DATA,
                help=page_words.CODE_DATA_HELP,
            )
        st.code(plain_code(scripts.plain), height=420)
        st.markdown(markdown(said.ours))
        st.code(plain_code(scripts.ours), height=420)
