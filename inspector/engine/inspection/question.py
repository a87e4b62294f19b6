"""What is asked: a model, a batch, the truth about its padding, and how to run it.

Data comes as users pass it (`as_arrays`) and is an array from here on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Arrays, Batch
from inspector.core.truth import Truth
from inspector.engine.forward.losses import GivenLoss, given_loss
from inspector.engine.seam import keras as keras_private
from inspector.errors import BatchError, ModelError
from inspector.files.sources import Structure


def as_arrays(data: Structure | None) -> Any:
    """Returns arrays as Keras takes them: several as a list, floats of its default type."""
    if data is None:
        return None
    if isinstance(data, Mapping):
        return {name: _in_float_type(array) for name, array in data.items()}
    if isinstance(data, tuple):
        return [_in_float_type(array) for array in data]
    return _in_float_type(data)


def _in_float_type(array: AnyArray) -> AnyArray:
    if array.dtype.kind == "f" and array.dtype.itemsize == 8:
        return array.astype(keras.config.floatx())
    return array


def check_texts(model: keras.Model, x: Any) -> None:
    """Refuses texts for a model that says it takes numbers.

    Raises:
        BatchError: An input holds texts, and no input of the model does.
    """
    kinds = [getattr(tensor, "dtype", "") for tensor in getattr(model, "inputs", None) or ()]
    texts = any(leaf.dtype.kind == "U" for leaf in keras_private.flatten(x))
    if texts and kinds and "string" not in kinds:
        raise BatchError(
            "`x` holds texts.",
            "It must hold numbers: this model's inputs are of the types " + ", ".join(kinds) + ".",
            "Make ids of them first, for example with keras.layers.TextVectorization.",
        )


def row_count(x: Any) -> int:
    """Number of rows of the input.

    Raises:
        BatchError: There are none, or the inputs differ.
    """
    leaves = keras_private.flatten(x)
    counts = {len(leaf) if np.ndim(leaf) else 0 for leaf in leaves}
    if len(counts) != 1 or 0 in counts:
        raise BatchError(
            f"The inputs have {sorted(counts)} rows.",
            "There must be at least one row, the same number in every input.",
        )
    return counts.pop()


@dataclass(frozen=True, eq=False)
class Question:
    """One model and one batch, and how they are run. Whoever measures anything holds one.

    Attributes:
        model: The model; it is neither changed nor recompiled.
        batch: The batch: the only holder of its arrays.
        truth: Which timesteps are real, of every input and output.
        batch_size: Rows that run at once.
        loss: A loss to measure in place of the compiled one, or None.
        training: Run layers as in training.
        leaks: Test whether padding changes results at real timesteps.
        lines: Line of the source of a layer, by its name, where known.
        in_parts: Nobody asked for `batch_size`; the batch is too large to run at once.
    """

    model: keras.Model
    batch: Batch
    truth: Truth
    batch_size: int
    loss: Any = None
    training: bool = False
    leaks: bool = True
    lines: Mapping[str, int] = field(default_factory=dict)
    in_parts: bool = False

    @property
    def x(self) -> Any:
        """The model's input, in the structure that the model takes."""
        return structure_of(self.batch.x)

    @property
    def y(self) -> Any:
        """The targets, or None."""
        return structure_of(self.batch.y)

    @property
    def sample_weight(self) -> Any:
        """The sample weights, or None."""
        return structure_of(self.batch.sample_weight)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.batch.rows

    @property
    def given(self) -> GivenLoss | None:
        """The loss to measure, for this model; None for the compiled one."""
        return None if self.loss is None else given_loss(self.model, self.loss)


def structure_of(arrays: Arrays | None) -> Any:
    """Returns the arrays of a batch as Keras takes them: several as a list."""
    return list(arrays) if isinstance(arrays, tuple) else arrays


def check_options(model: Any, batch_size: Any, loss: Any) -> None:
    """Refuses what is no model, no batch size or no name of a loss.

    Raises:
        ModelError: `model` is no Keras model, or Keras knows no such loss.
        BatchError: `batch_size` is no number of rows.
    """
    if not isinstance(model, keras.Model):
        raise ModelError(
            f"`model` is a {type(model).__name__}.",
            "It must be a keras.Model (Sequential, Functional or subclassed).",
        )
    whole = isinstance(batch_size, (int, np.integer))
    if batch_size is not None and (not whole or batch_size < 1):
        raise BatchError(
            f"`batch_size` is {batch_size!r}.", "It must be a whole number, at least 1."
        )
    if not isinstance(loss, str):
        return
    try:
        keras.losses.get(loss)
    except ValueError as error:
        raise ModelError(
            f"`loss` is {loss!r}, and Keras knows no loss of that name.",
            "It must be the name of a Keras loss, a function or a `keras.losses.Loss`.",
            "Check the spelling, for example `loss='sparse_categorical_crossentropy'`.",
        ) from error
