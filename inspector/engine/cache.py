"""Being moved: see `forward.model_pass`."""

from typing import Any

import keras

from inspector.engine.seam import keras as keras_private


def state(model: keras.Model) -> tuple[Any, ...]:
    """What a trace depends on besides shapes: losses, layers and what they say about masks."""
    layers = tuple((id(layer), layer.supports_masking) for layer in keras_private.all_layers(model))
    return id(keras_private.compile_loss(model)), layers
