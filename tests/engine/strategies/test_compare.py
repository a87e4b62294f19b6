"""Each strategy's numbers against plain Keras, and against NumPy and TensorFlow by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import inspector
from inspector.core.batch import Batch
from inspector.core.comparison import Comparison
from inspector.core.ledger import Divisor
from inspector.core.requests import SentenceChoices
from inspector.core.trace import MaskState
from tests.engine.strategies.making import (
    cross_entropy,
    eager_functions,
    fresh,
    ids_batch,
    mixing_tagger,
    preset,
    run_code,
)

QUICK = pytest.approx


@pytest.fixture(scope="module")
def question() -> tuple[keras.Model, Batch, Comparison]:
    model, batch = preset("question", SentenceChoices())
    return model, batch, inspector.compare(model, batch)


@pytest.fixture(scope="module")
def answer() -> tuple[keras.Model, Batch, Comparison]:
    model, batch = preset("answer", SentenceChoices())
    return model, batch, inspector.compare(model, batch)


@pytest.fixture(scope="module")
def mixing() -> tuple[keras.Model, Batch, Comparison]:
    model, batch = mixing_tagger(), ids_batch()
    return model, batch, inspector.compare(model, batch)


# Where a mask reaches the loss, only what it can change is run again.
SUBJECTS = {"question": (), "answer": ("no_mask", "sample_weight", "propagated"), "mixing": ()}


@pytest.mark.parametrize(("subject", "keys"), SUBJECTS.items(), ids=str)
def test_every_value_is_what_the_code_shown_evaluates_to(
    subject: str, keys: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    model, batch, comparison = request.getfixturevalue(subject)
    assert len(comparison.applicable) >= 8
    for result in comparison.applicable:
        if keys and result.key not in keys:
            continue
        value = run_code(result.strategy.code, model, batch)
        assert result.keras_value == QUICK(value, abs=1e-6), result.key


def test_values_divisors_and_shares_follow_the_formulas(question) -> None:
    model, batch, comparison = question
    loss, real = cross_entropy(model, batch), batch.valid
    lengths = real.sum(axis=1)
    turned = (np.arange(5) < lengths[:, None])[::-1, ::-1]
    formulas = {
        "no_mask": (np.ones(real.shape), 10),
        "propagated": (np.ones(real.shape), 10),
        "loss_from_targets": (real, 7),
        "loss_over_all": (real, 10),
        "sample_weight": (real, 10),
        "sample_weight_mean": (real, 7),
        "lengths_reversed": (real, 7),
        "lengths_rows_reversed": (turned, 7),
    }
    for key, (weights, divisor) in formulas.items():
        result = comparison.result(key)
        assert result.keras_value == QUICK((loss * weights).sum() / divisor, abs=1e-6), key
        assert result.divided_by == QUICK(divisor, rel=1e-4), key
        share = (loss * weights)[~real].sum() / (loss * weights).sum()
        assert result.loss_share == QUICK(share, abs=1e-6), key
        assert result.mean_over_valid == QUICK(loss[real].mean(), abs=1e-6), key
        assert result.mean_over_all == QUICK(loss.mean(), abs=1e-6), key
        np.testing.assert_allclose(result.weight, weights / divisor, atol=1e-5)
        np.testing.assert_allclose(result.loss, loss, atol=1e-5)
        assert result.padding_counted == int((weights.astype(bool) & ~real).sum())


def test_the_four_numbers_of_the_question_keep_their_relations(question) -> None:
    """Evaluate == unmasked before the cure, == masked after; the turned mask is another value."""
    model, batch, comparison = question
    before, after = comparison.result("propagated"), comparison.result("loss_from_targets")
    assert before.keras_value == QUICK(before.mean_over_all, abs=1e-6)
    assert before.keras_value != QUICK(before.mean_over_valid, abs=1e-3)
    assert after.keras_value == QUICK(after.mean_over_valid, abs=1e-6)
    turned = comparison.result("lengths_rows_reversed")
    assert turned.keras_value != QUICK(turned.mean_over_valid, abs=1e-3)
    assert "leaves out 1 real timestep and counts 1 padded timestep" in turned.wrong
    right = comparison.result("lengths_reversed")
    assert right.keras_value == QUICK(right.mean_over_valid, abs=1e-6)
    assert not right.wrong and not after.wrong and before.wrong


def test_the_mask_of_the_answer_reaches_the_loss(answer) -> None:
    model, batch, comparison = answer
    result = comparison.result("propagated")
    assert result.mask_at_loss is MaskState.CORRECT and result.mask_reaches_loss
    assert result.keras_value == QUICK(result.mean_over_valid, abs=1e-6)
    assert comparison.result("no_mask").keras_value == QUICK(result.mean_over_all, abs=1e-6)
    assert "does not stop" in comparison.result("mask_put_back").reason
    assert comparison.result("propagated").divisor is Divisor.VALID


def test_the_mask_put_back_is_that_of_a_model_built_with_the_layer_shown(question) -> None:
    model, batch, comparison = question
    result = comparison.result("mask_put_back")
    names: dict[str, object] = {"model": fresh(model), "x": batch.x, "y": batch.y}
    code = result.strategy.code
    assert "behind `repeat`" in code
    exec(code.split("# Where the model is built")[0], names)
    inputs = keras.Input((5, 3))
    layers = [fresh(model).get_layer(name) for name in ("masking", "encoder", "repeat", "decoder")]
    hidden = inputs
    for layer in layers[:3]:
        hidden = layer(hidden)
    hidden = names["PutMaskBack"](padding=[0, 0, 0])([hidden, inputs])
    dense = keras.layers.Dense(3, activation="softmax")
    built = keras.Model(inputs, dense(layers[3](hidden)))
    built.set_weights(model.get_weights())
    built.compile(loss=keras.losses.CategoricalCrossentropy())
    with eager_functions():
        value = float(built.evaluate(batch.x, batch.y, verbose=0))
    assert result.keras_value == QUICK(value, abs=1e-6)
    assert result.mask_at_loss is MaskState.CORRECT
    assert result.leaks is False


def test_a_fixed_length_model_is_built_anew_for_sentences_alone(question) -> None:
    model, batch, comparison = question
    total = 0.0
    for row, target, real in zip(batch.x, batch.y, batch.valid, strict=True):
        steps = int(real.sum())
        alone = keras.Sequential(
            [
                keras.Input((steps, 3)),
                keras.layers.Masking(),
                keras.layers.LSTM(10),
                keras.layers.RepeatVector(steps),
                keras.layers.LSTM(10, return_sequences=True),
                keras.layers.Dense(3, "softmax"),
            ]
        )
        alone.set_weights(model.get_weights())
        p = np.asarray(alone(row[real][None]))[0]
        total += float(-np.log((p * target[real]).sum(axis=-1)).sum())
    assert comparison.result("alone").keras_value == QUICK(total / 7, abs=1e-6)
    assert comparison.reference == "alone"


def test_gradients_are_those_of_plain_tensorflow(mixing) -> None:
    model, batch, comparison = mixing

    def gradient(weight: np.ndarray) -> np.ndarray:
        with tf.GradientTape() as tape:
            loss = keras.losses.sparse_categorical_crossentropy(batch.y, model(batch.x))
            total = tf.reduce_sum(loss * weight.astype(np.float32))
        found = tape.gradient(total, [v.value for v in model.trainable_variables])
        return np.concatenate([tf.convert_to_tensor(g).numpy().ravel() for g in found])

    def alone() -> np.ndarray:
        total = 0.0
        for row in range(3):
            with tf.GradientTape() as tape:
                x = batch.x[row][batch.valid[row]][None]
                loss = tf.reduce_sum(keras.losses.sparse_categorical_crossentropy(x, model(x)))
            found = tape.gradient(loss, [v.value for v in model.trainable_variables])
            parts = [tf.convert_to_tensor(g).numpy().ravel() for g in found]
            total = total + np.concatenate(parts)
        return total / 6

    reference, real = alone(), batch.valid
    for key, weight in {"no_mask": np.ones((3, 4)) / 12, "loss_over_all": real / 12}.items():
        result, g = comparison.result(key), gradient(weight)
        size = np.linalg.norm(g)
        cosine = g @ reference / size / np.linalg.norm(reference)
        assert result.gradient_cosine == QUICK(cosine, abs=1e-5)
        assert result.gradient_ratio == QUICK(size / np.linalg.norm(reference), rel=1e-4)
        assert result.gradient_length == QUICK(size, rel=1e-4)
        padded = np.linalg.norm(gradient(weight * ~real))
        share = padded / (padded + np.linalg.norm(gradient(weight * real)))
        assert result.gradient_share == QUICK(share, abs=1e-5)
    assert comparison.result("alone").gradient_cosine == QUICK(1.0)
    assert comparison.result("propagated").gradient_cosine < 0.99


def test_padding_on_the_other_side_stands_where_it_stood_in_the_batch(mixing) -> None:
    model, batch, comparison = mixing
    moved = np.array([[1, 2, 0, 0], [3, 1, 1, 0], [2, 0, 0, 0]])
    loss = cross_entropy(model, Batch(moved, moved, moved != 0, moved != 0))
    result = comparison.result("other_side")
    assert result.keras_value == QUICK(loss.mean(), abs=1e-6)
    for row in range(3):
        real = batch.valid[row]
        np.testing.assert_allclose(result.loss[row][real], loss[row][: real.sum()], atol=1e-5)


def test_a_leak_of_the_model_is_told_with_every_strategy_that_shares_its_pass(mixing) -> None:
    comparison = mixing[2]
    assert comparison.result("propagated").leaks and comparison.result("no_mask").leaks
    assert comparison.result("no_mask").leak_size > 1e-3
    assert comparison.result("alone").leaks is False
