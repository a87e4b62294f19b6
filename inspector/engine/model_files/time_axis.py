"""Whether a model has an axis of timesteps at all."""

import keras

from inspector.engine.fitting.ports import has_time_axis
from inspector.engine.model_files.walk import Walk


def note_on_time_axis(model: keras.Model, walk: Walk) -> None:
    """Notes where there is nothing to mask: no tensor of the model has timesteps."""
    if not has_time_axis(model):
        walk.note(
            "The model has no axis of timesteps: there is nothing to mask, and no padding to look "
            "for."
        )
