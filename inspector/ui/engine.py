"""The page's way to the engine, which works in a process of its own."""

import gc
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.core.paging import InspectionPage, PageRequest, RowsAsked
from inspector.core.requests import InspectRequest, Progress
from inspector.ui.asking import answer_of
from inspector.ui.choices import Key
from inspector.ui.shared_engine import engine
from inspector.ui.sidebar import Choices
from inspector.views.markdown import markdown


@st.cache_resource(show_spinner=False, max_entries=1)
def settle_memory() -> bool:
    """Takes what is loaded once and for all out of the garbage collection, once a server.

    Streamlit collects garbage after every run of a script, and walks over all modules each time:
    measured, that is half of the server's work for an edit (streamlit 1.67).
    """
    gc.collect()
    gc.freeze()
    return True


def request_of(batch: Batch, choices: Choices) -> InspectRequest:
    """Returns what the choices ask of the engine."""
    assert choices.model is not None, "There is a model to ask about."
    return InspectRequest(batch, choices.model, choices.options, choices.fitting)


def is_known(request: InspectRequest) -> bool:
    """Returns whether the answer is there already, so that asking costs nothing."""
    return engine().knows(request)


def page_of_rows(request: InspectRequest, rows: RowsAsked) -> InspectionPage:
    """Asks the engine for a page of rows of a large batch, as `answer_to` does."""
    return _ask(request, lambda whole: PageRequest(whole, rows))


def answer_to(request: InspectRequest) -> Inspection:
    """Asks the engine, and shows here on the page how far a long answer is.

    Raises:
        InspectorError: The model does not take the batch, or the engine failed.
        Cancelled: A newer run of this session asked for something else.
    """
    return _ask(request, lambda whole: whole)


def _ask(request: InspectRequest, wrap: Callable[[InspectRequest], object]) -> Any:
    waiting = _Waiting()
    try:
        return answer_of(engine(), request, waiting.report, wrap)
    finally:
        waiting.clear()


class _Waiting:
    """What stands in for an answer that takes long: a word at the start, progress in training."""

    def __init__(self) -> None:
        """Claims the place on the page where it is called."""
        self._place = st.empty()
        self._bar: DeltaGenerator | None = None
        self._what = ""
        self._shown: object = None

    def report(self, progress: Progress | None) -> None:
        """Shows how far the answer is; called some ten times a second."""
        # Reading the state lets Streamlit end this run here when the user has changed something.
        st.session_state.get(Key.SESSION)
        if progress is None and self._shown is None and not engine().ready:
            self._shown = "starting"
            self._place.caption("The engine is starting. TensorFlow takes a few seconds to load.")
        elif progress is not None and progress != self._shown:
            self._report(progress)
            self._shown = progress

    def _report(self, progress: Progress) -> None:
        training = progress.loss is not None
        if self._bar is None or progress.what != self._what:
            with self._place.container():
                self._bar = st.empty()
                stop, key = (_stop_training, Key.STOP) if training else (_stop, Key.STOP_ROWS)
                st.button("Stop here", key=key, on_click=stop)
            self._what = progress.what
        text = f"{progress.what}: {progress.done:,} of {progress.total:,}"
        if training:
            st.session_state[Key.STEPS_DONE] = progress.done
            text = f"{progress.what}: step {progress.done} of {progress.total}"
            text += f", loss {progress.loss:.4g}"
        self._bar.progress(min(progress.done / max(progress.total, 1), 1.0), markdown(text))

    def clear(self) -> None:
        """Takes away what was shown."""
        if self._shown is not None:
            self._place.empty()


def _stop() -> None:
    """Remembers that the inspection of this batch was stopped."""
    st.session_state[Key.STOPPED] = True


def _stop_training() -> None:
    """Asks for as many steps as were done, so that the link still reproduces the page."""
    st.session_state[Key.STEPS] = st.session_state.get(Key.STEPS_DONE, 0)
