"""A batch runs in parts of some rows: how many at once, and what is kept of each part.

Only what an answer needs is kept, since all parts of a large batch together would not fit into
memory: of predictions the first rows, of equal masks one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, frozen
from inspector.engine.sampling import fixed_rows
from inspector.engine.seam import keras as keras_private

LARGE_VALUES = 2**25
"""A batch whose widest layer holds more numbers than this runs in parts."""
PART_VALUES = 2**23
PART_CELLS = 2**17
KEPT_VALUES = 2**22
"""Predictions of more numbers are not kept whole."""
KEPT_ROWS = 256
"""So many rows of predictions are kept at least."""
_WIDTH_UNKNOWN = 64


def widest(model: keras.Model) -> int:
    """The most numbers that a layer gives for a timestep, as far as shapes tell."""
    found = [_WIDTH_UNKNOWN]
    for layer in keras_private.all_layers(model):
        try:
            outputs = keras_private.flatten(layer.output)
        except (AttributeError, ValueError):  # Never called, called often, or not symbolic.
            continue
        for tensor in outputs:
            shape = getattr(tensor, "shape", ())
            found.append(int(np.prod([size or 1 for size in shape[2:]], initial=1)))
    return max(found)


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


@dataclass(eq=False)
class Joined:
    """What is kept of all parts.

    Attributes:
        masks: Values of all masks, whole batch; equal masks are one array.
        prediction_masks: Mask on each output, or None.
        predictions: Of the first rows, in the structure of the model's outputs.
        outlines: For each output, an array of its shape and type that holds no values.
        nan: There is NaN in the predictions, kept or not.
    """

    masks: list[BoolArray]
    prediction_masks: list[BoolArray | None]
    predictions: Any
    outlines: list[AnyArray]
    nan: bool


class Gatherer:
    """Takes the parts one by one and keeps what `Joined` holds."""

    def __init__(self, rows: int) -> None:
        """Prepares for the parts of a batch of `rows` rows."""
        self._rows = rows
        self._masks: list[list[AnyArray]] = []
        self._on_outputs: list[list[AnyArray | None]] = []
        self._predictions: list[Any] = []
        self._kept_rows = 0
        self._nan = False

    def take(self, part: dict[str, Any]) -> None:
        """Keeps what is needed of one part; its other arrays can go."""
        known: list[AnyArray] = []
        self._masks.append([_one_of_equals(mask, known) for mask in part["masks"]])
        self._on_outputs.append(
            [None if _is_none(m) else _one_of_equals(m, known) for m in part["prediction_masks"]]
        )
        leaves = keras_private.flatten(part["predictions"])
        self._nan = self._nan or any(bool(np.isnan(leaf).any()) for leaf in leaves)
        if self._wants_predictions(leaves):
            self._predictions.append(part["predictions"])
            self._kept_rows += len(leaves[0]) if leaves and leaves[0].ndim else 0

    def joined(self) -> Joined:
        """Joins what was kept."""
        whole: dict[tuple[int, ...], BoolArray] = {}
        predictions = keras_private.map_structure(
            lambda *arrays: np.concatenate(arrays) if len(arrays) > 1 else arrays[0],
            *self._predictions,
        )
        return Joined(
            masks=[_whole(list(arrays), whole) for arrays in zip(*self._masks, strict=True)],
            prediction_masks=[
                None if arrays[0] is None else _whole(list(arrays), whole)
                for arrays in zip(*self._on_outputs, strict=True)
            ],
            predictions=predictions,
            outlines=[
                np.broadcast_to(np.zeros((), leaf.dtype), (self._rows, *leaf.shape[1:]))
                for leaf in keras_private.flatten(predictions)
            ],
            nan=self._nan,
        )

    def _wants_predictions(self, leaves: list[AnyArray]) -> bool:
        if not self._predictions or self._kept_rows < KEPT_ROWS:
            return True
        values = sum(int(np.prod(leaf.shape[1:])) for leaf in leaves) * self._rows
        return values <= KEPT_VALUES


def slices(rows: int, batch_size: int) -> Iterator[slice]:
    """Yields the rows of each part."""
    for start in range(0, rows, batch_size):
        yield slice(start, min(start + batch_size, rows))


def _is_none(mask: AnyArray) -> bool:
    return mask.size == 0 and mask.ndim == 1


def _one_of_equals(mask: AnyArray, known: list[AnyArray]) -> AnyArray:
    """The array among `known` that equals `mask`; else `mask`, which is known from now on."""
    for other in known:
        if other.shape == mask.shape and np.array_equal(other, mask):
            return other
    known.append(mask)
    return mask


def _whole(parts: list[Any], made: dict[tuple[int, ...], BoolArray]) -> BoolArray:
    """The parts joined; the same array for the same parts."""
    key = tuple(id(part) for part in parts)
    if key not in made:
        made[key] = frozen(np.concatenate(parts) if len(parts) > 1 else parts[0], np.bool_)
    return made[key]
