"""Good files of every kind load, and the model predicts what the saved one predicted."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

import inspector
from inspector.engine.model_files import LoadedModel, read_model

VECTORS = np.random.default_rng(0).normal(size=(3, 4, 3)).astype(np.float32)
VECTORS[0, 2:] = 0
IDS = np.array([[1, 2, 0, 0], [3, 1, 4, 2], [2, 0, 0, 0]])


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((None,)),
            layers.Embedding(5, 3, mask_zero=True),
            layers.LSTM(2, return_sequences=True),
            layers.Dense(2, kernel_regularizer="l2", bias_constraint="non_neg"),
        ]
    )


def operators() -> keras.Model:
    inputs = keras.Input((4, 3))
    x = layers.Masking()(inputs)
    x = x * 2.0 - inputs
    x = keras.ops.where(x > 0, x, -x)[:, 1:, ::2]
    x = keras.ops.concatenate([x, keras.ops.mean(x, axis=-1, keepdims=True)], axis=-1)
    return keras.Model(inputs, keras.ops.softmax(keras.ops.transpose(x, (0, 2, 1)), axis=1))


def nested() -> keras.Model:
    shared = keras.Sequential([keras.Input((4, 3)), layers.GRU(3, return_sequences=True)])
    ends = keras.Input((4, 3))
    inner = keras.Model(ends, layers.Dense(3, activation="tanh")(ends))
    inputs = keras.Input((4, 3))
    x = inner(shared(inputs))
    return keras.Model(inputs, [layers.Add()([x, inner(x)]), shared(x)])


def wrappers() -> keras.Model:
    inputs = keras.Input((4, 3))
    x = layers.Masking()(inputs)
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True), merge_mode="sum")(x)
    x = layers.TimeDistributed(layers.Dense(3, activation=layers.LeakyReLU(0.1)))(x)
    x = layers.RNN([layers.LSTMCell(2), layers.GRUCell(2)], return_sequences=True)(x)
    return keras.Model(inputs, x)


def attention() -> keras.Model:
    inputs = keras.Input((4,), dtype="int32")
    x = layers.Embedding(5, 4, mask_zero=True)(inputs)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 2)(x, x, use_causal_mask=True)])
    x = layers.LayerNormalization()(x)
    x = layers.Attention(use_scale=True)([x, x])
    return keras.Model(inputs, layers.GlobalAveragePooling1D()(x))


def shared_layer_in_wrapper() -> keras.Model:
    dense = layers.Dense(3)
    inputs = keras.Input((4, 3))
    return keras.Model(inputs, layers.TimeDistributed(dense)(dense(inputs)))


def mixed_precision() -> keras.Model:
    inputs = keras.Input((4, 3))
    x = layers.SimpleRNN(2, return_sequences=True, dtype="mixed_bfloat16")(inputs)
    return keras.Model(inputs, layers.Dense(2, dtype="float32")(x))


def half_weights() -> keras.Model:
    return keras.Sequential([keras.Input((4, 3)), layers.Dense(2, dtype="bfloat16")])


def statistics() -> keras.Model:
    inputs = keras.Input((4, 3))
    x = layers.BatchNormalization()(inputs)
    x = layers.Normalization(mean=[0.5, 1.0, 2.0], variance=[1.0, 2.0, 3.0])(x)
    x = layers.SpectralNormalization(layers.Dense(3))(layers.Dropout(0.5)(x))
    return keras.Model(inputs, layers.Conv1D(2, 3, padding="causal")(x))


def states() -> keras.Model:
    source = keras.Input((None, 3), name="source")
    target = keras.Input((None, 3), name="target")
    _, *final = layers.LSTM(2, return_state=True)(source)
    x = layers.LSTM(2, return_sequences=True)(target, initial_state=final)
    return keras.Model({"source": source, "target": target}, {"out": x})


MODELS: dict[str, tuple[Callable[[], keras.Model], object]] = {
    "sequential": (sequential, IDS),
    "operators": (operators, VECTORS),
    "nested and shared models": (nested, VECTORS),
    "wrappers and cells": (wrappers, VECTORS),
    "attention": (attention, IDS),
    "a layer inside and outside a wrapper": (shared_layer_in_wrapper, VECTORS),
    "mixed precision": (mixed_precision, VECTORS),
    "half precision weights": (half_weights, VECTORS),
    "statistics and random layers": (statistics, VECTORS),
    "states, inputs and outputs by name": (states, {"source": VECTORS, "target": VECTORS}),
}
# Keras itself cannot write these as .h5, or reads them back with other weights.
ONLY_KERAS = {"half precision weights", "a layer inside and outside a wrapper"}


def assert_same_predictions(loaded: keras.Model, saved: keras.Model, x: object) -> None:
    for got, expected in zip(
        keras.tree.flatten(loaded(x)), keras.tree.flatten(saved(x)), strict=True
    ):
        np.testing.assert_allclose(
            keras.ops.cast(got, "float32"), keras.ops.cast(expected, "float32"), atol=1e-6
        )


def randomized(model: keras.Model) -> keras.Model:
    random = np.random.default_rng(7)
    for weight in model.weights:
        if weight.dtype.startswith(("float", "bfloat")):
            weight.assign(np.abs(random.normal(size=weight.shape)) + 0.1)
    return model


def check_round_trip(name: str, path: Path) -> LoadedModel:
    make, x = MODELS[name]
    model = randomized(make())
    model.save(path)
    before = path.read_bytes()
    loaded = read_model(path)
    assert_same_predictions(loaded.model, model, x)
    assert [layer.name for layer in loaded.model.layers] == [layer.name for layer in model.layers]
    assert loaded.digest == hashlib.sha256(before).hexdigest()
    assert path.read_bytes() == before
    return loaded


@pytest.mark.parametrize("name", MODELS)
def test_a_keras_file_predicts_what_was_saved(name: str, tmp_path: Path) -> None:
    check_round_trip(name, tmp_path / "model.keras")


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("name", [name for name in MODELS if name not in ONLY_KERAS])
def test_an_h5_file_of_keras_3_predicts_what_was_saved(name: str, tmp_path: Path) -> None:
    check_round_trip(name, tmp_path / "model.h5")


def test_the_sample_model_loads_compiled_and_without_notes(project: Path) -> None:
    loaded = read_model(project / "sample_data" / "question.keras")
    assert loaded.model.compiled and loaded.notes == ()
    model = inspector.load_model(str(project / "sample_data" / "question.keras"))
    assert isinstance(model, keras.Model)


def test_loss_metrics_and_optimizer_are_restored(functional: keras.Model, keras_file: Path) -> None:
    loaded = read_model(keras_file).model
    y = np.eye(2, dtype=np.float32)[np.zeros((3, 4), int)]
    expected = functional.evaluate(VECTORS, y, verbose=0, return_dict=True)
    assert loaded.evaluate(VECTORS, y, verbose=0, return_dict=True) == pytest.approx(expected)
    assert type(loaded.optimizer) is type(functional.optimizer)


def test_losses_for_each_output_are_restored(tmp_path: Path) -> None:
    inputs = keras.Input((4, 3))
    outputs = {"a": layers.Dense(2, name="a")(inputs), "b": layers.Dense(1, name="b")(inputs)}
    model = keras.Model(inputs, outputs)
    model.compile(
        "adam",
        loss={"a": keras.losses.CategoricalCrossentropy(True, 0.1), "b": "mae"},
        loss_weights={"a": 0.5, "b": 2.0},
        metrics={"a": [keras.metrics.MeanSquaredError(name="error")], "b": None},
    )
    model.save(tmp_path / "model.keras")
    y = {"a": np.ones((3, 4, 2)), "b": np.ones((3, 4, 1))}
    loaded = read_model(tmp_path / "model.keras")
    expected = model.evaluate(VECTORS, y, verbose=0)
    np.testing.assert_allclose(loaded.model.evaluate(VECTORS, y, verbose=0), expected, rtol=1e-5)


def test_a_custom_loss_leaves_the_model_uncompiled_and_says_so(tmp_path: Path) -> None:
    def my_loss(y_true: object, y_pred: object) -> object:
        return keras.ops.mean(y_true - y_pred)

    model = keras.Sequential([keras.Input((4, 3)), layers.Dense(2)])
    model.compile("adam", loss=my_loss)
    model.save(tmp_path / "model.keras")
    loaded = read_model(tmp_path / "model.keras")
    assert not loaded.model.compiled
    assert any("my_loss" in note and "not restored" in note for note in loaded.notes)
    allowed = read_model(tmp_path / "model.keras", custom_objects={"my_loss": my_loss})
    assert allowed.model.compiled and allowed.notes == ()


def test_a_custom_metric_is_left_out_and_the_loss_is_kept(tmp_path: Path) -> None:
    def my_metric(y_true: object, y_pred: object) -> object:
        return keras.ops.mean(y_true - y_pred)

    model = keras.Sequential([keras.Input((4, 3)), layers.Dense(2)])
    model.compile("adam", loss="mse", metrics=[my_metric])
    model.save(tmp_path / "model.keras")
    loaded = read_model(tmp_path / "model.keras")
    assert loaded.model.compiled
    assert any("my_metric" in note for note in loaded.notes)


def test_an_argument_of_a_loss_that_keras_does_not_save_is_told(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4, 3)), layers.Dense(2)])
    model.compile("adam", loss=keras.losses.Huber(delta=2.0))
    model.save(tmp_path / "model.keras")
    assert any("`delta`" in note for note in read_model(tmp_path / "model.keras").notes)


def test_an_uncompiled_model_says_what_to_choose(tmp_path: Path) -> None:
    keras.Sequential([keras.Input((4, 3)), layers.Dense(2)]).save(tmp_path / "model.keras")
    loaded = read_model(tmp_path / "model.keras")
    assert loaded.notes == (
        "The model was not compiled. Choose a loss, or look at masks and leaks only.",
    )


@pytest.mark.parametrize(
    ("shape", "noted"), [((3,), True), ((8, 8, 3), True), ((4, 3), False), ((None, 3), False)]
)
def test_a_model_without_timesteps_loads_with_a_note(
    shape: tuple[int, ...], noted: bool, tmp_path: Path
) -> None:
    keras.Sequential([keras.Input(shape), layers.Dense(2)]).save(tmp_path / "model.keras")
    notes = read_model(tmp_path / "model.keras").notes
    assert any("no axis of timesteps" in note for note in notes) is noted


def test_the_first_bytes_decide_and_not_the_name(keras_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes(keras_file.read_bytes())
    assert "it was read as one" in read_model(path).notes[0]


def test_a_long_sequential_is_built_once(tmp_path: Path) -> None:
    stack = [layers.Dense(2, name=f"dense_{number}") for number in range(40)]
    model = keras.Sequential([keras.Input((4, 3)), *stack])
    model.save(tmp_path / "model.keras")
    assert_same_predictions(read_model(tmp_path / "model.keras").model, model, VECTORS)
