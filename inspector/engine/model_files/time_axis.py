"""Whether a model has an axis of timesteps at all."""

import keras

from inspector.engine.model_files.walk import Walk

_OF_TIMESTEPS = (keras.layers.RNN, keras.layers.Embedding, keras.layers.TimeDistributed)


def note_on_time_axis(model: keras.Model, walk: Walk) -> None:
    """Notes where there is nothing to mask: no tensor of the model has timesteps."""
    layers = list(model._flatten_layers(include_self=False))
    if any(isinstance(layer, _OF_TIMESTEPS) for layer in layers):
        return
    if any(len(tensor.shape) == 3 for tensor in model.inputs):
        return
    walk.note(
        "The model has no axis of timesteps: there is nothing to mask, and no padding to look for."
    )
