"""The models used lately, kept built and traced."""

import gc
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from cachetools import Cache, LRUCache

from inspector.core.batch import Batch
from inspector.core.digest import digest
from inspector.core.presets import PRESETS
from inspector.core.requests import ModelChoices, Watch
from inspector.engine import presets
from inspector.engine.presets.recipes import RECIPES
from inspector.engine.presets.sizes import Sizes, check_budget, sizes_for
from inspector.engine.training import train
from inspector.engine.user_models import OwnModel, OwnSource, key_of, opened
from inspector.errors import ModelError

PARAMETERS_KEPT = 60_000_000
"""Models that people brought are let go when they have more weights than this together."""


@dataclass(eq=False)
class HeldModel:
    """A built model and what is needed to have it untrained again.

    Attributes:
        model: The model, with the functions that Keras and the inspection traced for it.
        own: What else is known of it where somebody brought it.
        initial: Its variables, each with its value before training; empty as long as it was
            never trained.
        trained: Digest of the steps and the batch that it is trained on; None if untrained,
            empty where training was broken off.
    """

    model: keras.Model
    own: OwnModel | None = None
    initial: list[tuple[Any, np.ndarray]] = field(default_factory=list)
    trained: bytes | None = None

    def have_trained(self, steps: int, batch: Batch, watch: Watch) -> None:
        """Brings the model to `steps` steps on `batch`, from its initial weights.

        Restoring the weights is much quicker than building and tracing the model again.
        """
        wanted = digest((steps, batch)) if steps else None
        if wanted == self.trained:
            return
        if steps and not self.model.compiled:
            raise ModelError(
                "The model has no loss, so it cannot be trained.",
                "Training needs a loss.",
                "Choose a loss, or 0 steps.",
            )
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
            train(
                self.model,
                batch,
                steps,
                progress=lambda step, of, loss: watch.progress(step, of, "Training", loss),
                cancelled=watch.cancelled,
            )
            self.trained = wanted


class HeldModels:
    """The models used lately. One thread uses it: the child's."""

    def __init__(self, limit: int) -> None:
        """Keeps up to `limit` presets, and a third as many models that people brought."""
        self._presets = _Latest(limit)
        self._own = _Latest(max(limit // 3, 1))

    def preset(self, choices: ModelChoices, batch: Batch) -> HeldModel:
        """Returns the preset for these choices, and for all that it takes from the batch."""
        choices = replace(choices, training_steps=0)
        sizes = _checked_sizes(choices, batch)
        # The rows are never built into a model, and the timesteps only into some.
        fixed, free = replace(sizes, rows=0), replace(sizes, rows=0, timesteps=0)
        free = replace(free, target_timesteps=None if sizes.target_timesteps is None else 0)
        for key in ((choices, fixed), (choices, free)):
            known = self._presets.get(key)
            if known is not None:
                return known
        held = HeldModel(presets.build(choices, batch))
        fits_any_length = held.model.input_shape[1] is None
        self._presets[choices, free if fits_any_length else fixed] = held
        return held

    def own(self, source: OwnSource, batch: Batch) -> HeldModel:
        """Returns the model that somebody brought."""
        key = key_of(source)
        held = self._own.get(key)
        if held is None:
            found = opened(source, batch.rows, batch.timesteps)
            held = HeldModel(found.model, found)
            self._own[key] = held
            self._own.shrink(PARAMETERS_KEPT)
        return held

    def __len__(self) -> int:
        """Number of models that are kept."""
        return len(self._presets) + len(self._own)


class _Latest(LRUCache[Hashable, HeldModel]):
    """Least recently used models, up to a number of them."""

    def shrink(self, parameters: int) -> None:
        """Lets the oldest go until all together have at most so many weights; the last stays."""
        while len(self) > 1 and self._parameters() > parameters:
            self.popitem()

    def popitem(self) -> tuple[Hashable, HeldModel]:
        """Lets the oldest go."""
        oldest = super().popitem()
        gc.collect()  # Models are full of cycles, and most of their memory is not Python's.
        return oldest

    def _parameters(self) -> int:
        # Not by `self[key]`: to be counted is not to be used.
        return sum(Cache.__getitem__(self, key).model.count_params() for key in self)


def _checked_sizes(choices: ModelChoices, batch: Batch) -> Sizes:
    """The sizes, after the checks of `presets.build`: a batch may be too large for a kept model."""
    preset = PRESETS[choices.preset]
    sizes = sizes_for(preset, choices, batch)
    recipe = RECIPES[preset.identifier]
    check_budget(preset, sizes, recipe.parameters(sizes), recipe.activations(sizes))
    return sizes
