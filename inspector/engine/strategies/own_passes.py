"""The strategies that need a pass of their own: other masks, other batches, other losses."""

from dataclasses import replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, frozen
from inspector.core.comparison import StrategyResult
from inspector.core.inspection import finite
from inspector.core.ledger import AverageName
from inspector.engine.strategies.alone import AloneMeasure, AloneRequest, NotAlone, run_alone
from inspector.engine.strategies.comparison_run import ComparisonRun, with_leak
from inspector.engine.strategies.gradients import Parts, gradient_parts
from inspector.engine.strategies.leaking import content_leak, makers_of
from inspector.engine.strategies.measured import PassMeasure, measure_rules
from inspector.engine.strategies.moving import Moved, to_other_side
from inspector.engine.strategies.passes import Feed, strategy_pass
from inspector.engine.strategies.plans import OWN_TOTAL, Plan
from inspector.engine.strategies.putting_back import find_places
from inspector.engine.strategies.results import measured_result, refused, used_weights
from inspector.engine.strategies.sentences import alone_result

_LEAK_AS_IS = "Whether padding content leaks is taken from the batch as it is."


def as_inspected(run: ComparisonRun, plan: Plan) -> None:
    """The model as it is, where it computes its number in its own way: as `inspect` measured it."""
    inspection, key = run.subject.inspection, plan.strategy.key
    ledger = inspection.losses
    assert ledger is not None
    found = StrategyResult(
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
    run.results[key] = with_leak(found, run.content())
    if found.weight is not None and found.keras_value is not None:
        feed = run.feed([])
        weights = {key: np.nan_to_num(found.weight)}
        run.parts |= gradient_parts(weights, run.subject.truth, run.gradients(feed))


def custom(run: ComparisonRun, plan: Plan) -> None:
    """A loss of the user's own, measured by its own loss at a timestep if it has one."""
    assert plan.rule is not None
    rule, subject = plan.rule, run.subject
    base = rule.loss if _by_timestep(run, rule.loss) else subject.base
    runner = strategy_pass(subject.model, base, (rule,), run.around)
    feed = run.feed([rule.sample_weight])
    measure = measure_rules(runner, (rule,), feed, subject.batch_size)
    result = measured_result(plan, measure, run.frame, run.sizes)
    run.results[rule.key] = with_leak(result, run.content())
    run.parts[rule.key] = run.direct_gradient(rule)


def _by_timestep(run: ComparisonRun, loss: Any) -> bool:
    """True if a loss keeps the shape of the compiled one's loss at each timestep."""
    y = run.subject.y[:1].astype(np.float32)
    prediction = run.measure.prediction[:1].astype(np.float32)
    return tuple(np.shape(loss.call(y, prediction))) == (1, *run.measure.loss.shape[1:])


def mask_put_back(run: ComparisonRun, plan: Plan) -> None:
    """The mask put back behind the place where it stops."""
    subject, inspection = run.subject, run.subject.inspection
    stop, key = inspection.diagnosis.stop, plan.strategy.key
    places = find_places(subject.model, inspection.trace, stop, subject.x, subject.valid)
    if places.problem or plan.rule is None:
        run.results[key] = refused(plan, places.problem)
        return
    around = replace(run.around, put_back=places.keys, noisy=makers_of(subject))
    runner = strategy_pass(subject.model, subject.base, (plan.rule,), around)
    feed = run.feed([plan.rule.sample_weight], subject.valid)
    measure = measure_rules(runner, (plan.rule,), feed, subject.batch_size)
    plan = replace(plan, strategy=plan.named(places.names))
    result = measured_result(plan, measure, run.frame, run.sizes)
    names = ", ".join(f"`{name}`" for name in places.names)
    result = replace(result, notes=(*result.notes, f"The mask is put back behind {names}."))
    leak = content_leak(subject, runner, feed, measure, bool(around.noisy))
    run.results[key] = with_leak(result, leak)
    weights = used_weights(measure.rules[key], subject.batch_size)
    if weights is not None:
        run.parts |= gradient_parts({key: weights}, subject.truth, run.gradients(feed, around))


def other_side(run: ComparisonRun, plan: Plan) -> None:
    """The same sentences, padded at the other end."""
    subject, moved, key = run.subject, to_other_side(run.subject.valid), plan.strategy.key
    assert moved is not None
    truth = subject.truth
    timed = moved.fits(subject.y) and truth is not None
    truth = moved.there(truth) if timed and truth is not None else truth
    feed, measure = _moved(run, moved, timed)
    rule = next(rule for rule in run.rules if rule.loss is subject.base)
    weight = feed.weights[run.rules.index(rule)]
    plan = replace(plan, rule=replace(rule, sample_weight=weight))
    result = measured_result(plan, measure, replace(run.frame, truth=truth), run.sizes)
    if timed and result.loss is not None:
        home = None if result.weight is None else frozen(moved.home(result.weight))
        result = replace(result, loss=frozen(moved.home(result.loss)), weight=home)
    result = replace(result, notes=(*result.notes, _LEAK_AS_IS))
    run.results[key] = with_leak(result, run.content())
    found = used_weights(measure.rules[rule.key], subject.batch_size)
    if found is not None:
        run.parts |= gradient_parts({key: found}, truth, run.gradients(feed))


def _moved(run: ComparisonRun, moved: Moved, timed: bool) -> tuple[Feed, PassMeasure]:
    """The shared pass on the moved batch: no other trace is needed."""

    def there(array: AnyArray | None) -> Any:
        return moved.there(array) if timed and array is not None and moved.fits(array) else array

    rules = tuple(replace(rule, sample_weight=there(rule.sample_weight)) for rule in run.rules)
    weights = [rule.sample_weight for rule in rules]
    feed = Feed(moved.structure(run.subject.x), there(run.subject.y), weights)
    return feed, measure_rules(run.runner, rules, feed, run.subject.batch_size)


def alone(run: ComparisonRun, plan: Plan) -> None:
    """Each sentence alone, without padding."""
    subject, key = run.subject, plan.strategy.key
    request = AloneRequest(
        model=subject.model,
        base=subject.base,
        x=subject.x,
        y=subject.y,
        valid=subject.valid,
        counted=subject.truth,
        flat_time=subject.flat_time,
        tick=run.watch.tick,
    )
    try:
        found: AloneMeasure = run_alone(request)
    except NotAlone as error:
        run.results[key] = refused(plan, str(error))
        return
    extra = (subject.factor, run.measure.penalty)
    run.results[key] = alone_result(plan, found, extra, run.frame, run.sizes)
    gradient = None if found.gradient is None else found.gradient * subject.factor
    run.parts[key] = Parts(gradient, None)
