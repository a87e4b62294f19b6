"""The division that a loss makes, so that its value is known for every batch size.

A loss that Keras reduces, and ours, give  sum(l * a) / sum(d)  of each batch, with numerators a and
divisors d that do not depend on the predictions. It is never trusted: the value it gives is
compared with the one that was measured.
"""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, FloatArray
from inspector.core.ledger import same
from inspector.engine.seam.keras import loss_arguments


@dataclass(frozen=True, eq=False)
class Formula:
    """sum(l * a) / sum(d) of each batch; batches are averaged by their number of rows.

    Attributes:
        numerator: a, shaped like the loss.
        divisor: d, shaped like the loss; None for a sum.
        factor: The loss weight that the model was compiled with.
    """

    numerator: FloatArray
    divisor: FloatArray | None
    factor: float = 1.0

    def value(self, loss: FloatArray, batch_size: int) -> float:
        """What `evaluate` reports, without penalties."""
        rows = len(loss)
        starts = np.arange(0, rows, batch_size)
        shares = np.diff(np.append(starts, rows)) * (self.factor / rows)
        totals = np.add.reduceat((self.numerator * loss).reshape(rows, -1).sum(axis=1), starts)
        if self.divisor is None:
            return float((shares * totals).sum())
        divisors = np.add.reduceat(self.divisor.reshape(rows, -1).sum(axis=1), starts)
        means = np.divide(totals, divisors, out=np.zeros(len(starts)), where=divisors != 0)
        return float((shares * means).sum())

    def weights(self, batch_size: int) -> FloatArray:
        """How much that value moves per unit of each loss."""
        rows = len(self.numerator)
        parts = []
        for start in range(0, rows, batch_size):
            piece = slice(start, start + batch_size)
            numerator = self.numerator[piece]
            total = 1.0 if self.divisor is None else float(self.divisor[piece].sum())
            share = len(numerator) / rows * self.factor
            parts.append(numerator * (share / total) if total else np.zeros_like(numerator))
        return np.concatenate(parts)


class SaysItsFormula:
    """A loss that reduces by itself and says which division it makes."""

    def formula(self, target: AnyArray, weights: FloatArray) -> Formula:
        """Returns the division.

        Args:
            target: Targets.
            weights: Sample weights, shaped like the loss at each timestep; 1 without.
        """
        raise NotImplementedError


def formula_of(
    loss: Any, target: AnyArray, weight: Any, mask: AnyArray | None, shape: tuple[int, ...]
) -> Formula | None:
    """The division that a loss makes, or None where it is its own secret.

    Args:
        loss: The Keras loss.
        target: Targets.
        weight: Sample weights, or None.
        mask: The mask on the predictions, or None.
        shape: Shape of the loss at each timestep.
    """
    ones = np.ones(shape)
    weights = spread(weight, shape)
    if weight is not None and weights is None:
        return None
    given = ones if weights is None else weights
    if isinstance(loss, SaysItsFormula):
        return loss.formula(target, given)
    if not isinstance(loss, keras.losses.Loss) or type(loss).__call__ is not _KERAS_CALL:
        return None
    masked_in = spread(mask, shape)
    if mask is not None and masked_in is None:
        return None
    ignored = loss_arguments(loss).get("ignore_class")
    if ignored is not None:
        real = real_in(target, np.asarray(ignored), shape)
        masked_in = real if masked_in is None else masked_in * real
    masked = given if masked_in is None else given * masked_in
    if loss.reduction in ("sum_over_batch_size", "mean"):
        return Formula(masked, ones if masked_in is None else masked_in)
    if loss.reduction == "mean_with_sample_weight":
        return Formula(masked, ones if masked_in is None and weights is None else masked)
    return Formula(masked, None) if loss.reduction == "sum" else None


_KERAS_CALL = keras.losses.Loss.__call__


def verified(
    formula: Formula | None, loss: FloatArray, batch_size: int, measured: float
) -> Formula | None:
    """The formula, if it gives the measured value."""
    if formula is None or not np.isfinite(measured):
        return None
    known = np.nan_to_num(loss)
    return formula if same(formula.value(known, batch_size), measured) else None


def real_in(target: AnyArray, padding: AnyArray | None, shape: tuple[int, ...]) -> FloatArray:
    """1 where the targets do not hold `padding`, 0 where they do."""
    if padding is None:
        return np.ones(shape)
    differs = np.asarray(target) != padding
    return np.asarray(differs.reshape(*shape, -1).any(axis=-1), float)


def spread(weight: Any, shape: tuple[int, ...]) -> FloatArray | None:
    """Weights or a mask as one number per timestep; None where they do not fit."""
    if weight is None:
        return None
    values = np.asarray(weight, float)
    if values.ndim == len(shape) + 1 and values.shape[-1] == 1:
        values = values[..., 0]
    return values if values.shape == shape else None
