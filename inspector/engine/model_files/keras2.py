"""Layers as Keras 2 described them, translated so that they compute what Keras 2 computed.

What Keras 3 leaves out and what never changed a result is dropped; what would change a result
without an error is translated, or refused where it cannot be.
"""

import re
from typing import Any

from inspector.engine.model_files.messages import SAVE_AGAIN, shown
from inspector.engine.model_files.walk import Walk
from inspector.errors import ModelFileError

HARD_SIGMOID = "mask_inspector>hard_sigmoid"
"""Name under which the activation of Keras 2 is registered (`activations.py`)."""

_RENAMED = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "UnifiedGRU": "GRU",
    "UnifiedLSTM": "LSTM",
}

# How something is computed or where it was built, not what is computed.
_WITHOUT_MEANING = (
    "__passive_serialization__",
    "autocast",
    "fused",
    "implementation",
    "input_length",
    "input_spec",
    "key_shape",
    "query_shape",
    "value_shape",
)

# Arguments that Keras 3 does not have, with the values at which they do nothing.
_WITHOUT_EFFECT: dict[str, tuple[Any, ...]] = {
    "causal": (False,),
    "num_constants": (None, 0),
    "ragged": (False, None),
    "renorm": (False,),
    "softmax_robust_masking": (False, None),
    "sparse": (False, None),
    "time_major": (False, None),
    "virtual_batch_size": (None,),
}

# The same, for some classes only: they had it from a base class and did not use it.
_UNGROUPED = re.compile(r"(Depthwise|Separable)Conv\dD|Conv\dDTranspose")
_UNUSED_IN_SEPARABLE = ("kernel_constraint", "kernel_initializer", "kernel_regularizer")

_FIRST_WITH_MASKED_ATTENTION = (2, 10)
_FIRST_WITH_CENTERED_PIXELS = (2, 4)


def translated(name: str, config: dict[str, Any], walk: Walk) -> tuple[str, dict[str, Any]]:
    """Returns the class and arguments that make Keras 3 compute what Keras 2 computed."""
    config = dict(config)
    name = _RENAMED.get(name, name)
    where = f"`{shown(config.get('name', name))}`"
    for key in _WITHOUT_MEANING:
        config.pop(key, None)
    for key, harmless in _WITHOUT_EFFECT.items():
        _drop_argument(key, harmless, name, config, where, walk)
    if _UNGROUPED.fullmatch(name):
        _drop_argument("groups", (1,), name, config, where, walk)
    if name.startswith("SpatialDropout"):
        for key in ("noise_shape", "trainable"):
            config.pop(key, None)  # It has no weights, and chooses the shape itself.
    if name.startswith("SeparableConv"):
        for key in _UNUSED_IN_SEPARABLE:
            config.pop(key, None)
    config.setdefault("dtype", "float32")
    name, config = _with_new_arguments(name, config)
    if name in ("BatchNormalization", "Softmax", "Concatenate"):
        config = _with_single_axis(config)
    if name == "UpSampling2D":
        _check_interpolation(config, where, walk)
    if name == "MultiHeadAttention" and config.get("output_shape", 0) is None:
        config.pop("output_shape")
    return name, config


def _with_new_arguments(name: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Arguments, and one class, that are called otherwise today."""
    if name == "ThresholdedReLU":
        # Both compute x where x > theta, else 0.
        name, config["threshold"] = "ReLU", config.pop("theta", 1.0)
    if name == "LeakyReLU" and "alpha" in config:
        config["negative_slope"] = config.pop("alpha")
    if name == "GRU" and "reset_after" not in config:
        # The argument came with version 2.1.3; before it, there was only the other formula.
        config["reset_after"] = False
    return name, config


def _drop_argument(
    key: str, harmless: tuple[Any, ...], name: str, config: dict[str, Any], where: str, walk: Walk
) -> None:
    if key not in config:
        return
    value = config.pop(key)
    if isinstance(value, (list, dict)) or value not in harmless:
        raise ModelFileError(
            f"{where} was made with `{key}={shown(value)}` by {walk.origin.words}.",
            "Keras 3 has no such argument, and would compute something else without it.",
            f"Build {shown(name)} without it in Keras 2, if you can. {SAVE_AGAIN}",
        )
    if key == "time_major":
        walk.note(
            "`time_major=False` was left out of the recurrent layers: Keras 3 has no such "
            "argument and always computes so."
        )


def _with_single_axis(config: dict[str, Any]) -> dict[str, Any]:
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        return {**config, "axis": axis[0]}
    return config


def _check_interpolation(config: dict[str, Any], where: str, walk: Walk) -> None:
    version = walk.origin.version
    known = version is not None and version >= _FIRST_WITH_CENTERED_PIXELS
    if config.get("interpolation", "nearest") != "nearest" and not known:
        raise ModelFileError(
            f"{where} interpolates as {walk.origin.words} did.",
            "Keras 3 places the pixels differently, and would compute other numbers.",
            f"Use the nearest pixel, or build the model again in Keras 3. {SAVE_AGAIN}",
        )


def hard_sigmoid(where: str, walk: Walk) -> str:
    """Returns the name of the activation that computes what `hard_sigmoid` did in Keras 2."""
    if walk.origin.version is None:
        raise ModelFileError(
            f"{where} uses `hard_sigmoid`, and the file does not say which Keras wrote it.",
            "Keras 2 and Keras 3 compute it differently.",
            SAVE_AGAIN,
        )
    walk.note(
        "`hard_sigmoid` is computed as Keras 2 did, clip(0.2 x + 0.5, 0, 1); Keras 3 computes "
        "clip(x / 6 + 0.5, 0, 1) under that name."
    )
    return HARD_SIGMOID


def compiled_part(value: Any) -> Any:
    """Returns a loss, metric or optimizer of Keras 2 with the names that Keras 3 has for it."""
    if not isinstance(value, dict) or not isinstance(value.get("config"), dict):
        return value
    config, name = dict(value["config"]), value.get("class_name")
    function = config.pop("fn", None)
    if name in ("MeanMetricWrapper", "LossFunctionWrapper") and isinstance(function, str):
        return function
    if config.get("reduction") == "auto":
        config["reduction"] = "sum_over_batch_size"
    if isinstance(name, str):
        name = name.removeprefix("Custom>")
    return {**value, "class_name": name, "config": config}


def input_shape_of(first: dict[str, Any]) -> tuple[Any, Any] | None:
    """Returns shape and type of the input that the first layer of a `Sequential` declares.

    Keras 2 kept them in the layer, or in the layer that it wraps, without an InputLayer.
    """
    config = first.get("config")
    while isinstance(config, dict):
        if "batch_input_shape" in config:
            return config["batch_input_shape"], config.get("dtype", "float32")
        inner = config.get("layer")
        config = inner.get("config") if isinstance(inner, dict) else None
    return None


def check_meaning(classes: set[str], makes_masks: bool, walk: Walk) -> None:
    """Refuses old files whose layers compute something else today, without an error.

    Args:
        classes: Names of all classes in the model.
        makes_masks: A layer of the model makes a mask.
        walk: The walk that found them.
    """
    version = walk.origin.version or (2,)
    if "MultiHeadAttention" in classes and makes_masks and version < _FIRST_WITH_MASKED_ATTENTION:
        raise ModelFileError(
            f"The file holds attention over masked timesteps, from {walk.origin.words}.",
            "MultiHeadAttention ignored masks before Keras 2.10 and uses them today, so the "
            "model would compute other numbers without an error.",
            "Build the model again in Keras 3 and load its weights, so that you decide.",
        )
    convolves = any("Conv" in name for name in classes)
    if walk.origin.backend == "theano" and convolves:
        raise ModelFileError(
            "The file holds convolutions that Keras computed with Theano.",
            "Theano flips the kernels, so the model would compute other numbers here.",
            f"Load it in Keras 2 on TensorFlow. {SAVE_AGAIN}",
        )
