"""Comparisons and trainings made by hand, so that what is drawn can be checked without a model."""

from dataclasses import replace

import numpy as np

from inspector.core.batch import Batch
from inspector.core.comparison import Comparison, StrategyResult
from inspector.core.strategies import STRATEGIES, Strategy, StrategyName, custom_strategy
from inspector.core.trace import MaskState, Versions
from inspector.core.training_run import Snapshot, StrategyRun, TrainingRun
from tests.views import made

N = StrategyName
REFUSED = "`ignore_class` is an argument of the sparse cross-entropy."


def a_result(
    strategy: Strategy, batch: Batch, counts_padding: bool, **more: object
) -> StrategyResult:
    """A strategy that counts padding, or not; all others of a kind have the same numbers."""
    valid = batch.valid
    loss = made.some_losses(batch)
    taken = np.ones(valid.shape, bool) if counts_padding else valid
    weight = taken / max(taken.sum(), 1)
    value = float((loss * weight).sum())
    made_of = {
        "mask_at_loss": MaskState.ABSENT,
        "keras_value": value,
        "mean_over_valid": float(loss[valid].mean()) if valid.any() else None,
        "mean_over_all": float(loss.mean()),
        "divided_by": float(taken.sum()),
        "counts_padding": counts_padding,
        "ignores_valid": False,
        "loss_share": 0.3 if counts_padding else 0.0,
        "gradient_share": 0.4 if counts_padding else 0.0,
        "gradient_cosine": 0.8 if counts_padding else 1.0,
        "gradient_ratio": 0.5 if counts_padding else 1.0,
        "leak_size": 0.0,
        "wrong": "It counts padded timesteps." if counts_padding else "",
        "loss": loss,
        "weight": weight,
        "by_batch_size": ((1, value * (1.1 if counts_padding else 1.0)), (batch.rows, value)),
    }
    return StrategyResult(strategy, True, **(made_of | more))  # type: ignore[arg-type]


def a_comparison(batch: Batch | None = None, **more: object) -> Comparison:
    """Four strategies, two of which are the same, and one that cannot be applied."""
    batch = batch or made.a_batch(["##abb", "#babb"])
    kinds = {N.NO_MASK: True, N.PROPAGATED: True, N.LOSS_FROM_TARGETS: False, N.ALONE: False}
    results = [a_result(STRATEGIES[name], batch, counts) for name, counts in kinds.items()]
    results.append(StrategyResult(STRATEGIES[N.IGNORE_CLASS], False, REFUSED))
    made_of = {
        "batch": batch,
        "results": tuple(results),
        "reference": "alone",
        "baseline": "propagated",
        "batch_size": batch.rows,
        "loss_name": "mae",
        "target_valid": batch.valid,
        "penalty": 0.0,
        "conclusion": "They differ.",
        "model_name": "model",
        "versions": Versions("0", "3", "2"),
    }
    return Comparison(**(made_of | more))  # type: ignore[arg-type]


def many(count: int, batch: Batch | None = None) -> Comparison:
    """As many losses of the user's own, no two the same."""
    batch = batch or made.a_batch(["##abb", "#babb"])
    results = []
    for at in range(1, count + 1):
        strategy = custom_strategy(f"loss_{at}", "def loss(): ...", at)
        found = a_result(strategy, batch, False)
        assert found.loss is not None and found.weight is not None
        sizes = tuple((size, at * 1.0 + size) for size in (1, 2))
        results.append(
            replace(found, loss=found.loss * at, weight=found.weight * at, by_batch_size=sizes)
        )
    return a_comparison(batch, results=tuple(results), baseline="custom", reference=None)


def named(name: str) -> Comparison:
    """A comparison whose loss, tokens and reasons are a hostile text."""
    batch = made.a_batch(["##abb", "#babb"])
    row = (name,) * 5
    batch = replace(batch, tokens=(row, row), target_tokens=(row, row))
    results = (
        a_result(STRATEGIES[N.PROPAGATED], batch, True),
        a_result(custom_strategy(name), batch, False, wrong=name),
        StrategyResult(STRATEGIES[N.IGNORE_CLASS], False, name),
    )
    return a_comparison(batch, results=results)


def with_holes() -> Comparison:
    """Numbers, losses and weights that are missing or no numbers."""
    full = a_comparison()
    first, second, third, *rest = full.results
    assert third.loss is not None
    holed = third.loss.copy()
    holed[0, 3] = np.nan
    empty = StrategyResult(second.strategy, True, notes=("Nothing is known.",))
    third = replace(third, loss=holed, weight=None, keras_value=float("nan"))
    return replace(full, results=(first, empty, third, *rest))


def one_a_sentence() -> Comparison:
    """One loss for each sentence: no time axis."""
    full = a_comparison()
    results = tuple(
        replace(r, loss=np.array([1.0, 2.0]), weight=np.array([0.5, 0.5])) if r.applicable else r
        for r in full.results
    )
    return replace(full, results=results, target_valid=None)


def nothing_applies() -> Comparison:
    """Strategies that cannot be applied, all of them."""
    names = (N.PROPAGATED, N.IGNORE_CLASS)
    results = tuple(StrategyResult(STRATEGIES[name], False, REFUSED) for name in names)
    return a_comparison(results=results, reference=None)


def large(rows: int, timesteps: int) -> Comparison:
    """More cells than a figure may have."""
    return a_comparison(made.a_batch(["#" + "a" * (timesteps - 1)] * rows))


def a_run(batch: Batch | None = None, steps: int = 30) -> TrainingRun:
    """Two trained strategies, one that diverged, one that cannot be trained."""
    batch = batch or made.a_batch(["##abb", "#babb"])
    falling = np.linspace(1.0, 0.2, steps)
    shape = batch.valid.shape
    shots = tuple(
        Snapshot(step, np.full(shape, 1.0 / (1 + step), np.float32), np.zeros(shape, np.int32))
        for step in (0, 10, steps)
    )
    runs = (
        StrategyRun(
            STRATEGIES[N.PROPAGATED],
            True,
            reported=falling * 0.5,
            masked_average=falling,
            accuracy=1 - falling,
            snapshots=shots,
        ),
        StrategyRun(
            STRATEGIES[N.LOSS_FROM_TARGETS],
            True,
            reported=falling,
            masked_average=falling,
            accuracy=1 - falling,
            snapshots=shots,
        ),
        StrategyRun(
            STRATEGIES[N.LOSS_OVER_ALL],
            True,
            reported=np.array([1.0, np.nan]),
            masked_average=np.array([1.0, np.nan]),
            snapshots=shots[:1],
            diverged_at=1,
        ),
        StrategyRun(STRATEGIES[N.IGNORE_CLASS], False, REFUSED),
    )
    return TrainingRun(
        batch=batch,
        runs=runs,
        steps=steps,
        batch_size=batch.rows,
        order="a",
        weights="b",
        optimizer="adam",
        learning_rate=0.01,
        rows_shown=batch.rows,
    )


COMPARISONS = {
    "ordinary": a_comparison,
    "holes": with_holes,
    "one a sentence": one_a_sentence,
    "nothing applies": nothing_applies,
    "one cell": lambda: a_comparison(made.a_batch(["a"])),
    "all padding": lambda: a_comparison(made.a_batch(["###", "###"])),
    "large": lambda: large(300, 500),
    "many": lambda: many(12),
}
