"""Small models and batches, and what plain Keras and NumPy say of them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from inspector.core.batch import Batch
from inspector.core.requests import ModelChoices, SentenceChoices
from inspector.core.text.sentences import batch_from_choices
from inspector.engine import presets


def preset(name: str, choices: SentenceChoices) -> tuple[keras.Model, Batch]:
    model_choices = ModelChoices(name)
    batch = presets.targets_for(model_choices, batch_from_choices(choices))
    return presets.build(model_choices, batch), batch


def ids_batch(
    rows: tuple[tuple[int, ...], ...] = ((0, 0, 1, 2), (0, 3, 1, 1), (0, 0, 0, 2)),
) -> Batch:
    x = np.array(rows, np.int32)
    return Batch(x, x, x != 0, x != 0)


def dense_tagger(mask_zero: bool = True, dtype: Any = None) -> keras.Model:
    """Embedding -> Dense: nothing mixes timesteps, and any length will do."""
    seed = keras.initializers.GlorotUniform
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(
                4, 5, mask_zero=mask_zero, embeddings_initializer=seed(3), dtype=dtype
            ),
            keras.layers.Dense(4, "softmax", kernel_initializer=seed(4), dtype=dtype),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def mixing_tagger() -> keras.Model:
    """Embedding -> GRU -> Dense, without a mask: padding before a sentence changes it."""
    seed = keras.initializers.GlorotUniform
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(4, 5, embeddings_initializer=seed(3)),
            keras.layers.GRU(
                3,
                return_sequences=True,
                kernel_initializer=seed(5),
                recurrent_initializer=seed(6),
            ),
            keras.layers.Dense(4, "softmax", kernel_initializer=seed(4)),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def fresh(model: keras.Model) -> keras.Model:
    """Another model with the same layers and weights, not compiled."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


@contextmanager
def eager_functions() -> Iterator[None]:
    """Lets `evaluate` and `train_on_batch` run without tracing, which costs more than they do."""
    tf.config.run_functions_eagerly(True)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Even though the")
            yield
    finally:
        tf.config.run_functions_eagerly(False)


def run_code(code: str, model: keras.Model, batch: Batch) -> float:
    """What the code of a strategy evaluates to, run as it is written."""
    names: dict[str, Any] = {"model": fresh(model), "x": batch.x, "y": batch.y}
    names["valid"] = batch.valid
    with eager_functions():
        exec(compile(code, "strategy", "exec"), names)
    return float(names["value"])


def cross_entropy(model: keras.Model, batch: Batch) -> np.ndarray:
    """-log p of the right class at each timestep, in float64 NumPy."""
    p = np.asarray(model(batch.x), np.float64)
    y = np.asarray(batch.y)
    if y.ndim == 3:
        return -np.log((p * y).sum(axis=-1))
    return -np.log(np.take_along_axis(p, y[..., None], axis=-1)[..., 0])
