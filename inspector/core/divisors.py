"""Naming the formula that Keras's value equals, from the measured weights of the timesteps."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inspector.core.arrays import BoolArray, FloatArray
from inspector.core.ledger import Divisor

_TOLERANCE = 1e-3  # relative to the largest weight; measured weights are exact to about 1e-6
_VALUE_TOLERANCE = 2e-5


@dataclass(frozen=True, eq=False)
class DivisorEvidence:
    """What the formula is recognised by; B rows, T target timesteps.

    Attributes:
        loss: (B, T), 0 where the loss of a timestep alone is undefined.
        weight: (B, T), measured; NaN where it could not be.
        valid: bool (B, T), the truth.
        kept: bool (B, T), the timesteps that Keras's value moves with, measured.
        sample_weight: (B, T) sample weights, or None.
        turned: (B, T) sample weights (rows,) as Keras multiplies them with (rows, timesteps) where
            rows = timesteps: along the wrong axis; or None.
        batch_size: Rows per batch.
        value: The output's part of Keras's value.
        penalty: What regularizers and `add_loss` add to the value.
    """

    loss: FloatArray
    weight: FloatArray
    valid: BoolArray
    kept: BoolArray
    sample_weight: FloatArray | None
    turned: FloatArray | None
    batch_size: int
    value: float
    penalty: float


def name_divisor(evidence: DivisorEvidence) -> Divisor | None:
    """Returns the first formula whose weights and value are the measured ones, or None."""
    for divisor, weight in candidates(evidence):
        if _agrees(evidence, weight):
            if divisor is Divisor.VALID and abs(evidence.penalty) > 1e-9:
                return Divisor.VALID_PLUS_PENALTY
            return divisor
    return None


def candidates(evidence: DivisorEvidence) -> Iterator[tuple[Divisor, FloatArray]]:
    """Yields each formula with the weights it gives, simplest first.

    Keras multiplies the loss by mask * total / valid and takes the mean over `total`, so each
    batch is divided by its own number of kept timesteps; `evaluate` then averages the batches by
    their number of rows (keras/src/losses/loss.py and trainers/trainer.py, 3.15.1).
    """
    valid = evidence.valid.astype(float)
    cells = float(valid.size)
    yield Divisor.VALID, quotient(valid, valid.sum())
    yield Divisor.ALL, np.full(valid.shape, 1.0 / cells)
    yield Divisor.BATCHWISE, by_batch(valid, evidence.batch_size)
    yield Divisor.SUM_VALID, valid
    kept = evidence.kept.astype(float)
    yield Divisor.ACTUAL_MASK, quotient(kept, kept.sum())
    yield Divisor.BATCHWISE, by_batch(kept, evidence.batch_size)
    if evidence.sample_weight is not None:
        weights = evidence.sample_weight
        yield Divisor.WEIGHTS_OVER_VALID, weights * quotient(valid, valid.sum())
        yield Divisor.WEIGHTS_OVER_ALL, weights / cells
    if evidence.turned is not None:
        yield Divisor.SQUARE_BROADCAST, evidence.turned / cells
        yield Divisor.SQUARE_BROADCAST, evidence.turned * quotient(valid, valid.sum())
    if not np.any(evidence.loss[~evidence.kept]):
        # The loss writes zeros at padding by itself, and the mean still goes over all timesteps.
        yield Divisor.ALL, kept / cells


def quotient(numerator: FloatArray, divisor: float) -> FloatArray:
    """Numerator / divisor; zeros where there is nothing to divide by, as Keras does."""
    return numerator / divisor if divisor else np.zeros_like(numerator)


def by_batch(kept: FloatArray, batch_size: int) -> FloatArray:
    """(rows of the batch / rows) * kept / sum(kept in the batch), batch by batch."""
    rows = kept.shape[0]
    parts = []
    for start in range(0, rows, batch_size):
        part = kept[start : start + batch_size]
        parts.append(quotient(part, part.sum()) * (part.shape[0] / rows))
    return np.concatenate(parts)


def _agrees(evidence: DivisorEvidence, weight: FloatArray) -> bool:
    value = float((weight * evidence.loss).sum())
    scale = max(abs(value), abs(evidence.value), 1e-12)
    if abs(value - evidence.value) > _VALUE_TOLERANCE * scale + 1e-7:
        return False
    measured = np.isfinite(evidence.weight)
    if not measured.any():
        return True
    largest = max(float(np.abs(evidence.weight[measured]).max()), float(weight.max()), 1e-12)
    return bool(np.all(np.abs(evidence.weight - weight)[measured] <= _TOLERANCE * largest))
