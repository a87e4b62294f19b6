"""Losses that mix rows or timesteps because ranks do not match and the sizes happen to."""

from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import to_tensor


def mixes_rows(loss: Any, y: Any, predictions: list[AnyArray], position: int) -> bool:
    """True if one target changes the loss of other timesteps, where the ranks do not match.

    Targets (rows, timesteps) against predictions (rows, timesteps, 1) broadcast to
    (rows, timesteps, timesteps) without a word where rows = timesteps.
    """
    targets = keras_private.flatten(y)
    if position >= len(targets):
        return False
    target, prediction = targets[position], predictions[position]
    if target.ndim == prediction.ndim or target.ndim < 2 or target.dtype.kind != "f":
        return False
    before = unreduced(loss, target, prediction)
    if before.ndim == 0:
        return before_differs(loss, target, prediction)
    other = np.array(target)
    other[0, 0] += 1.0
    moved = np.abs(unreduced(loss, other, prediction) - before) > 1e-9
    if moved.ndim == 1:
        return bool(moved[1:].any())
    return bool(moved[1:].any()) or bool(moved[0, 1:].any())


def before_differs(loss: Any, target: AnyArray, prediction: AnyArray) -> bool:
    """For a loss of one number: it is another one with the ranks made equal."""
    if target.ndim + 1 != prediction.ndim or prediction.shape[-1] != 1:
        return False
    matched = unreduced(loss, target[..., None], prediction)
    return not np.allclose(matched, unreduced(loss, target, prediction), rtol=1e-4)


def unreduced(loss: Any, target: AnyArray, prediction: AnyArray) -> AnyArray:
    """`loss.call` on arrays, float64."""
    value = loss.call(to_tensor(target, loss.dtype), to_tensor(prediction, loss.dtype))
    return np.asarray(value, np.float64)
