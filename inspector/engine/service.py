"""What the worker's child answers: inspections, on models that it keeps."""

from collections.abc import Callable
from dataclasses import replace
from functools import singledispatch
from typing import Any

from inspector.core.batch import Batch
from inspector.core.compare_requests import CompareRequest, TrainRequest
from inspector.core.digest import digest
from inspector.core.inspection import Inspection
from inspector.core.paging import InspectionPage, PageRequest, page_of
from inspector.core.requests import InspectRequest, ModelChoices, PastedCode, SentenceChoices, Watch
from inspector.core.text.sentences import batch_from_choices
from inspector.engine import presets
from inspector.engine.fitting.fit import fitted
from inspector.engine.held_models import HeldModel, HeldModels
from inspector.engine.inspection.inspect import inspect
from inspector.engine.literal_data import batch_in_code
from inspector.engine.user_models import check_activations
from inspector.engine.watching import watched
from inspector.errors import InspectorError

MODELS_KEPT = 12


def answer(request: object, *, progress: Callable[..., None], cancelled: Callable[[], bool]) -> Any:
    """Answers one request.

    Args:
        request: A value of `inspector.core.requests`.
        progress: Called with done, total and what is being done.
        cancelled: Returns whether nobody wants the answer any more.

    Raises:
        InspectorError: The request cannot be answered, and why.
    """
    return _answer(request, Watch(progress, cancelled))


def warm_up() -> None:
    """Answers what the start page asks for, so that TensorFlow is loaded and the model traced."""
    request = InspectRequest(batch_from_choices(SentenceChoices()))
    _answer(request, Watch())


@singledispatch
def _answer(request: object, watch: Watch) -> Any:
    # Imported when it is first asked for: the start page does without it.
    if isinstance(request, CompareRequest):
        from inspector.engine.strategies.serving import compared

        return compared(request, watch, held_and_fitted)
    if isinstance(request, TrainRequest):
        from inspector.engine.strategies.serving import trained

        return trained(request, watch, held_and_fitted)
    raise InspectorError(f"The engine does not know the request {type(request).__name__}.")


@_answer.register
def _inspect(request: InspectRequest, watch: Watch) -> Inspection:
    held, batch = held_and_fitted(request)
    held.have_trained(request.model.training_steps, batch, watch)
    options = request.options
    with watched(watch):
        found = inspect(
            held.model if held.own is None else held.own,
            batch.x,
            batch.y,
            valid=batch.valid,
            target_valid=batch.target_valid,
            sample_weight=batch.sample_weight,
            batch_size=options.batch_size,
            training=options.training,
            leaks=options.leaks,
            tokens=batch.tokens,
        )
    # The batch that was asked for knows more: its vocabulary, target tokens and source.
    notes = tuple(dict.fromkeys((*batch.notes, *found.batch.notes)))
    said = held.own.notes if held.own is not None else ()
    return replace(found, batch=replace(batch, notes=notes), model_notes=said)


@_answer.register
def _page(request: PageRequest, watch: Watch) -> InspectionPage:
    known = digest(request.inspect)
    if known not in _LAST:
        _LAST.clear()  # Before the next large inspection takes its memory.
        _LAST[known] = _inspect(request.inspect, watch)
    return page_of(_LAST[known], request.rows)


def held_and_fitted(
    request: InspectRequest | CompareRequest | TrainRequest,
) -> tuple[HeldModel, Batch]:
    """Returns the model, and the batch as it takes it."""
    source, batch = request.model, request.batch
    if isinstance(source, ModelChoices):
        fit = presets.targets_for(source, batch)  # Refuses what is no preset.
        return _MODELS.preset(source, batch), fit
    held = _MODELS.own(source, batch)
    if isinstance(source, PastedCode) and source.own_data and held.own is not None:
        batch = batch_in_code(held.own)
    batch = fitted(batch, held.model, request.fitting)
    check_activations(held.model, batch)
    return held, batch


_MODELS = HeldModels(MODELS_KEPT)
_LAST: dict[bytes, Inspection] = {}
"""The last inspection of which a page was asked for: the next page costs no other run."""
