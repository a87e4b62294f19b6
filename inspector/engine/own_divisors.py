"""Losses that divide by the number of real timesteps themselves, and keep the time axis."""

from dataclasses import replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.engine.broadcasts import unreduced
from inspector.engine.measuring import OutputMeasure
from inspector.engine.memory import NO_FINDING

_MOST_ROWS = 64


def without_own_divisor(
    loss: Any, target: AnyArray, prediction: AnyArray, output: OutputMeasure, valid: Any
) -> OutputMeasure:
    """The same output with the loss of a timestep as it is by itself.

    `loss * mask / mean(mask)` writes zeros at padding and makes the rest larger, so that the mean
    over all timesteps is the one over real timesteps. How much larger shows where a real timestep
    is evaluated alone; one of each row tells, since rows may have divisors of their own.
    """
    by_step = output.loss
    if by_step is None or not _writes_zeros(by_step, valid) or len(prediction) != len(valid):
        return output
    factors = np.ones(len(valid))
    for row in np.flatnonzero(valid.any(axis=1)):
        step = int(np.argmax(np.where(valid[row], by_step[row], -np.inf)))
        cell = slice(row, row + 1), slice(step, step + 1)
        try:
            alone = float(np.mean(unreduced(loss, target[cell], prediction[cell])))
        except NO_FINDING:
            raise
        except Exception:  # The user's own code, which may want the mask or whole sentences.
            return output
        if np.isfinite(alone) and abs(alone) > 1e-9:
            factors[row] = by_step[row, step] / alone
    if np.allclose(factors, 1.0, rtol=1e-4) or not np.all(np.abs(factors) > 1e-9):
        return output
    scale = factors[:, None]
    weight = None if output.weight is None else output.weight * scale
    return replace(output, loss=by_step / scale, weight=weight)


def _writes_zeros(by_step: FloatArray, valid: BoolArray | None) -> bool:
    if valid is None or by_step.shape != valid.shape or valid.all() or len(valid) > _MOST_ROWS:
        return False
    return bool(np.isfinite(by_step).all()) and not by_step[~valid].any()
