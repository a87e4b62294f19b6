"""The nine preset models, each as a user would write it, and how many weights each has."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

import inspector.engine.presets.seeded_layers as seeded
from inspector.engine.forward.row_chunks import part_rows
from inspector.engine.presets.seeded_layers import HEADS, Seeds, key_width
from inspector.engine.presets.sizes import Sizes


@dataclass(frozen=True)
class Recipe:
    """How to build a preset.

    Attributes:
        build: Makes the model, not compiled.
        parameters: Number of weights, computed without building anything.
        attends: Some layer holds timesteps x timesteps numbers for each row and head.
    """

    build: Callable[[Sizes, Seeds], keras.Model]
    parameters: Callable[[Sizes], int]
    attends: bool = False

    def activations(self, sizes: Sizes) -> int:
        """Upper bound of the numbers that the largest layer holds for the rows that run at once."""
        timesteps = max(sizes.timesteps, sizes.target_timesteps or 1)
        width = max(sizes.features or 1, 4 * sizes.units, sizes.classes)
        rows = part_rows(sizes.rows, timesteps, max(width, HEADS * timesteps * self.attends))
        largest = rows * timesteps * width
        if self.attends:
            largest = max(largest, rows * HEADS * timesteps * timesteps)
        return largest


def _autoencoder(sizes: Sizes, seeds: Seeds) -> keras.Model:
    inputs = seeded.token_input(sizes.features, sizes.timesteps)
    masked = layers.Masking(0.0, name="masking")(inputs)
    encoded = seeded.lstm(sizes.units, "encoder", seeds, sequences=False)(masked)
    repeated = layers.RepeatVector(sizes.target_timesteps or 1, name="repeat")(encoded)
    decoded = seeded.lstm(sizes.units, "decoder", seeds, sequences=True)(repeated)
    return keras.Model(inputs, seeded.probabilities(sizes.classes, seeds)(decoded))


def _autoencoder_parameters(sizes: Sizes) -> int:
    return (
        _lstm(sizes.features or 1, sizes.units)
        + _lstm(sizes.units, sizes.units)
        + _dense(sizes.units, sizes.classes)
    )


def _one_lstm(sizes: Sizes, seeds: Seeds) -> keras.Model:
    inputs = seeded.token_input(sizes.features)
    masked = layers.Masking(0.0, name="masking")(inputs)
    return keras.Model(inputs, seeded.lstm(sizes.classes, "lstm", seeds, sequences=True)(masked))


def _one_lstm_parameters(sizes: Sizes) -> int:
    return _lstm(sizes.features or 1, sizes.classes)


def _tagger(sizes: Sizes, seeds: Seeds) -> keras.Model:
    inputs = seeded.token_input(None)
    embedded = seeded.embedding(sizes.vocabulary, sizes.units, seeds)(inputs)
    both_ways = layers.Bidirectional(
        seeded.lstm(sizes.units, "forward", seeds, sequences=True),
        backward_layer=seeded.lstm(sizes.units, "backward", seeds, sequences=True, back=True),
        name="bidirectional",
    )(embedded)
    return keras.Model(inputs, seeded.probabilities(sizes.classes, seeds)(both_ways))


def _tagger_parameters(sizes: Sizes) -> int:
    return (
        sizes.vocabulary * sizes.units
        + 2 * _lstm(sizes.units, sizes.units)
        + _dense(2 * sizes.units, sizes.classes)
    )


def _classifier(sizes: Sizes, seeds: Seeds) -> keras.Model:
    inputs = seeded.token_input(None)
    embedded = seeded.embedding(sizes.vocabulary, sizes.units, seeds)(inputs)
    encoded = seeded.lstm(sizes.units, "encoder", seeds, sequences=False)(embedded)
    return keras.Model(inputs, seeded.probabilities(sizes.classes, seeds)(encoded))


def _classifier_parameters(sizes: Sizes) -> int:
    return (
        sizes.vocabulary * sizes.units
        + _lstm(sizes.units, sizes.units)
        + _dense(sizes.units, sizes.classes)
    )


def _scaled_attention(sizes: Sizes, seeds: Seeds) -> keras.Model:
    inputs = seeded.token_input(None)
    embedded = seeded.embedding(sizes.vocabulary, sizes.units, seeds)(inputs)
    scaled = embedded * math.sqrt(sizes.units)  # here the mask is lost
    attention = seeded.attention(sizes.units)
    attended = attention(scaled, scaled)
    seeded.seed_attention(attention, seeds)
    return keras.Model(inputs, seeded.probabilities(sizes.classes, seeds)(attended))


def _scaled_attention_parameters(sizes: Sizes) -> int:
    return (
        sizes.vocabulary * sizes.units
        + _attention(sizes.units)
        + _dense(sizes.units, sizes.classes)
    )


def _convolution(sizes: Sizes, seeds: Seeds) -> keras.Model:
    inputs = seeded.token_input(sizes.features)
    if sizes.features is None:
        masked = seeded.embedding(sizes.vocabulary, sizes.units, seeds)(inputs)
    else:
        masked = layers.Masking(0.0, name="masking")(inputs)
    mixed = seeded.convolution(sizes.units, seeds)(masked)
    return keras.Model(inputs, seeded.probabilities(sizes.classes, seeds)(mixed))


def _convolution_parameters(sizes: Sizes) -> int:
    embedded = sizes.vocabulary * sizes.units if sizes.features is None else 0
    width = sizes.units if sizes.features is None else sizes.features
    return embedded + _dense(3 * width, sizes.units) + _dense(sizes.units, sizes.classes)


def _transformer(sizes: Sizes, seeds: Seeds) -> keras.Model:
    inputs = seeded.token_input(None)
    embedded = seeded.embedding(sizes.vocabulary, sizes.units, seeds)(inputs)
    normalized = layers.LayerNormalization(name="attention_norm")(embedded)
    attention = seeded.attention(sizes.units)
    attended = attention(normalized, normalized)
    seeded.seed_attention(attention, seeds)
    summed = layers.Add(name="attention_sum")([embedded, attended])
    normalized = layers.LayerNormalization(name="feed_forward_norm")(summed)
    widened = seeded.dense(4 * sizes.units, "widen", seeds, "relu")(normalized)
    narrowed = seeded.dense(sizes.units, "narrow", seeds)(widened)
    block = layers.Add(name="feed_forward_sum")([summed, narrowed])
    return keras.Model(inputs, seeded.probabilities(sizes.classes, seeds)(block))


def _transformer_parameters(sizes: Sizes) -> int:
    units = sizes.units
    feed_forward = _dense(units, 4 * units) + _dense(4 * units, units)
    normalizations = 4 * units
    return _scaled_attention_parameters(sizes) + feed_forward + normalizations


def _never_fires(sizes: Sizes, seeds: Seeds) -> keras.Model:
    inputs = seeded.token_input(sizes.features)
    masked = layers.Masking(0.0, name="masking")(inputs)
    read = seeded.lstm(sizes.units, "lstm", seeds, sequences=True)(masked)
    return keras.Model(inputs, seeded.probabilities(sizes.classes, seeds)(read))


def _never_fires_parameters(sizes: Sizes) -> int:
    return _lstm(sizes.features or 1, sizes.units) + _dense(sizes.units, sizes.classes)


def _lstm(width: int, units: int) -> int:
    return 4 * (width + units + 1) * units


def _dense(width: int, units: int) -> int:
    return (width + 1) * units


def _attention(units: int) -> int:
    inner = HEADS * key_width(units)
    return 3 * _dense(units, inner) + _dense(inner, units)


RECIPES: dict[str, Recipe] = {
    "question": Recipe(_autoencoder, _autoencoder_parameters),
    "answer": Recipe(_one_lstm, _one_lstm_parameters),
    "cure": Recipe(_autoencoder, _autoencoder_parameters),
    "tagger": Recipe(_tagger, _tagger_parameters),
    "classifier": Recipe(_classifier, _classifier_parameters),
    "attention": Recipe(_scaled_attention, _scaled_attention_parameters, attends=True),
    "conv": Recipe(_convolution, _convolution_parameters),
    "transformer": Recipe(_transformer, _transformer_parameters, attends=True),
    "never_fires": Recipe(_never_fires, _never_fires_parameters),
}
"""By identifier of the preset."""
