"""Other inputs with the same meaning: noise at padding, other rows, the padding elsewhere."""

from collections.abc import Callable
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.engine.seam import keras as keras_private


def with_leaves(x: Any, change: Callable[[int, AnyArray], AnyArray]) -> Any:
    """Returns `x` with `change(number, array)` applied to each of its arrays."""
    leaves = keras_private.flatten(x)
    return keras_private.pack_sequence_as(x, [change(i, leaf) for i, leaf in enumerate(leaves)])


def noise_at(array: AnyArray, where: BoolArray, seed: int) -> AnyArray:
    """`array` with other values at the timesteps `where`: real ids for ids, noise for floats."""
    random = np.random.default_rng(seed)
    result = np.array(array)
    if array.ndim < 2 or array.shape[:2] != where.shape or not where.any():
        return result
    real = array[~where]
    shape = result[where].shape
    if array.dtype.kind in "iub" or holds_ids(array):
        pool = np.unique(real) if real.size else np.unique(array)
        result[where] = random.choice(pool, shape).astype(array.dtype)
    elif array.dtype.kind == "f":
        spread = float(real.std()) if real.size else 0.0
        center = float(real.mean()) if real.size else 0.0
        noise = random.normal(center, 3.0 * spread if spread > 1e-6 else 1.0, shape)
        result[where] = noise.astype(array.dtype)
    return result


def holds_ids(array: AnyArray) -> bool:
    """True for floats (rows, timesteps) that are whole numbers: ids for an embedding."""
    return array.ndim == 2 and array.dtype.kind == "f" and bool((array == np.round(array)).all())


def other_content(array: AnyArray, rows: AnyArray, valid: BoolArray | None, seed: int) -> AnyArray:
    """`array` with the real values of the given rows replaced; their padding stays where it is."""
    if valid is not None and array.ndim >= 2 and array.shape[:2] == valid.shape:
        return noise_at(array, valid & rows[:, None], seed) if rows.any() else array
    everything = np.zeros(array.shape[:2] if array.ndim >= 2 else (len(array), 1), bool)
    everything[rows] = True
    if array.ndim >= 2:
        return noise_at(array, everything, seed)
    return np.where(rows, np.roll(array, 1), array)


def row_alone(array: AnyArray, row: int, valid: BoolArray | None) -> AnyArray:
    """One row with its real timesteps only, as a batch of one."""
    if valid is not None and array.ndim >= 2 and array.shape[:2] == valid.shape:
        return array[row][valid[row]][None]
    return array[row : row + 1]


def padding_content(array: AnyArray, valid: BoolArray) -> AnyArray | None:
    """What a padded timestep of this array holds (the most frequent one), or None."""
    cells = array[~valid]
    if not len(cells):
        return None
    values, counts = np.unique(cells.reshape(len(cells), -1), axis=0, return_counts=True)
    return values[counts.argmax()].reshape(cells.shape[1:])


def one_sided(valid: BoolArray) -> str | None:
    """`before` or `after`, where all padding of the batch is on that side; None otherwise."""
    if valid.all():
        return None
    lengths = valid.sum(axis=1)[:, None]
    steps = np.arange(valid.shape[1])[None]
    if np.array_equal(valid, steps < lengths):
        return "after"
    if np.array_equal(valid, steps >= valid.shape[1] - lengths):
        return "before"
    return None


def padded_on(array: AnyArray, valid: BoolArray, side: str, timesteps: int) -> AnyArray:
    """`array` with each row's real timesteps at one end of `timesteps`, padding at `side`."""
    content = padding_content(array, valid)
    filler = np.zeros(array.shape[2:], array.dtype) if content is None else content
    result = np.empty((len(array), timesteps, *array.shape[2:]), array.dtype)
    result[:] = filler
    for row in range(len(array)):
        real = array[row][valid[row]]
        if side == "after":
            result[row, : len(real)] = real
        else:
            result[row, timesteps - len(real) :] = real
    return result
