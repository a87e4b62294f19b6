"""Ledgers from what was measured: averages, divisor, and whether padding counts.

Two kinds of losses need a second look: those that divide by the number of real timesteps
themselves and keep the time axis (`without_own_divisor`), and those that mix rows or timesteps
because ranks do not match and the sizes happen to (`mixes_rows`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray, frozen
from inspector.core.divisors import DivisorEvidence, name_divisor
from inspector.core.ledger import Divisor, LossLedger, averages_of
from inspector.engine.failures import NO_FINDING
from inspector.engine.forward.losses import COMPILED, LossEntry
from inspector.engine.forward.rows import OutputLoss, PassResult
from inspector.engine.inspection.question import Question
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import to_tensor

_MOST_ROWS = 64


@dataclass(frozen=True, eq=False)
class Measured:
    """What is known of the batch besides the loss of one output.

    Attributes:
        total: Keras's value, penalties included.
        penalty: Its part from penalties; `call_penalty` of it from calls.
        call_penalty: See `penalty`.
        batch_size: Rows per batch.
        in_parts: Nobody asked for that batch size.
        own_test_step: The model's `test_step` is its own and reports another number.
        sample_weight: Sample weights of the output, or None.
        broadcast: The loss mixes rows or timesteps.
    """

    total: float
    penalty: float
    call_penalty: float
    batch_size: int
    in_parts: bool = False
    own_test_step: bool = False
    sample_weight: AnyArray | None = None
    broadcast: bool = False


def ledgers_of(
    question: Question, run: PassResult, entries: Sequence[LossEntry], own_test_step: bool
) -> tuple[LossLedger, ...]:
    """Returns the ledger of each output that has a loss.

    Args:
        question: What was asked, its truth settled.
        run: The pass.
        entries: The losses.
        own_test_step: The model reports another number than its loss gives.
    """
    leaves = keras_private.flatten(run.predictions)
    targets = keras_private.rows_of(question.y, slice(0, len(leaves[0])))
    paths = [path for path, _ in keras_private.leaf_paths(run.predictions)]
    pairs = keras_private.flatten(targets)
    weights = keras_private.flatten(question.sample_weight)
    ledgers = []
    for entry, output in zip(entries, run.losses[COMPILED.key], strict=True):
        position = paths.index(entry.path) if entry.path in paths else 0
        truth = question.truth.outputs[position].valid
        measured = Measured(
            total=run.totals[COMPILED.key],
            penalty=run.penalty,
            call_penalty=run.call_penalty,
            batch_size=question.batch_size,
            in_parts=question.in_parts,
            own_test_step=own_test_step,
            sample_weight=weights[min(position, len(weights) - 1)] if weights else None,
            broadcast=entry.loss is not None and mixes_rows(entry.loss, targets, leaves, position),
        )
        if entry.loss is not None and position < len(pairs):
            output = without_own_divisor(
                entry.loss, pairs[position], leaves[position], output, truth
            )
        ledgers.append(ledger_of(measured, output, truth, run.prediction_masks[position]))
    return tuple(ledgers)


def ledger_of(
    measured: Measured,
    output: OutputLoss,
    truth: BoolArray | None,
    mask: AnyArray | None,
) -> LossLedger:
    """Builds the ledger of one output.

    Args:
        measured: The batch.
        output: The output's pieces.
        truth: `target_valid` of this output, or None.
        mask: The mask on this output's prediction, or None.
    """
    timed = output.loss is not None and output.loss.ndim == 2
    if output.loss is None:
        timed = output.influence.ndim == 2
    valid = truth if timed and truth is not None and truth.shape == output.influence.shape else None
    broken = not np.isfinite(output.value) or measured.own_test_step
    counts, ignores, share = (None, None, None) if broken else influence(output, valid)
    loss = output.loss
    usable = loss is not None and not broken
    return LossLedger(
        output=output.name,
        loss_name=output.loss_name,
        loss=None if loss is None else frozen(loss),
        weight=None if output.weight is None else frozen(output.weight),
        target_valid=None if valid is None else frozen(valid),
        keras_value=measured.total,
        output_value=output.value,
        batch_size=measured.batch_size,
        penalty=measured.penalty,
        call_penalty=measured.call_penalty,
        per_timestep=len(output.unreduced_shape) >= 2,
        averages=averages_of(loss if usable else None, valid, measured.total, unweighted(output)),
        divisor=None if broken else divisor_of(measured, output, valid, mask),
        counts_padding=counts,
        ignores_valid=ignores,
        weight_on_padding=share,
        exact=output.exact,
        notes=notes_of(output, broken, measured.own_test_step)
        + (() if not measured.in_parts else (note_on_parts(measured.batch_size),)),
        loss_weight=output.loss_weight,
    )


def influence(
    output: OutputLoss, valid: BoolArray | None
) -> tuple[bool | None, bool | None, float | None]:
    """Whether padding counts, whether real timesteps are ignored, and padding's share of weight."""
    if valid is None or output.influence.shape != valid.shape:
        return None, None, None
    if not measurable(output):
        return None, None, None
    counts = bool((output.influence & ~valid).any())
    ignores = bool((valid & ~output.influence).any())
    if output.weight is None or not output.exact:
        return counts, ignores, None
    # Where Keras's value does not move with a prediction, its weight is nothing to share out.
    size = np.where(output.influence, np.nan_to_num(np.abs(output.weight)), 0.0)
    total = float(size.sum())
    return counts, ignores, float(size[~valid].sum()) / total if total else 0.0


def measurable(output: OutputLoss) -> bool:
    """False where the loss has no slope anywhere, as with one class: then no weight is known."""
    known = output.weight is None or bool(np.isfinite(output.weight).any())
    return known or bool(output.influence.any())


def unweighted(output: OutputLoss) -> float | None:
    """The output's value without its loss weight, comparable with the averages of its loss."""
    return output.value / output.loss_weight if output.loss_weight else None


def divisor_of(
    measured: Measured,
    output: OutputLoss,
    valid: BoolArray | None,
    mask: AnyArray | None,
) -> Divisor | None:
    """The formula that the output's value equals, or None."""
    if measured.broadcast or mixes_ranks(output, mask):
        return Divisor.SQUARE_BROADCAST
    if valid is None or output.loss is None:
        return Divisor.PER_SEQUENCE if output.loss is not None and output.loss.ndim == 1 else None
    value = unweighted(output)
    if value is None or not measurable(output):
        return None
    weight = np.full(output.loss.shape, np.nan) if output.weight is None else output.weight
    # Padding that Keras's value does not move with has no weight, even where its loss has no slope.
    weight = np.where(~valid & ~output.influence, 0.0, weight)
    weights, turned = spread_weights(measured.sample_weight, output)
    return name_divisor(
        DivisorEvidence(
            loss=np.nan_to_num(output.loss),
            weight=(weight if output.exact else np.full(weight.shape, np.nan)) / output.loss_weight,
            valid=valid,
            kept=np.asarray(output.influence, bool),
            sample_weight=weights,
            turned=turned,
            batch_size=measured.batch_size,
            value=value,
            penalty=measured.penalty,
        )
    )


def mixes_ranks(output: OutputLoss, mask: AnyArray | None) -> bool:
    """True where the ranks of loss and mask differ.

    Keras multiplies (rows,), or (rows, timesteps, features), by (rows, timesteps), which works by
    accident where the sizes are equal.
    """
    if mask is None or np.ndim(mask) != 2:
        return False
    shape = output.unreduced_shape
    return len(shape) == 1 or (len(shape) == 3 and shape[-1] != 1)


def spread_weights(
    sample_weight: Any, output: OutputLoss
) -> tuple[FloatArray | None, FloatArray | None]:
    """Sample weights for every timestep, and as Keras turns them where rows = timesteps.

    Keras multiplies a loss (rows, timesteps) with weights (rows,) as NumPy would, along the last
    axis: only a square batch lets that pass.
    """
    if sample_weight is None or output.loss is None:
        return None, None
    shape, weights = output.loss.shape, np.asarray(sample_weight, float)
    if weights.ndim == 3 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    if weights.ndim == 1 and len(output.unreduced_shape) >= 2:
        square = weights.shape[0] == shape[1]
        return None, np.array(np.broadcast_to(weights[None], shape)) if square else None
    if weights.ndim == 1:
        weights = weights[:, None]
    if weights.ndim != 2 or weights.shape[0] != shape[0] or weights.shape[1] not in (1, shape[1]):
        return None, None
    return np.array(np.broadcast_to(weights, shape)), None


def note_on_parts(batch_size: int) -> str:
    """Says that the batch runs in parts though nobody asked for it."""
    return (
        "The batch is too large to run at once, or the model fixes the number of rows: Keras's "
        f"value is that of `model.evaluate` with a batch size of {batch_size:,}."
    )


def notes_of(output: OutputLoss, broken: bool, own_test_step: bool) -> tuple[str, ...]:
    """What the reader has to know about the numbers."""
    notes = []
    if own_test_step:
        notes.append(
            "This model has a `test_step` of its own, which reports another number than its "
            "compiled loss gives; nothing can be said of what goes into it."
        )
    elif broken:
        notes.append("The loss of this batch is not a number, so no formula can be named.")
    if output.loss is None:
        notes.append("This loss cannot be evaluated on a single timestep.")
    elif np.isnan(output.loss).any():
        notes.append("The loss of some timesteps by themselves is undefined (0 / 0).")
    if not output.exact:
        notes.append("The loss mixes timesteps, so the weights describe it only in part.")
    return tuple(notes)


def without_own_divisor(
    loss: Any, target: AnyArray, prediction: AnyArray, output: OutputLoss, valid: Any
) -> OutputLoss:
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
