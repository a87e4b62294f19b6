"""What the worker answers to the page of strategies."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from functools import singledispatch
from typing import Any

from inspector.core.compare_requests import CompareRequest, PastedLoss, TrainRequest
from inspector.core.comparison import Comparison
from inspector.core.digest import digest
from inspector.core.requests import Watch
from inspector.core.training_run import TrainingRun
from inspector.engine import service
from inspector.engine.strategies.comparing import compare
from inspector.engine.strategies.pasted import pasted_loss
from inspector.engine.strategies.training import TrainingSession, TrainSettings
from inspector.errors import InspectorError

_SESSIONS_KEPT = 4
_sessions: OrderedDict[bytes, TrainingSession] = OrderedDict()


@singledispatch
def answer(request: object, watch: Watch) -> Any:
    """Answers one request.

    Raises:
        InspectorError: The request cannot be answered, and why.
    """
    raise InspectorError(f"The engine does not know the request {type(request).__name__}.")


@answer.register
def _compare(request: CompareRequest, watch: Watch) -> Comparison:
    held, batch = service.held_and_fitted(request)
    held.have_trained(request.model.training_steps, batch, watch)
    return compare(
        held.model,
        batch,
        _strategies(request.strategies, request.custom),
        batch_size=request.batch_size,
        watch=watch,
    )


@answer.register
def _train(request: TrainRequest, watch: Watch) -> TrainingRun:
    key = digest(replace(request, until=0))
    session = _sessions.pop(key, None)
    if session is None:
        watch.progress(0, max(request.until, 1), "Preparing the training")
        session = _session(request, watch)
    _sessions[key] = session
    if len(_sessions) > _SESSIONS_KEPT:
        _sessions.popitem(last=False)
    return session.run(request.until, watch)


def _session(request: TrainRequest, watch: Watch) -> TrainingSession:
    held, batch = service.held_and_fitted(request)
    held.have_trained(request.model.training_steps, batch, watch)
    settings = TrainSettings(request.batch_size, request.seed, request.learning_rate)
    strategies = _strategies(request.strategies, request.custom)
    return TrainingSession(held.model, batch, strategies, settings, watch)


def _strategies(asked: Sequence[str], custom: PastedLoss | None) -> list[Any]:
    """The strategies asked for, a pasted loss among them."""
    found: list[Any] = [name for name in asked if name != "custom"]
    return found if custom is None else [*found, pasted_loss(custom)]
