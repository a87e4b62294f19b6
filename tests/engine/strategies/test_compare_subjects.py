"""Other models and batches: what they give, what cannot be compared, and what stays as it was."""

import json
import random

import keras
import numpy as np
import pytest

import inspector
from inspector.core.batch import Batch
from inspector.core.comparison import FIGURES
from inspector.core.requests import Watch
from inspector.core.trace import MaskState
from tests.engine.strategies.making import (
    dense_tagger,
    eager_functions,
    fresh,
    ids_batch,
)

QUICK = pytest.approx


def test_the_curve_over_batch_sizes_is_what_evaluate_reports() -> None:
    model, batch = dense_tagger(), ids_batch()

    def own(y: np.ndarray, p: np.ndarray) -> object:
        real = keras.ops.cast(keras.ops.not_equal(y, 0), "float32")
        loss = keras.losses.sparse_categorical_crossentropy(y, p) * real
        return keras.ops.sum(loss) / keras.ops.sum(real)

    keys = ["propagated", "no_mask", "sample_weight", "ignore_class", own]
    comparison = inspector.compare(model, batch, keys, batch_size=2)
    compiled = {
        "propagated": ("sparse_categorical_crossentropy", None),
        "sample_weight": ("sparse_categorical_crossentropy", batch.valid.astype("float32")),
        "ignore_class": (keras.losses.SparseCategoricalCrossentropy(ignore_class=0), None),
        "custom": (own, None),
    }
    for key, (loss, weight) in compiled.items():
        result, plain = comparison.result(key), fresh(model)
        plain.compile(loss=loss)
        assert [size for size, _ in result.by_batch_size] == [1, 2, 3]
        for size, value in result.by_batch_size:
            with eager_functions():
                seen = plain.evaluate(
                    batch.x, batch.y, sample_weight=weight, batch_size=size, verbose=0
                )
            assert value == QUICK(float(seen), abs=1e-6), (key, size)
            if size == comparison.batch_size:
                assert result.keras_value == QUICK(value, abs=1e-6)


def _legacy_numpy_state() -> np.ndarray:
    return np.random.get_state()[1].copy()  # noqa: NPY002 - that it is left alone is the point


def test_nothing_of_the_model_or_of_random_numbers_changes() -> None:
    model, batch = dense_tagger(), ids_batch()
    model.compile("adam", model.loss, metrics=["accuracy"])
    model.train_on_batch(batch.x, batch.y)
    variables = [*model.variables, *model.optimizer.variables]
    variables += [v for metric in model.metrics for v in metric.variables]
    before = [variable.numpy() for variable in variables]
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    compiled = model._compile_loss
    seeds = keras.src.random.seed_generator.global_seed_generator().state
    states = (random.getstate(), _legacy_numpy_state(), seeds.numpy())
    comparison = inspector.compare(model, batch)
    assert all(result.applicable for result in comparison.results if result.key != "mask_put_back")
    for variable, value in zip(variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)
    assert [len(layer._inbound_nodes) for layer in model.layers] == nodes
    assert model._compile_loss is compiled
    assert random.getstate() == states[0]
    np.testing.assert_array_equal(_legacy_numpy_state(), states[1])
    np.testing.assert_array_equal(seeds.numpy(), states[2])


def test_comparing_twice_gives_the_same() -> None:
    model, batch = dense_tagger(), ids_batch()
    first, second = (inspector.compare(model, batch, ["no_mask", "alone"]) for _ in range(2))
    assert first.to_dict() == second.to_dict()


class OwnTagger(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.embed = keras.layers.Embedding(4, 5, mask_zero=True)
        self.out = keras.layers.Dense(4, "softmax")

    def call(self, x: object) -> object:
        return self.out(self.embed(x) * 2.0)


def test_a_subclassed_model_gets_all_that_needs_no_rebuilding() -> None:
    model, batch = OwnTagger(), ids_batch()
    model.compile("sgd", "sparse_categorical_crossentropy")
    comparison = inspector.compare(model, batch)
    assert all(result.applicable for result in comparison.results)
    back = comparison.result("mask_put_back")
    assert back.mask_at_loss is MaskState.CORRECT
    assert back.keras_value == QUICK(back.mean_over_valid, abs=1e-6)
    assert comparison.result("propagated").mask_at_loss is MaskState.ABSENT


@pytest.mark.parametrize(
    ("key", "changed", "reason"),
    [
        ("ignore_class", {"loss": "mse"}, "argument of the sparse cross-entropy"),
        ("loss_from_targets", {"y": [[0, 0, 0, 2]]}, "look alike"),
        ("lengths_reversed", {"x": [[0, 1, 0, 2]]}, "not all on one side"),
        ("other_side", {"x": [[1, 2, 1, 2]]}, "no padding to move"),
    ],
)
def test_what_cannot_be_applied_says_why(key: str, changed: dict, reason: str) -> None:
    x = np.array(changed.get("x", [[0, 0, 1, 2]]), np.int32)
    y = np.array(changed.get("y", x), np.int32)
    model = dense_tagger()
    if "loss" in changed:
        y = np.eye(4, dtype="float32")[y]
        model.compile("sgd", changed["loss"])
    comparison = inspector.compare(model, Batch(x, y, x != 0, x != 0), [key, "no_mask"])
    assert not comparison.result(key).applicable
    assert reason in comparison.result(key).reason
    assert comparison.result("no_mask").applicable


@pytest.mark.parametrize(
    "rows",
    [((0, 0, 0), (0, 1, 2)), ((0, 0), (0, 0)), ((0, 1, 2),), ((1,), (0,))],
    ids=["padding row", "padding batch", "one row", "one timestep"],
)
def test_small_batches_give_numbers_or_nothing_but_never_nan(rows: tuple) -> None:
    comparison = inspector.compare(dense_tagger(), ids_batch(rows))
    text = comparison.to_json()  # Refuses NaN.
    valid = np.array(rows) != 0
    for result in comparison.applicable:
        for figure in FIGURES:
            value = getattr(result, figure)
            assert value is None or np.isfinite(value), (result.key, figure)
    masked = comparison.result("propagated")
    if not valid.any():
        assert masked.keras_value == 0.0
        assert masked.mean_over_valid is None and masked.notes
        assert not comparison.result("alone").applicable
        assert "No timestep of this batch is real" in comparison.result("alone").reason
    else:
        assert masked.keras_value == QUICK(masked.mean_over_valid, abs=1e-6)
    assert json.loads(text)["strategies"] and str(comparison) and comparison._repr_html_()


def test_half_precision_is_compared_within_its_own_error() -> None:
    model, batch = dense_tagger(dtype="mixed_float16"), ids_batch()
    comparison = inspector.compare(model, batch)
    with eager_functions():
        plain = fresh(model)
        plain.compile(loss="sparse_categorical_crossentropy")
        value = float(plain.evaluate(batch.x, batch.y, batch_size=3, verbose=0))
    assert comparison.result("propagated").keras_value == QUICK(value, abs=1e-6)
    assert comparison.result("alone").gradient_cosine == QUICK(1.0)
    assert comparison.result("loss_from_targets").gradient_cosine == QUICK(1.0, abs=1e-2)


def test_one_answer_a_sentence_has_no_timestep_to_leave_out() -> None:
    batch = ids_batch()
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(4, 5, mask_zero=True),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(2, "softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    labelled = Batch(batch.x, np.array([0, 1, 1]), batch.valid)
    comparison = inspector.compare(model, labelled)
    usable = [result.key for result in comparison.applicable]
    assert usable == ["no_mask", "propagated", "other_side", "alone"]
    values = [result.keras_value for result in comparison.applicable]
    assert values == QUICK([values[0]] * 4, abs=1e-5)
    assert "no difference" in comparison.conclusion


class OwnTotal(keras.Model):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return 2.0 * keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, y_pred))


def test_a_model_with_a_number_of_its_own_keeps_it() -> None:
    plain, batch = dense_tagger(), ids_batch()
    model = OwnTotal(plain.inputs[0], plain.outputs[0])
    model.compile("sgd", "sparse_categorical_crossentropy")
    comparison = inspector.compare(model, batch, ["propagated", "no_mask", "other_side"])
    with eager_functions():
        value = float(model.evaluate(batch.x, batch.y, verbose=0))
    assert comparison.result("propagated").keras_value == QUICK(value, abs=1e-6)
    assert comparison.result("no_mask").keras_value == QUICK(value / 2, abs=1e-6)
    assert not comparison.result("other_side").applicable


def test_penalties_of_activations_are_known_for_one_batch_size_only() -> None:
    model, batch = dense_tagger(), ids_batch()
    model.layers[-1].activity_regularizer = keras.regularizers.L2(0.1)
    comparison = inspector.compare(model, batch, ["propagated"], batch_size=2)
    sizes = dict(comparison.result("propagated").by_batch_size)
    assert sizes[1] is None
    assert comparison.result("propagated").keras_value == QUICK(sizes[2], abs=1e-6)
    assert comparison.penalty > 0
    with eager_functions():
        value = float(model.evaluate(batch.x, batch.y, batch_size=2, verbose=0))
    assert sizes[2] == QUICK(value, abs=1e-6)


def test_weights_that_are_no_numbers_give_no_numbers() -> None:
    model = dense_tagger()
    model.set_weights([weight * np.nan for weight in model.get_weights()])
    comparison = inspector.compare(model, ids_batch())
    for result in comparison.applicable:
        assert result.keras_value is None and result.gradient_cosine is None
        assert "zero" not in " ".join(result.notes)
    assert comparison.to_json() and "None of these strategies" in comparison.conclusion


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"strategies": ["nonsense"]}, inspector.InspectorError, "no strategy 'nonsense'"),
        ({"strategies": []}, inspector.InspectorError, "No strategy was asked for"),
        ({"batch": "text"}, inspector.BatchError, "is a str"),
        ({"batch": Batch([[1]], None, [[True]])}, inspector.BatchError, "no targets"),
        ({"model": 3}, inspector.ModelError, "int"),
    ],
)
def test_what_cannot_be_compared_is_explained(arguments: dict, error: type, said: str) -> None:
    asked = {"model": dense_tagger(), "batch": ids_batch(), "strategies": None} | arguments
    with pytest.raises(error, match=said):
        inspector.compare(asked["model"], asked["batch"], asked["strategies"])


def test_a_comparison_can_be_stopped() -> None:
    asked: list[str] = []

    def cancelled() -> bool:
        return len(asked) >= 3

    watch = Watch(lambda done, total, what: asked.append(what), cancelled)
    with pytest.raises(inspector.InspectorError, match="stopped"):
        inspector.compare(dense_tagger(), ids_batch(), watch=watch)
    assert len(asked) == 3
