"""What the steps of one comparison share: the pass, the gradients, the results so far."""

from dataclasses import replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, FloatArray
from inspector.core.comparison import StrategyResult
from inspector.core.leaks import Effect
from inspector.core.requests import Watch
from inspector.engine.strategies.gradients import (
    Parts,
    gradient_parts,
    rule_gradient,
    weighted_gradients,
)
from inspector.engine.strategies.measured import PassMeasure, measure_rules
from inspector.engine.strategies.passes import Feed, Rule, Surroundings, strategy_pass
from inspector.engine.strategies.plans import Plan
from inspector.engine.strategies.results import Frame, measured_result, used_weights
from inspector.engine.strategies.runner import Runner
from inspector.engine.strategies.subject import Subject


class ComparisonRun:
    """One comparison, step by step.

    Attributes:
        subject: Model and batch.
        watch: Who looks on.
        sizes: Batch sizes of the curves.
        around: How the model is run where nothing is put back.
        frame: What the results have in common.
        results: By key of the strategy.
        parts: Gradients, by key.
        reference: Gradient of the mean over real timesteps of the batch.
        rules: Of the shared pass.
        runner: The shared pass.
        measure: What it gave.
    """

    def __init__(self, subject: Subject, watch: Watch) -> None:
        """Prepares the run; nothing is computed yet."""
        self.subject, self.watch = subject, watch
        rows = len(subject.y)
        doubled = [2**power for power in range(rows.bit_length())]
        self.sizes = tuple(sorted({*doubled, rows, subject.batch_size}))
        self.around = Surroundings(flat_time=subject.flat_time)
        self.frame = Frame(subject.truth, subject.batch_size, subject.flat_time)
        self.results: dict[str, StrategyResult] = {}
        self.parts: dict[str, Parts] = {}
        self.reference: AnyArray | None = None
        self.rules: tuple[Rule, ...] = ()
        self.runner: Runner
        self.measure: PassMeasure

    def shared(self, plans: list[Plan]) -> None:
        """The strategies that differ in the loss only, in one pass."""
        subject = self.subject
        self.rules = tuple(plan.rule for plan in plans if plan.rule is not None)
        if not any(rule.loss is subject.base for rule in self.rules):
            # Padding on the other side is measured with it.
            own = Rule("propagated", subject.base, subject.sample_weight, subject.factor)
            self.rules = (*self.rules, own)
        self.runner = strategy_pass(subject.model, subject.base, self.rules, self.around)
        feed = self.feed([rule.sample_weight for rule in self.rules])
        self.measure = measure_rules(self.runner, self.rules, feed, subject.batch_size)
        weights: dict[str, FloatArray] = {}
        for plan in plans:
            assert plan.rule is not None
            key, rule = plan.rule.key, plan.rule
            result = measured_result(plan, self.measure, self.frame, self.sizes)
            self.results[key] = with_leak(result, self.content())
            found = used_weights(self.measure.rules[key], subject.batch_size)
            if found is None:
                self.parts[key] = self.direct_gradient(rule)
            else:
                weights[key] = found
        weights["mean over valid"] = self._over_valid(self.measure.loss)
        self.parts |= gradient_parts(weights, subject.truth, self.gradients(feed))
        self.reference = self.parts.pop("mean over valid").whole

    def _over_valid(self, loss: FloatArray) -> FloatArray:
        truth = self.subject.truth
        counts = np.ones(loss.shape) if truth is None else truth.astype(float)
        return counts / max(float(counts.sum()), 1.0)

    def feed(self, weights: list[Any], marks: Any = None) -> Feed:
        """The batch as it is."""
        return Feed(self.subject.x, self.subject.y, weights, marks)

    def direct_gradient(self, rule: Rule) -> Parts:
        """The gradient of a loss that mixes timesteps."""
        feed = self.feed([rule.sample_weight])
        return rule_gradient(self.subject.model, rule, self.around, feed, self.subject.truth)

    def gradients(self, feed: Feed, around: Surroundings | None = None) -> Any:
        """What computes the gradients of given directions."""
        subject = self.subject

        def run(directions: list[FloatArray]) -> list[AnyArray]:
            self.watch.tick()
            place = around or self.around
            return weighted_gradients(subject.model, subject.base, place, feed, directions)

        return run

    def content(self) -> Effect | None:
        """Whether padding content leaks in the model as it is."""
        leaks = self.subject.inspection.leaks
        return None if leaks is None else leaks.effect("content")


def with_leak(result: StrategyResult, effect: Effect | None) -> StrategyResult:
    """Adds whether padding content leaks."""
    if effect is None or not effect.measured:
        return result
    size = effect.largest_change if effect.beyond_float_error else 0.0
    return replace(result, leaks=effect.beyond_float_error, leak_size=size)
