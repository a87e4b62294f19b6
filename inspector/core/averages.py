"""The averages shown side by side, each with the division that makes it.

With l the loss at a timestep and m = 1 at real timesteps, B rows and T timesteps:

    mean over valid   = sum(l * m) / sum(m)
    mean over all     = sum(l) / (B * T)
    mean of row means = mean over rows with a real timestep of  sum_t(l * m) / sum_t(m)
"""

import numpy as np

from inspector.core.arrays import BoolArray, FloatArray
from inspector.core.ledger import Average, AverageName


def averages_of(
    loss: FloatArray | None, valid: BoolArray | None, keras_value: float | None, shown: float | None
) -> tuple[Average, ...]:
    """Returns Keras's value and the three averages.

    Args:
        loss: (rows, timesteps), or (rows,) for one loss a sequence; NaN where undefined.
        valid: bool of the same shape; None counts every entry.
        keras_value: What `model.evaluate` reports.
        shown: The part of it that is comparable with the averages (without penalties).
    """
    if loss is None:
        names = (AverageName.VALID, AverageName.ALL, AverageName.ROW_MEANS)
        rest = tuple(Average(name, None, None, None) for name in names)
        return (Average(AverageName.KERAS, keras_value, None, None, True), *rest)
    real = np.ones(loss.shape, bool) if valid is None else valid
    over_valid = _average(
        AverageName.VALID, float(loss[real].sum(dtype=np.float64)), int(real.sum())
    )
    over_all = _average(AverageName.ALL, float(loss.sum(dtype=np.float64)), loss.size)
    rows = row_means(loss, real)
    defined = rows[real.reshape(len(rows), -1).any(axis=1)]
    of_rows = _average(AverageName.ROW_MEANS, float(defined.sum()), len(defined))
    found = (over_valid, over_all, of_rows)
    marked = tuple(
        Average(a.name, a.value, a.numerator, a.divisor, same(a.value, shown)) for a in found
    )
    first = next((average for average in marked if average.equals_keras), None)
    keras = Average(
        AverageName.KERAS,
        keras_value,
        first.numerator if first is not None else None,
        first.divisor if first is not None else None,
        True,
    )
    return (keras, *marked)


def row_means(loss: FloatArray, valid: BoolArray) -> FloatArray:
    """Each row's sum_t(l * m) / sum_t(m); NaN for a row without real timesteps."""
    flat, real = loss.reshape(len(loss), -1), valid.reshape(len(loss), -1)
    sums, counts = np.where(real, flat, 0.0).sum(axis=1, dtype=np.float64), real.sum(axis=1)
    return np.divide(sums, counts, out=np.full(len(loss), np.nan), where=counts > 0)


def same(value: float | None, other: float | None) -> bool:
    """True if two numbers are equal within the error of float32 sums."""
    if value is None or other is None:
        return False
    return bool(np.isclose(value, other, rtol=2e-5, atol=1e-7))


def _average(name: AverageName, numerator: float, divisor: int) -> Average:
    if divisor == 0 or not np.isfinite(numerator):
        return Average(name, None, None, float(divisor))
    return Average(name, numerator / divisor, numerator, float(divisor))
