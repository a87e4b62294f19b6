"""What happens in training alone is found by what a pass changes, not by the class of a layer."""

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import inspector  # noqa: E402

X = np.array([[0, 0, 1, 2], [0, 3, 1, 2]])
AMOUNTS = ("alone", "other_side", "longer")


class MeanInTraining(keras.layers.Layer):
    """Adds the mean over time in training only; it holds no state and draws no numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.supports_masking = True

    def call(self, x: Any, training: bool = False) -> Any:
        return x + keras.ops.mean(x, axis=1, keepdims=True) if training else x


def tagger(*layers: Any) -> Any:
    return keras.Sequential(
        [keras.Input((None,), dtype="int32"), keras.layers.Embedding(5, 3, mask_zero=True), *layers]
    )


def recurrent(**options: Any) -> Any:
    return keras.layers.GRU(3, return_sequences=True, **options)


def measured(model: Any) -> set[str]:
    """What of the amounts of padding was measured, in training."""
    leaks = inspector.inspect(model, X, training=True).leaks
    assert leaks is not None
    return {effect.what for effect in leaks.effects if effect.measured} & set(AMOUNTS)


def test_a_recurrent_layer_without_dropout_draws_no_numbers() -> None:
    assert measured(tagger(recurrent())) == set(AMOUNTS)


@pytest.mark.parametrize("layer", [recurrent(dropout=0.5), keras.layers.Dropout(0.5)], ids=str)
def test_amounts_are_not_compared_where_numbers_are_drawn(layer: Any) -> None:
    assert measured(tagger(layer, recurrent())) == set()


def test_a_layer_that_differs_in_training_without_a_state_is_tested_in_training() -> None:
    leaks = inspector.inspect(tagger(MeanInTraining()), X).training_leaks
    assert leaks is not None and leaks.predictions and leaks.first_layer == "mean_in_training"
    assert inspector.inspect(tagger(recurrent()), X).training_leaks is None
