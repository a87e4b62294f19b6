"""Checks values that came from outside against the annotations of the dataclass they are for."""

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields
from enum import Enum
from functools import cache
from typing import Any

import numpy as np

from inspector.core.foreign_text import one_line
from inspector.errors import InspectorError

_WORDS = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    type(None): "null",
}
_TODO = "Write it again, or put back what was changed."


def check_fields(kind: type, parts: Mapping[str, Any]) -> None:
    """Checks what a dataclass is to be made of.

    Args:
        kind: The dataclass.
        parts: Values by the name of the field.

    Raises:
        InspectorError: A field is missing, unknown or of another type: which one, what it is and
            what was expected.
    """
    hints = _hints(kind)
    name = kind.__name__
    for field in fields(kind):
        needed = field.default is MISSING and field.default_factory is MISSING
        if needed and field.name not in parts:
            raise InspectorError(
                f"`{field.name}` of {name} is missing.", _expected(hints[field.name]), _TODO
            )
    for field_name, value in parts.items():
        if field_name not in hints:
            raise InspectorError(
                f"{name} has a field `{one_line(str(field_name), 80)}`.",
                f"Its fields are {', '.join(hints)}.",
                _TODO,
            )
        found = _mismatch(value, hints[field_name], f"`{field_name}`")
        if found is not None:
            where, what, hint = found
            raise InspectorError(
                f"{where} of {name} is {_described(what)}.", _expected(hint), _TODO
            )


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _mismatch(value: Any, hint: Any, where: str) -> tuple[str, Any, Any] | None:
    """Returns where a value is of another type, that value and its annotation; None if all fits."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        tried = [_mismatch(value, one, where) for one in arguments]
        if None in tried:
            return None
        # The fault is inside where the outside fits one of them.
        inside = [found for found in tried if found is not None and found[0] != where]
        return inside[0] if inside else (where, value, hint)
    if origin is np.ndarray:
        return None if _is_array(value, arguments) else (where, value, hint)
    if origin is tuple and isinstance(value, tuple):
        endless = len(arguments) == 2 and arguments[1] is ...
        if not endless and len(value) != len(arguments):
            return where, value, hint
        kinds = arguments[:1] * len(value) if endless else arguments
        pairs = zip(value, kinds, strict=True)
        found = (_mismatch(one, kind, f"{where}[{at}]") for at, (one, kind) in enumerate(pairs))
        return next((one for one in found if one is not None), None)
    if origin is dict and isinstance(value, dict):
        found = (
            _mismatch(one, arguments[1], f"{where}[{key!r:.80}]") for key, one in value.items()
        )
        keys = (_mismatch(key, arguments[0], f"a key of {where}") for key in value)
        return next((one for one in (*keys, *found) if one is not None), None)
    return None if origin is None and _is_a(value, hint) else (where, value, hint)


def _is_a(value: Any, kind: type) -> bool:
    if kind in (int, float):
        allowed = (int, float) if kind is float else (int,)
        return isinstance(value, allowed) and not isinstance(value, bool)
    return isinstance(value, kind)


def _is_array(value: Any, arguments: tuple[Any, ...]) -> bool:
    if not isinstance(value, np.ndarray):
        return False
    (scalar,) = typing.get_args(arguments[1])
    if scalar is Any:
        return True
    return value.dtype.kind in ("b" if issubclass(scalar, np.bool_) else "fiu")


def _expected(hint: Any) -> str:
    return f"It must be {_words(hint)}."


def _words(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(dict.fromkeys(_words(one) for one in arguments))
    if origin is np.ndarray:
        (scalar,) = typing.get_args(arguments[1])
        truth = scalar is not Any and issubclass(scalar, np.bool_)
        return "an array of true and false" if truth else "an array of numbers"
    if origin is tuple:
        return f"a tuple of {', '.join(_words(one) for one in arguments if one is not ...)}"
    if origin is dict:
        return f"a dictionary of {_words(arguments[1])}"
    return _WORDS.get(hint) or f"a value of {hint.__name__}"


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    if isinstance(value, Enum):
        return f"a value of {type(value).__name__}"
    if isinstance(value, (list, tuple, dict)):
        kind = {list: "list", tuple: "tuple", dict: "dictionary"}[type(value)]
        return f"a {kind} of {len(value):,}"
    if isinstance(value, bool):
        return str(value).lower()
    return _WORDS.get(type(value)) or f"a value of {type(value).__name__}"
