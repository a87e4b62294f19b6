"""What `inspect` was asked for, checked."""

import re
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray
from inspector.errors import BatchError, ModelError

# Keras sets the first line of some messages in bold, for terminals.
_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# What TensorFlow says of itself around a message: the function, the device, the operation.
_MACHINERY = re.compile(r"\{\{function_node .*?\}\}\s*|\s*\[Op:\w+\]( name:)?")


@dataclass(frozen=True)
class Request:
    """What was asked of `inspect`, besides the arrays."""

    model: keras.Model
    batch_size: int | None
    training: bool
    loss: Any
    leaks: bool
    lines: dict[str, int]

    def __post_init__(self) -> None:
        """Checks the model and the batch size."""
        if not isinstance(self.model, keras.Model):
            raise ModelError(
                f"`model` is a {type(self.model).__name__}.",
                "It must be a keras.Model (Sequential, Functional or subclassed).",
            )
        size = self.batch_size
        if size is not None and (not isinstance(size, (int, np.integer)) or size < 1):
            raise BatchError(f"`batch_size` is {size!r}.", "It must be a whole number, at least 1.")
        if isinstance(self.loss, str):
            self._check_loss_name(self.loss)

    @staticmethod
    def _check_loss_name(name: str) -> None:
        try:
            keras.losses.get(name)
        except ValueError as error:
            raise ModelError(
                f"`loss` is {name!r}, and Keras knows no loss of that name.",
                "It must be the name of a Keras loss, a function or a `keras.losses.Loss`.",
                "Check the spelling, for example `loss='sparse_categorical_crossentropy'`.",
            ) from error


@dataclass(frozen=True)
class Arrays:
    """The arrays of the batch, in the structures that the model takes."""

    x: Any
    y: Any
    sample_weight: Any


def looks_one_hot(y: AnyArray) -> bool:
    """True for rows of 0 and 1 with a single 1 each."""
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all() and y.shape[1] > 1)


def message_of(error: Exception) -> str:
    """The first lines of an exception, on one line."""
    text = _MACHINERY.sub("", _TERMINAL_COLOURS.sub("", str(error))).strip()
    lines = [line for line in text.splitlines() if line.strip()]
    text = " ".join(lines[:3]) if lines else type(error).__name__
    return text[:400]
