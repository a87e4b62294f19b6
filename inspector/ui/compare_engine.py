"""The page's way to a second engine, for work that takes long: comparisons and training.

The first engine answers edits, one at a time. Training there would keep everybody waiting.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from inspector.core.compare_requests import CompareRequest, TrainRequest
from inspector.core.comparison import Comparison
from inspector.core.requests import Progress
from inspector.core.training_run import TrainingRun
from inspector.errors import CodeError
from inspector.ui import compare_text
from inspector.ui.asking import answer_of
from inspector.ui.choices import Key
from inspector.views.markdown import literal, small
from inspector.worker.engine import Engine


@st.cache_resource(show_spinner=False, max_entries=1, on_release=Engine.close)
def workshop() -> Engine:
    """Returns the engine for long work, shared by all sessions; its process starts when asked."""
    return Engine()


def comparison_of(
    request: CompareRequest,
) -> tuple[Comparison, CodeError | None]:
    """Asks for a comparison, and shows here on the page how far it is.

    Returns:
        The comparison, and what is wrong with the pasted loss, which is then left out.

    Raises:
        InspectorError: The model does not take the batch, or the engine failed.
        Cancelled: A newer run of this session asked for something else.
    """
    try:
        return _asked(request, _Waiting()), None
    except CodeError as error:
        if request.custom is None or not request.strategies:
            raise
        # The code of the model may be at fault as well: then this raises.
        return _asked(replace(request, custom=None), _Waiting()), error


def training_of(
    request: TrainRequest, told: Callable[[Progress], object] = lambda progress: None
) -> TrainingRun:
    """Asks for a training up to a step.

    Args:
        request: What to train, and until when.
        told: Called with how far it is.

    Raises:
        InspectorError: As for `comparison_of`.
        Cancelled: As for `comparison_of`.
    """
    found: TrainingRun = _asked(request, _Telling(told))
    return found


def _asked(request: CompareRequest | TrainRequest, waiting: "_Telling") -> Any:
    try:
        return answer_of(workshop(), request, waiting.report)
    finally:
        waiting.clear()


class _Telling:
    """Waits for an answer."""

    def __init__(self, told: Callable[[Progress], object]) -> None:
        """Has `told` called with how far the answer is."""
        self._told = told
        self._shown: Progress | None = None

    def report(self, progress: Progress | None) -> None:
        """Called some ten times a second."""
        # Reading the state lets Streamlit end this run here when the user has changed something,
        # or has left.
        st.session_state.get(Key.SESSION)
        if progress is not None and progress != self._shown:
            self._shown = progress
            self._told(progress)

    def clear(self) -> None:
        """Takes away what was shown."""


class _Waiting(_Telling):
    """What stands in for an answer that takes long."""

    def __init__(self) -> None:
        """Claims the place on the page where it is called."""
        self._words = st.empty()
        self._starting = False
        super().__init__(self._draw)

    def report(self, progress: Progress | None) -> None:
        """Shows how far the answer is; called some ten times a second."""
        super().report(progress)
        if progress is None and not self._starting and not workshop().ready:
            self._starting = True
            self._words.markdown(small(compare_text.STARTING))

    def clear(self) -> None:
        """Takes away what was shown."""
        if self._starting or self._shown is not None:
            self._words.empty()

    def _draw(self, progress: Progress) -> None:
        share = min(progress.done / max(progress.total, 1), 1.0)
        self._words.progress(share, literal(progress.what))
