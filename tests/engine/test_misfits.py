"""What of a batch does not fit a model, and what is no fault of the batch."""

from typing import Any

import keras
import numpy as np
import pytest

from inspector.core.batch import Batch
from inspector.engine.inspection.inspect import inspect
from inspector.engine.inspection.misfits import misfit
from tests.engine.strategies.making import dense_tagger


def fixed() -> keras.Model:
    inputs = keras.Input((5, 3))
    return keras.Model(inputs, keras.layers.LSTM(4, return_sequences=True)(inputs))


def two_inputs() -> keras.Model:
    inputs = {name: keras.Input((None,), name=name) for name in ("first", "second")}
    return keras.Model(inputs, keras.layers.Add()(list(inputs.values())))


class Own(keras.Model):
    def call(self, x: Any) -> Any:
        return x


def built_by_data() -> keras.Model:
    model = keras.Sequential([keras.layers.Dense(2)])
    model(np.zeros((2, 5, 3)))
    return model


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, "float32")


X = zeros(2, 5, 3)
CASES = {
    "fits": (fixed, X, zeros(2, 5, 4), None, ""),
    "other rows": (fixed, zeros(7, 5, 3), zeros(7, 5, 4), None, ""),
    "classes": (fixed, X, zeros(2, 5), None, ""),
    "classes in an axis of their own": (fixed, X, zeros(2, 5, 1), None, ""),
    "no targets": (fixed, X, None, None, ""),
    "other timesteps": (fixed, zeros(2, 6, 3), None, None, r"`x` is \(rows, 6, 3\)"),
    "ids for vectors": (fixed, zeros(2, 5), None, None, r"takes \(rows, 5, 3\)"),
    "other classes": (fixed, X, zeros(2, 5, 3), None, r"`y` is \(rows, 5, 3\)"),
    "other timesteps in y": (fixed, X, zeros(2, 4), None, r"gives \(rows, 5, 4\)"),
    "weights of rows": (fixed, X, zeros(2, 5), zeros(2), ""),
    "weights of timesteps": (fixed, X, zeros(2, 5), zeros(2, 5), ""),
    "other weights": (fixed, X, zeros(2, 5), zeros(2, 3), r"`sample_weight` is \(rows, 3\)"),
    "any length": (dense_tagger, zeros(2, 9), zeros(2, 9), None, ""),
    "any length, other targets": (dense_tagger, zeros(2, 9), zeros(2, 8), None, r"\(rows, 9, 4\)"),
    "by name": (two_inputs, {"second": zeros(2, 5), "first": zeros(2, 5)}, None, None, ""),
    "too few": (two_inputs, (zeros(2, 5),), None, None, r"\(rows, any\) and \(rows, any\)"),
    "two outputs": (fixed, X, (zeros(2, 5), zeros(2, 5)), None, "`y` is"),
    "a class of its own": (Own, X, zeros(2, 9), None, ""),
    "built by data": (built_by_data, zeros(2, 9, 3), zeros(2, 9), None, ""),
}


@pytest.mark.parametrize("name", CASES)
def test_what_does_not_fit(name: str) -> None:
    make, x, y, weight, said = CASES[name]
    rows = len(next(iter(x.values())) if isinstance(x, dict) else x[0] if name == "too few" else x)
    batch = Batch(x, y, np.ones((rows, 5), bool), sample_weight=weight)
    error = misfit(make(), batch)
    assert (error is None) is (said == "")
    if error is not None:
        with pytest.raises(type(error), match=said):
            raise error


ID = "indices[0,1] = 800 is not in [0, 20)"
CLASS = "Received a label value of 500 which is outside the valid range of [0, 20)."


@pytest.mark.parametrize(
    ("x", "y", "failure", "said"),
    [
        ([[5, 800]], [[5, 8]], ID, "`x` holds the id 800"),
        ([[5, 8]], [[5, 500]], CLASS, "`y` holds the class 500"),
        ([[5, 8]], [[5, 8]], ID, None),  # The model made that id itself.
        ([[5, 800]], None, CLASS, None),
    ],
)
def test_an_id_or_a_class_that_the_model_does_not_have(
    x: list, y: list | None, failure: str, said: str | None
) -> None:
    ids = np.array(x)
    batch = Batch(ids, None if y is None else np.array(y), ids > 0)
    error = misfit(Own(), batch, failure)
    assert error is None if said is None else said in str(error)


def test_a_model_without_an_input_says_which_layer_does_not_take_the_batch() -> None:
    model = keras.Sequential([keras.layers.Embedding(9, 4), keras.layers.LSTM(2)])
    failure = inspect(model, np.ones((2, 3, 4), int), valid=np.ones((2, 3), bool)).raises
    assert failure is not None
    assert "expected ndim=3, found ndim=4" in failure.message


@pytest.mark.parametrize(
    ("layers", "refused"),
    [
        (lambda: [keras.layers.LSTM(3, return_sequences=True), keras.layers.Dense(2)], True),
        (lambda: [keras.layers.Conv1D(3, 2)], True),
        (lambda: [keras.layers.Embedding(9, 4), keras.layers.LSTM(5), keras.layers.LSTM(2)], False),
    ],
    ids=["recurrent", "convolution", "a fault inside"],
)
def test_layers_in_a_row_refuse_a_rank_by_their_first(layers: Any, refused: bool) -> None:
    model, x = keras.Sequential(layers()), np.ones((2, 5), "float32")
    failed = inspect(model, x, leaks=False)
    assert failed.raises is not None
    error = misfit(model, failed.batch, failed.raises.message)
    assert (error is not None) is refused
    if error is not None:
        assert "`x` is (rows, 5). The first layer" in str(error) and "3 axes" in str(error)
