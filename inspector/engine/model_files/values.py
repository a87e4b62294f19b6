"""Plain values in a description: numbers, texts, lists, shapes, types."""

from typing import Any

from inspector.engine.model_files.known import DTYPE_POLICIES, DTYPES, is_own_module
from inspector.engine.model_files.messages import SAVE_AGAIN, shown
from inspector.engine.model_files.walk import (
    Walk,
    as_list,
    as_name,
    as_object,
    malformed,
    not_allowed,
)
from inspector.engine.size_bounds import LARGEST_INTEGER, size_fault
from inspector.errors import ModelFileError

LARGEST = 2**40
LONGEST_TEXT = 10_000
_ARRAYS = {"__numpy__", "__tensor__"}


def plain(value: Any, where: str, walk: Walk) -> Any:
    """Returns a value made of numbers, texts, None, lists and objects of such.

    Raises:
        ModelFileError: It holds something that Keras would turn into an object of a class.
    """
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise malformed(f"{where} holds the number {shown(value)}, which is no size")
        return value
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise malformed(f"{where} holds a text of {len(value):,} characters")
        return value
    walk.enter()
    try:
        if isinstance(value, list):
            return [plain(item, where, walk) for item in value]
        if "class_name" in value:
            return _typed(value, where, walk)
        return {as_name(key, where): plain(item, where, walk) for key, item in value.items()}
    finally:
        walk.leave()


def _typed(value: dict[str, Any], where: str, walk: Walk) -> Any:
    name = value["class_name"]
    if name in ("__tuple__", "TensorShape"):
        return plain(as_list(value.get("items"), where), where, walk)
    if isinstance(name, str) and name in _ARRAYS:
        return array(value, where, walk)
    raise not_allowed("a plain value", name, where)


def array(value: dict[str, Any], where: str, walk: Walk) -> dict[str, Any]:
    """Returns the description of a constant array: numbers in lists, and their type."""
    config = as_object(value.get("config"), where)
    numbers, dtype = config.get("value"), config.get("dtype")
    if dtype not in DTYPES or not _is_numeric(numbers):
        raise malformed(f"{where} holds a constant that is no array of numbers")
    clean = {"value": plain(numbers, where, walk), "dtype": dtype}
    return {"class_name": value["class_name"], "config": clean}


def _is_numeric(value: Any) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif not isinstance(item, (bool, int, float)):
            return False
    return True


def shape(value: Any, where: str, walk: Walk) -> list[Any]:
    """Returns a shape: whole numbers, None for an open length."""
    value = plain(value, where, walk)
    if not isinstance(value, list) or not 1 <= len(value) <= 8:
        raise malformed(f"{where} has no shape of 1 to 8 axes")
    for length in value:
        if length is not None and (type(length) is not int or not 0 <= length <= LARGEST_INTEGER):
            raise malformed(f"{where} has the shape {shown(tuple(value))}")
    return value


def dtype(value: Any, where: str, walk: Walk) -> Any:
    """Returns a type or a policy: a text, or the policy that maps layers to policies."""
    if value is None:
        return None
    if isinstance(value, dict):
        return _policy(value, where, walk)
    if value == "string":
        raise ModelFileError(
            f"{where} takes text.",
            "Models that take numbers were expected.",
            "Save the part of the model that comes after the text is turned into ids.",
        )
    if not isinstance(value, str) or value not in DTYPE_POLICIES:
        raise not_allowed("the dtype", value, where)
    return value


def _policy(value: dict[str, Any], where: str, walk: Walk) -> Any:
    name, config = value.get("class_name"), as_object(value.get("config"), where)
    if not is_own_module(value.get("module"), "dtype_policies"):
        raise not_allowed("the dtype", name, where)
    if name in ("DTypePolicy", "FloatDTypePolicy", "Policy", "PolicyV1"):
        return dtype(config.get("name"), where, walk)
    if isinstance(name, str) and "DTypePolicy" in name and name != "DTypePolicyMap":
        raise ModelFileError(
            f"{where} is quantized ({shown(name)}).",
            "Models in floating point were expected.",
            f"Use the model from before it was quantized. {SAVE_AGAIN}",
        )
    raise not_allowed("the dtype", name, where)


def check_sizes(name: str, arguments: dict[str, Any], where: str) -> None:
    """Refuses sizes that no model needs, and that end the process or fill the memory.

    Args:
        name: Class of the layer, operation or metric.
        arguments: As they were read.
        where: What it is, for messages.
    """
    fault = size_fault(name, arguments)
    if fault is not None:
        raise ModelFileError(
            f"{where} has a `{shown(fault.argument)}` of {fault.size:,}.",
            f"At most {fault.limit:,} is read.",
            f"Build the model with a smaller one. {SAVE_AGAIN}",
        )
