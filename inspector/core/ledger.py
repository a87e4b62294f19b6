"""The loss at every timestep, the weight of every timestep, and the averages they make.

With l the loss at a timestep and m = 1 at real timesteps, B rows and T timesteps:

    mean over valid   = sum(l * m) / sum(m)
    mean over all     = sum(l) / (B * T)
    mean of row means = mean over rows with a real timestep of  sum_t(l * m) / sum_t(m)
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from inspector.core.arrays import BoolArray, FloatArray


class Divisor(str, Enum):
    """Which formula gives the number that `model.evaluate` reports.

    With `l` the loss per timestep, `m` = 1 at real timesteps, `k` the mask that reached the loss
    and `w` the sample weights.
    """

    VALID = "valid"
    """sum(l*m) / sum(m)"""
    ALL = "all"
    """mean(l)"""
    ACTUAL_MASK = "actual_mask"
    """sum(l*k) / sum(k), where k is wrong"""
    SUM_VALID = "sum_valid"
    """sum(l*m)"""
    WEIGHTS_OVER_VALID = "weights_over_valid"
    """sum(w*l*m) / sum(m)"""
    WEIGHTS_OVER_ALL = "weights_over_all"
    """sum(w*l) / number of timesteps"""
    BATCHWISE = "batchwise"
    """masked mean of each batch, averaged by batch size"""
    VALID_PLUS_PENALTY = "valid_plus_penalty"
    """sum(l*m) / sum(m), plus penalties; those of activations are computed over padding too"""
    SQUARE_BROADCAST = "square_broadcast"
    """ranks that do not match, broadcast because rows = timesteps"""
    PER_SEQUENCE = "per_sequence"
    """one loss per sequence, no time axis"""


class AverageName(str, Enum):
    """The averages that are shown side by side."""

    KERAS = "keras_value"
    VALID = "mean_over_valid"
    ALL = "mean_over_all"
    ROW_MEANS = "mean_of_row_means"


@dataclass(frozen=True)
class Average:
    """One average with the division that makes it.

    Attributes:
        name: Which average.
        value: numerator / divisor, in the unit of the loss; None where it is undefined.
        numerator: Sum of the losses that count; None where the value is not such a quotient.
        divisor: What it is divided by: a number of timesteps or of sentences; None as above.
        equals_keras: Keras's value equals it within float error.
    """

    name: AverageName
    value: float | None
    numerator: float | None
    divisor: float | None
    equals_keras: bool = False


@dataclass(frozen=True, eq=False)
class LossLedger:
    """The loss of one output on one batch.

    Attributes:
        output: Name of the output.
        loss_name: Name of the loss (`categorical_crossentropy`).
        loss: (rows, target timesteps), unreduced loss in its own unit; (rows,) where the output
            has no time axis; None where the loss does not break down by timestep. NaN where the
            loss of a timestep by itself is undefined.
        weight: Same shape: how much Keras's value moves per unit of a timestep's loss, measured;
            NaN where it cannot be measured; None where `loss` is None.
        target_valid: bool, the truth on the same shape; None without a time axis.
        keras_value: What `model.evaluate` reports as "loss" for this batch and `batch_size`.
        output_value: The part of `keras_value` that comes from this output's loss, without
            penalties and other outputs.
        batch_size: Rows per batch.
        penalty: Regularizers, activity regularizers and `add_loss`, as part of `keras_value`.
        call_penalty: The part of it that is computed from activations.
        averages: Keras's value and the three averages, in the order of `AverageName`.
        divisor: The formula that Keras's value equals, or None where none can be named.
        counts_padding: Padded timesteps influence the loss; None without a time axis.
        ignores_valid: Some real timesteps do not influence it; None as above.
        weight_on_padding: Share (0 to 1) of the weight that falls on padding; None as above.
        exact: The weights explain the gradient of Keras's value within float error.
        per_timestep: The loss itself keeps the time axis, so that Keras can weight timesteps.
        notes: What the reader has to know about these numbers, one sentence each.
        loss_weight: What this output's loss is multiplied with, as compiled; 0 leaves it out.
    """

    output: str
    loss_name: str
    loss: FloatArray | None
    weight: FloatArray | None
    target_valid: BoolArray | None
    keras_value: float | None
    output_value: float | None
    batch_size: int
    penalty: float
    averages: tuple[Average, ...]
    divisor: Divisor | None
    counts_padding: bool | None
    ignores_valid: bool | None
    weight_on_padding: float | None
    exact: bool = True
    call_penalty: float = 0.0
    per_timestep: bool = True
    notes: tuple[str, ...] = ()
    loss_weight: float = 1.0

    def average(self, name: AverageName) -> Average:
        """Returns the average called `name`."""
        return next(average for average in self.averages if average.name == name)


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
