"""Leak tests run a model a dozen times: they end when nobody waits for them any more."""

import keras
import numpy as np
import pytest

import inspector
from inspector.core.requests import Watch
from inspector.engine.watching import watched
from inspector.errors import Cancelled


@pytest.mark.parametrize("passes", [0, 1, 4, 6, 8])
def test_leak_tests_stop_between_two_passes(passes: int) -> None:
    layers = keras.layers
    stack = [layers.Embedding(5, 3, mask_zero=True), layers.GRU(3), layers.Dense(2)]
    model = keras.Sequential(stack)
    ids = np.array([[1, 2, 0], [3, 0, 0], [1, 2, 3]], "int32")
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > passes

    with pytest.raises(Cancelled, match="leak tests"), watched(Watch(cancelled=cancelled)):
        inspector.inspect(model, ids)
    assert asked == passes + 1
