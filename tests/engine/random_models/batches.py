"""Random truths about padding, and arrays that hold it in the encodings people use."""

from typing import Any

import numpy as np

from tests.engine.random_models.subject import Array

SIDES = ("post", "post", "pre", "both", "inside")


def random_valid(rng: np.random.Generator, rows: int, timesteps: int, side: str) -> Array:
    """bool (rows, timesteps); some row has padding, and every row has a real timestep."""
    lengths = rng.integers(1, timesteps + 1, rows)
    lengths[0], lengths[-1] = timesteps, min(lengths[-1], timesteps - 1)
    steps = np.arange(timesteps)
    valid = np.zeros((rows, timesteps), bool)
    for row, length in enumerate(lengths):
        if side == "post":
            valid[row] = steps < length
        elif side == "pre":
            valid[row] = steps >= timesteps - length
        elif side == "both":
            start = int(rng.integers(0, timesteps - length + 1))
            valid[row] = (steps >= start) & (steps < start + length)
        else:
            valid[row, rng.choice(timesteps, length, replace=False)] = True
    if rng.random() < 0.3:
        valid = valid[::-1].copy()
    return valid


def ids(rng: np.random.Generator, valid: Array, vocabulary: int, padding: int) -> Array:
    """int32 ids: `padding` at padding, any other id at real timesteps."""
    real = [number for number in range(vocabulary) if number != padding]
    return np.where(valid, rng.choice(real, valid.shape), padding).astype("int32")


def vectors(rng: np.random.Generator, valid: Array, features: int, padding: float) -> Array:
    """float32 vectors of which those at padding hold one value."""
    array = rng.normal(0.3, 1.0, (*valid.shape, features)).astype("float32")
    array[~valid] = padding
    return array


def one_hot(rng: np.random.Generator, valid: Array, classes: int, padding: int) -> Array:
    """float32 one-hot vectors; padding is a class of its own."""
    return np.eye(classes, dtype="float32")[ids(rng, valid, classes, padding)]


def other_content(rng: np.random.Generator, array: Array, cells: Array, padding: Any) -> Array:
    """`array` with other content at `cells` (rows, timesteps): real ids, or noise."""
    changed = array.copy()
    if array.dtype.kind in "iu":
        pool = np.unique(array[~cells]) if (~cells).any() else np.unique(array)
        changed[cells] = rng.choice(pool, changed[cells].shape)
    elif array.dtype.kind == "f":
        changed[cells] = 3.0 * rng.normal(size=changed[cells].shape)
    else:
        pool = np.unique(array[~cells])
        changed[cells] = rng.choice(pool, changed[cells].shape)
    return changed
