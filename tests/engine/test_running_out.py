"""Memory that runs out, and an answer that nobody wants: never told as a fault of the model."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from inspector.core.arrays import AnyArray
from inspector.engine.passes import ModelPass, PassInputs, PassOptions
from inspector.engine.strategies.runner import FEW_TIMESTEPS, Runner

ROWS, TIMESTEPS = 2, 4
NO_MEMORY: dict[str, Callable[[], Exception]] = {
    "TensorFlow's": lambda: tf.errors.ResourceExhaustedError(None, None, "OOM when allocating"),
    "Python's": lambda: MemoryError("Unable to allocate 9 TiB"),
}


class Greedy(keras.layers.Layer):
    """Needs more memory than there is, once the model is built, where `short` says so.

    Attributes:
        calls: How often it was called since.
    """

    def __init__(self, error: Callable[[], Exception], short: Callable[[Any], bool]) -> None:
        super().__init__(name="greedy")
        self.supports_masking = True
        self.error, self.short, self.calls = error, short, -1

    def call(self, x: Any) -> Any:
        self.calls += self.calls >= 0
        if self.calls > 0 and self.short(x):
            raise self.error()
        return x


def always(x: Any) -> bool:
    return True


def model_of(layer: Greedy) -> keras.Model:
    inputs = keras.Input((None, 1))
    model = keras.Model(inputs, keras.layers.Dense(1)(layer(keras.layers.Masking()(inputs))))
    model.compile(loss="mse")
    layer.calls = 0
    return model


def batch() -> tuple[AnyArray, AnyArray]:
    x = np.ones((ROWS, TIMESTEPS, 1), np.float32)
    x[1, 2:] = 0
    return x, x


@pytest.mark.parametrize("error", NO_MEMORY.values(), ids=NO_MEMORY)
def test_what_needs_too_much_memory_is_not_run_again_eagerly(error: Any) -> None:
    layer = Greedy(error, always)
    running = ModelPass(model_of(layer), PassOptions())
    with pytest.raises(type(error())):
        running.run(PassInputs(batch()[0]))
    assert layer.calls == 1 and not running.eager

    runner = Runner(layer.call)
    with pytest.raises(type(error())):
        runner(tf.zeros((1, FEW_TIMESTEPS + 1)))
    assert layer.calls == 2 and not runner.eager
