"""What the worker's child answers: inspections of presets, on models that it keeps."""

import gc
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import Any

import keras
import numpy as np

from inspector.core.batch import Batch
from inspector.core.digest import digest
from inspector.core.inspection import Inspection
from inspector.core.presets import PRESETS
from inspector.core.requests import InspectRequest, ModelChoices, SentenceChoices
from inspector.core.sentences import batch_from_choices
from inspector.engine import presets
from inspector.engine.inspecting import inspect
from inspector.engine.presets.recipes import RECIPES
from inspector.engine.presets.sizes import Sizes, check_budget, sizes_for
from inspector.engine.training import train
from inspector.errors import InspectorError, ModelError

MODELS_KEPT = 12

ReportProgress = Callable[..., None]
IsCancelled = Callable[[], bool]


def answer(request: object, *, progress: ReportProgress, cancelled: IsCancelled) -> Any:
    """Answers one request.

    Args:
        request: A value of `inspector.core.requests`.
        progress: Called with done, total and what is being done.
        cancelled: Returns whether nobody wants the answer any more.

    Raises:
        InspectorError: The request cannot be answered, and why.
    """
    return _answer(request, progress, cancelled)


def warm_up() -> None:
    """Answers what the start page asks for, so that TensorFlow is loaded and the model traced."""
    request = InspectRequest(batch_from_choices(SentenceChoices()))
    answer(request, progress=lambda *_: None, cancelled=lambda: False)


@singledispatch
def _answer(request: object, progress: ReportProgress, cancelled: IsCancelled) -> Any:
    raise InspectorError(f"The engine does not know the request {type(request).__name__}.")


@_answer.register
def _inspect(
    request: InspectRequest, progress: ReportProgress, cancelled: IsCancelled
) -> Inspection:
    if not isinstance(request.model, ModelChoices):
        raise ModelError(f"The engine cannot open a {type(request.model).__name__}.")
    batch = presets.targets_for(request.model, request.batch)
    held = _MODELS.get(request.model, request.batch)
    held.have_trained(request.model.training_steps, batch, progress, cancelled)
    options = request.options
    found = inspect(
        held.model,
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
    return replace(found, batch=replace(batch, notes=notes))


@dataclass(eq=False)
class _HeldModel:
    """A built model and what is needed to have it untrained again.

    Attributes:
        model: Compiled, with the functions that Keras and the inspection traced for it.
        initial: Its variables, each with its value before training; empty as long as it was
            never trained.
        trained: Digest of the steps and the batch that it is trained on; None if untrained,
            empty where training was broken off.
    """

    model: keras.Model
    initial: list[tuple[Any, np.ndarray]] = field(default_factory=list)
    trained: bytes | None = None

    def have_trained(
        self, steps: int, batch: Batch, progress: ReportProgress, cancelled: IsCancelled
    ) -> None:
        """Brings the model to `steps` steps on `batch`, from its initial weights.

        Restoring the weights is much quicker than building and tracing the model again.
        """
        wanted = digest((steps, batch)) if steps else None
        if wanted == self.trained:
            return
        if steps and not self.initial:
            optimizer = self.model.optimizer
            optimizer.build(self.model.trainable_variables)
            variables = [*self.model.variables, *optimizer.variables]
            self.initial = [(variable, variable.numpy()) for variable in variables]
        for variable, value in self.initial:
            variable.assign(value)
        self.trained = None
        if steps:
            self.trained = b""  # Not None: training may end half-way.
            report = _training_progress(progress)
            train(self.model, batch, steps, progress=report, cancelled=cancelled)
            self.trained = wanted


def _training_progress(progress: ReportProgress) -> Callable[[int, int, float], None]:
    return lambda step, steps, loss: progress(step, steps, "Training", loss)


class _Models:
    """The models used lately. One thread uses it: the child's."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._models: OrderedDict[tuple[ModelChoices, Sizes], _HeldModel] = OrderedDict()

    def get(self, choices: ModelChoices, batch: Batch) -> _HeldModel:
        """Returns the model for these choices, and for all that it takes from the batch."""
        choices = replace(choices, training_steps=0)
        sizes = _checked_sizes(choices, batch)
        # The rows are never built into a model, and the timesteps only into some.
        fixed, free = replace(sizes, rows=0), replace(sizes, rows=0, timesteps=0)
        free = replace(free, target_timesteps=None if sizes.target_timesteps is None else 0)
        for key in ((choices, fixed), (choices, free)):
            if key in self._models:
                self._models.move_to_end(key)
                return self._models[key]
        held = _HeldModel(presets.build(choices, batch))
        fits_any_length = held.model.input_shape[1] is None
        self._models[choices, free if fits_any_length else fixed] = held
        while len(self._models) > self._limit:
            self._models.popitem(last=False)
            gc.collect()  # Models are full of cycles, and most of their memory is not Python's.
        return held


def _checked_sizes(choices: ModelChoices, batch: Batch) -> Sizes:
    """The sizes, after the checks of `presets.build`: a batch may be too large for a kept model."""
    preset = PRESETS[choices.preset]
    sizes = sizes_for(preset, choices, batch)
    recipe = RECIPES[preset.identifier]
    check_budget(preset, sizes, recipe.parameters(sizes), recipe.activations(sizes))
    return sizes


_MODELS = _Models(MODELS_KEPT)
