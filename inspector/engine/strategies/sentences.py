"""The result of running each sentence alone."""

import numpy as np

from inspector.core.arrays import frozen
from inspector.core.comparison import StrategyResult
from inspector.core.ledger import Divisor
from inspector.engine.strategies.alone import AloneMeasure
from inspector.engine.strategies.formulas import Formula
from inspector.engine.strategies.plans import Plan
from inspector.engine.strategies.results import Frame, by_formula


def alone_result(
    plan: Plan,
    found: AloneMeasure,
    extra: tuple[float, float],
    frame: Frame,
    sizes: tuple[int, ...],
) -> StrategyResult:
    """The result of sentences alone.

    Args:
        plan: The strategy.
        found: What was measured.
        extra: Loss weight and penalties of the model.
        frame: What results have in common.
        sizes: Batch sizes of the curve: so many sentences, each alone, make one step.
    """
    factor, penalty = extra
    counted = found.counted.astype(float)
    count = float(counted.sum())
    mean = float(found.loss[found.counted].sum() / count)
    value = factor * mean + penalty
    defined = np.isfinite(value)
    formula = Formula(counted, counted, factor)
    timed = frame.truth is not None
    ignored = 0 if frame.truth is None else int((frame.truth & ~found.counted).sum())
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
        loss=frozen(found.loss),
        weight=frozen(formula.weights(len(counted))),
        by_batch_size=by_formula(formula, found.loss, penalty, sizes),
        notes=("There is no padding, so there is no mean over all timesteps.",),
    )
