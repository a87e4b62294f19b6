"""What users pass as data, as NumPy arrays that Keras takes as they are."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray
from inspector.engine.seam import keras as keras_private
from inspector.errors import BatchError


def as_arrays(data: Any) -> Any:
    """Converts `data` to arrays, in the same structure; None stays None.

    A list of arrays is several inputs; a list of numbers, or of rows, is one.

    Raises:
        BatchError: It is a dataset or generator, is ragged, or holds objects.
    """
    if data is None:
        return None
    if isinstance(data, Mapping):
        return {name: one_array(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)) and any(hasattr(item, "shape") for item in data):
        return [one_array(value) for value in data]
    return one_array(data)


def one_array(value: Any) -> AnyArray:
    """Converts one value to an array; floats to Keras's default float type, as Keras does."""
    if hasattr(value, "element_spec") or hasattr(value, "__next__"):
        raise BatchError(
            f"The data is a {type(value).__name__}.",
            "inspect takes arrays, since it has to run the same rows several times.",
            "Take one batch of it first, for example `x, y = next(iter(dataset))`.",
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise BatchError(
            "The rows have different lengths.",
            "All rows of an array must have the same number of timesteps.",
            "Pad them first, for example with keras.utils.pad_sequences.",
        ) from error
    if array.dtype.kind == "f" and array.dtype.itemsize == 8:
        return array.astype(keras.config.floatx())
    if array.dtype.kind == "O":
        raise BatchError(
            f"The data holds {type(array.ravel()[0]).__name__} objects.",
            "It must hold numbers.",
            "Pad ragged rows first, for example with keras.utils.pad_sequences.",
        )
    return array


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
