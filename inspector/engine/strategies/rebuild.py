"""The same model for another number of timesteps, where it is built for one only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.keras import fresh_names, quiet
from inspector.errors import ModelError


def fixed_timesteps(model: keras.Model, timesteps: int) -> int | None:
    """The number of timesteps that the model insists on, or None.

    Args:
        model: The model.
        timesteps: Of the batch.
    """
    shapes = keras_private.input_shapes(model)
    if any(len(shape) >= 2 and shape[1] == timesteps for shape in shapes):
        return timesteps
    repeats = [layer for layer in keras_private.all_layers(model) if _repeats(layer, timesteps)]
    return timesteps if repeats else None


def _repeats(layer: Any, timesteps: int) -> bool:
    return isinstance(layer, keras.layers.RepeatVector) and layer.n == timesteps


class SameAtLength:
    """A model built again for another number of timesteps; it runs with the first one's weights.

    Attributes:
        model: The model of the new length.
    """

    def __init__(self, model: keras.Model, timesteps: int, length: int) -> None:
        """Builds it.

        Raises:
            ModelError: It cannot be built again, or would have other weights.
        """
        if not isinstance(model, keras.Sequential) and not hasattr(model, "operations"):
            raise ModelError("The model is a class of its own, which cannot be built again.")
        config = at_length(model.get_config(), timesteps, length)
        known = {type(layer).__name__: type(layer) for layer in keras_private.all_layers(model)}
        with fresh_names(), quiet(), keras.saving.custom_object_scope(known):
            self.model: Any = type(model).from_config(config)
        shapes = [tuple(variable.shape) for variable in model.variables]
        if [tuple(variable.shape) for variable in self.model.variables] != shapes:
            raise ModelError("Some of its weights belong to one number of timesteps.")

    @contextmanager
    def scope(self, source: keras.Model) -> Iterator[None]:
        """A scope in which the new model has the weights of `source`, and nothing changes."""
        pairs = zip(self.model.variables, source.variables, strict=True)
        with keras.StatelessScope([(own, other.value) for own, other in pairs]), quiet():
            yield


def at_length(config: Any, timesteps: int, length: int) -> Any:
    """A configuration with every `timesteps` that stands for the time axis replaced.

    These are the second axis of input shapes and the count of `RepeatVector`. Seeds that are not
    given get one, since Keras would draw it from Python's global random numbers.
    """
    if isinstance(config, (list, tuple)):
        return type(config)(at_length(item, timesteps, length) for item in config)
    if not isinstance(config, dict):
        return config
    changed = {name: at_length(value, timesteps, length) for name, value in config.items()}
    for name in ("batch_shape", "batch_input_shape", "input_shape"):
        shape = changed.get(name)
        if isinstance(shape, (list, tuple)) and len(shape) >= 2 and shape[1] == timesteps:
            changed[name] = type(shape)([shape[0], length, *shape[2:]])
    if changed.get("class_name") == "RepeatVector" and changed["config"].get("n") == timesteps:
        changed["config"] = {**changed["config"], "n": length}
    if "seed" in changed and changed["seed"] is None:
        changed["seed"] = 0
    # What a layer was built with is changed anew.
    changed.pop("build_config", None)
    return changed
