"""Classes and functions where one belongs: activations, initializers, losses and the like."""

from typing import Any

from inspector.engine.model_files.keras2 import hard_sigmoid
from inspector.engine.model_files.known import ACTIVATION, INITIALIZER, LAYERS, Place, is_own_module
from inspector.engine.model_files.messages import USE_PYTHON
from inspector.engine.model_files.values import check_sizes, dtype, plain
from inspector.engine.model_files.walk import Walk, as_name, as_object, malformed, not_allowed

# What Keras 2 wrote beside what Keras 3 takes.
_DROPPED = {"__passive_serialization__"}


def named(value: Any, place: Place, where: str, walk: Walk) -> Any:
    """Returns a clean reference to the class or function that `value` names.

    Raises:
        ModelFileError: It is not one that belongs in this place.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _by_text(value, place, where, walk)
    value = as_object(value, f"the {place.word} of {where}")
    name, module = value.get("class_name"), value.get("module")
    if name == "function":
        text = value.get("config")
        if not isinstance(text, str) or not is_own_module(module, place.module[6:]):
            return _custom_function(value, place, where, walk)
        return _by_text(text, place, where, walk)
    found = _canonical(name, place)
    if found is None or not is_own_module(module, place.module[6:]):
        return _custom_class(value, place, where, walk)
    what = f"the {place.word} of {where}"
    arguments = _arguments(value.get("config"), what, walk, place)
    check_sizes(found, arguments, what[0].upper() + what[1:])
    return {
        "module": place.module,
        "class_name": found,
        "config": arguments,
        "registered_name": None,
    }


def is_layer(value: Any, place: Place) -> bool:
    """True for a layer that stands where an activation belongs, which Keras allows."""
    return place is ACTIVATION and isinstance(value, dict) and value.get("class_name") in LAYERS


def _arguments(config: Any, where: str, walk: Walk, place: Place | None = None) -> dict[str, Any]:
    clean = {}
    for key, value in as_object({} if config is None else config, where).items():
        if key in _DROPPED:
            continue
        if place is INITIALIZER and (value is None or key == "dtype"):
            # None is their default, and newer versions have more of them. The dtype is the
            # variable's today; Keras 2 told the initializer.
            continue
        key = as_name(key, where)
        clean[key] = dtype(value, where, walk) if key == "dtype" else plain(value, where, walk)
    return clean


def _by_text(text: str, place: Place, where: str, walk: Walk) -> Any:
    text = dict(place.short).get(text, text)
    if text == "hard_sigmoid" and place is ACTIVATION and walk.origin.is_old:
        return _function(hard_sigmoid(where, walk))
    if text in place.functions:
        return text
    found = _canonical(text, place)
    if found is not None:
        return {
            "module": place.module,
            "class_name": found,
            "config": {},
            "registered_name": None,
        }
    custom = walk.custom_name(text)
    if custom is not None:
        return _function(custom)
    raise not_allowed(f"the {place.word}", text, where, USE_PYTHON)


def _canonical(name: object, place: Place) -> str | None:
    """The class that `name` means: its own name, or `glorot_uniform` for `GlorotUniform`."""
    if not isinstance(name, str):
        return None
    plain_name = name.replace("_", "").lower()
    if name in place.classes:
        return name
    if name != name.lower():
        return None
    return next((known for known in place.classes if known.lower() == plain_name), None)


def _custom_function(value: dict[str, Any], place: Place, where: str, walk: Walk) -> Any:
    name = walk.custom_name(value.get("registered_name"), value.get("config"))
    if name is None:
        raise not_allowed(f"the {place.word}", value.get("config"), where, USE_PYTHON)
    return _function(name)


def _function(name: str) -> dict[str, Any]:
    """The description of a function that is registered under `name`."""
    return {"module": None, "class_name": "function", "config": name, "registered_name": name}


def _custom_class(value: dict[str, Any], place: Place, where: str, walk: Walk) -> Any:
    name = walk.custom_name(value.get("registered_name"), value.get("class_name"))
    if name is None:
        raise not_allowed(f"the {place.word}", value.get("class_name"), where, USE_PYTHON)
    if not isinstance(value.get("class_name"), str):
        raise malformed(f"the {place.word} of {where} has no class")
    config = _arguments(value.get("config"), f"the {place.word} of {where}", walk)
    return {
        "module": None,
        "class_name": value["class_name"],
        "config": config,
        "registered_name": name,
    }
