"""The whitelist of Python's own functions, and methods of plain values."""

import itertools
import math
import string
from collections.abc import Callable, Iterable, Sized
from typing import Any

import numpy as np

from inspector.engine.reading_code.budget import Budget
from inspector.engine.reading_code.values import ArrayShape, Kind, Known, leaves

LARGEST = 2**64
"""Whole numbers beyond this are refused: no shape needs them, and they can fill the memory."""


def _count(value: Sized | ArrayShape) -> int:
    return value.view.shape[0] if isinstance(value, ArrayShape) else len(value)


def _sum(values: Iterable[Any], start: Any = 0) -> Any:
    """Joins lists in one go: Python's own `sum` copies what it has at every step."""
    if isinstance(start, (list, tuple)):
        return type(start)([*start, *itertools.chain.from_iterable(values)])
    return sum(values, start)


def _is_instance(value: Any, kinds: Any) -> bool:
    """The whitelisted types stand for themselves; nothing else can be asked for."""
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    if not all(isinstance(kind, type) for kind in wanted):
        raise TypeError("only types of plain values can be asked for")
    return isinstance(value, wanted)


def _int(value: Any = 0) -> int:
    if isinstance(value, str) and len(value) > 40:
        raise ValueError("the number is too long")
    return int(value)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "all": all,
    "any": any,
    "bool": bool,
    "dict": dict,
    "divmod": divmod,
    "enumerate": lambda values, start=0: list(enumerate(values, start)),
    "float": float,
    "frozenset": frozenset,
    "int": _int,
    "filter": lambda test, values: [v for v in values if (test(v) if test is not None else v)],
    "isinstance": _is_instance,
    "len": _count,
    "list": list,
    "map": lambda function, *values: list(map(function, *values)),
    "max": max,
    "min": min,
    "ord": ord,
    "chr": chr,
    "range": range,
    "reversed": lambda values: list(reversed(values)),
    "round": round,
    "set": set,
    "slice": slice,
    "sorted": sorted,
    "str": str,
    "repr": str,
    "sum": _sum,
    "tuple": tuple,
    "zip": lambda *values: list(zip(*values, strict=False)),
}
_MATH = "ceil floor sqrt log log2 log10 exp pow gcd prod fabs trunc".split()

SKIPPED = {
    "print": "printing",
    "input": "asking the user",
    "exit": "leaving the program",
    "quit": "leaving the program",
    "display": "showing",
}
"""Functions whose calls are skipped, and what the note says."""


def python_functions() -> dict[str, Known]:
    """Returns the whitelisted builtins."""
    return {name: Known(name, call, Kind.PYTHON) for name, call in _FUNCTIONS.items()}


def math_functions() -> dict[str, Any]:
    """Returns the whitelisted names of `math`."""
    found: dict[str, Any] = {
        name: Known(f"math.{name}", getattr(math, name), Kind.PYTHON) for name in _MATH
    }
    return found | {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}


_METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        "lower upper title capitalize strip lstrip rstrip split rsplit splitlines join format "
        "startswith endswith replace count find index isdigit isalpha zfill".split()
    ),
    list: frozenset("append extend insert pop copy index count reverse sort remove clear".split()),
    tuple: frozenset("index count as_list".split()),
    dict: frozenset("get items keys values update copy pop setdefault".split()),
    set: frozenset("add union intersection difference update copy discard".split()),
    np.ndarray: frozenset(
        "astype reshape sum max min mean any all flatten ravel tolist copy transpose argmax argmin "
        "squeeze item".split()
    ),
    ArrayShape: frozenset("astype reshape copy transpose squeeze".split()),
}
_ATTRIBUTES: dict[type, frozenset[str]] = {
    np.ndarray: frozenset("shape ndim size dtype T".split()),
    ArrayShape: frozenset("shape ndim size dtype T".split()),
    range: frozenset("start stop step".split()),
}


def has_method(value: Any, name: str) -> bool:
    """True if this method of a plain value is whitelisted."""
    return name in _METHODS.get(type(value), ())


def plain_attribute(value: Any, name: str) -> Any:
    """Returns a whitelisted attribute of a plain value.

    Raises:
        AttributeError: It is not whitelisted.
    """
    if name not in _ATTRIBUTES.get(type(value), ()):
        raise AttributeError(name)
    if isinstance(value, ArrayShape):
        found = getattr(value.view, name)
        return ArrayShape(found) if name == "T" else _plain(found)
    return _plain(getattr(value, name))


def _plain(value: Any) -> Any:
    return value.name if isinstance(value, np.dtype) else value


def call_method(owner: Any, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Calls a whitelisted method of a plain value; the caller has checked the sizes."""
    if isinstance(owner, str) and name == "format":
        return _formatted(owner, args, kwargs)
    if name == "as_list":
        return list(owner)
    if name == "astype" and np.dtype(args[0]).itemsize > 16:
        raise ValueError("the elements are too large")
    if isinstance(owner, ArrayShape):
        return _shape_method(owner, name, args)
    if isinstance(owner, dict) and name in ("items", "keys", "values"):
        return list(getattr(owner, name)())
    found = getattr(owner, name)(*args, **kwargs)
    return found.item() if isinstance(found, np.generic) else found


def _shape_method(owner: ArrayShape, name: str, args: list[Any]) -> ArrayShape:
    if name == "astype":
        return ArrayShape.of(owner.view.shape, args[0])
    if name == "reshape":
        shape = args[0] if len(args) == 1 and isinstance(args[0], (tuple, list)) else tuple(args)
        known = math.prod(side for side in shape if side != -1)
        whole = [owner.view.size // max(known, 1) if side == -1 else side for side in shape]
        if math.prod(whole) != owner.view.size:
            raise ValueError(f"cannot reshape {owner.view.shape} into shape {tuple(shape)}")
        return ArrayShape.of(tuple(whole), owner.view.dtype)
    return owner if name == "copy" else ArrayShape(getattr(owner.view, name)(*args))


def _formatted(template: str, args: list[Any], kwargs: dict[str, Any]) -> str:
    """`str.format` without attributes, items and wide fields."""
    pieces, position = [], 0
    for literal, field, spec, conversion in string.Formatter().parse(template):
        pieces.append(literal)
        if field is None:
            continue
        if field == "":
            field, position = str(position), position + 1
        if not field.isidentifier() and not field.isdigit():
            raise ValueError(f"the field {field!r} is neither a name nor a number")
        value = args[int(field)] if field.isdigit() else kwargs[field]
        pieces.append(formatted(value, spec or "", conversion))
    return "".join(pieces)


def formatted(value: Any, spec: str, conversion: str | None = None) -> str:
    """Formats one plain value; widths are bounded, since they may come from the code."""
    if any(len(digits) > 3 for digits in "".join(c if c.isdigit() else " " for c in spec).split()):
        raise ValueError("the field is too wide")
    if conversion in ("r", "a"):
        value = repr(value)
    return format(value if not isinstance(value, np.ndarray) else str(value), spec)


def check_method(budget: Budget, node: Any, owner: Any, name: str, args: list[Any]) -> None:
    """Checks the size of what a method makes, before it is made."""
    if isinstance(owner, str):
        if name == "replace" and len(args) >= 2:
            pieces = owner.count(args[0]) if args[0] else len(owner) + 1
            budget.elements(node, len(owner) + pieces * len(args[1]))
        elif name == "join" and args:
            parts = list(args[0])
            budget.elements(node, sum(len(p) + len(owner) for p in parts if isinstance(p, str)))
        elif name == "zfill" and args:
            budget.elements(node, int(args[0]))
        else:
            budget.elements(node, len(owner))
    elif isinstance(owner, (list, set, dict)):
        if name in ("sort", "index", "count", "remove"):  # these compare to the bottom
            list(leaves([owner, args], lambda steps: budget.spend(node, steps)))
        more = len(args[0]) if args and isinstance(args[0], (list, tuple, set, dict, str)) else 1
        grows = name in ("extend", "update", "union", "copy", "insert", "append", "items")
        budget.elements(node, len(owner) + (more if grows else 0))
    elif isinstance(owner, np.ndarray):
        budget.spend(node, owner.size // 8)
