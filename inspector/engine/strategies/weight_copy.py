"""A copy of a model's weights to train, so that the model itself stays as it is."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.keras import fresh_names
from inspector.errors import ModelError

WeightValues = list[AnyArray]
"""The values of all variables at one moment."""


def digest_of(values: WeightValues) -> str:
    """SHA-256 (hexadecimal) of values, in order."""
    state = hashlib.sha256()
    for value in values:
        state.update(f"{value.dtype.str}{value.shape}".encode())
        state.update(np.ascontiguousarray(value).tobytes())
    return state.hexdigest()


class WeightCopy:
    """Variables of our own that stand in for the model's while it runs, and their optimizer.

    Attributes:
        model: The model; nothing of it changes.
        variables: One for each of the model's, in its order.
        trainable: Those that are trained.
        optimizer: Updates them.
    """

    def __init__(self, model: keras.Model, optimizer: dict[str, Any]) -> None:
        """Copies the weights; `optimizer` is a configuration as `optimizer_config` returns."""
        self.model = model
        trained = {id(variable) for variable in model.trainable_variables}
        with fresh_names():
            self.variables = [_copy(v, id(v) in trained) for v in model.variables]
            by_source = {
                id(source): own for source, own in zip(model.variables, self.variables, strict=True)
            }
            self.trainable = [by_source[id(v)] for v in model.trainable_variables]
            self.optimizer = keras.optimizers.deserialize(optimizer)
            self.optimizer.build(self.trainable)
        self._all = [*self.variables, *self.optimizer.variables]

    @contextmanager
    def scope(self) -> Iterator[keras.StatelessScope]:
        """A scope in which the model has these weights, and nothing of it changes."""
        pairs = zip(self.model.variables, self.variables, strict=True)
        with keras_private.kept_losses(self.model):
            scope = keras.StatelessScope(
                [(theirs, own.value) for theirs, own in pairs], collect_losses=True
            )
            with scope:
                yield scope

    def keep_updates(self, scope: keras.StatelessScope) -> None:
        """Takes over what running changes: statistics of batches, states of seeds."""
        for theirs, own in zip(self.model.variables, self.variables, strict=True):
            if own.trainable:
                continue
            value = scope.get_current_value(theirs)
            if value is not None:
                own.assign(value)

    def save(self) -> WeightValues:
        """The values of weights and optimizer."""
        return [variable.numpy() for variable in self._all]

    def load(self, values: WeightValues) -> None:
        """Puts values back."""
        for variable, value in zip(self._all, values, strict=True):
            variable.assign(value)


def _copy(variable: Any, trainable: bool) -> Any:
    own = keras.Variable(
        variable.numpy(), dtype=variable.dtype, trainable=trainable, autocast=False
    )
    own.constraint = getattr(variable, "constraint", None)
    return own


def optimizer_config(model: keras.Model, learning_rate: float | None) -> dict[str, Any]:
    """How to make the optimizer that the model was compiled with, as if it were new.

    Raises:
        ModelError: There is none, or it cannot be made again.
    """
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        raise ModelError(
            "The model has no optimizer.",
            "Training needs a compiled model.",
            "Compile it: model.compile(optimizer=..., loss=...).",
        )
    try:
        config = keras.optimizers.serialize(optimizer)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise ModelError(f"The optimizer cannot be made again: {error}") from error
    if learning_rate is not None:
        inner = config["config"]
        if "inner_optimizer" in inner:
            inner = inner["inner_optimizer"]["config"]
        inner["learning_rate"] = float(learning_rate)
    return dict(config)
