"""Two models have the same digests exactly if they are the same."""

import keras
import numpy as np
from keras import layers

import inspector


def made(units: int = 4, seed: int = 1, activation: str = "tanh") -> keras.Model:
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((None,), dtype="int32", name="words")
    embed = layers.Embedding(9, units, mask_zero=True, name="embed")
    outputs = layers.Dense(3, activation=activation, name="tags")(embed(inputs))
    return keras.Model(inputs, outputs, name="tagger")


def test_equal_models_have_equal_digests() -> None:
    assert inspector.model_digests(made()) == inspector.model_digests(made())


def test_weights_and_configuration_have_digests_of_their_own() -> None:
    first = inspector.model_digests(made())
    trained, other = made(seed=2), made(activation="relu")
    assert inspector.model_digests(trained).config == first.config
    assert inspector.model_digests(trained).weights != first.weights
    assert inspector.model_digests(other).config != first.config
    assert inspector.model_digests(other).weights == first.weights


class Undescribed(keras.Model):
    def __init__(self, layer: object) -> None:
        super().__init__()
        self.tags = layers.Dense(2)

    def call(self, x: object) -> object:
        return self.tags(x)


def test_a_model_that_cannot_be_described_has_weights_only() -> None:
    model = Undescribed(object())
    model(np.zeros((1, 2), np.float32))
    found = inspector.model_digests(model)
    assert found.config == "" and len(found.weights) == 64
