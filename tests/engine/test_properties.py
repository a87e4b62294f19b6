"""What must hold for any stack of layers, any padding and any built-in loss."""

import functools
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import layers

import inspector
from inspector.core.inspection import Inspection
from inspector.core.truth import Truth
from inspector.engine.forward.losses import COMPILED
from inspector.engine.forward.rows import forward
from inspector.engine.inspection.question import Question

# Building models whose masks are destroyed is what these tests are for.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support mask:UserWarning")

SPARSE = "sparse_categorical_crossentropy"
ROWS, TIMESTEPS, WIDTH, CLASSES = 4, 6, 4, 3
# A new stack costs about a second, a new batch for it a hundredth: few stacks, many batches.
few = settings(max_examples=6, derandomize=True, deadline=None, database=None)
more = settings(max_examples=12, derandomize=True, deadline=None, database=None)


@st.composite
def paddings(draw: Any) -> np.ndarray:
    """`valid`: left, right, gappy, none, or nothing but padding in some rows; one row is real."""
    rows = []
    for _ in range(ROWS):
        kind = draw(st.sampled_from(["right", "left", "gappy", "none", "empty"]))
        length = draw(st.integers(1, TIMESTEPS))
        row = np.arange(TIMESTEPS) < length
        if kind == "left":
            row = row[::-1]
        elif kind == "gappy":
            row = np.array(draw(st.lists(st.booleans(), min_size=TIMESTEPS, max_size=TIMESTEPS)))
        elif kind != "right":
            row = np.full(TIMESTEPS, kind == "none")
        rows.append(row)
    valid = np.array(rows)
    if not valid.any():
        valid[0, 0] = True
    return valid


def ids_for(valid: np.ndarray, seed: int) -> np.ndarray:
    ids = np.random.default_rng(seed).integers(1, 9, valid.shape)
    return np.where(valid, ids, 0)


# Layers that use the mask, or work on each timestep by itself: padding cannot reach real timesteps.
SAFE: dict[str, Any] = {
    "SimpleRNN": lambda: layers.SimpleRNN(WIDTH, return_sequences=True),
    "GRU": lambda: layers.GRU(WIDTH, return_sequences=True),
    "Bidirectional": lambda: layers.Bidirectional(
        layers.SimpleRNN(WIDTH // 2, return_sequences=True)
    ),
    "Dense": lambda: layers.Dense(WIDTH, "tanh", activity_regularizer="l2"),
    "LayerNormalization": lambda: layers.LayerNormalization(),
    "TimeDistributed": lambda: layers.TimeDistributed(layers.Dense(WIDTH)),
    "Activation": lambda: layers.Activation("tanh"),
    "Dropout": lambda: layers.Dropout(0.3),
    "regularized": lambda: layers.Dense(WIDTH, kernel_regularizer="l2"),
}
# Layers that mix neighbouring or all timesteps without a look at the mask.
MIXING: dict[str, Any] = {
    "Conv1D": lambda: layers.Conv1D(WIDTH, 3, padding="same"),
    "AveragePooling1D": lambda: layers.AveragePooling1D(3, 1, padding="same"),
    "SeparableConv1D": lambda: layers.SeparableConv1D(WIDTH, 3, padding="same"),
    "EinsumDense": lambda: layers.EinsumDense("btw,ts->bsw", output_shape=(TIMESTEPS, WIDTH)),
}
safe_stacks = st.lists(st.sampled_from(sorted(SAFE)), min_size=1, max_size=3).map(tuple)


@functools.cache
def stack(names: tuple[str, ...]) -> keras.Model:
    """Embedding, the named layers, softmax; equal names give the same model."""
    keras.utils.set_random_seed(len(names))
    inputs = keras.Input((TIMESTEPS,), dtype="int32")
    hidden = layers.Embedding(9, WIDTH, mask_zero=True)(inputs)
    for name in names:
        hidden = {**SAFE, **MIXING}[name]()(hidden)
    model = keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(hidden))
    for variable in model.trainable_weights:  # biases too, and of a size that shows
        variable.assign(np.random.default_rng(1).normal(0, 0.5, variable.shape))
    model.compile("sgd", SPARSE, jit_compile=False)
    return model


def classes(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, CLASSES, (ROWS, TIMESTEPS))


def evaluated(model: keras.Model, x: Any, y: Any, **options: Any) -> float:
    return float(model.evaluate(x, y, **{"batch_size": ROWS, "verbose": 0, **options}))


@few
@given(names=safe_stacks, batches=st.lists(paddings(), min_size=3, max_size=3))
def test_a_stack_that_cannot_leak_is_never_accused(
    names: tuple[str, ...], batches: list[np.ndarray]
) -> None:
    model = stack(names)
    for seed, valid in enumerate(batches):
        x, y = ids_for(valid, seed), classes(seed)
        inspection = inspector.inspect(model, x, y, valid=valid)
        said = inspection.to_dict()
        assert said["leak"]["predictions"] is False and said["leak"]["batch_dependent"] is False
        assert said["leak"]["pad_invariant"] is not False
        assert said["mask_at_loss"] == "correct" and said["stop"] is None
        assert said["loss"]["counts_padding"] is False and said["loss"]["ignores_valid"] is False
        assert {finding.severity.value for finding in inspection.findings} <= {"note", "risk"}
        assert inspection.diagnosis.healthy
        check_numbers(model, x, y, inspection)


@few
@given(
    before=st.lists(st.sampled_from(sorted(SAFE)), max_size=1),
    mixing=st.sampled_from(sorted(MIXING)),
    batches=st.lists(paddings(), min_size=3, max_size=3),
)
def test_a_stack_with_a_layer_that_mixes_timesteps_always_is(
    before: list[str], mixing: str, batches: list[np.ndarray]
) -> None:
    model = stack((*before, mixing, "Dense"))
    for seed, valid in enumerate(batches):
        valid = valid.copy()
        valid[0] = [True, True, False, True, True, False]  # padding beside real timesteps
        x, y = ids_for(valid, seed), classes(seed)
        inspection = inspector.inspect(model, x, y, valid=valid)
        said = inspection.to_dict()
        assert said["leak"]["predictions"] is True
        mixer = next(s for s in inspection.trace.steps if s.class_name == mixing)
        assert said["leak"]["first_layer"] == mixer.name
        assert said["loss"]["counts_padding"] is True and said["mask_at_loss"] == "absent"
        codes = [finding.code for finding in inspection.findings]
        assert {"padding_in_loss", "padding_changes_predictions"} <= set(codes)
        assert not inspection.diagnosis.healthy
        check_numbers(model, x, y, inspection)


def check_numbers(model: keras.Model, x: Any, y: Any, inspection: Inspection) -> None:
    """The trace predicts what the model does, and the weights explain Keras's value."""
    question = Question(model, inspection.batch, Truth(()), ROWS)
    traced = forward(question, (COMPILED,))
    np.testing.assert_allclose(traced.predictions, model(x), rtol=1e-4, atol=1e-6)
    ledger = inspection.losses
    assert ledger is not None and ledger.loss is not None and ledger.weight is not None
    assert ledger.exact and np.isfinite(ledger.weight).all()
    total = float((ledger.weight * ledger.loss).sum()) + ledger.penalty
    assert total == pytest.approx(ledger.keras_value, rel=1e-5)
    assert ledger.keras_value == pytest.approx(evaluated(model, x, y), rel=1e-5)


# Every built-in loss, with the targets that it takes: vectors, distributions, classes, -1 and 1.
LOSSES = {
    name: getattr(keras.losses, name)
    for name in (
        "MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError "
        "MeanSquaredLogarithmicError CosineSimilarity Huber LogCosh KLDivergence Poisson Hinge "
        "SquaredHinge CategoricalHinge BinaryCrossentropy BinaryFocalCrossentropy "
        "CategoricalCrossentropy CategoricalFocalCrossentropy "
        "CategoricalGeneralizedCrossEntropy SparseCategoricalCrossentropy Dice Tversky"
    ).split()
}
WHOLE_BATCH = {"Dice", "Tversky"}  # one number from all timesteps: no mask can be applied
NOT_FOR_SEQUENCES = {
    "CTC": "compares a sequence with another one of other length",
    "Circle": "compares embeddings of samples by their labels",
    "Loss": "the base class",
}


def test_every_loss_of_keras_is_in_the_table() -> None:
    known = {
        name
        for name, value in vars(keras.losses).items()
        if isinstance(value, type) and issubclass(value, keras.losses.Loss)
    }
    assert known == set(LOSSES) | set(NOT_FOR_SEQUENCES)


def targets_for(name: str, seed: int) -> np.ndarray:
    ids = classes(seed)
    if name in ("SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy"):
        return ids
    one_hot = np.eye(CLASSES, dtype="float32")[ids]
    if name in ("Hinge", "SquaredHinge"):
        return 2 * one_hot - 1
    regression = ("Mean", "Huber", "LogCosh", "Poisson", "Cosine")
    if name.startswith(regression):
        return np.random.default_rng(seed).uniform(0.1, 2.0, one_hot.shape).astype("float32")
    return one_hot


@functools.cache
def tagger(name: str) -> keras.Model:
    inputs = keras.Input((TIMESTEPS,), dtype="int32")
    hidden = layers.Embedding(9, WIDTH, mask_zero=True)(inputs)
    model = keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(hidden))
    for variable in model.trainable_weights:
        variable.assign(np.random.default_rng(1).normal(0, 0.5, variable.shape))
    model.compile("sgd", LOSSES[name](), jit_compile=False)
    return model


@pytest.mark.parametrize("name", LOSSES)
@settings(
    max_examples=3,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(valid=paddings(), batch_size=st.sampled_from([1, 3, ROWS]))
def test_a_mask_equal_to_the_truth_keeps_padding_out_of_every_loss(
    name: str, valid: np.ndarray, batch_size: int
) -> None:
    model, x, y = tagger(name), ids_for(valid, 1), targets_for(name, 2)
    inspection = inspector.inspect(model, x, y, valid=valid, batch_size=batch_size, leaks=False)
    ledger = inspection.losses
    assert ledger is not None and inspection.raises is None
    assert inspection.to_dict()["mask_at_loss"] == "correct"
    value = evaluated(model, x, y, batch_size=batch_size)
    assert ledger.keras_value == pytest.approx(value, rel=1e-5, abs=1e-7)
    if name in WHOLE_BATCH:
        other = np.where(valid[..., None], y, 1 - y)
        moved = evaluated(model, x, other, batch_size=batch_size) != pytest.approx(value, rel=1e-4)
        assert ledger.counts_padding is (moved if not valid.all() else False)
        return
    assert ledger.counts_padding is False and ledger.ignores_valid is False
    assert ledger.weight_on_padding == 0.0 and ledger.exact
    assert ledger.divisor is not None
    batchwise = batch_size < ROWS and ledger.divisor.value == "batchwise"
    assert batchwise or ledger.divisor.value == "valid"
    total = float(np.nansum(ledger.weight * ledger.loss)) + ledger.penalty
    assert total == pytest.approx(value, rel=1e-5, abs=1e-7)


@more
@given(valid=paddings(), seed=st.integers(0, 99), batch_size=st.integers(1, ROWS))
def test_the_same_stack_on_many_batches(valid: np.ndarray, seed: int, batch_size: int) -> None:
    model, x, y = stack(("SimpleRNN", "regularized")), ids_for(valid, seed), classes(seed)
    weight = np.random.default_rng(seed).uniform(0.5, 2.0, y.shape).astype("float32")
    for sample_weight in (None, weight):
        options = {"sample_weight": sample_weight, "batch_size": batch_size}
        ledger = inspector.inspect(model, x, y, valid=valid, leaks=False, **options).losses
        assert ledger is not None and ledger.loss is not None and ledger.weight is not None
        value = evaluated(model, x, y, **options)
        assert ledger.keras_value == pytest.approx(value, rel=1e-5)
        total = float((ledger.weight * ledger.loss).sum()) + ledger.penalty
        assert total == pytest.approx(value, rel=1e-5)
        assert not ledger.weight[~valid].any() and (ledger.weight[valid] > 0).all()
        if batch_size == ROWS and sample_weight is None:
            np.testing.assert_allclose(ledger.weight[valid], 1 / valid.sum(), rtol=1e-4)
