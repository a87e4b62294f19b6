"""From measurements to the result of a strategy."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray, frozen
from inspector.core.comparison import StrategyResult
from inspector.core.comparison_words import wrong_with
from inspector.core.divisors import DivisorEvidence, name_divisor
from inspector.core.leaks import Effect
from inspector.core.ledger import AverageName, Divisor, averages_of
from inspector.core.trace import MaskState
from inspector.engine.forward.losses import Rule
from inspector.engine.inspection.steps import state_at_loss
from inspector.engine.strategies.formulas import Formula
from inspector.engine.strategies.gradients import GradientParts, cosine, length
from inspector.engine.strategies.plan import Plan
from inspector.engine.strategies.rule_measures import RuleMeasure, RulesMeasure

_SAME = 1e-3


@dataclass(frozen=True, eq=False)
class LossAxes:
    """What the results of a comparison have in common.

    Attributes:
        truth: On the axes of the loss, or None.
        batch_size: Rows per batch.
        flat_time: Predictions (rows, n) hold one number a timestep.
    """

    truth: BoolArray | None
    batch_size: int
    flat_time: bool


def refused(plan: Plan, reason: str = "") -> StrategyResult:
    """The result of a strategy that cannot be applied."""
    return StrategyResult(plan.strategy, applicable=False, reason=reason or plan.reason)


def measured_result(
    plan: Plan, measure: RulesMeasure, axes: LossAxes, sizes: tuple[int, ...]
) -> StrategyResult:
    """The result of a strategy that was measured in a pass."""
    assert plan.rule is not None
    rule = measure.rules[plan.rule.key]
    loss, truth = measure.loss, axes.truth
    ledger, total = rule.ledger, rule.ledger.keras_value
    shown_loss = frozen(loss) if ledger.loss is None else ledger.loss
    means = _means(shown_loss, truth)
    assert total is not None
    shown = StrategyResult(
        strategy=plan.strategy,
        applicable=True,
        mask_at_loss=_mask_state(plan, measure, axes),
        keras_value=total if np.isfinite(total) else None,
        mean_over_valid=means[0],
        mean_over_all=means[1],
        loss=shown_loss,
        weight=(ledger.weight if ledger.weight is not None else frozen(rule.weight))
        if rule.exact
        else None,
        by_batch_size=_by_batch_size(rule, measure, axes, sizes),
        notes=_notes(rule, truth, total),
    )
    if not np.isfinite(total):
        return shown
    shown = replace(
        shown,
        divisor=_divisor(plan.rule, rule, measure, axes),
        divided_by=divided_by(rule, axes),
        **_influence(rule, truth),
    )
    shown = replace(shown, loss_share=_loss_share(rule, loss, axes))
    real = int(truth.sum()) if truth is not None else len(loss)
    value = rule.value / plan.rule.factor if plan.rule.factor else None
    return replace(shown, wrong=wrong_with(shown, real, value))


def _means(loss: FloatArray, truth: BoolArray | None) -> tuple[float | None, float | None]:
    values = {average.name: average.value for average in averages_of(loss, truth, None, None)}
    return values[AverageName.VALID], values[AverageName.ALL]


def _mask_state(plan: Plan, measure: RulesMeasure, axes: LossAxes) -> MaskState | None:
    if axes.truth is None:
        return None
    timed = measure.loss.ndim == 2
    return state_at_loss(measure.mask, measure.prediction, axes.truth, timed)


def used_weights(rule: RuleMeasure, batch_size: int) -> FloatArray | None:
    """Weights without NaN, from the verified formula where there is one; None if unknown."""
    if rule.formula is not None:
        return rule.formula.weights(batch_size)
    if not rule.exact:
        return None
    return np.nan_to_num(np.where(rule.influence, rule.weight, 0.0))


def _influence(rule: RuleMeasure, truth: BoolArray | None) -> dict[str, Any]:
    counted = _counted(rule)
    if truth is None or counted.shape != truth.shape:
        return {}
    padding, ignored = int((counted & ~truth).sum()), int((truth & ~counted).sum())
    return {
        "counts_padding": padding > 0,
        "ignores_valid": ignored > 0,
        "padding_counted": padding,
        "valid_ignored": ignored,
    }


def _counted(rule: RuleMeasure) -> BoolArray:
    """Where the loss counts; a loss of exactly 0 has no slope and counts all the same."""
    if rule.formula is not None:
        return np.asarray(rule.formula.numerator != 0)
    return np.asarray(rule.influence)


def divided_by(rule: RuleMeasure, axes: LossAxes) -> float | None:
    """What the sum of the counted losses is divided by; None where their weights differ."""
    weights = rule.ledger.weight if rule.divides_itself else used_weights(rule, axes.batch_size)
    if weights is None:
        return None
    counted = weights[rule.influence] if rule.divides_itself else weights[weights != 0]
    if not counted.size or np.ptp(counted) > _SAME * np.abs(counted).max():
        return None
    return float(1.0 / np.mean(counted))


def _divisor(
    rule: Rule, measured: RuleMeasure, measure: RulesMeasure, axes: LossAxes
) -> Divisor | None:
    if axes.truth is None:
        return Divisor.PER_SEQUENCE if measure.loss.ndim == 1 else None
    if measured.divides_itself:
        return measured.ledger.divisor
    weights = used_weights(measured, axes.batch_size)
    if weights is None:
        return None
    given = rule.sample_weight
    fits = given is not None and np.shape(given) == measure.loss.shape
    return name_divisor(
        DivisorEvidence(
            loss=np.nan_to_num(measure.loss),
            weight=weights / rule.factor,
            valid=axes.truth,
            kept=_counted(measured),
            sample_weight=np.asarray(given, float) if fits else None,
            turned=None,
            batch_size=axes.batch_size,
            value=measured.value / rule.factor,
            penalty=measure.penalty,
        )
    )


def _loss_share(rule: RuleMeasure, loss: FloatArray, axes: LossAxes) -> float | None:
    weights, truth = used_weights(rule, axes.batch_size), axes.truth
    if weights is None or truth is None or weights.shape != truth.shape:
        return None
    parts = np.abs(np.nan_to_num(weights * loss))
    total = float(parts.sum())
    return float(parts[~truth].sum()) / total if total else None


def _by_batch_size(
    rule: RuleMeasure, measure: RulesMeasure, axes: LossAxes, sizes: tuple[int, ...]
) -> tuple[tuple[int, float | None], ...]:
    if rule.formula is not None:
        return by_formula(rule.formula, measure.loss, measure.penalty, sizes)
    known = {axes.batch_size: rule.value, **rule.by_batch_size}
    values = [known[size] + measure.penalty if size in known else None for size in sizes]
    return tuple(
        (size, value if value is not None and np.isfinite(value) else None)
        for size, value in zip(sizes, values, strict=True)
    )


def by_formula(
    formula: Formula, loss: FloatArray, penalty: float, sizes: tuple[int, ...]
) -> tuple[tuple[int, float | None], ...]:
    """Keras's value for every batch size."""
    values = [formula.value(np.nan_to_num(loss), size) + penalty for size in sizes]
    return tuple((s, v if np.isfinite(v) else None) for s, v in zip(sizes, values, strict=True))


def _notes(rule: RuleMeasure, truth: BoolArray | None, total: float) -> tuple[str, ...]:
    notes = []
    if not np.isfinite(total):
        notes.append("The loss of this batch is not a finite number.")
    elif truth is not None and not truth.any():
        notes.append("No timestep of this batch is real, so there is no mean over real timesteps.")
    if not rule.exact:
        notes.append("This loss mixes timesteps, so it has no weight for each of them.")
    return tuple(notes)


def with_gradient(
    result: StrategyResult, parts: GradientParts | None, reference: AnyArray | None
) -> StrategyResult:
    """Adds what the gradient says."""
    if parts is None:
        return result
    whole, against = parts.whole, length(reference)
    size = length(whole)
    ratio = size / against if against > 0 and np.isfinite(size) else None
    note: tuple[str, ...] = ()
    if (whole is None or size == 0) and result.keras_value is not None:
        note = ("Its gradient is zero: nothing would be learned from this batch.",)
    return replace(
        result,
        gradient_share=parts.padding_share,
        gradient_cosine=cosine(whole, reference),
        gradient_ratio=ratio if ratio is None or np.isfinite(ratio) else None,
        gradient_length=size if np.isfinite(size) else None,
        notes=(*result.notes, *note),
    )


def with_leak(result: StrategyResult, effect: Effect | None) -> StrategyResult:
    """Adds whether padding content leaks."""
    if effect is None or not effect.measured:
        return result
    size = effect.largest_change if effect.beyond_float_error else 0.0
    return replace(result, leaks=effect.beyond_float_error, leak_size=size)
