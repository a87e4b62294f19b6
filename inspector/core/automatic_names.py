"""Names that Keras gave, numbered anew: they count what a process built before."""

import re
from collections.abc import Iterator
from typing import Any

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MODELS = ("sequential", "functional", "input_layer")


def renumbered(result: dict[str, Any]) -> dict[str, Any]:
    """Returns what `Inspection.to_dict` returned, as if its model were the first in its process.

    Keras calls the third `Dense` of a process `dense_2`, whichever model it belongs to. Their order
    within a model says the same in every process.
    """
    steps = list(_values(result.get("steps"), "class_name"))
    kinds = {*_MODELS, *(_automatic(name) for name in steps)}
    found: dict[str, dict[int, str]] = {}
    for text in _values(result.get("steps"), None):
        for name in _NAME.findall(text):
            kind, _, number = name.rpartition("_")
            if kind in kinds and number.isdecimal():
                found.setdefault(kind, {})[int(number)] = name
            elif name in kinds:
                found.setdefault(name, {})[0] = name
    new = {
        numbers[number]: f"{kind}_{rank}" if rank else kind
        for kind, numbers in found.items()
        for rank, number in enumerate(sorted(numbers))
    }
    if all(old == name for old, name in new.items()):
        return result
    either = "|".join(sorted(map(re.escape, new), key=len, reverse=True))
    # What Keras puts behind a name, as in `dense_2_accuracy`, starts with a low line.
    pattern = re.compile(rf"(?<![A-Za-z0-9_])({either})(?![A-Za-z0-9])")
    renamed = _replaced(result, pattern, new)
    return {**renamed, "versions": result.get("versions", {})}


def _automatic(class_name: str) -> str:
    """The name that Keras gives to the first layer of a class."""
    parted = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", parted).lower()


def _values(value: Any, key: str | None) -> Iterator[str]:
    """Every text in plain values, or those under one key."""
    if isinstance(value, dict):
        for name, item in value.items():
            if key is None or name == key or not isinstance(item, str):
                yield from _values(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, key)
    elif isinstance(value, str):
        yield value


def _replaced(value: Any, pattern: "re.Pattern[str]", new: dict[str, str]) -> Any:
    if isinstance(value, dict):
        pairs = value.items()
        return {_replaced(k, pattern, new): _replaced(v, pattern, new) for k, v in pairs}
    if isinstance(value, list):
        return [_replaced(item, pattern, new) for item in value]
    if isinstance(value, str):
        return pattern.sub(lambda match: new[match[1]], value)
    return value
