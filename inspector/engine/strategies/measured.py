"""From what a pass returned to loss, value and weights of every rule, over all batches."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import tensorflow as tf

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.engine.seam import keras as keras_private
from inspector.engine.strategies.formulas import Formula, formula_of, verified
from inspector.engine.strategies.passes import Feed, Rule
from inspector.engine.strategies.runner import Runner

# The points at which a loss is looked at where it has no slope; its weights are the same there.
_SHIFTS = (0.05, -0.3, 1.0)
_MOST_RUNS = 64
"""A loss that reduces by itself is run for batches of which there are at most so many."""


@dataclass
class RuleMeasure:
    """What one rule gives on the whole batch.

    Attributes:
        value: Its part of Keras's value, without penalties.
        weight: Shaped like the loss; NaN where it cannot be measured.
        influence: bool, the value moves with the prediction there.
        exact: The weights explain the gradient.
        formula: The division it makes, if known and verified.
        by_batch_size: Its value for batch sizes, where it was run for them; needed without a
            formula only.
    """

    value: float
    weight: FloatArray
    influence: BoolArray
    exact: bool
    formula: Formula | None = None
    by_batch_size: dict[int, float] = field(default_factory=dict)


@dataclass
class PassMeasure:
    """What one pass gives on the whole batch.

    Attributes:
        loss: (rows, timesteps) or (rows,), float64.
        prediction: Of the output that has the loss.
        mask: On it, or None.
        penalty: Regularizers.
        rules: By key.
    """

    loss: FloatArray
    prediction: AnyArray
    mask: AnyArray | None
    penalty: float
    rules: dict[str, RuleMeasure]


def measure_rules(
    runner: Runner, rules: tuple[Rule, ...], feed: Feed, batch_size: int
) -> PassMeasure:
    """Runs the batch in parts of `batch_size` rows and joins the results."""
    rows = len(feed.y)
    starts = range(0, rows, batch_size)
    pieces = [feed.part(slice(start, start + batch_size)) for start in starts]
    shares = [len(piece.y) / rows for piece in pieces]
    parts = [runner(*piece.tensors()) for piece in pieces]
    found = PassMeasure(
        loss=np.concatenate([part["loss"] for part in parts]),
        prediction=np.concatenate([part["prediction"] for part in parts]),
        mask=_mask([part["mask"] for part in parts]),
        penalty=_mean(shares, [part["penalty"] for part in parts]),
        rules={},
    )
    for number, rule in enumerate(rules):
        value = _mean(shares, [part["values"][number] for part in parts])
        found.rules[rule.key] = _rule(parts, shares, number, value)
    for shift in _SHIFTS:
        if not any(_flat(rule) for rule in found.rules.values()):
            break
        moved = [runner(*replace(piece, shift=shift).tensors()) for piece in pieces]
        for number, rule in enumerate(rules):
            _fill(found.rules[rule.key], _rule(moved, shares, number, 0.0))
    for rule in rules:
        measured = found.rules[rule.key]
        formula = formula_of(
            rule.loss, feed.y, rule.sample_weight, found.mask, np.shape(found.loss)
        )
        if formula is not None and rule.factor != 1.0:
            formula = replace(formula, factor=rule.factor)
        measured.formula = verified(formula, found.loss, batch_size, measured.value)
        if measured.formula is None and np.isfinite(measured.value):
            measured.by_batch_size = _by_running(rule, found, feed.y)
    return found


def _by_running(rule: Rule, measure: PassMeasure, target: AnyArray) -> dict[int, float]:
    """Its value for doubled batch sizes, on the predictions of the whole batch."""
    rows = len(target)
    found = {}
    for size in (*(2**power for power in range(rows.bit_length())), rows):
        if rows > _MOST_RUNS * size:
            continue
        starts = [slice(start, start + size) for start in range(0, rows, size)]
        shares = [len(target[piece]) / rows for piece in starts]
        found[size] = _mean(shares, [_run(rule, measure, target, piece) for piece in starts])
    return found


def _run(rule: Rule, measure: PassMeasure, target: AnyArray, piece: slice) -> float:
    prediction = tf.convert_to_tensor(measure.prediction[piece])
    if measure.mask is not None:
        keras_private.set_mask(prediction, tf.convert_to_tensor(measure.mask[piece]))
    weight = None if rule.sample_weight is None else rule.sample_weight[piece]
    return float(rule.value(tf.convert_to_tensor(target[piece]), prediction, weight))


def _mean(shares: list[float], values: list[Any]) -> float:
    return sum(share * float(value) for share, value in zip(shares, values, strict=True))


def _mask(masks: list[AnyArray]) -> AnyArray | None:
    return None if masks[0].ndim == 1 and not masks[0].size else np.concatenate(masks)


def _rule(
    parts: list[dict[str, Any]], shares: list[float], number: int, value: float
) -> RuleMeasure:
    weights, influences, exact = [], [], True
    for part, share in zip(parts, shares, strict=True):
        hh, gh, gg = part["hh"], part["gh"][number], part["gg"][number]
        largest = float(gg[np.isfinite(gg)].max(initial=0.0))
        influences.append(~(gg <= 1e-20 * max(largest, 1e-30)))
        known = np.isfinite(hh) & (hh > 1e-30)
        weight = np.full(gg.shape, np.nan)
        np.divide(gh, hh, out=weight, where=known)
        weights.append(weight * share)
        off = np.sqrt(part["residual"][number][known])
        exact = exact and bool((off <= 1e-3 * (np.sqrt(gg[known]) + np.sqrt(largest))).all())
    return RuleMeasure(value, np.concatenate(weights), np.concatenate(influences), exact)


def _flat(rule: RuleMeasure) -> bool:
    return bool(np.isnan(rule.weight).any())


def _fill(rule: RuleMeasure, moved: RuleMeasure) -> None:
    rule.weight = np.where(np.isnan(rule.weight), moved.weight, rule.weight)
    rule.influence = rule.influence | moved.influence
