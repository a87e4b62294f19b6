"""Asking an engine for a session, without sending a model file that it knows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import streamlit as st

from inspector.core.compare_requests import CompareRequest, TrainRequest
from inspector.core.requests import InspectRequest, ModelFile, Progress
from inspector.errors import FileNeeded
from inspector.ui.choices import Key
from inspector.worker.client import Engine

Request = InspectRequest | CompareRequest | TrainRequest


def answer_of(
    engine: Engine,
    request: Request,
    report: Callable[[Progress | None], None],
    wrap: Callable[[Any], object] = lambda request: request,
) -> Any:
    """Returns the engine's answer to `wrap(request)`.

    Raises:
        InspectorError: As `Engine.ask`.
    """
    session = st.session_state.setdefault(Key.SESSION, uuid4().hex)
    if not isinstance(request.model, ModelFile):
        return engine.ask(wrap(request), session=session, on_progress=report)
    # The engine knows the file by now, most of the time: its bytes need not travel again.
    known = replace(request, model=replace(request.model, data=None))
    try:
        return engine.ask(wrap(known), session=session, on_progress=report)
    except FileNeeded:
        return engine.ask(wrap(request), session=session, on_progress=report)
