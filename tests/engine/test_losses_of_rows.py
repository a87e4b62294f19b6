"""Losses whose targets have other timesteps than the predictions are measured for each row."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import inspector
from tests.engine.maskcases.registry import tokens

ROWS, CLASSES = 5, 7


def framewise(loss: object) -> keras.Model:
    """A model of one prediction a frame; a mask at the loss would not fit one loss a row."""
    ids = keras.Input((None,), dtype="int32")
    hidden = layers.LSTM(4, return_sequences=True)(layers.Embedding(12, 4)(ids))
    model = keras.Model(ids, layers.Dense(CLASSES, activation="softmax")(hidden))
    model.compile(loss=loss, jit_compile=False)
    return model


def pooled(y_true: object, y_pred: object) -> object:
    """One loss a row: the error of the mean prediction."""
    return ops.mean(ops.square(y_true - ops.mean(y_pred, axis=1)), axis=-1)


LOSSES = {
    "ctc": (lambda: keras.losses.CTC(), np.array([[1, 2, 0]] * ROWS)),
    "pooled": (lambda: pooled, np.eye(CLASSES, dtype="float32")[np.arange(ROWS) % CLASSES]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_of_each_row_is_no_failure_of_the_model(name: str) -> None:
    make, y = LOSSES[name]
    x, padding = tokens()
    x, padding, y = x[:ROWS], padding[:ROWS], y[: len(x)]
    model = framewise(make())
    inspection = inspector.inspect(model, x, y, valid=~padding)
    assert inspection.raises is None
    assert inspection.losses is not None and inspection.losses.loss is not None
    value = model.evaluate(x, y, batch_size=len(x), verbose=0)
    assert inspection.losses.keras_value == pytest.approx(value, rel=1e-5)
    assert inspection.losses.loss.shape == (len(x),)
    assert inspection.losses.loss.mean() == pytest.approx(value, rel=1e-5)
    assert inspection.losses.counts_padding is None
