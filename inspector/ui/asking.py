"""Asking an engine: who asks, and not sending a model file that it knows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import streamlit as st

from inspector.core.compare_requests import CompareRequest, TrainRequest
from inspector.core.requests import InspectRequest, ModelFile, Progress
from inspector.errors import FileNeeded
from inspector.ui.choices import Key
from inspector.ui.visitors import visitor
from inspector.worker.engine import Engine

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
    if not isinstance(request.model, ModelFile):
        return ask(engine, wrap(request), report)
    # The engine knows the file by now, most of the time: its bytes need not travel again.
    known = replace(request, model=replace(request.model, data=None))
    try:
        return ask(engine, wrap(known), report)
    except FileNeeded:
        return ask(engine, wrap(request), report)


def ask(engine: Engine, request: object, report: Callable[[Progress | None], None]) -> Any:
    """Returns the engine's answer to what this page asks.

    Raises:
        InspectorError: As `Engine.ask`.
    """
    session = st.session_state.setdefault(Key.SESSION, uuid4().hex)
    return engine.ask(request, session=session, visitor=visitor(), on_progress=report)
