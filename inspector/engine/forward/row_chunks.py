"""How many rows of a batch run at once."""

from collections.abc import Iterator

import keras
import numpy as np

from inspector.engine.seam import keras as keras_private

LARGE_VALUES = 2**25
"""A batch whose widest layer holds more numbers than this runs in parts."""
PART_VALUES = 2**23
PART_CELLS = 2**17
_WIDTH_UNKNOWN = 64


def slices(rows: int, batch_size: int) -> Iterator[slice]:
    """Yields the rows of each part."""
    for start in range(0, rows, batch_size):
        yield slice(start, min(start + batch_size, rows))


def widest(model: keras.Model) -> int:
    """Returns the most numbers that a layer gives for a timestep, as far as shapes tell."""
    widths = [_WIDTH_UNKNOWN]
    for layer in keras_private.all_layers(model):
        try:
            outputs = keras_private.flatten(layer.output)
        except (AttributeError, ValueError):  # Never called, called often, or not symbolic.
            continue
        for tensor in outputs:
            shape = getattr(tensor, "shape", ())
            widths.append(int(np.prod([size or 1 for size in shape[2:]], initial=1)))
    return max(widths)


def rows_at_once(model: keras.Model, rows: int, timesteps: int) -> int:
    """Rows that run at once where nobody says how many: all, or a power of two of a large batch."""
    fixed = fixed_rows(model)
    return part_rows(rows, timesteps, widest(model)) if fixed is None else min(fixed, rows)


def part_rows(rows: int, timesteps: int, width: int) -> int:
    """The same for a model whose widest layer gives `width` numbers for a timestep."""
    if rows * timesteps * width <= LARGE_VALUES:
        return rows
    fit = max(min(PART_VALUES // (timesteps * width), PART_CELLS // timesteps), 1)
    return min(1 << (fit.bit_length() - 1), rows)


def fixed_rows(model: keras.Model) -> int | None:
    """The number of rows that the model's inputs insist on, or None."""
    return next((shape[0] for shape in keras_private.input_shapes(model) if shape[0]), None)
