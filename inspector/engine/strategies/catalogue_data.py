"""The strategies that change the model or the batch, one class each.

These are a mask put back inside the model, padding at the other end, each sentence alone. Each
measures itself in a comparison, and says what trains it.
"""

from dataclasses import replace

import numpy as np

from inspector.core.arrays import AnyArray, frozen
from inspector.core.comparison import StrategyResult
from inspector.core.ledger import Divisor
from inspector.core.strategies import StrategyName
from inspector.core.truth import AxisTruth
from inspector.engine.forward.edits import Edit, PutMask
from inspector.engine.forward.losses import Rule
from inspector.engine.inspection.disturb import one_sided
from inspector.engine.inspection.question import Question
from inspector.engine.strategies.alone import AloneMeasure, NotAlone, run_alone
from inspector.engine.strategies.catalogue import as_it_is
from inspector.engine.strategies.compared import Compared
from inspector.engine.strategies.comparison_run import ComparisonRun
from inspector.engine.strategies.formulas import Formula
from inspector.engine.strategies.gradients import GradientParts
from inspector.engine.strategies.plan import (
    NO_TIME_AXIS,
    NOT_BY_TIMESTEP,
    OWN_TOTAL,
    Plan,
    Refusal,
    Treatment,
)
from inspector.engine.strategies.put_back import content_leak, find_places, makers_of
from inspector.engine.strategies.repadding import Repadding, to_other_side
from inspector.engine.strategies.rule_measures import measure_rules
from inspector.engine.strategies.strategy_results import (
    by_formula,
    measured_result,
    refused,
    used_weights,
    with_leak,
)
from inspector.engine.strategies.trainers import Trainer, TrainerMaker, TrainingData

_LEAK_AS_IS = "Whether padding content leaks is taken from the batch as it is."


class MaskPutBack(Treatment):
    """The mask put back behind the place where it stops."""

    identifier = StrategyName.MASK_PUT_BACK
    shares_pass = False

    def apply(self, on: Compared) -> Rule | Refusal | None:
        """Returns the rule of the compiled loss, where a mask stops that could be put back."""
        if on.truth is None:
            return Refusal(NO_TIME_AXIS)
        if not np.array_equal(on.truth, on.valid):
            return Refusal(
                "The targets are padded otherwise than the input, so a mask found in the input is "
                "not the one that the loss needs."
            )
        if on.truth.all():
            return Refusal("This batch has no padding, so there is no mask to put back.")
        state = on.inspection.trace.mask_at_loss_state
        if state is not None and state.value == "correct":
            return Refusal("The mask does not stop: it reaches the loss.")
        problem = on.input_mark.problem or (OWN_TOTAL if on.own_total else "")
        return Refusal(problem) if problem else as_it_is(on, self.identifier.value)

    def measure(self, run: ComparisonRun, plan: Plan) -> None:
        """Measures the model with the mask put back, and whether padding then leaks."""
        subject, rule, key = run.subject, plan.rule, plan.strategy.key
        places = find_places(subject)
        if places.problem or rule is None:
            run.results[key] = refused(plan, places.problem)
            return
        put, noise = PutMask(places.keys, subject.valid), makers_of(subject)
        edits: tuple[Edit, ...] = (noise, put) if noise.calls else (put,)
        measure = measure_rules(subject, subject.question, (rule,), edits=edits)
        plan = replace(plan, strategy=plan.named(places.names))
        result = measured_result(plan, measure, run.axes, run.sizes)
        names = ", ".join(f"`{name}`" for name in places.names)
        result = replace(result, notes=(*result.notes, f"The mask is put back behind {names}."))
        leak = content_leak(subject, rule, put, noise, measure)
        run.results[key] = with_leak(result, leak)
        weights = used_weights(measure.rules[key], subject.batch_size)
        if weights is not None:
            run.add_gradients({key: weights}, subject.truth, edits=(put,))

    def trainer(self, maker: TrainerMaker, plan: Plan) -> Trainer | Refusal:
        """Trains the model with the mask put back."""
        subject = maker.subject
        places = find_places(subject)
        if places.problem or plan.rule is None:
            return Refusal(places.problem)
        put = PutMask(places.keys, subject.valid)
        formula = maker.verified((plan.rule,), subject.question, (put,))[plan.rule.key]
        return maker.by(plan, replace(maker.plain, put=put), formula)


class OtherSide(Treatment):
    """The same sentences, padded at the other end."""

    identifier = StrategyName.OTHER_SIDE
    shares_pass = False

    def apply(self, on: Compared) -> Rule | Refusal | None:
        """Returns the rule of the compiled loss, where padding can be moved."""
        if on.valid.all():
            return Refusal("This batch has no padding to move.")
        if one_sided(on.valid) is None:
            return Refusal("Padding is not all on one side, so it has no other side.")
        return Refusal(OWN_TOTAL) if on.own_total else as_it_is(on, self.identifier.value)

    def measure(self, run: ComparisonRun, plan: Plan) -> None:
        """Measures the moved batch in the shared pass: no other trace is needed."""
        subject, moved, key = run.subject, to_other_side(run.subject.valid), plan.strategy.key
        assert moved is not None
        truth = subject.truth
        timed = moved.fits(subject.y) and truth is not None
        truth = moved.there(truth) if timed and truth is not None else truth
        question = _moved(subject, moved, timed)
        rules = tuple(_with_moved_weight(rule, moved, timed) for rule in run.rules)
        measure = measure_rules(subject, question, rules)
        rule = next(rule for rule in rules if rule.loss is subject.base)
        plan = replace(plan, rule=rule)
        result = measured_result(plan, measure, replace(run.axes, truth=truth), run.sizes)
        if timed and result.loss is not None:
            home = None if result.weight is None else frozen(moved.home(result.weight))
            result = replace(result, loss=frozen(moved.home(result.loss)), weight=home)
        result = replace(result, notes=(*result.notes, _LEAK_AS_IS))
        run.results[key] = with_leak(result, run.content())
        weights = used_weights(measure.rules[rule.key], subject.batch_size)
        if weights is not None:
            run.add_gradients({key: weights}, truth, question)

    def trainer(self, maker: TrainerMaker, plan: Plan) -> Trainer | Refusal:
        """Trains on the moved batch."""
        subject, moved, rule = maker.subject, to_other_side(maker.subject.valid), plan.rule
        assert moved is not None and rule is not None
        timed = subject.truth is not None and moved.fits(subject.y)

        def there(array: AnyArray) -> AnyArray:
            return moved.there(array) if timed and moved.fits(array) else array

        question, rule = _moved(subject, moved, timed), _with_moved_weight(rule, moved, timed)
        data = TrainingData(
            question.x,
            there(subject.y),
            there(maker.plain.real),
            there(maker.plain.classes),
            moved=moved,
        )
        formula = maker.verified((rule,), question)[rule.key]
        return maker.by(replace(plan, rule=rule), data, formula)


def _moved(subject: Compared, moved: Repadding, timed: bool) -> Question:
    """The moved batch; `timed` targets move with it."""
    question = subject.question
    y, truth = question.y, question.truth
    if timed and subject.truth is not None:
        there = AxisTruth(moved.there(subject.truth), truth.outputs[0].evidence)
        y, truth = moved.structure(y), replace(truth, outputs=(there,))
    batch = replace(question.batch, x=moved.structure(subject.x), y=y)
    return replace(question, batch=batch, truth=truth)


def _with_moved_weight(rule: Rule, moved: Repadding, timed: bool) -> Rule:
    weight = rule.sample_weight
    fits = timed and weight is not None and moved.fits(weight)
    return replace(rule, sample_weight=moved.there(weight)) if fits else rule


class Alone(Treatment):
    """Each sentence alone, without padding."""

    identifier = StrategyName.ALONE
    shares_pass = False

    def apply(self, on: Compared) -> Rule | Refusal | None:
        """Returns None: what is measured is each sentence, not a number of the batch."""
        if on.truth is not None and on.truth.shape != on.valid.shape:
            return Refusal(
                "The output has a time axis of its own, so it cannot be cut with the input."
            )
        if on.base is None:
            return Refusal(OWN_TOTAL)
        if not on.by_timestep and on.truth is not None:
            return Refusal(NOT_BY_TIMESTEP)
        return None

    def measure(self, run: ComparisonRun, plan: Plan) -> None:
        """Runs every sentence without its padding."""
        subject, key = run.subject, plan.strategy.key
        try:
            measured = run_alone(subject, run.watch.tick)
        except NotAlone as error:
            run.results[key] = refused(plan, str(error))
            return
        run.results[key] = _alone_result(run, plan, measured)
        gradient = None if measured.gradient is None else measured.gradient * subject.factor
        run.parts[key] = GradientParts(gradient, None)

    def trainer(self, maker: TrainerMaker, plan: Plan) -> Trainer | Refusal:
        """Trains on every sentence without its padding."""
        return maker.alone(plan)


def _alone_result(run: ComparisonRun, plan: Plan, measured: AloneMeasure) -> StrategyResult:
    """The result of sentences alone; so many of them, each alone, make one step."""
    factor, penalty, truth = run.subject.factor, run.measured.penalty, run.axes.truth
    counted = measured.counted.astype(float)
    count = float(counted.sum())
    mean = float(measured.loss[measured.counted].sum() / count)
    value = factor * mean + penalty
    defined = np.isfinite(value)
    formula = Formula(counted, counted, factor)
    timed = truth is not None
    ignored = 0 if truth is None else int((truth & ~measured.counted).sum())
    return StrategyResult(
        strategy=plan.strategy,
        applicable=True,
        keras_value=value if defined else None,
        mean_over_valid=mean if defined else None,
        divisor=(Divisor.VALID if timed else Divisor.PER_SEQUENCE) if defined else None,
        divided_by=count / factor if factor else None,
        counts_padding=False if timed else None,
        ignores_valid=ignored > 0 if timed else None,
        padding_counted=0 if timed else None,
        valid_ignored=ignored if timed else None,
        loss_share=0.0 if timed else None,
        leaks=False,
        leak_size=0.0,
        loss=frozen(measured.loss),
        weight=frozen(formula.weights(len(counted))),
        by_batch_size=by_formula(formula, measured.loss, penalty, run.sizes),
        notes=("There is no padding, so there is no mean over all timesteps.",),
    )


DATA_TREATMENTS: tuple[Treatment, ...] = (MaskPutBack(), OtherSide(), Alone())
"""One of each class above."""
