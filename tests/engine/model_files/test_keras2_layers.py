"""Layers that Keras 2 wrote otherwise, or called otherwise, compute what they computed there."""

from pathlib import Path

import numpy as np
import pytest

from inspector.engine.model_files import read_model
from inspector.errors import ModelFileError
from tests.engine.model_files import keras2_numbers as keras2
from tests.engine.model_files.keras2_layers import (
    LSTM_SHAPES,
    Json,
    X,
    functional,
    input_layer,
    layer,
    named,
    predicted,
    recurrent,
    sequential,
)
from tests.engine.model_files.making import random_arrays, write_keras2


def test_an_old_gru_resets_before_the_product(tmp_path: Path) -> None:
    weights = random_arrays(12, (3, 6), (2, 6), (6,))
    gru = recurrent(
        "GRU",
        return_sequences=False,
        recurrent_activation="hard_sigmoid",
        batch_input_shape=[None, 4, 3],
    )
    path = write_keras2(
        tmp_path / "m.h5", sequential(gru), {"gru": named(*weights)}, version="2.0.8"
    )
    expected = keras2.gru_reset_before(X, *weights, gate=keras2.hard_sigmoid)
    np.testing.assert_allclose(predicted(path, X), expected, atol=1e-6)


def test_initial_states_that_were_passed_in_one_list(tmp_path: Path) -> None:
    encoder, decoder = random_arrays(13, *LSTM_SHAPES), random_arrays(14, *LSTM_SHAPES)
    last = recurrent(name="encoder", return_sequences=False, return_state=True)
    states = [["encoder", 0, 1, {}], ["encoder", 0, 2, {}]]
    model = functional(
        [
            (input_layer("source", None, 3), []),
            (input_layer("target", None, 3), []),
            (last, [[["source", 0, 0, {}]]]),
            (recurrent(name="decoder"), [[["target", 0, 0, {}], *states]]),
        ],
        ["source", "target"],
        "decoder",
    )
    arrays = {
        "source": [],
        "target": [],
        "encoder": named(*encoder),
        "decoder": named(*decoder),
    }
    path = write_keras2(tmp_path / "m.h5", model, arrays)
    _, output, cell = keras2.lstm(X, *encoder)
    expected = keras2.lstm(X[:, :2], *decoder, states=(output, cell))[0]
    np.testing.assert_allclose(predicted(path, [X, X[:, :2]]), expected, atol=1e-6)


def test_calls_of_nested_models_were_counted_from_one(tmp_path: Path) -> None:
    kernel, bias = random_arrays(15, (3, 3), (3,))
    inner = sequential(layer("Dense", units=3, batch_input_shape=[None, 4, 3], activation="tanh"))
    inner["config"]["name"] = "inner"
    model = functional(
        [
            (input_layer("x", 4, 3), []),
            (inner, [[["x", 0, 0, {}]], [["inner", 1, 0, {}]]]),
            (layer("Add", name="add"), [[["inner", 1, 0, {}], ["inner", 2, 0, {}]]]),
        ],
        ["x"],
        "add",
    )
    arrays = {"x": [], "inner": [("kernel", kernel), ("bias", bias)], "add": []}
    path = write_keras2(tmp_path / "m.h5", model, arrays)
    once = np.tanh(X @ kernel + bias)
    np.testing.assert_allclose(predicted(path, X), once + np.tanh(once @ kernel + bias), atol=1e-6)


def test_small_layers_that_changed_their_arguments(tmp_path: Path) -> None:
    gamma, beta, mean, variance = np.abs(random_arrays(16, (3,), (3,), (3,), (3,)))
    model = sequential(
        layer("LeakyReLU", alpha=0.25, batch_input_shape=[None, 4, 3]),
        layer("BatchNormalization", axis=[2], momentum=0.99, epsilon=0.001, renorm=False),
        layer("ThresholdedReLU", name="threshold", theta=0.5),
        layer("SpatialDropout1D", name="drop", rate=0.5, noise_shape=None, seed=None),
    )
    statistics = zip(
        ("gamma", "beta", "moving_mean", "moving_variance"),
        (gamma, beta, mean, variance),
        strict=True,
    )
    arrays = {"leakyrelu": [], "batchnormalization": list(statistics), "threshold": [], "drop": []}
    path = write_keras2(tmp_path / "m.h5", model, arrays)
    x = np.where(X > 0, X, 0.25 * X)
    x = (x - mean) / np.sqrt(variance + 0.001) * gamma + beta
    np.testing.assert_allclose(predicted(path, X), np.where(x > 0.5, x, 0), atol=1e-5)


def attention_model(mask: bool) -> Json:
    attention = layer(
        "MultiHeadAttention",
        name="attention",
        num_heads=2,
        key_dim=2,
        value_dim=2,
        dropout=0.0,
        use_bias=False,
        output_shape=None,
        attention_axes=[1],
        query_shape=[None, 4, 3],
        key_shape=[None, 4, 3],
        value_shape=[None, 4, 3],
    )
    source = "masking" if mask else "x"
    masking = [(layer("Masking", mask_value=0.0), [[["x", 0, 0, {}]]])] if mask else []
    call = [[source, 0, 0, {"value": [source, 0, 0], "key": None, "training": None}]]
    return functional(
        [(input_layer("x", 4, 3), []), *masking, (attention, [call])], ["x"], "attention"
    )


def test_attention_takes_tensors_as_arguments_by_name(tmp_path: Path) -> None:
    weights = random_arrays(17, (3, 2, 2), (3, 2, 2), (3, 2, 2), (2, 2, 3))
    arrays = {"x": [], "attention": named(*weights, parts=("query", "key", "value", "out"))}
    path = write_keras2(tmp_path / "m.h5", attention_model(mask=False), arrays)
    np.testing.assert_allclose(predicted(path, X), keras2.attention(X, *weights), atol=1e-6)


@pytest.mark.parametrize(("version", "opens"), [("2.9.0", False), ("2.10.0", True)])
def test_attention_that_ignored_masks_is_refused(version: str, opens: bool, tmp_path: Path) -> None:
    weights = random_arrays(17, (3, 2, 2), (3, 2, 2), (3, 2, 2), (2, 2, 3))
    parts = ("query", "key", "value", "out")
    arrays = {"x": [], "masking": [], "attention": named(*weights, parts=parts)}
    path = write_keras2(tmp_path / "m.h5", attention_model(mask=True), arrays, version=version)
    if opens:
        assert read_model(path).model.output_shape == (None, 4, 3)
    else:
        with pytest.raises(ModelFileError, match="ignored masks before Keras 2.10"):
            read_model(path)


def test_names_with_slashes_are_written_anew(tmp_path: Path) -> None:
    kernel, bias = random_arrays(18, (3, 2), (2,))
    dense = layer("Dense", name="block/dense", units=2)
    model = functional(
        [(input_layer("x", 4, 3), []), (dense, [[["x", 0, 0, {}]]])], ["x"], "block/dense"
    )
    arrays = {"x": [], "block/dense": [("kernel", kernel), ("bias", bias)]}
    path = write_keras2(tmp_path / "m.h5", model, arrays)
    np.testing.assert_allclose(predicted(path, X), X @ kernel + bias, atol=1e-6)
