"""What the steps of one comparison share: the pass, the gradients, the results so far."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.core.comparison import StrategyResult
from inspector.core.inspection import finite
from inspector.core.leaks import Effect
from inspector.core.ledger import AverageName
from inspector.core.requests import Watch
from inspector.engine.forward.edits import Edit
from inspector.engine.forward.losses import Rule
from inspector.engine.inspection.question import Question
from inspector.engine.strategies.compared import Compared
from inspector.engine.strategies.gradients import (
    GradientParts,
    GradientPass,
    gradient_parts,
    rule_gradient,
    weighted_gradients,
)
from inspector.engine.strategies.plan import OWN_TOTAL, Plan
from inspector.engine.strategies.rule_measures import RulesMeasure, measure_rules
from inspector.engine.strategies.strategy_results import (
    LossAxes,
    measured_result,
    used_weights,
    with_leak,
)

_REFERENCE = "mean over real timesteps"


class ComparisonRun:
    """One comparison, step by step.

    Attributes:
        subject: Model and batch.
        watch: Who looks on.
        sizes: Batch sizes of the curves.
        axes: What the results have in common.
        results: By key of the strategy.
        parts: Gradients, by key.
        reference: Gradient of the mean over real timesteps of the batch.
        rules: Of the shared pass.
        measured: What that pass gave.
    """

    def __init__(self, subject: Compared, watch: Watch) -> None:
        """Prepares the run; nothing is computed yet."""
        self.subject, self.watch = subject, watch
        rows = len(subject.y)
        doubled = [2**power for power in range(rows.bit_length())]
        self.sizes = tuple(sorted({*doubled, rows, subject.batch_size}))
        self.axes = LossAxes(subject.truth, subject.batch_size, subject.flat_time)
        self.results: dict[str, StrategyResult] = {}
        self.parts: dict[str, GradientParts] = {}
        self.reference: AnyArray | None = None
        self.rules: tuple[Rule, ...] = ()
        self.measured: RulesMeasure

    def measure_shared(self, plans: Sequence[Plan]) -> None:
        """Measures the strategies that differ in the loss only, in one pass."""
        subject = self.subject
        self.rules = tuple(plan.rule for plan in plans if plan.rule is not None)
        if not any(rule.loss is subject.base for rule in self.rules):
            # Padding on the other side is measured with it.
            own = Rule("propagated", subject.base, subject.sample_weight, subject.factor)
            self.rules = (*self.rules, own)
        self.measured = measure_rules(subject, subject.question, self.rules)
        weights: dict[str, FloatArray] = {}
        for plan in plans:
            assert plan.rule is not None
            key, rule = plan.rule.key, plan.rule
            result = measured_result(plan, self.measured, self.axes, self.sizes)
            self.results[key] = with_leak(result, self.content())
            used = used_weights(self.measured.rules[key], subject.batch_size)
            if used is None:
                self.parts[key] = self._direct_gradient(rule)
            else:
                weights[key] = used
        weights[_REFERENCE] = self._over_real(self.measured.loss)
        self.add_gradients(weights, subject.truth)
        self.reference = self.parts.pop(_REFERENCE).whole

    def measure_alone(self, plan: Plan, base: Any) -> None:
        """Measures one rule in a pass of its own.

        Args:
            plan: The strategy.
            base: The loss at a timestep; None for the compiled one.
        """
        assert plan.rule is not None
        rule, subject = plan.rule, self.subject
        measured = measure_rules(subject, subject.question, (rule,), base=base)
        result = measured_result(plan, measured, self.axes, self.sizes)
        self.results[rule.key] = with_leak(result, self.content())
        self.parts[rule.key] = self._direct_gradient(rule)

    def take_as_inspected(self, plan: Plan) -> None:
        """Takes what `inspect` measured, where the model computes its number in its own way."""
        inspection, key = self.subject.inspection, plan.strategy.key
        ledger = inspection.losses
        assert ledger is not None
        result = StrategyResult(
            strategy=plan.strategy,
            applicable=True,
            mask_at_loss=inspection.trace.mask_at_loss_state,
            keras_value=finite(ledger.keras_value),
            mean_over_valid=finite(ledger.average(AverageName.VALID).value),
            mean_over_all=finite(ledger.average(AverageName.ALL).value),
            divisor=ledger.divisor,
            counts_padding=ledger.counts_padding,
            ignores_valid=ledger.ignores_valid,
            loss=ledger.loss,
            weight=ledger.weight if ledger.exact else None,
            by_batch_size=((ledger.batch_size, finite(ledger.keras_value)),),
            notes=(OWN_TOTAL, *ledger.notes),
        )
        self.results[key] = with_leak(result, self.content())
        if result.weight is not None and result.keras_value is not None:
            weights = {key: np.nan_to_num(result.weight)}
            self.add_gradients(weights, self.subject.truth)

    def add_gradients(
        self,
        weights: dict[str, FloatArray],
        truth: BoolArray | None,
        question: Question | None = None,
        edits: Sequence[Edit] = (),
    ) -> None:
        """Adds the gradients of strategies whose timesteps have these weights.

        Args:
            weights: Shaped like the loss, by key of the strategy.
            truth: On the axes of the loss.
            question: The batch that runs; None for the one compared on.
            edits: Changes of the pass.
        """
        place = GradientPass(self.subject, question or self.subject.question, tuple(edits))

        def run(directions: list[FloatArray]) -> list[AnyArray]:
            self.watch.tick()
            return weighted_gradients(place, directions)

        self.parts |= gradient_parts(weights, truth, run)

    def content(self) -> Effect | None:
        """Whether padding content leaks in the model as it is."""
        leaks = self.subject.inspection.leaks
        return None if leaks is None else leaks.effect("content")

    def _over_real(self, loss: FloatArray) -> FloatArray:
        truth = self.subject.truth
        counts = np.ones(loss.shape) if truth is None else truth.astype(float)
        return counts / max(float(counts.sum()), 1.0)

    def _direct_gradient(self, rule: Rule) -> GradientParts:
        """The gradient of a loss that mixes timesteps."""
        place = GradientPass(self.subject, self.subject.question)
        return rule_gradient(place, rule, self.subject.truth)
