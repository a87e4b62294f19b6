"""Code that a finding offers mends the fault it is offered for."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as L

import inspector
from inspector.core.ledger import AverageName


def ids_and_targets() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(4)
    x = random.integers(1, 9, (4, 6))
    for row, length in enumerate((6, 4, 2, 3)):
        x[row, length:] = 0
    return x, random.integers(0, 5, (4, 6))


def scaled() -> keras.Model:
    inputs = keras.Input((None,), dtype="int32")
    h = L.Embedding(9, 4, mask_zero=True)(inputs) * 2.0
    h = L.LSTM(4, return_sequences=True)(h)
    return keras.Model(inputs, L.Dense(5, activation="softmax")(h))


def convolved() -> keras.Model:
    inputs = keras.Input((None,), dtype="int32")
    h = L.Conv1D(4, 3, padding="same")(L.Embedding(9, 4)(inputs))
    return keras.Model(inputs, L.Dense(5, activation="softmax")(h))


def encoded() -> keras.Model:
    inputs = keras.Input((6,), dtype="int32")
    h = L.RepeatVector(6)(L.GRU(4)(L.Embedding(9, 4, mask_zero=True)(inputs)))
    return keras.Model(inputs, L.Dense(5, activation="softmax")(L.GRU(4, return_sequences=True)(h)))


@pytest.mark.filterwarnings("ignore:Layer .* destroy the mask")
@pytest.mark.parametrize("build", [scaled, convolved, encoded])
def test_the_code_of_padding_in_loss_gives_the_masked_mean(build: Any) -> None:
    model = build()
    model.compile(loss="sparse_categorical_crossentropy")
    x, y = ids_and_targets()
    inspection = inspector.inspect(model, x, y, valid=x > 0)
    finding = next(f for f in inspection.findings if f.code == "padding_in_loss")
    assert finding.fix.code

    *lines, last = finding.fix.code.splitlines()
    scope: dict[str, Any] = {"model": model, "x": x, "y": y, "valid": x > 0}
    exec("\n".join(lines), scope)
    value = eval(
        last.replace("evaluate(x", "evaluate(verbose=0, x=x").replace("=x, y", "=x, y=y"), scope
    )

    assert inspection.losses is not None
    masked = inspection.losses.average(AverageName.VALID).value
    assert value == pytest.approx(masked, rel=1e-5)
    cured = inspector.inspect(model, x, y, valid=x > 0, sample_weight=scope["weight"])
    assert not any(f.code == "padding_in_loss" for f in cured.findings)


@pytest.mark.parametrize("make", [L.LSTM, L.GRU, L.SimpleRNN])
def test_a_right_model_hears_nothing_but_a_confirmation(make: Any) -> None:
    inputs = keras.Input((None,), dtype="int32")
    h = make(4, return_sequences=True)(L.Embedding(9, 4, mask_zero=True)(inputs))
    model = keras.Model(inputs, L.Dense(5, activation="softmax")(h))
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = ids_and_targets()

    inspection = inspector.inspect(model, x, y, valid=x > 0)

    assert inspection.findings == ()
    assert inspection.diagnosis.verdict.startswith("Nothing is wrong")
