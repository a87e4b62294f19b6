"""Which rows the leak tests look at, and which of them are run together."""

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

import inspector
from inspector.core.leaks import Effect
from inspector.core.truth import AxisTruth, Truth
from inspector.engine.inspection.amounts import runs_alone
from inspector.engine.inspection.changes import Comparer
from inspector.engine.inspection.leaks import FEWEST_ROWS, ROWS, chosen_rows, most_rows


@pytest.mark.parametrize(
    ("timesteps", "steps", "rows"),
    [
        pytest.param(10, 6, ROWS, id="a small model"),
        pytest.param(128, 12, 10, id="a dozen layers"),
        pytest.param(1024, 40, FEWEST_ROWS, id="deep and long"),
        pytest.param(1, 0, ROWS, id="nothing to watch"),
    ],
)
def test_large_models_are_tested_on_fewer_rows(timesteps: int, steps: int, rows: int) -> None:
    assert most_rows(timesteps, steps) == rows


def test_large_vocabularies_are_tested_on_fewer_rows() -> None:
    assert most_rows(50, 6, 50 * 5_000) == FEWEST_ROWS
    assert most_rows(5, 6, 5 * 5_000) == ROWS


@pytest.mark.parametrize(("moved", "flipped"), [(1e-8, 0.0), (1e-2, 1.0)])
def test_a_class_changes_only_beyond_float_error(moved: float, flipped: float) -> None:
    before = np.array([[[0.5, 0.5 - 1e-9]]])
    after = before + [0.0, moved]
    effect = Comparer(Truth((), (AxisTruth(np.ones((1, 1), bool)),)), 1e-5).effect(
        "other_side", before, after
    )
    assert effect.beyond_float_error is bool(flipped)
    assert effect.flipped_rows == flipped


def test_fewer_rows_still_reach_from_the_shortest_to_the_longest() -> None:
    valid = np.arange(20) < np.arange(1, 21)[:, None]
    rows = chosen_rows(valid, 20, None, most=5)
    assert len(rows) == 5
    assert rows[0] == 0 and rows[-1] == 19


VALID = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]], bool)


def rows_of(*valid: Any) -> Any:
    truth = Truth(tuple(AxisTruth(cells) for cells in valid))
    return SimpleNamespace(question=SimpleNamespace(truth=truth))


@pytest.mark.parametrize(
    ("valid", "independent", "runs"),
    [
        pytest.param([VALID], True, [[0, 1], [2], [3]], id="one length at a time"),
        pytest.param([VALID], False, [[0], [2], [3], [1]], id="rows that meet, one by one"),
        pytest.param([VALID, VALID[::-1]], True, [[0], [2], [3], [1]], id="two inputs"),
    ],
)
def test_rows_of_one_length_run_together(valid: Any, independent: bool, runs: Any) -> None:
    assert runs_alone(rows_of(*valid), independent) == runs


def alone(inspection: inspector.Inspection) -> Effect:
    assert inspection.leaks is not None
    return next(effect for effect in inspection.leaks.effects if effect.what == "alone")


@pytest.mark.parametrize("leaky", [True, False])
def test_rows_of_one_length_are_measured_as_if_alone(leaky: bool) -> None:
    """The largest change is that of a plain NumPy comparison with `model(row)`, row by row."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    pooled = layers.GlobalAveragePooling1D() if leaky else layers.LSTM(3)
    model = keras.Sequential([layers.Embedding(6, 4, mask_zero=not leaky), pooled, layers.Dense(2)])
    ids = np.random.default_rng(0).integers(1, 6, (6, 5)).astype("int32")
    lengths = np.array([2, 2, 3, 3, 5, 5])
    valid = np.arange(5) < lengths[:, None]
    ids[~valid] = 0
    whole = np.array(model(ids))
    changes = [
        np.abs(whole[row] - np.array(model(ids[row : row + 1, :length]))[0]).max()
        for row, length in enumerate(lengths)
    ]
    found = alone(inspector.inspect(model, ids, valid=valid))
    assert found.measured
    assert found.beyond_float_error is leaky
    assert found.largest_change == pytest.approx(max(changes), abs=1e-5)


@pytest.mark.parametrize(("mixing", "moves"), [(False, False), (True, True)], ids=["dense", "conv"])
def test_next_tokens_are_compared_where_they_are_real(mixing: bool, moves: bool) -> None:
    keras.utils.set_random_seed(0)
    layer = keras.layers.Conv1D(3, 5, padding="same") if mixing else keras.layers.Dense(3)
    model = keras.Sequential([keras.layers.Embedding(5, 4), layer])
    ids = np.array([[1, 2, 3, 0], [4, 1, 0, 0], [1, 2, 3, 4]], "int32")
    real = (ids > 0) & (np.roll(ids, -1, axis=1) > 0) & (np.arange(4) < 3)
    leaks = inspector.inspect(model, ids, valid=ids > 0, target_valid=real).leaks
    assert leaks is not None
    for what in ("alone", "other_side", "longer"):
        effect = leaks.effect(what)
        assert effect is not None and effect.measured and effect.beyond_float_error is moves
