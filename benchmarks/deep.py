"""A service for the worker with models of many layers, which no preset has."""

from collections import OrderedDict
from collections.abc import Callable
from itertools import cycle, islice

import keras

import inspector
from benchmarks.deep_request import DeepRequest
from inspector.core.inspection import Inspection

UNITS = 16
_models: OrderedDict[tuple[int, int], keras.Model] = OrderedDict()


def answer(request: DeepRequest, **_: Callable[..., object]) -> Inspection:
    """Inspects, with the leak tests, as the app does."""
    batch = request.batch
    classes = int(batch.y.max()) + 1
    key = (request.layers, classes)
    if key not in _models:
        _models[key] = _model(request.layers, classes)
    return inspector.inspect(
        _models[key],
        batch.x,
        batch.y,
        valid=batch.valid,
        target_valid=batch.target_valid,
        leaks=request.options.leaks,
        tokens=batch.tokens,
    )


def _model(count: int, classes: int) -> keras.Model:
    layers = keras.layers
    kinds = cycle(
        (
            lambda: layers.Dense(UNITS, activation="tanh"),
            layers.LayerNormalization,
            lambda: layers.Dropout(0.1),
            lambda: layers.LSTM(UNITS, return_sequences=True),
            lambda: layers.Activation("tanh"),
            lambda: layers.Dense(UNITS),
        )
    )
    stack = [layers.Embedding(classes, UNITS, mask_zero=True)]
    stack += [kind() for kind in islice(kinds, count - 2)]
    model = keras.Sequential([*stack, layers.Dense(classes, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    return model
