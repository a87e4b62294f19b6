"""Which rows of a batch are tested for leaks."""

import keras
import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.engine.seam import keras as keras_private

ROWS = 32
"""At most this many rows are tested for leaks, spread over the lengths of the batch."""

FEWEST_ROWS = 8
CELLS = 2**14
"""Where all steps together have more cells (rows x timesteps), fewer rows are tested, never fewer
than `FEWEST_ROWS`: a stack of 12 layers at 32 x 128 is a large model for a page that answers as
one types."""


NUMBERS = 2**21
"""Where a row of one output has very many numbers, as with a large vocabulary, fewer rows again:
all tests together hold such an output some twenty times, in up to eight bytes a number."""


def most_rows(timesteps: int, steps: int, numbers: int = 0) -> int:
    """The number of rows to test.

    Args:
        timesteps: Of a row.
        steps: Of the model.
        numbers: In one row of the largest output.
    """
    rows = min(ROWS, CELLS // max(timesteps * steps, 1), NUMBERS // max(numbers, 1))
    return max(FEWEST_ROWS, rows)


def fixed_rows(model: keras.Model) -> int | None:
    """The number of rows that the model's inputs insist on, or None."""
    return next((shape[0] for shape in keras_private.input_shapes(model) if shape[0]), None)


def chosen_rows(
    valid: BoolArray | None, count: int, fixed: int | None, most: int = ROWS
) -> AnyArray:
    """Positions of the rows to test: all, or `most` of them spread over the lengths.

    A single row is taken twice, so that one can be changed and the other watched.
    """
    if fixed is not None:
        return np.arange(min(fixed, count))
    if count == 1:
        return np.array([0, 0])
    if count <= most:
        return np.arange(count)
    order = np.argsort(valid.sum(axis=1), kind="stable") if valid is not None else np.arange(count)
    return np.sort(order[np.linspace(0, count - 1, most).round().astype(int)])
