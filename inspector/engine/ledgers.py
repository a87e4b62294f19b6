"""Ledgers from what was measured: averages, divisor, and whether padding counts."""

from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray, frozen
from inspector.core.averages import averages_of
from inspector.core.divisors import DivisorEvidence, name_divisor
from inspector.core.ledger import Divisor, LossLedger
from inspector.engine.measuring import Measure, OutputMeasure


def ledger_of(
    measure: Measure,
    output: OutputMeasure,
    truth: BoolArray | None,
    mask: AnyArray | None,
    context: dict[str, Any],
) -> LossLedger:
    """Builds the ledger of one output.

    Args:
        measure: The run.
        output: The output's pieces.
        truth: `target_valid` of this output, or None.
        mask: The mask on this output's prediction, or None.
        context: `batch_size`, `in_parts` (nobody asked for it), `sample_weight` (array or None),
            `broadcast` (bool).
    """
    timed = output.loss is not None and output.loss.ndim == 2
    if output.loss is None:
        timed = output.influence.ndim == 2
    valid = truth if timed and truth is not None and truth.shape == output.influence.shape else None
    broken = not np.isfinite(output.value) or measure.own_test_step
    counts, ignores, share = (None, None, None) if broken else influence(output, valid)
    loss = output.loss
    usable = loss is not None and not broken
    return LossLedger(
        output=output.name,
        loss_name=output.loss_name,
        loss=None if loss is None else frozen(loss),
        weight=None if output.weight is None else frozen(output.weight),
        target_valid=None if valid is None else frozen(valid),
        keras_value=measure.total,
        output_value=output.value,
        batch_size=context["batch_size"],
        penalty=measure.penalty,
        call_penalty=measure.call_penalty,
        per_timestep=len(output.unreduced_shape) >= 2,
        averages=averages_of(loss if usable else None, valid, measure.total, unweighted(output)),
        divisor=None if broken else divisor_of(measure, output, valid, mask, context),
        counts_padding=counts,
        ignores_valid=ignores,
        weight_on_padding=share,
        exact=output.exact,
        notes=notes_of(output, broken, measure.own_test_step)
        + (() if not context["in_parts"] else (note_on_parts(context["batch_size"]),)),
        loss_weight=output.loss_weight,
    )


def influence(
    output: OutputMeasure, valid: BoolArray | None
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


def measurable(output: OutputMeasure) -> bool:
    """False where the loss has no slope anywhere, as with one class: then no weight is known."""
    known = output.weight is None or bool(np.isfinite(output.weight).any())
    return known or bool(output.influence.any())


def unweighted(output: OutputMeasure) -> float | None:
    """The output's value without its loss weight, comparable with the averages of its loss."""
    return output.value / output.loss_weight if output.loss_weight else None


def divisor_of(
    measure: Measure,
    output: OutputMeasure,
    valid: BoolArray | None,
    mask: AnyArray | None,
    context: dict[str, Any],
) -> Divisor | None:
    """The formula that the output's value equals, or None."""
    if context["broadcast"] or mixes_ranks(output, mask):
        return Divisor.SQUARE_BROADCAST
    if valid is None or output.loss is None:
        return Divisor.PER_SEQUENCE if output.loss is not None and output.loss.ndim == 1 else None
    value = unweighted(output)
    if value is None or not measurable(output):
        return None
    measured = np.full(output.loss.shape, np.nan) if output.weight is None else output.weight
    # Padding that Keras's value does not move with has no weight, even where its loss has no slope.
    measured = np.where(~valid & ~output.influence, 0.0, measured)
    weights, turned = spread_weights(context["sample_weight"], output)
    return name_divisor(
        DivisorEvidence(
            loss=np.nan_to_num(output.loss),
            weight=(measured if output.exact else np.full(measured.shape, np.nan))
            / output.loss_weight,
            valid=valid,
            kept=np.asarray(output.influence, bool),
            sample_weight=weights,
            turned=turned,
            batch_size=context["batch_size"],
            value=value,
            penalty=measure.penalty,
        )
    )


def mixes_ranks(output: OutputMeasure, mask: AnyArray | None) -> bool:
    """True where the ranks of loss and mask differ.

    Keras multiplies (rows,), or (rows, timesteps, features), by (rows, timesteps), which works by
    accident where the sizes are equal.
    """
    if mask is None or np.ndim(mask) != 2:
        return False
    shape = output.unreduced_shape
    return len(shape) == 1 or (len(shape) == 3 and shape[-1] != 1)


def spread_weights(
    sample_weight: Any, output: OutputMeasure
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


def notes_of(output: OutputMeasure, broken: bool, own_test_step: bool) -> tuple[str, ...]:
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
