"""Whether a model has an axis of timesteps at all."""

import keras

from inspector.engine.keras_private import all_layers
from inspector.engine.model_files.walk import Walk

_OF_TIMESTEPS = (keras.layers.RNN, keras.layers.Embedding, keras.layers.TimeDistributed)


def note_on_time_axis(model: keras.Model, walk: Walk) -> None:
    """Notes where there is nothing to mask: no tensor of the model has timesteps."""
    if any(isinstance(layer, _OF_TIMESTEPS) for layer in all_layers(model)):
        return
    if any(len(tensor.shape) == 3 for tensor in model.inputs):
        return
    walk.note(
        "The model has no axis of timesteps: there is nothing to mask, and no padding to look for."
    )
