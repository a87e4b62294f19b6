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


def test_an_inspection_says_which_model_it_was_and_so_does_its_report() -> None:
    model = keras.Sequential([keras.Input((4,), dtype="int32"), keras.layers.Embedding(5, 2)])
    found = inspector.inspect(model, np.array([[0, 1, 2, 3]]), leaks=False)
    assert found.model_digests == inspector.model_digests(model)
    html = found.to_html(date="2026-01-31")
    assert found.model_digests is not None and found.model_digests.config in html
    assert found.model_digests.weights in html
    model.layers[0].set_weights([np.ones((5, 2))])
    again = inspector.inspect(model, np.array([[0, 1, 2, 3]]), leaks=False).model_digests
    assert again is not None
    assert again.config == found.model_digests.config
    assert again.weights != found.model_digests.weights


def test_a_layer_that_is_changed_later_changes_the_digest() -> None:
    dropout = keras.layers.Dropout(0.1)
    model = keras.Sequential([keras.Input((4,)), dropout])
    before = inspector.model_digests(model)
    dropout.rate = 0.5
    assert inspector.model_digests(model).config != before.config
    dropout.rate = 0.1
    assert inspector.model_digests(model) == before
