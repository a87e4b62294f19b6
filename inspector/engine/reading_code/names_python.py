"""The whitelist of Python's own functions: each pays for what it makes before it is made."""

import ast
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.engine.reading_code.budget import Budget
from inspector.engine.reading_code.iterating import items_of
from inspector.engine.reading_code.pricing import pay
from inspector.engine.reading_code.scopes import Scope
from inspector.engine.reading_code.texts import text_of
from inspector.engine.reading_code.values import (
    PLAIN,
    ArrayShape,
    Kind,
    Known,
    is_tensor,
    leaves,
)

LARGEST = 2**64
"""Whole numbers beyond this are refused: no shape needs them, and they can fill the memory."""
_MOST_DIGITS = 40  # of a number that is read from a text, or rounded to
_PER_TENSOR = 50


@dataclass(frozen=True, eq=False)
class PythonCall:
    """One call of a function of Python, and what of the interpreter it may use.

    Attributes:
        node: Where it stands.
        scope: Of the code.
        call: Calls a value of the code.
        add: Adds two values of the code.
        truth: Whether a value of the code counts as true.
    """

    node: ast.Call
    scope: Scope
    call: Callable[[Any, list[Any]], Any]
    add: Callable[[Any, Any], Any]
    truth: Callable[[Any], bool]

    @property
    def budget(self) -> Budget:
        """What pays."""
        return self.scope.reading.spending

    def items(self, values: Any, what: str = "A function") -> list[Any]:
        """The elements of a value, paid for."""
        return items_of(self.node, values, self.scope, what)

    def pay(self, *values: Any) -> None:
        """Pays for going through values to the bottom."""
        pay(self.budget, self.node, *values)


def _numbers(*values: Any) -> None:
    for value in values:
        if not isinstance(value, (bool, int, float)):
            raise TypeError("only numbers can be taken")


def _abs(call: PythonCall, value: Any) -> Any:
    if isinstance(value, np.ndarray):
        call.pay(value)
        return np.abs(value)
    _numbers(value)
    return abs(value)


def _all(call: PythonCall, values: Any) -> bool:
    return all(call.truth(value) for value in call.items(values))


def _any(call: PythonCall, values: Any) -> bool:
    return any(call.truth(value) for value in call.items(values))


def _bool(call: PythonCall, value: Any = False) -> bool:
    return call.truth(value)


def _dict(call: PythonCall, pairs: Any = (), **more: Any) -> dict[Any, Any]:
    if isinstance(pairs, dict):
        call.items(pairs)
        return {**pairs, **more}
    found = [tuple(call.items(pair)) for pair in call.items(pairs)]
    call.pay(found)  # keys are hashed to the bottom
    return {**dict(found), **more}


def _divmod(call: PythonCall, left: Any, right: Any) -> Any:
    _numbers(left, right)
    return divmod(left, right)


def _enumerate(call: PythonCall, values: Any, start: int = 0) -> list[Any]:
    return list(enumerate(call.items(values), start))


def _filter(call: PythonCall, test: Any, values: Any) -> list[Any]:
    items = call.items(values)
    if test is None:
        return [value for value in items if call.truth(value)]
    return [value for value in items if call.truth(call.call(test, [value]))]


def _float(call: PythonCall, value: Any = 0.0) -> float:
    return float(_number(value))


def _int(call: PythonCall, value: Any = 0) -> int:
    return int(_number(value))


def _number(value: Any) -> Any:
    """What a number can be made of: a number, a short text, one number of an array or tensor."""
    if isinstance(value, str) and len(value) > _MOST_DIGITS:
        raise ValueError("the number is too long")
    if isinstance(value, np.ndarray):
        return value.item()
    if is_tensor(value) or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a {type(value).__name__} is no number")


def _frozenset(call: PythonCall, values: Any = ()) -> frozenset[Any]:
    return frozenset(_hashed(call, values))


def _set(call: PythonCall, values: Any = ()) -> set[Any]:
    return set(_hashed(call, values))


def _hashed(call: PythonCall, values: Any) -> list[Any]:
    items = call.items(values)
    call.pay(items)
    return items


def _is_instance(call: PythonCall, value: Any, kinds: Any) -> bool:
    """The whitelisted types stand for themselves; nothing else can be asked for."""
    types = []
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
        if not isinstance(kind, Known) or kind.kind is not Kind.PYTHON or kind.name not in _TYPES:
            raise TypeError("only types of plain values can be asked for")
        types.append(_TYPES[kind.name])
    return isinstance(value, tuple(types))


def _len(call: PythonCall, value: Any) -> Any:
    if isinstance(value, ArrayShape):
        return value.view.shape[0]
    if is_tensor(value):
        return value.shape[0]
    if isinstance(value, (*_SIZED, np.ndarray)):
        return len(value)
    raise TypeError(f"a {type(value).__name__} has no length")


def _list(call: PythonCall, values: Any = ()) -> list[Any]:
    return call.items(values)


def _tuple(call: PythonCall, values: Any = ()) -> tuple[Any, ...]:
    return tuple(call.items(values))


def _map(call: PythonCall, function: Any, *values: Any) -> list[Any]:
    rows = zip(*(call.items(value) for value in values), strict=False)
    return [call.call(function, list(row)) for row in rows]


def _zip(call: PythonCall, *values: Any, strict: bool = False) -> list[Any]:
    return list(zip(*(call.items(value) for value in values), strict=bool(strict)))


def _max(call: PythonCall, *values: Any, key: Any = None, **default: Any) -> Any:
    return _best(call, values, key, default, last=True)


def _min(call: PythonCall, *values: Any, key: Any = None, **default: Any) -> Any:
    return _best(call, values, key, default, last=False)


def _best(
    call: PythonCall, values: Sequence[Any], key: Any, default: dict[str, Any], last: bool
) -> Any:
    items = call.items(values[0]) if len(values) == 1 else list(values)
    if set(default) - {"default"}:
        raise TypeError("unexpected keyword argument")
    if not items and default:
        return default["default"]
    keys = _keys(call, items, key)
    number = (max if last else min)(range(len(items)), key=keys.__getitem__)
    return items[number]


def _keys(call: PythonCall, items: list[Any], key: Any) -> list[Any]:
    """What elements are compared by, when each comparison may go to the bottom."""
    keys = items if key is None else [call.call(key, [item]) for item in items]
    for leaf in leaves(keys, lambda steps: call.budget.spend(call.node, steps)):
        if is_tensor(leaf):
            call.budget.spend(call.node, _PER_TENSOR)
        elif not isinstance(leaf, (*PLAIN, np.ndarray)):
            raise TypeError(f"a {type(leaf).__name__} has no place in an order")
    return keys


def ordered(call: PythonCall, items: list[Any], key: Any = None, reverse: Any = False) -> list[Any]:
    """The elements in order; each comparison may go to the bottom of both."""
    keys = _keys(call, items, key)
    for _ in range(len(items).bit_length()):
        call.pay(keys)
    numbers = sorted(range(len(items)), key=keys.__getitem__, reverse=bool(reverse))
    return [items[number] for number in numbers]


def _sorted(call: PythonCall, values: Any, *, key: Any = None, reverse: Any = False) -> list[Any]:
    return ordered(call, call.items(values), key, reverse)


def _ord(call: PythonCall, value: Any) -> int:
    return ord(value)


def _chr(call: PythonCall, value: Any) -> str:
    return chr(value)


def _range(call: PythonCall, *sides: Any) -> range:
    """A range, its length counted when it is made."""
    if not all(isinstance(side, int) for side in sides) or not 1 <= len(sides) <= 3:
        raise TypeError("a range takes one to three whole numbers")
    start, stop = (0, sides[0]) if len(sides) == 1 else (sides[0], sides[1])
    step = sides[2] if len(sides) == 3 else 1
    if step == 0:
        raise ValueError("the step of a range is not 0")
    count = max(0, -(-(stop - start) // step))
    call.budget.span(call.node, count)
    return range(start, stop, step)


def _reversed(call: PythonCall, values: Any) -> list[Any]:
    return call.items(values)[::-1]


def _round(call: PythonCall, value: Any, ndigits: Any = None) -> Any:
    _numbers(value)
    if ndigits is None:
        return round(value)
    if not isinstance(ndigits, int) or abs(ndigits) > _MOST_DIGITS:
        raise ValueError("the number is rounded to too many digits")
    return round(value, ndigits)


def _slice(call: PythonCall, *parts: Any) -> slice:
    if not all(isinstance(part, (int, type(None))) for part in parts):
        raise TypeError("a slice takes whole numbers")
    return slice(*parts)


def _str(call: PythonCall, value: Any = "") -> str:
    return text_of(call.budget, call.node, value)


def _repr(call: PythonCall, value: Any) -> str:
    return text_of(call.budget, call.node, value, quoted=True)


def _sum(call: PythonCall, values: Any, start: Any = 0) -> Any:
    """Adds one after the other as `+` does; lists are joined in one go."""
    items = call.items(values)
    if isinstance(start, (list, tuple)):
        parts = [start, *items]
        if not all(isinstance(part, type(start)) for part in parts):
            raise TypeError("only lists can be added to a list, and tuples to a tuple")
        call.budget.elements(call.node, sum(len(part) for part in parts))
        return type(start)([item for part in parts for item in part])
    if all(isinstance(item, (bool, int, float)) for item in (start, *items)):
        return sum(items, start)
    if any(isinstance(item, str) for item in (start, *items)):
        raise TypeError("texts are not added by `sum`")
    for item in items:
        start = call.add(start, item)
    return start


_SIZED = (str, bytes, list, tuple, set, frozenset, dict, range)
_TYPES: dict[str, type] = {
    kind.__name__: kind for kind in (int, float, str, bool, list, tuple, dict, set)
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": _abs,
    "all": _all,
    "any": _any,
    "bool": _bool,
    "chr": _chr,
    "dict": _dict,
    "divmod": _divmod,
    "enumerate": _enumerate,
    "filter": _filter,
    "float": _float,
    "frozenset": _frozenset,
    "int": _int,
    "isinstance": _is_instance,
    "len": _len,
    "list": _list,
    "map": _map,
    "max": _max,
    "min": _min,
    "ord": _ord,
    "range": _range,
    "repr": _repr,
    "reversed": _reversed,
    "round": _round,
    "set": _set,
    "slice": _slice,
    "sorted": _sorted,
    "str": _str,
    "sum": _sum,
    "tuple": _tuple,
    "zip": _zip,
}
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
    return {name: Known(name, function, Kind.PYTHON) for name, function in _FUNCTIONS.items()}


_MATH: dict[str, Callable[..., Any]] = {
    "ceil": math.ceil,
    "exp": math.exp,
    "fabs": math.fabs,
    "floor": math.floor,
    "gcd": math.gcd,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "pow": math.pow,
    "sqrt": math.sqrt,
    "trunc": math.trunc,
}


def math_functions() -> dict[str, Any]:
    """Returns the whitelisted names of `math`."""
    found: dict[str, Any] = {
        name: Known(f"math.{name}", _of_numbers(function), Kind.PYTHON)
        for name, function in _MATH.items()
    }
    found["prod"] = Known("math.prod", _prod, Kind.PYTHON)
    return found | {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    def numeric(call: PythonCall, *values: Any) -> Any:
        values = tuple(_number(value) if is_tensor(value) else value for value in values)
        if not all(isinstance(value, (bool, int, float)) or is_tensor(value) for value in values):
            raise TypeError("only numbers can be taken")
        return function(*values)

    return numeric


def _prod(call: PythonCall, values: Any, *, start: Any = 1) -> Any:
    """The product; whole numbers are bounded after each step, since they may fill the memory."""
    items = call.items(values)
    _numbers(start, *items)
    for item in items:
        start = start * item
        if isinstance(start, int) and abs(start) > LARGEST:
            raise OverflowError
    return start
