"""Layers, cells, operations and models: each description is read and written anew.

Only what was recognized is written. What Keras receives is ours, not the file's.
"""

from typing import Any

from inspector.engine.model_files.graphs import functional
from inspector.engine.model_files.keras2 import input_shape_of, translated
from inspector.engine.model_files.known import (
    LAYERS,
    MODELS,
    OPERATIONS,
    REFUSED,
    is_own_module,
    place_of,
)
from inspector.engine.model_files.messages import USE_PYTHON, shown
from inspector.engine.model_files.roles import is_layer, named
from inspector.engine.model_files.values import check_sizes, dtype, plain, shape
from inspector.engine.model_files.walk import (
    Walk,
    as_list,
    as_name,
    as_object,
    malformed,
    unknown_class,
)
from inspector.errors import ModelFileError

SEQUENTIAL = "mask_inspector>Sequential"
"""Name under which `building.py` gives Keras a Sequential that is built once."""

_LAYER_KEYS = {"backward_layer", "cell", "forward_layer", "layer"}
_SHAPE_KEYS = {"batch_shape", "batch_input_shape", "shape"}


def described(value: Any, walk: Walk, where: str = "the model") -> dict[str, Any]:
    """Returns a clean description of the layer, operation or model that `value` describes."""
    value = as_object(value, where)
    name = as_name(value.get("class_name"), where)
    config = value.get("config")
    if isinstance(config, dict) and isinstance(config.get("name"), str):
        where = f"`{shown(config['name'])}`"
    walk.count_layer()
    walk.enter()
    try:
        return _described(name, value, where, walk)
    finally:
        walk.leave()


def _described(name: str, value: dict[str, Any], where: str, walk: Walk) -> dict[str, Any]:
    module, config = value.get("module"), value.get("config")
    custom = walk.custom_name(value.get("registered_name"))
    if custom is not None:
        return _custom(custom, value, where, walk)
    if name in MODELS and is_own_module(module, "models"):
        return _model(name, config, where, walk)
    config = as_object({} if config is None else config, f"the arguments of {where}")
    if _is_operation(name, module, config):
        return _operation(name, module, config, where, walk)
    if walk.origin.is_old:
        name, config = translated(name, config, walk)
    if name in LAYERS and is_own_module(module, "layers"):
        return _layer(name, value, config, where, walk)
    if name in REFUSED:
        what, todo = REFUSED[name]
        expected = "Only layers that are safe to build from a file are read."
        raise ModelFileError(f"{where} ({name}) {what}.", expected, todo)
    custom = walk.custom_name(name)
    if custom is not None:
        return _custom(custom, value, where, walk)
    raise unknown_class(module, name, where)


def _layer(
    name: str, value: dict[str, Any], config: dict[str, Any], where: str, walk: Walk
) -> dict[str, Any]:
    walk.classes.add(name)
    walk.makes_masks |= name == "Masking" or bool(config.get("mask_zero"))
    clean = {}
    for key, item in config.items():
        if name != "InputLayer" and key == "batch_input_shape":
            continue  # A Sequential was given an InputLayer instead.
        key = as_name("batch_shape" if key == "batch_input_shape" else key, where)
        clean[key] = _argument(key, item, where, walk)
    check_sizes(name, clean, where)
    if clean.get("quantization_config") is not None:
        raise malformed(f"{where} is quantized")
    if clean.get("unroll"):
        # The same numbers, without one copy of the cell for every timestep.
        clean["unroll"] = False
        walk.note(f"`unroll=True` of {where} was left out; it changes no number.")
    written = {
        "module": "keras.layers",
        "class_name": name,
        "config": clean,
        "registered_name": None,
    }
    shared = value.get("shared_object_id")
    return written if type(shared) is not int else {**written, "shared_object_id": shared}


def _argument(key: str, item: Any, where: str, walk: Walk) -> Any:
    place = place_of(key)
    if key == "name":
        return None if item is None else walk.safe_name(as_name(item, where))
    if place is not None:
        return (
            described(item, walk, where)
            if is_layer(item, place)
            else named(item, place, where, walk)
        )
    if item is None:
        return None
    if key == "dtype":
        return dtype(item, where, walk)
    if key in _LAYER_KEYS:
        return described(item, walk, where)
    if key == "cells":
        return [described(cell, walk, where) for cell in as_list(item, f"the cells of {where}")]
    if key in _SHAPE_KEYS:
        return shape(item, where, walk)
    return plain(item, f"`{shown(key)}` of {where}", walk)


def _is_operation(name: str, module: Any, config: dict[str, Any]) -> bool:
    if isinstance(module, str):
        return is_own_module(module, "operations")
    # A .h5 file names no module, and Add is a layer and an operation. Layers say `trainable`.
    return "trainable" not in config and any(name in names for names in OPERATIONS.values())


def _operation(
    name: str, module: Any, config: dict[str, Any], where: str, walk: Walk
) -> dict[str, Any]:
    group = next((group for group, names in OPERATIONS.items() if name in names), None)
    if group is None or (isinstance(module, str) and module.rpartition(".")[2] != group):
        if name in REFUSED:
            what, todo = REFUSED[name]
        else:
            what, todo = "is not on the list of operations that are read", USE_PYTHON
        raise ModelFileError(f"{where} ({name}) {what}.", "Plain operations were expected.", todo)
    clean = {as_name(key, where): _argument(key, item, where, walk) for key, item in config.items()}
    check_sizes(name, clean, where)
    return {
        "module": f"keras.src.ops.{group}",
        "class_name": name,
        "config": clean,
        "registered_name": None,
    }


def _model(name: str, config: Any, where: str, walk: Walk) -> dict[str, Any]:
    if isinstance(config, list):
        walk.note("The list of layers was wrapped as Keras 2.2 and later write it.")
        config = {"name": None, "layers": config}
    config = as_object(config, f"the arguments of {where}")
    if name == "Sequential":
        clean = _sequential(config, where, walk)
        return {
            "module": None,
            "class_name": "Sequential",
            "config": clean,
            "registered_name": SEQUENTIAL,
        }
    if not {"layers", "input_layers", "output_layers"} <= set(config):
        raise unknown_class(None, name, where)
    clean = functional(config, where, walk, described)
    return {"module": "keras", "class_name": "Model", "config": clean, "registered_name": None}


def _sequential(config: dict[str, Any], where: str, walk: Walk) -> dict[str, Any]:
    entries = as_list(config.get("layers"), f"the layers of {where}")
    if not entries:
        raise malformed(f"{where} has no layers")
    layers = []
    for number, entry in enumerate(entries):
        calls_before = walk.calls
        layers.append(described(entry, walk, f"layer {number}"))
        walk.count_calls(1 + walk.calls - calls_before)
    clean = {"name": _argument("name", config.get("name"), where, walk), "layers": layers}
    if walk.origin.is_old and layers[0]["class_name"] != "InputLayer":
        declared = input_shape_of(as_object(entries[0], where))
        if declared is not None:
            batch_shape = shape(declared[0], where, walk)
            arguments = {"batch_shape": batch_shape, "dtype": _input_type(declared[1], where, walk)}
            first = {"module": "keras.layers", "class_name": "InputLayer", "config": arguments}
            layers.insert(0, {**first, "registered_name": None})
            walk.note("An input layer was put in front: Keras 2 kept the shape in the first layer.")
    if config.get("build_input_shape") is not None:
        built = config["build_input_shape"]
        clean["build_input_shape"] = shape(built, f"the input of {where}", walk)
    return clean


def _input_type(value: Any, where: str, walk: Walk) -> str:
    found = dtype(value, where, walk) or "float32"
    return "float32" if found.startswith("mixed_") else found


def _custom(name: str, value: dict[str, Any], where: str, walk: Walk) -> dict[str, Any]:
    config = value.get("config")
    clean = {
        key: _custom_argument(key, item, where, walk)
        for key, item in as_object({} if config is None else config, where).items()
    }
    written = {
        "module": None,
        "class_name": as_name(value.get("class_name"), where),
        "config": clean,
        "registered_name": name,
    }
    if value.get("build_config") is not None:
        written["build_config"] = plain(value["build_config"], where, walk)
    return written


def _custom_argument(key: str, item: Any, where: str, walk: Walk) -> Any:
    """Arguments of the caller's own class may hold layers anywhere."""
    if isinstance(item, list):
        return [_custom_argument(key, entry, where, walk) for entry in item]
    if isinstance(item, dict) and isinstance(item.get("class_name"), str) and key != "dtype":
        if place_of(key) is None and not item["class_name"].startswith("__"):
            return described(item, walk, where)
    return _argument(key, item, where, walk)
