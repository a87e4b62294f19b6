"""What was stopped, or ended before its time, and is not begun again until somebody asks for it."""

from dataclasses import replace

import streamlit as st

from inspector.core.diagnosis.causes import Fix
from inspector.core.diagnosis.findings import Finding, Severity, Status
from inspector.core.digest import digest
from inspector.core.inspection import Inspection
from inspector.core.requests import InspectRequest
from inspector.errors import Cancelled, InspectorError
from inspector.ui import batch_words, words
from inspector.ui.choices import Key
from inspector.views.markdown import markdown


def mind_the_stop(request: InspectRequest) -> None:
    """Says that an inspection was stopped, and offers to begin again.

    Raises:
        Cancelled: It was stopped, and nothing has changed since.
    """
    if was_stopped(request):
        st.info(batch_words.STOPPED, icon=":material/stop_circle:")
        _draw_again(batch_words.AGAIN)
        raise Cancelled(batch_words.STOPPED)


def was_stopped(request: InspectRequest) -> bool:
    """Returns whether this very request was stopped."""
    if not st.session_state.get(Key.STOPPED):
        return False
    number = digest(request)
    if st.session_state.setdefault(Key.STOPPED_AT, number) == number:
        return True
    _again()
    return False


_FOUND = (Status.ERROR, Status.WARNING)


def without_leak_tests(request: InspectRequest, known: Inspection) -> Inspection | None:
    """Returns what is known with a finding why there are no leak tests; None where they may run."""
    failed = st.session_state.get(Key.LEAKS_FAILED)
    if was_stopped(request):
        fix = Fix(words.LEAKS_AGAIN)
        finding = Finding("leaks_untested", Severity.RISK, None, None, words.LEAKS_STOPPED, fix)
    elif failed is not None and failed[0] == digest(request):
        finding = failed[1]
    else:
        return None
    diagnosis = known.diagnosis
    found = replace(
        diagnosis,
        verdict=words.no_fault_so_far(diagnosis.verdict),
        findings=(*diagnosis.findings, finding),
        # What the tests would have found is not known: nothing is acquitted.
        healthy=False if diagnosis.status is not Status.WARNING else diagnosis.healthy,
        status=diagnosis.status if diagnosis.status in _FOUND else Status.NOT_TESTED,
    )
    return replace(known, diagnosis=found)


def remember_failed_leak_tests(request: InspectRequest, error: InspectorError) -> None:
    """Keeps why the leak tests of a request failed, so that the page can say so."""
    said = words.leaks_failed(error.got)
    finding = Finding("leaks_untested", Severity.RISK, None, None, said, Fix(error.todo))
    st.session_state[Key.LEAKS_FAILED] = (digest(request), finding)


def draw_leaks_again() -> None:
    """Draws the button that runs the leak tests after all."""
    _draw_again(words.LEAKS_TEST_AGAIN)


def _draw_again(label: str) -> None:
    st.button(markdown(label), key=Key.AGAIN, icon=":material/replay:", on_click=_again)


def _again() -> None:
    for key in (Key.STOPPED, Key.STOPPED_AT, Key.LEAKS_FAILED):
        st.session_state.pop(key, None)
