"""`compare`: the same model and batch under several strategies."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from inspector.core.comparison import Comparison, StrategyResult
from inspector.core.comparison_words import conclusion
from inspector.core.requests import Watch
from inspector.engine.failures import memory_told
from inspector.engine.provenance import versions
from inspector.engine.strategies.applied import asked_strategies, plans_for
from inspector.engine.strategies.compared import compared_on
from inspector.engine.strategies.comparison_run import ComparisonRun
from inspector.engine.strategies.plan import Plan
from inspector.engine.strategies.strategy_results import refused, with_gradient
from inspector.engine.watching import watched

_STEPS = 6
_REFERENCES = ("alone", "loss_from_targets", "sample_weight_mean", "ignore_class")
_AS_IN_INFERENCE = "Layers run as in inference: without dropout, and with the statistics they keep."
_OWN_WEIGHTS = (
    "The sample weights of the batch count where the model is as it is; the other strategies do "
    "without them."
)
_ONE_SIZE = (
    "Other rows of a batch change what this model gives for a row, or its penalties, so Keras's "
    "value is known for this batch size only."
)
_PENALTY = "Penalties are part of every value; gradients and shares are of the loss without them."


@memory_told()
def compare(
    model: Any,
    batch: Any,
    strategies: Sequence[Any] | None = None,
    *,
    batch_size: int | None = None,
    loss: Any = None,
    watch: Watch | None = None,
) -> Comparison:
    """Says what each way of treating padding gives on this model and batch.

    The model is neither changed nor recompiled, and no global random state is touched. Strategies
    that differ in the loss only share one pass through the model.

    Args:
        model: A Keras model with one output and one loss, or what `model_from_code` returns.
        batch: A `Batch` with targets.
        strategies: Which to compare, in this order: `StrategyName`, their values
            (`"propagated"`), or loss functions of your own. None: all there are.
        batch_size: Rows per batch, as in `model.evaluate`; None for all rows in one.
        loss: The loss at a timestep in place of the compiled one; needed where there is none.
        watch: Who is told of the progress and may stop it.

    Returns:
        The comparison; strategies that cannot be applied are in it with the reason.

    Raises:
        BatchError: `batch` is no batch, or has no targets.
        ModelError: The model has no loss, or several, or fails on the batch.
        InspectorError: A strategy is unknown.
        Cancelled: `watch` said so.
        LimitError: There is not enough memory.
    """
    looking = watch or Watch()
    asked_strategies(strategies)  # What is misspelt is said before anything runs.
    looking.progress(0, _STEPS, "Inspecting the model")
    with watched(Watch(cancelled=looking.cancelled)):
        subject = compared_on(model, batch, batch_size, loss)
    plans = plans_for(subject, strategies)
    run = ComparisonRun(subject, looking)
    _run_all(run, plans)
    return _answer(run, [plan.strategy.key for plan in plans], batch)


def _run_all(run: ComparisonRun, plans: list[Plan]) -> None:
    for plan in plans:
        if plan.reason:
            run.results[plan.strategy.key] = refused(plan)
    usable = [plan for plan in plans if not plan.reason]
    _step(run, 1, "Measuring the losses")
    run.measure_shared([plan for plan in usable if plan.shares_pass])
    others = [plan for plan in usable if not plan.shares_pass]
    for number, plan in enumerate(others):
        _step(run, min(2 + number, _STEPS - 1), plan.strategy.title)
        plan.treatment.measure(run, plan)


def _step(run: ComparisonRun, done: int, what: str) -> None:
    run.watch.tick()
    run.watch.progress(done, _STEPS, what)


def _answer(run: ComparisonRun, keys: list[str], batch: Any) -> Comparison:
    subject, inspection = run.subject, run.subject.inspection
    usable = [key for key in keys if run.results[key].applicable]
    reference = next((key for key in _REFERENCES if key in usable), None)
    against = run.parts[reference].whole if reference in run.parts else run.reference
    results = tuple(with_gradient(run.results[key], run.parts.get(key), against) for key in keys)
    if _moves_with_batches(run):
        results = tuple(_at_its_size(result, subject.batch_size) for result in results)
    baseline = "propagated" if "propagated" in keys else keys[0]
    ledger = inspection.losses
    assert ledger is not None
    notes = [*batch.notes, _AS_IN_INFERENCE]
    notes += [_OWN_WEIGHTS] if subject.sample_weight is not None else []
    notes += [_PENALTY] if run.measured.penalty else []
    notes += [_ONE_SIZE] if _moves_with_batches(run) else []
    return Comparison(
        batch=batch,
        results=results,
        reference=reference,
        baseline=baseline,
        batch_size=subject.batch_size,
        loss_name=ledger.loss_name,
        target_valid=subject.truth,
        penalty=run.measured.penalty,
        conclusion=conclusion(results, baseline, reference),
        model_name=inspection.model_name,
        versions=versions(),
        notes=tuple(dict.fromkeys(notes)),
        model_digests=inspection.model_digests,
    )


def _moves_with_batches(run: ComparisonRun) -> bool:
    """True where predictions or penalties depend on what else is in the batch."""
    inspection = run.subject.inspection
    ledger, leaks = inspection.losses, inspection.leaks
    dependent = leaks is not None and bool(leaks.batch_dependent)
    return dependent or (ledger is not None and ledger.call_penalty != 0)


def _at_its_size(result: StrategyResult, batch_size: int) -> StrategyResult:
    known = tuple(
        (size, value if size == batch_size else None) for size, value in result.by_batch_size
    )
    return replace(result, by_batch_size=known)
