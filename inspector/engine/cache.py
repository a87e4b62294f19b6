"""Traced passes of a model, kept as long as the model lives."""

import threading
import weakref
from collections import OrderedDict
from typing import Any

import keras

from inspector.engine.loss_code import GivenLoss
from inspector.engine.passes import ModelPass, PassInputs, PassOptions
from inspector.engine.seam import keras as keras_private

_PASSES_PER_MODEL = 12
_passes: "weakref.WeakKeyDictionary[keras.Model, OrderedDict[Any, ModelPass]]" = (
    weakref.WeakKeyDictionary()
)
_lock = threading.RLock()


def model_pass(
    model: keras.Model, options: PassOptions, inputs: PassInputs, given: GivenLoss | None = None
) -> ModelPass:
    """Returns a pass for this model, these options and shapes; made now or traced earlier.

    A pass is traced for one number of timesteps and any number of rows. Recompiling the model, or
    changing what a layer says about masks, makes a new one.
    """
    key = (options, shapes(inputs), state(model), id(given))
    with _lock:
        passes = _passes.setdefault(model, OrderedDict())
        if key not in passes:
            passes[key] = ModelPass(model, options, given)
            if len(passes) > _PASSES_PER_MODEL:
                passes.popitem(last=False)
        passes.move_to_end(key)
        return passes[key]


def shapes(inputs: PassInputs) -> tuple[Any, ...]:
    """Shapes without rows, and dtypes, of all arrays that go in."""
    leaves = keras_private.flatten(
        (inputs.x, inputs.y, inputs.sample_weight, list(inputs.where), inputs.disturbed)
    )
    return tuple(
        None if leaf is None else (tuple(leaf.shape[1:]), str(leaf.dtype)) for leaf in leaves
    )


def state(model: keras.Model) -> tuple[Any, ...]:
    """What a trace depends on besides shapes: losses, layers and what they say about masks."""
    layers = tuple((id(layer), layer.supports_masking) for layer in keras_private.all_layers(model))
    return id(keras_private.compile_loss(model)), layers
