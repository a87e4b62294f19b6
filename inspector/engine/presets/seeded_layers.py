"""Keras layers whose initial weights depend on a seed and on nothing else."""

from collections.abc import Iterator

import keras
import numpy as np
from keras import initializers, layers

HEADS = 2

Seeds = Iterator[int]


def seeds_from(seed: int) -> Seeds:
    """Yields one seed for each set of weights; never touches a global generator."""
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31))


def token_input(features: int | None, timesteps: int | None = None) -> keras.KerasTensor:
    """The input: ids (rows, timesteps), or vectors (rows, timesteps, features)."""
    if features is None:
        return keras.Input((timesteps,), dtype="int32", name="tokens")
    return keras.Input((timesteps, features), name="tokens")


def embedding(vocabulary: int, units: int, seeds: Seeds) -> layers.Embedding:
    """An embedding that makes a mask from id 0."""
    return layers.Embedding(
        vocabulary,
        units,
        mask_zero=True,
        embeddings_initializer=initializers.RandomUniform(-0.05, 0.05, seed=next(seeds)),
        name="embedding",
    )


def lstm(
    units: int, name: str, seeds: Seeds, *, sequences: bool, back: bool = False
) -> layers.LSTM:
    """An LSTM that returns every step (`sequences`) or its last one; `back` reads backwards."""
    return layers.LSTM(
        units,
        return_sequences=sequences,
        go_backwards=back,
        kernel_initializer=initializers.GlorotUniform(next(seeds)),
        recurrent_initializer=initializers.Orthogonal(seed=next(seeds)),
        name=name,
    )


def dense(units: int, name: str, seeds: Seeds, activation: str | None = None) -> layers.Dense:
    """A dense layer, applied to every timestep."""
    return layers.Dense(
        units,
        activation=activation,
        kernel_initializer=initializers.GlorotUniform(next(seeds)),
        name=name,
    )


def probabilities(classes: int, seeds: Seeds) -> layers.Dense:
    """The last layer: a probability for each class."""
    return dense(classes, "probabilities", seeds, "softmax")


def convolution(units: int, seeds: Seeds) -> layers.Conv1D:
    """A convolution over three neighbouring timesteps that keeps the length."""
    return layers.Conv1D(
        units,
        3,
        padding="same",
        activation="relu",
        kernel_initializer=initializers.GlorotUniform(next(seeds)),
        name="convolution",
    )


def key_width(units: int) -> int:
    """Width of one attention head."""
    return max(1, units // HEADS)


def attention(units: int) -> layers.MultiHeadAttention:
    """Attention over the whole sentence; `seed_attention` gives it its weights."""
    return layers.MultiHeadAttention(
        HEADS, key_width(units), kernel_initializer="zeros", name="attention"
    )


def seed_attention(layer: layers.MultiHeadAttention, seeds: Seeds) -> None:
    """Draws the weights of a built attention layer.

    The layer copies one initializer for all of its projections; with a seed in it query, key and
    value would start out equal.
    """
    for variable in layer.weights:
        if len(variable.shape) == 3:  # biases have at most two axes and stay 0
            variable.assign(initializers.GlorotUniform(next(seeds))(variable.shape))
