"""Strategies and comparisons as values: words, differences, layout."""

import ast
import json
from dataclasses import replace

import numpy as np
import pytest

from inspector.core.batch import Batch
from inspector.core.comparison import FIGURES, Comparison, StrategyResult
from inspector.core.comparison_words import conclusion, wrong_with
from inspector.core.strategies import (
    STRATEGIES,
    StrategyKind,
    StrategyName,
    custom_strategy,
)
from inspector.core.strategy_code import OWN_LOSS, Placeholders
from inspector.core.trace import Versions
from inspector.core.training_run import Snapshot, StrategyRun, TrainingRun

LOSS = np.array([[1.0, 3.0], [2.0, 4.0]])


def result(name: StrategyName, value: float | None, weight: object = None, **more: object):
    weights = None if weight is None else np.asarray(weight, float)
    return StrategyResult(
        STRATEGIES[name], True, keras_value=value, loss=LOSS, weight=weights, **more
    )


def comparison(*results: StrategyResult) -> Comparison:
    batch = Batch(np.zeros((2, 2)), None, np.array([[True, False], [True, True]]))
    return Comparison(
        batch,
        results,
        None,
        results[0].key,
        2,
        "mae",
        batch.valid,
        0.0,
        conclusion(results, results[0].key),
        "model",
        Versions("1", "2", "3"),
    )


def test_all_eleven_strategies_have_formula_code_and_advice() -> None:
    numbers = [strategy.number for strategy in STRATEGIES.values()]
    assert sorted(set(numbers)) == list(range(1, 12)) and numbers.count(9) == 2
    for strategy in STRATEGIES.values():
        ast.parse(strategy.code)
        assert strategy.formula and strategy.formula_text and strategy.title
        assert strategy.when.endswith(".") and strategy.key == strategy.identifier.value
    kinds = {strategy.kind for strategy in STRATEGIES.values()}
    assert kinds == set(StrategyKind)


def test_code_is_written_for_the_model_at_hand() -> None:
    values = Placeholders(
        "keras.losses.MeanSquaredError",
        "",
        "7",
        "[0]",
        vectors=False,
        behind=("mix", "more"),
        reverse=False,
        own_padding=True,
        batch_size="3",
        loss_weight=0.5,
    )
    code = STRATEGIES[StrategyName.LOSS_FROM_TARGETS].for_model(values).code
    assert "MeanSquaredError()" in code and "cast(7, " in code and "axis=-1" not in code
    assert "`mix` and `more`" in STRATEGIES[StrategyName.MASK_PUT_BACK].for_model(values).code
    weighted = STRATEGIES[StrategyName.SAMPLE_WEIGHT].for_model(values).code
    assert "real = target_valid" in weighted and "loss_weights=0.5)" in weighted
    assert "batch_size=3," in weighted
    turned = STRATEGIES[StrategyName.LENGTHS_ROWS_REVERSED].for_model(values).code
    assert "mask[::-1]  # wrong" in turned
    own = STRATEGIES[StrategyName.NO_MASK].for_model(Placeholders(OWN_LOSS)).code
    assert "stands for the loss that the model was compiled with" in own and ast.parse(own)
    assert "stands for" not in turned
    own = STRATEGIES[StrategyName.PROPAGATED].for_model(Placeholders(OWN_LOSS)).code
    assert "compile(loss=your_loss)" in own and OWN_LOSS not in own
    assert custom_strategy("mine", position=2).for_model(values).key == "custom_2"


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"padding_counted": 3, "loss_share": 0.3}, "counts 3 padded timesteps: 30 %"),
        ({"valid_ignored": 1}, "leaves out 1 real timestep."),
        ({"valid_ignored": 2, "padding_counted": 1}, "leaves out 2 real timesteps and counts 1"),
        ({"divided_by": 10.0, "mean_over_valid": 2.0}, "divides by 10, not by the 7 real"),
        ({"divided_by": 7.0, "mean_over_valid": 1.0}, ""),
    ],
)
def test_what_is_wrong_is_said_with_its_numbers(figures: dict, said: str) -> None:
    found = wrong_with(result(StrategyName.NO_MASK, 1.0, **figures), 7, 1.0)
    assert said in found if said else not found


def test_the_conclusion_groups_what_is_the_same_and_says_by_how_much_the_rest_differs() -> None:
    found = comparison(
        result(StrategyName.PROPAGATED, 2.0, LOSS),
        result(StrategyName.NO_MASK, 2.0, LOSS),
        result(StrategyName.LOSS_OVER_ALL, 1.5, LOSS / 2, gradient_cosine=1.0, gradient_ratio=0.5),
        result(StrategyName.SAMPLE_WEIGHT, 1.5, LOSS / 2),
        result(StrategyName.ALONE, None),
    )
    assert found.conclusion == (
        "“as the model is” reports 2.000, and so does “no mask”. “loss from y_true over all” and "
        "“sample weights” report 1.500 (-25 %), and their gradient is 0.5 times as long as "
        "that of the mean over real timesteps."
    )


def test_the_conclusion_names_what_gradients_are_measured_against() -> None:
    rows = [
        result(StrategyName.PROPAGATED, 2.0, LOSS),
        result(StrategyName.NO_MASK, 3.0, LOSS / 2, gradient_cosine=0.5, gradient_ratio=1.0),
        result(StrategyName.ALONE, 2.0, LOSS),
    ]
    said = conclusion(rows, "propagated", "alone")
    assert "(+50 %), and its gradient points 60° away from that of “each sentence alone”" in said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((2.0, 2.0), "makes no difference"),
        ((None, None), "None of these"),
        ((2.0, None), "no other strategy here is the same"),
    ],
)
def test_the_conclusion_of_little(values: tuple, said: str) -> None:
    names = (StrategyName.PROPAGATED, StrategyName.ALONE)
    rows = [result(name, value, LOSS) for name, value in zip(names, values, strict=True)]
    assert said in conclusion(rows, "propagated")


def test_differences_are_from_the_pinned_strategy_or_another() -> None:
    found = comparison(
        result(StrategyName.PROPAGATED, 2.0),
        result(StrategyName.NO_MASK, 3.0),
        result(StrategyName.ALONE, None),
        replace(result(StrategyName.IGNORE_CLASS, None), applicable=False, reason="Why."),
    )
    assert found.differences("keras_value") == {"propagated": 0.0, "no_mask": 1.0, "alone": None}
    assert found.differences("keras_value", "no_mask")["propagated"] == -1.0


def test_the_layout_is_plain_json_in_which_nothing_is_nan() -> None:
    found = comparison(result(StrategyName.PROPAGATED, 2.0, loss_share=float("nan")))
    answer = json.loads(found.to_json())
    assert set(FIGURES) <= set(answer["strategies"][0])
    assert answer["strategies"][0]["loss_share"] is None
    assert answer["batch"] == {"rows": 2, "timesteps": 2, "valid": 3, "padding": 1}
    assert "as the model is" in str(found) and "<table>" in found._repr_html_()


def test_a_run_finds_its_snapshots_and_writes_gaps_as_null() -> None:
    looks = tuple(Snapshot(step, LOSS, None) for step in (0, 5))
    run = StrategyRun(
        STRATEGIES[StrategyName.NO_MASK],
        True,
        reported=np.array([1.0, np.nan]),
        masked_average=np.array([1.0, 1.0]),
        snapshots=looks,
        diverged_at=1,
    )
    assert run.snapshot(4) is looks[0] and run.snapshot(9) is looks[1] and run.steps == 2
    whole = TrainingRun(
        comparison(result(StrategyName.NO_MASK, 1.0)).batch, (run,), 2, 2, "", "", "sgd", None, 2
    )
    answer = json.loads(whole.to_json())
    assert answer["strategies"][0]["reported"] == [1.0, None] and whole.snapshot_steps == (0, 5)
