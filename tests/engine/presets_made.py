"""Batches for the preset models, and what Keras says of them."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from inspector.core.batch import Batch
from inspector.core.presets import PRESETS
from inspector.core.requests import SentenceChoices
from inspector.core.text.sentences import batch_from_choices

QUESTION = "##abb\n#babb"


def batch_for(preset: str, text: str = QUESTION, **changes: Any) -> Batch:
    known = PRESETS[preset]
    made = SentenceChoices(text=text, encoding=known.encodings[0], targets=known.targets[0])
    return batch_from_choices(replace(made, **changes))


def per_timestep(model: keras.Model, batch: Batch, loss: str) -> np.ndarray:
    """The unreduced loss, straight from Keras's function."""
    return np.asarray(keras.losses.get(loss)(batch.y, model(batch.x)))


def evaluated(model: keras.Model, batch: Batch) -> float:
    return float(model.evaluate(batch.x, batch.y, batch_size=batch.rows, verbose=0))


def means(loss: np.ndarray, batch: Batch) -> tuple[float, float]:
    masked = tf.reduce_mean(tf.boolean_mask(loss, batch.target_valid))
    return float(masked), float(loss.mean())
