"""The loss at every timestep, the weight of every timestep, and the averages they make."""

from dataclasses import dataclass
from enum import Enum

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
