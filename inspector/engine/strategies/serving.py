"""What the worker answers to the page of strategies."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cachetools import LRUCache

from inspector.core.batch import Batch
from inspector.core.compare_requests import CompareRequest, PastedLoss, TrainRequest
from inspector.core.comparison import Comparison
from inspector.core.digest import digest
from inspector.core.requests import Watch
from inspector.core.training_run import TrainingRun
from inspector.engine.held_models import HeldModel
from inspector.engine.strategies.compare import compare
from inspector.engine.strategies.pasted import pasted_loss
from inspector.engine.strategies.train import TrainingSession, TrainSettings

_SESSIONS_KEPT = 4
_sessions: LRUCache[bytes, TrainingSession] = LRUCache(_SESSIONS_KEPT)

Prepare = Callable[[CompareRequest | TrainRequest], tuple[HeldModel, Batch]]
"""Returns the model of a request, and its batch as the model takes it."""


def compared(request: CompareRequest, watch: Watch, prepare: Prepare) -> Comparison:
    """Answers a request for a comparison.

    Raises:
        InspectorError: The request cannot be answered, and why.
    """
    held, batch = prepare(request)
    held.have_trained(request.model.training_steps, batch, watch)
    strategies = _strategies(request.strategies, request.custom)
    return compare(held.model, batch, strategies, batch_size=request.batch_size, watch=watch)


def trained(request: TrainRequest, watch: Watch, prepare: Prepare) -> TrainingRun:
    """Answers a request for a training, which goes on where the last such request ended.

    Raises:
        InspectorError: The request cannot be answered, and why.
    """
    key = digest(replace(request, until=0))
    if key not in _sessions:
        watch.progress(0, max(request.until, 1), "Preparing the training")
        _sessions[key] = _session(request, watch, prepare)
    return _sessions[key].run(request.until, watch)


def _session(request: TrainRequest, watch: Watch, prepare: Prepare) -> TrainingSession:
    held, batch = prepare(request)
    held.have_trained(request.model.training_steps, batch, watch)
    settings = TrainSettings(request.batch_size, request.seed, request.learning_rate)
    strategies = _strategies(request.strategies, request.custom)
    return TrainingSession(held.model, batch, strategies, settings, watch)


def _strategies(asked: Sequence[str], custom: PastedLoss | None) -> list[Any]:
    """The strategies asked for, a pasted loss among them."""
    strategies: list[Any] = [name for name in asked if name != "custom"]
    return strategies if custom is None else [*strategies, pasted_loss(custom)]
