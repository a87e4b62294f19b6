"""Inspecting leaves everything as it was: the model, Keras, other threads, and memory."""

import copy
import gc
import resource
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import inspector

pytestmark = [
    # Keras says so of models with layers that are never called, and of `Sequential` as a layer.
    pytest.mark.filterwarnings("ignore:`build.*was called on layer:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*inner.*destroy the mask:UserWarning"),
]
SPARSE = "sparse_categorical_crossentropy"
RANDOM = np.random.default_rng(5)
X = RANDOM.integers(1, 9, (4, 6))
X[0, 3:] = X[1, 5:] = X[2, 1:] = 0
Y = RANDOM.integers(0, 3, (4, 6))
WEIGHTS = RANDOM.uniform(0.5, 2.0, (4, 6)).astype("float32")


def embed() -> layers.Layer:
    return layers.Embedding(9, 4, mask_zero=True, name="embed")


class Subclassed(keras.Model):
    """Counts its calls in a variable, has dropout, and reports an added loss."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.drop = embed(), layers.Dropout(0.4, seed=2)
        self.read = layers.SimpleRNN(4, return_sequences=True)
        self.tags = layers.Dense(3, activation="softmax")
        self.calls = self.add_weight(name="calls", shape=(), initializer="zeros", trainable=False)
        self.unused = layers.Dense(2)

    def call(self, x: Any, training: bool = False) -> Any:
        self.calls.assign_add(1.0)
        hidden = self.drop(self.embed(x), training=training)
        self.add_loss(keras.ops.mean(hidden**2))
        return self.tags(self.read(hidden))


def subclassed() -> keras.Model:
    return Subclassed()


def stack(*middle: layers.Layer, rows: int | None = None) -> keras.Model:
    inputs = keras.Input((None,), dtype="int32", batch_size=rows)
    hidden = embed()(inputs)
    for layer in middle:
        hidden = layer(hidden)
    return keras.Model(inputs, layers.Dense(3, activation="softmax", name="tags")(hidden))


def stateful() -> keras.Model:
    return stack(layers.GRU(3, return_sequences=True, stateful=True, name="stateful"), rows=4)


def statistics() -> keras.Model:
    return stack(
        layers.BatchNormalization(name="statistics"),
        layers.Dropout(0.4, seed=1),
        layers.Dense(3, activation="relu", activity_regularizer="l2"),
    )


def nested() -> keras.Model:
    inner = keras.Sequential(
        [layers.GaussianNoise(0.3, seed=4), layers.BatchNormalization(momentum=0.5)],
        name="inner",
    )
    return stack(inner, layers.TimeDistributed(layers.Dropout(0.2)))


MODELS: dict[str, Callable[[], keras.Model]] = {
    f.__name__: f for f in (subclassed, stateful, statistics, nested)
}


def made(kind: str, eagerly: bool = False) -> keras.Model:
    """The same model each time: compiled, with metrics, and trained for one step."""
    keras.utils.set_random_seed(1)
    model = MODELS[kind]()
    metrics = {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]}
    model.compile("adam", SPARSE, jit_compile=False, run_eagerly=eagerly, **metrics)
    model.fit(X, Y, sample_weight=WEIGHTS, batch_size=4, verbose=0)
    return model


def state_of(model: keras.Model) -> dict[str, Any]:
    """Every number that a model, its optimizer and its metrics hold."""
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    numbers = {f"{position} {v.path}": np.array(v.numpy()) for position, v in enumerate(variables)}
    compiled = {
        "loss": id(model._compile_loss),
        "metrics": id(model._compile_metrics),
        "optimizer": id(model.optimizer),
        "config": copy.deepcopy(model.get_compile_config()),
        "functions": [id(model.train_function), id(model.test_function)],
    }
    return {**numbers, **compiled, "attributes": attributes_of(model)}


def attributes_of(model: keras.Model) -> dict[str, Any]:
    """What hangs on each layer: names of attributes, and the values of plain ones."""
    found: dict[str, Any] = {}
    for layer in [model, *model._flatten_layers(include_self=False)]:
        found[layer.name] = {
            key: value if isinstance(value, (bool, int, float, str, type(None))) else type(value)
            for key, value in vars(layer).items()
        }
        found[layer.name]["losses"] = len(layer._losses)
        found[layer.name]["callables"] = (layer.call.__func__, layer.compute_mask.__func__)
    return found


def global_seed() -> list[int]:
    """The state that layers without a seed of their own draw from."""
    return keras.src.random.seed_generator.global_seed_generator().state.numpy().tolist()


def assert_equal_states(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert before.keys() == after.keys()
    for key, value in before.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, after[key], err_msg=key)
        else:
            assert value == after[key], key


@pytest.mark.parametrize("kind", MODELS)
def test_nothing_of_the_model_changes_and_a_twin_trains_alike(kind: str) -> None:
    eagerly = kind in ("statistics", "nested")  # Tracing four functions of each takes seconds.
    model, twin = made(kind, eagerly), made(kind, eagerly)
    before = state_of(model)
    drawn = global_seed()
    for training in (False, True):
        inspector.inspect(model, X, Y, training=training, sample_weight=WEIGHTS, leaks=training)
    inspector.inspect(model, X, Y, loss="mse" if kind == "nested" else SPARSE, leaks=False)
    assert_equal_states(before, state_of(model))
    assert global_seed() == drawn
    trained = [
        m.fit(X, Y, sample_weight=WEIGHTS, batch_size=4, epochs=2, shuffle=False, verbose=0).history
        for m in (model, twin)
    ]
    assert trained[0] == trained[1]
    assert model.evaluate(X, Y, verbose=0) == twin.evaluate(X, Y, verbose=0)
    np.testing.assert_array_equal(model.predict(X, verbose=0), twin.predict(X, verbose=0))


def test_a_model_that_was_never_called_is_built_and_no_more() -> None:
    model = keras.Sequential([embed(), layers.Dropout(0.4, seed=1), layers.Dense(3)])
    model.compile("adam", "mse", jit_compile=False)
    inspector.inspect(model, X, np.zeros((4, 6, 3)))
    assert int(model.optimizer.iterations.numpy()) == 0
    assert all(not variable.numpy().any() for variable in model.metrics_variables)
    (seeds,) = [v.numpy() for v in model.non_trainable_variables if "seed" in v.path]
    np.testing.assert_array_equal(seeds, np.array([1, 0]))


def test_a_model_that_fails_is_left_as_it_was() -> None:
    model = made("statistics")
    before = state_of(model)
    assert inspector.inspect(model, X + 100, Y).raises is not None
    assert inspector.inspect(model, X, Y + 100).raises is not None
    assert_equal_states(before, state_of(model))
    assert inspector.inspect(model, X, Y).raises is None


def test_building_and_calling_work_as_before_afterwards() -> None:
    inspector.inspect(made("statistics"), X, Y)
    inputs = keras.Input((None, 4))
    with pytest.warns(UserWarning, match="destroy the mask"):
        layers.Conv1D(2, 1)(layers.Masking()(inputs))
    outputs = layers.Masking()(np.zeros((1, 2, 3), "float32"))
    assert outputs._keras_mask is not None


def answer(model: keras.Model, x: Any) -> dict[str, Any]:
    said = inspector.inspect(model, x, Y).to_dict()
    return {key: said[key] for key in ("steps", "stop", "mask_at_loss", "loss", "leak", "findings")}


def batches(count: int) -> list[Any]:
    """Batches of one shape with different padding."""
    found = []
    for number in range(count):
        ids = np.random.default_rng(number).integers(1, 9, (4, 6))
        ids[number % 4, number % 5 + 1 :] = 0
        found.append(ids)
    return found


def leaking() -> keras.Model:
    with pytest.warns(UserWarning, match="destroy the mask"):
        model = stack(layers.Conv1D(3, 3, padding="same", name="mixing"))
    model.compile("adam", SPARSE, jit_compile=False)
    return model


@pytest.mark.parametrize("threads", [2, 8])
def test_threads_agree_with_one_after_the_other(threads: int) -> None:
    right, wrong = MODELS["statistics" if threads == 8 else "subclassed"](), leaking()
    right.compile("sgd", SPARSE, jit_compile=False)
    # Every thread inspects both models; nothing is warm for the first ones.
    work = [(model, x) for x in batches(threads) for model in (right, wrong)]
    start = threading.Barrier(threads)

    def run(number: int) -> list[dict[str, Any]]:
        start.wait()
        return [answer(*work[index]) for index in range(number, len(work), threads)]

    with ThreadPoolExecutor(threads) as pool:
        parallel = list(pool.map(run, range(threads)))
    for number in range(threads):
        serial = [answer(*work[index]) for index in range(number, len(work), threads)]
        for got, wanted in zip(parallel[number], serial, strict=True):
            assert rounded(got) == rounded(wanted)


def rounded(value: Any) -> Any:
    """Floats up to the order in which threads add numbers."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return pytest.approx(value, rel=1e-4) if isinstance(value, float) else value


def test_training_in_one_thread_while_another_inspects() -> None:
    model, other = made("statistics"), made("nested")
    twin = made("statistics")
    with ThreadPoolExecutor(2) as pool:
        told = [pool.submit(answer, other, X) for _ in range(3)]
        history = model.fit(X, Y, batch_size=4, epochs=5, shuffle=False, verbose=0).history
        answers = [future.result() for future in told]
    assert history == twin.fit(X, Y, batch_size=4, epochs=5, shuffle=False, verbose=0).history
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("kind", ["statistics", "subclassed"])
def test_nothing_of_a_model_is_kept_when_it_is_gone(kind: str) -> None:
    model = MODELS[kind]()
    model.compile("sgd", SPARSE)
    inspection = inspector.inspect(model, X, Y)
    inspector.inspect(model, X, Y, loss=keras.losses.SparseCategoricalCrossentropy())
    references = [weakref.ref(model), *(weakref.ref(layer) for layer in model.layers)]
    del model
    keras.backend.clear_session()
    gc.collect()
    assert [reference() for reference in references] == [None] * len(references)
    assert inspection.diagnosis.healthy in (True, False)  # the answer outlives the model


def test_memory_does_not_grow_with_inspections() -> None:
    model = made("statistics")

    def inspect_all(count: int) -> None:
        for x in batches(count):
            inspector.inspect(model, x, Y)

    inspect_all(10)
    gc.collect()
    objects, kilobytes = len(gc.get_objects()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    inspect_all(50)
    gc.collect()
    assert len(gc.get_objects()) - objects < 500
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - kilobytes < 20_000
