"""The whitelist of Python's own functions and methods: each pays for what it makes."""

import ast
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.engine.code.array_functions import ANY_AXIS, check_dtype
from inspector.engine.code.budget import Budget, pay
from inspector.engine.code.code_values import (
    PLAIN,
    ArrayShape,
    CallKind,
    Known,
    is_tensor,
    kind_name,
    leaves,
)
from inspector.engine.code.evaluator import LARGEST, items_of
from inspector.engine.code.scopes import Scope
from inspector.engine.code.texts import format_text, joined, text_of

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
    raise TypeError(f"a {kind_name(value)} is no number")


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
        if (
            not isinstance(kind, Known)
            or kind.kind is not CallKind.PYTHON
            or kind.name not in _TYPES
        ):
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
    raise TypeError(f"a {kind_name(value)} has no length")


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
            raise TypeError(f"a {kind_name(leaf)} has no place in an order")
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
    return {name: Known(name, function, CallKind.PYTHON) for name, function in _FUNCTIONS.items()}


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
        name: Known(f"math.{name}", _of_numbers(function), CallKind.PYTHON)
        for name, function in _MATH.items()
    }
    found["prod"] = Known("math.prod", _prod, CallKind.PYTHON)
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
_ZEROS = 1_000  # a text that `zfill` makes is no longer


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


def call_method(
    call: PythonCall, owner: Any, name: str, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """Calls a whitelisted method of a plain value; what it makes is paid for first."""
    if isinstance(owner, str):
        return _of_text(call, owner, name, args, kwargs)
    if isinstance(owner, ArrayShape):
        return _of_shape(owner, name, args)
    if isinstance(owner, np.ndarray):
        return _of_array(call, owner, name, args, kwargs)
    if isinstance(owner, list) and name in ("append", "extend", "insert", "sort", "copy"):
        return _of_list(call, owner, name, args, kwargs)
    if isinstance(owner, dict):
        return _of_dict(call, owner, name, args, kwargs)
    if isinstance(owner, set):
        return _of_set(call, owner, name, args)
    if name == "as_list":
        return call.items(owner)
    if name in ("index", "count", "remove"):  # these compare to the bottom
        call.pay(owner, args)
    return getattr(owner, name)(*args, **kwargs)


def _of_text(
    call: PythonCall, owner: str, name: str, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    budget, node = call.budget, call.node
    if name == "format":
        return format_text(budget, node, owner, args, kwargs)
    if name == "join":
        (parts,) = args
        return joined(budget, node, owner, call.items(parts))
    budget.elements(node, len(owner))
    call.pay(args)
    if name == "replace":
        old, new = args[:2]
        pieces = owner.count(old) if old else len(owner) + 1
        budget.elements(node, len(owner) + pieces * len(new))
    if name == "zfill" and not abs(args[0]) <= _ZEROS:
        raise ValueError("the field is too wide")
    found = getattr(owner, name)(*args, **kwargs)
    if isinstance(found, str):  # `upper` can make three letters of one
        budget.length(node, len(found))
    return found


def _of_list(
    call: PythonCall, owner: list[Any], name: str, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    if name == "copy":
        return call.items(owner)
    if name == "sort":
        owner[:] = ordered(call, call.items(owner), **kwargs)
        return None
    if name == "extend":
        (values,) = args
        more = call.items(values)
        call.budget.length(call.node, len(owner) + len(more))
        return owner.extend(more)
    call.budget.length(call.node, len(owner) + 1)
    call.budget.spend(call.node, len(owner) // 64 if name == "insert" else 1)
    return getattr(owner, name)(*args, **kwargs)


def _of_dict(
    call: PythonCall, owner: dict[Any, Any], name: str, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    if name in ("items", "keys", "values"):
        call.items(owner)
        return list(getattr(owner, name)())
    if name == "copy":
        call.items(owner)
        return dict(owner)
    if name == "update":
        pairs = args[0] if args else {}
        if not isinstance(pairs, dict):
            pairs = dict(tuple(call.items(pair)) for pair in _hashable(call, call.items(pairs)))
        call.budget.elements(call.node, len(owner) + len(pairs) + len(kwargs))
        owner.update(pairs, **kwargs)
        return None
    call.pay(args)  # keys are hashed to the bottom
    call.budget.length(call.node, len(owner) + 1)
    return getattr(owner, name)(*args, **kwargs)


def _hashable(call: PythonCall, items: list[Any]) -> list[Any]:
    call.pay(items)
    return items


def _of_set(call: PythonCall, owner: set[Any], name: str, args: list[Any]) -> Any:
    if name in ("add", "discard"):
        call.pay(args)
        call.budget.length(call.node, len(owner) + 1)
        return getattr(owner, name)(*args)
    others = [_hashable(call, call.items(values)) for values in args]
    call.budget.elements(call.node, len(owner) + sum(len(items) for items in others))
    return getattr(owner, name)(*others)


def _of_array(
    call: PythonCall, owner: np.ndarray, name: str, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    call.pay(owner)
    if name == "astype":
        wanted = args[0] if args else kwargs["dtype"]
        if isinstance(wanted, str) and wanted[:1] in ("U", "S", "V", "<", ">", "|"):
            raise ValueError("the elements are too large")
        dtype = check_dtype(wanted)
        call.budget.elements(call.node, owner.size * max(1, dtype.itemsize // 16))
        return owner.astype(dtype)
    if name in ("reshape", "transpose", "item"):
        sides = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
        whole = all(isinstance(side, (int, type(None))) for side in sides)
        if kwargs or len(sides) > ANY_AXIS or not whole:
            raise TypeError("only whole numbers can be taken")
        found = getattr(owner, name)(*args)
    elif name in ("flatten", "ravel", "copy", "tolist"):
        found = getattr(owner, name)()
    else:
        options = dict(zip(("axis",), args, strict=False)) | kwargs
        if len(args) > 1 or set(options) - {"axis", "keepdims"}:
            raise TypeError("unexpected keyword argument")
        found = getattr(owner, name)(**options)
    if name == "tolist":
        call.pay(found)
    return found.item() if isinstance(found, np.generic) else found


def _of_shape(owner: ArrayShape, name: str, args: list[Any]) -> ArrayShape:
    if name == "astype":
        return ArrayShape.of(owner.view.shape, check_dtype(args[0]))
    if name == "reshape":
        shape = args[0] if len(args) == 1 and isinstance(args[0], (tuple, list)) else tuple(args)
        if not all(isinstance(side, int) for side in shape):
            raise TypeError("only whole numbers can be taken")
        known = math.prod(side for side in shape if side != -1)
        whole = [owner.view.size // max(known, 1) if side == -1 else side for side in shape]
        if math.prod(whole) != owner.view.size:
            raise ValueError(f"cannot reshape {owner.view.shape} into this shape")
        return ArrayShape.of(tuple(whole), owner.view.dtype)
    if not all(isinstance(value, PLAIN) or isinstance(value, tuple) for value in args):
        raise TypeError("only whole numbers can be taken")
    return owner if name == "copy" else ArrayShape(getattr(owner.view, name)(*args))
