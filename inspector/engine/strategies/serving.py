"""What the worker answers to the page of strategies."""

from functools import singledispatch
from typing import Any

from inspector.core.compare_requests import CompareRequest
from inspector.core.comparison import Comparison
from inspector.core.watching import Watch
from inspector.engine import service
from inspector.engine.strategies.comparing import compare
from inspector.engine.strategies.pasted import pasted_loss
from inspector.errors import InspectorError


@singledispatch
def answer(
    request: object, progress: service.ReportProgress, cancelled: service.IsCancelled
) -> Any:
    """Answers one request.

    Raises:
        InspectorError: The request cannot be answered, and why.
    """
    raise InspectorError(f"The engine does not know the request {type(request).__name__}.")


@answer.register
def _compare(
    request: CompareRequest, progress: service.ReportProgress, cancelled: service.IsCancelled
) -> Comparison:
    held, batch = service.held_and_fitted(request)
    held.have_trained(request.model.training_steps, batch, progress, cancelled)
    strategies: list[Any] = list(request.strategies)
    if request.custom is not None:
        strategies.append(pasted_loss(request.custom))
    return compare(
        held.model,
        batch,
        strategies,
        batch_size=request.batch_size,
        watch=Watch(progress, cancelled),
    )
