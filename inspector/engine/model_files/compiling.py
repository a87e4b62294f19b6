"""The loss and the metrics with which a model was compiled, where they are Keras's own."""

import math
from typing import Any

import keras

from inspector.engine.model_files.keras2 import compiled_part
from inspector.engine.model_files.known import LOSS, METRIC, OPTIMIZER, Place
from inspector.engine.model_files.messages import reason, shown
from inspector.engine.model_files.roles import named
from inspector.engine.model_files.values import plain
from inspector.engine.model_files.walk import Walk, as_name, as_object, malformed
from inspector.engine.seam.keras import quiet
from inspector.engine.size_bounds import metric_numbers
from inspector.errors import ModelFileError

_METRICS = ("metrics", "weighted_metrics")
_NEEDS_A_LOSS = "Choose a loss, or look at masks and leaks only."


def compile_as_saved(model: keras.Model, config: Any, walk: Walk) -> None:
    """Compiles `model` as the file says, as far as that names plain parts of Keras.

    What cannot be restored is told in the notes; it never makes the load fail.
    """
    if not config:
        walk.note(f"The model was not compiled. {_NEEDS_A_LOSS}")
        return
    try:
        config = as_object(config, "how the model was compiled")
        loss = _structure(config.get("loss"), LOSS, "the model", walk)
        weights = plain(config.get("loss_weights"), "the loss weights", walk)
    except ModelFileError as error:
        walk.note(f"Its loss was not restored: {error.got} {_NEEDS_A_LOSS}")
        return
    if loss is None:
        walk.note(f"The model was compiled without a loss. {_NEEDS_A_LOSS}")
        return
    arguments = {"loss": loss, "loss_weights": weights}
    arguments["metrics"] = _metrics(config, "metrics", walk)
    arguments["weighted_metrics"] = _metrics(config, "weighted_metrics", walk)
    _leave_out_large_metrics(arguments, model, walk)
    optimizer = _optimizer(config, walk)
    try:
        with quiet():
            objects = {key: _made(value, walk) for key, value in arguments.items()}
            model.compile(optimizer=_made(optimizer, walk), **objects)
    except Exception as error:
        walk.note(f"Keras refused to compile it as it was saved: {reason(error)} {_NEEDS_A_LOSS}")
        return
    if isinstance(loss, dict) and loss.get("class_name") == "Huber":
        walk.note("Keras does not save `delta` of the Huber loss; it is 1 here.")
    if walk.origin.is_old:
        walk.note(
            f"The file was compiled by {walk.origin.words}. Its loss is averaged here as Keras "
            f"{keras.__version__} does it; Keras 2 divided the loss of masked timesteps "
            "differently in some versions."
        )


def _structure(value: Any, place: Place, where: str, walk: Walk) -> Any:
    """One object, or a list or an object of such, one for each output."""
    if isinstance(value, list):
        return [_structure(item, place, where, walk) for item in value]
    if isinstance(value, dict) and "class_name" not in value:
        if "config" in value:
            raise malformed(f"the {place.word} of {where} has no class")
        return {
            as_name(key, "an output of the model"): _structure(item, place, where, walk)
            for key, item in value.items()
        }
    return named(compiled_part(value) if walk.origin.is_old else value, place, where, walk)


def _leave_out_large_metrics(arguments: dict[str, Any], model: keras.Model, walk: Walk) -> None:
    numbers = sum(_metric_numbers(arguments[key]) for key in _METRICS)
    parameters = sum(math.prod(weight.shape) for weight in model.weights)
    if numbers + parameters <= walk.limits.parameters:
        return
    arguments.update(dict.fromkeys(_METRICS))
    walk.note(
        f"Its metrics were not restored: with the parameters, they hold {numbers + parameters:,} "
        f"numbers, and the limit is {walk.limits.parameters:,}."
    )


def _metric_numbers(clean: Any) -> int:
    if isinstance(clean, list):
        return sum(_metric_numbers(item) for item in clean)
    if not isinstance(clean, dict):
        return 0
    if "class_name" in clean:
        return metric_numbers(clean["config"]) if isinstance(clean["config"], dict) else 0
    return sum(_metric_numbers(item) for item in clean.values())


def _metrics(config: dict[str, Any], key: str, walk: Walk) -> Any:
    try:
        return _structure(config.get(key), METRIC, "the model", walk)
    except ModelFileError as error:
        walk.note(f"Its metrics were not restored: {error.got}")
        return None


def _optimizer(config: dict[str, Any], walk: Walk) -> Any:
    saved = config.get("optimizer", config.get("optimizer_config"))
    saved = compiled_part(saved) if walk.origin.is_old else saved
    try:
        clean = named(saved, OPTIMIZER, "the model", walk)
    except ModelFileError:
        name = saved.get("class_name") if isinstance(saved, dict) else saved
        walk.note(f"Its optimizer ({shown(name)}) was not restored; training here uses RMSprop.")
        return "rmsprop"
    if not isinstance(clean, dict):
        return "rmsprop"
    if walk.origin.is_old:
        # Most arguments changed their names; the speed is what matters.
        rate = clean["config"].get("learning_rate", clean["config"].get("lr"))
        clean["config"] = {"learning_rate": rate} if isinstance(rate, float) else {}
    return clean


def _made(clean: Any, walk: Walk) -> Any:
    if isinstance(clean, list):
        return [_made(item, walk) for item in clean]
    if isinstance(clean, dict) and "class_name" in clean:
        return keras.saving.deserialize_keras_object(
            clean, custom_objects=dict(walk.used), safe_mode=True
        )
    if isinstance(clean, dict):
        return {key: _made(item, walk) for key, item in clean.items()}
    return walk.used.get(clean, clean) if isinstance(clean, str) else clean
