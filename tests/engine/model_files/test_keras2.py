"""Files as Keras 2 wrote them compute what Keras 2 computed, by formulas in NumPy."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from inspector.engine.model_files import read_model
from inspector.errors import ModelFileError
from tests.engine.model_files import keras2_numbers as keras2
from tests.engine.model_files.keras2_layers import (
    IDS,
    LSTM_SHAPES,
    Json,
    X,
    functional,
    input_layer,
    layer,
    named,
    notes,
    predicted,
    recurrent,
    sequential,
)
from tests.engine.model_files.making import KerasParts, random_arrays, write_keras2


def test_time_major_is_left_out(tmp_path: Path) -> None:
    weights = random_arrays(2, *LSTM_SHAPES)
    model = functional(
        [(input_layer("x", 4, 3), []), (recurrent(), [[["x", 0, 0, {}]]])], ["x"], "lstm"
    )
    path = write_keras2(tmp_path / "m.h5", model, {"x": [], "lstm": named(*weights)})
    np.testing.assert_allclose(predicted(path, X), keras2.lstm(X, *weights)[0], atol=1e-6)
    assert "`time_major=False` was left out" in notes(path)


def test_a_sequential_without_an_input_layer_takes_the_shape_of_its_first_layer(
    tmp_path: Path,
) -> None:
    weights, (kernel, bias) = random_arrays(3, *LSTM_SHAPES), random_arrays(4, (2, 5), (5,))
    model = sequential(
        recurrent(batch_input_shape=[None, 4, 3], return_sequences=False),
        layer("Dense", units=5, activation="softmax"),
    )
    arrays = {"lstm": named(*weights), "dense": [("kernel", kernel), ("bias", bias)]}
    path = write_keras2(tmp_path / "m.h5", model, arrays)
    expected = keras2.softmax(keras2.lstm(X, *weights)[1] @ kernel + bias)
    np.testing.assert_allclose(predicted(path, X), expected, atol=1e-6)
    assert read_model(path).model.input_shape == (None, 4, 3)
    assert "An input layer was put in front" in notes(path)


def test_a_sequential_that_is_a_list_is_wrapped(tmp_path: Path) -> None:
    (table,), weights = random_arrays(5, (5, 3)), random_arrays(6, *LSTM_SHAPES)
    model = {
        "class_name": "Sequential",
        "config": [
            layer(
                "Embedding",
                input_dim=5,
                output_dim=3,
                mask_zero=True,
                input_length=4,
                batch_input_shape=[None, 4],
            ),
            recurrent(recurrent_activation="hard_sigmoid"),
        ],
    }
    arrays = {"embedding": [("embeddings", table)], "lstm": named(*weights)}
    path = write_keras2(tmp_path / "m.h5", model, arrays, version="2.1.6")
    expected = keras2.lstm(table[IDS], *weights, gate=keras2.hard_sigmoid, mask=IDS != 0)[0]
    np.testing.assert_allclose(predicted(path, IDS), expected, atol=1e-6)
    assert "list of layers was wrapped" in notes(path)


def test_layers_inside_wrappers_need_no_module(tmp_path: Path) -> None:
    forward, backward = random_arrays(7, *LSTM_SHAPES), random_arrays(8, *LSTM_SHAPES)
    kernel, bias = random_arrays(9, (4, 2), (2,))
    model = sequential(
        layer(
            "Bidirectional",
            layer=recurrent(name="lstm"),
            merge_mode="concat",
            batch_input_shape=[None, 4, 3],
        ),
        layer("TimeDistributed", layer=layer("Dense", name="inner", units=2, activation="relu")),
    )
    both = [
        *((f"forward/{part}", a) for part, a in named(*forward)),
        *((f"backward/{part}", a) for part, a in named(*backward)),
    ]
    arrays = {"bidirectional": both, "timedistributed": [("kernel", kernel), ("bias", bias)]}
    path = write_keras2(tmp_path / "m.h5", model, arrays)
    there = keras2.lstm(X, *forward)[0]
    back = keras2.lstm(X[:, ::-1], *backward)[0][:, ::-1]
    expected = np.maximum(np.concatenate([there, back], axis=-1) @ kernel + bias, 0)
    np.testing.assert_allclose(predicted(path, X), expected, atol=1e-6)


HARD = {
    "the gates of an LSTM": recurrent(
        recurrent_activation="hard_sigmoid", batch_input_shape=[None, 4, 3]
    ),
    "a function described by name": recurrent(
        recurrent_activation={
            "class_name": "function",
            "config": "hard_sigmoid",
            "module": "builtins",
            "registered_name": "hard_sigmoid",
        },
        batch_input_shape=[None, 4, 3],
    ),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_sigmoid_is_that_of_keras_2(name: str, tmp_path: Path) -> None:
    weights = random_arrays(10, *LSTM_SHAPES)
    path = write_keras2(tmp_path / "m.h5", sequential(HARD[name]), {"lstm": named(*weights)})
    expected = keras2.lstm(X, *weights, gate=keras2.hard_sigmoid)[0]
    np.testing.assert_allclose(predicted(path, X), expected, atol=1e-6)
    assert "clip(0.2 x + 0.5, 0, 1)" in notes(path)


def test_hard_sigmoid_in_a_layer_of_its_own_and_in_dense(tmp_path: Path) -> None:
    kernel, bias = random_arrays(11, (3, 2), (2,))
    model = sequential(
        layer("Activation", activation="hard_sigmoid", batch_input_shape=[None, 4, 3]),
        layer("Dense", units=2, activation="hard_sigmoid"),
    )
    arrays = {"activation": [], "dense": [("kernel", kernel), ("bias", bias)]}
    path = write_keras2(tmp_path / "m.h5", model, arrays)
    expected = keras2.hard_sigmoid(keras2.hard_sigmoid(X) @ kernel + bias)
    np.testing.assert_allclose(predicted(path, X), expected, atol=1e-6)


def test_hard_sigmoid_in_a_file_of_keras_3_stays_that_of_keras_3(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4, 3)), keras.layers.Activation("hard_sigmoid")])
    model.save(tmp_path / "m.keras")
    np.testing.assert_allclose(
        predicted(tmp_path / "m.keras", X), np.clip(X / 6 + 0.5, 0, 1), atol=1e-6
    )


def test_hard_sigmoid_of_an_unknown_version_is_refused(tmp_path: Path) -> None:
    arrays = {"lstm": named(*random_arrays(10, *LSTM_SHAPES))}
    model = sequential(HARD["the gates of an LSTM"])
    path = write_keras2(tmp_path / "m.h5", model, arrays, version=None)
    with pytest.raises(ModelFileError, match="does not say which Keras wrote it"):
        read_model(path)


def test_a_loaded_model_with_the_old_hard_sigmoid_can_be_saved_and_loaded(tmp_path: Path) -> None:
    arrays = {"lstm": named(*random_arrays(10, *LSTM_SHAPES))}
    model = sequential(HARD["the gates of an LSTM"])
    loaded = read_model(write_keras2(tmp_path / "m.h5", model, arrays)).model
    loaded.save(tmp_path / "again.keras")
    again = keras.saving.load_model(tmp_path / "again.keras", safe_mode=True)
    np.testing.assert_allclose(again(X), loaded(X), atol=1e-6)


def test_loss_and_metrics_get_their_new_names(tmp_path: Path) -> None:
    kernel, bias = random_arrays(19, (3, 2), (2,))
    training = {
        "loss": {
            "class_name": "CategoricalCrossentropy",
            "config": {"reduction": "auto", "from_logits": True, "fn": "categorical_crossentropy"},
        },
        "metrics": [[{"class_name": "MeanMetricWrapper", "config": {"fn": "cosine_proximity"}}]],
        "weighted_metrics": None,
        "loss_weights": None,
        "optimizer_config": {"class_name": "Custom>Adam", "config": {"lr": 0.01, "decay": 0.0}},
    }
    model = sequential(layer("Dense", units=2, batch_input_shape=[None, 4, 3]))
    path = write_keras2(
        tmp_path / "m.h5",
        model,
        {"dense": [("kernel", kernel), ("bias", bias)]},
        training=training,
    )
    loaded = read_model(path)
    y = np.eye(2, dtype=np.float32)[np.ones((2, 4), int)]
    expected = -np.log(keras2.softmax(X @ kernel + bias)[..., 1]).mean()
    result = loaded.model.evaluate(X, y, verbose=0, return_dict=True)
    assert result["loss"] == pytest.approx(expected, rel=1e-5)
    assert "cosine_similarity" in result
    assert float(loaded.model.optimizer.learning_rate) == pytest.approx(0.01)


def test_the_keras_format_of_keras_2_is_translated_too(parts: KerasParts, tmp_path: Path) -> None:
    def as_keras_2(config: Json) -> None:
        for entry in config["config"]["layers"]:
            if entry["class_name"] == "LSTM":
                entry["config"]["time_major"] = False
                entry["config"]["recurrent_activation"] = "hard_sigmoid"

    path = parts.write(
        tmp_path / "m.keras",
        config=parts.edited(as_keras_2),
        metadata=b'{"keras_version": "2.13.1"}',
    )
    assert "clip(0.2 x + 0.5, 0, 1)" in notes(path)


REFUSED: dict[str, tuple[Json, dict[str, Any], str]] = {
    "time_major=True": (
        recurrent(time_major=True, batch_input_shape=[None, 4, 3]),
        {},
        "`time_major=True`",
    ),
    "renorm=True": (
        layer("BatchNormalization", renorm=True, batch_input_shape=[None, 4, 3]),
        {},
        "`renorm=True`",
    ),
    "causal=True": (
        layer("Attention", causal=True, batch_input_shape=[None, 4, 3]),
        {},
        "`causal=True`",
    ),
    "kernels of Theano": (
        layer("Conv1D", filters=2, kernel_size=[2], batch_input_shape=[None, 4, 3]),
        {"backend": "theano"},
        "Theano flips the kernels",
    ),
    "Keras 1": (
        layer("Dense", units=2, batch_input_shape=[None, 3]),
        {"version": "1.2.2"},
        "written by Keras 1.2.2",
    ),
    "CuDNNLSTM": (
        layer("CuDNNLSTM", units=2, batch_input_shape=[None, 4, 3]),
        {},
        "GPU-only layer of Keras 2",
    ),
    "an operator of Keras 2": (
        layer("TFOpLambda", function="math.multiply", batch_input_shape=[None, 4, 3]),
        {},
        "which Keras 3 cannot read",
    ),
    "a layer of Keras 1": (
        layer("Merge", mode="sum", batch_input_shape=[None, 3]),
        {},
        "a layer of Keras 1",
    ),
    "bilinear pixels": (
        layer("UpSampling2D", interpolation="bilinear", batch_input_shape=[None, 4, 4, 1]),
        {"version": "2.2.4"},
        "places the pixels differently",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_change_its_meaning_is_refused(name: str, tmp_path: Path) -> None:
    first, options, message = REFUSED[name]
    path = write_keras2(tmp_path / "m.h5", sequential(first), {}, **options)
    with pytest.raises(ModelFileError, match=message) as refusal:
        read_model(path)
    assert refusal.value.expected and refusal.value.todo
