"""Methods and attributes of plain values: of texts, lists, dictionaries, sets and arrays."""

import math
from typing import Any

import numpy as np

from inspector.engine.reading_code.names_numpy import ANY_AXIS, check_dtype
from inspector.engine.reading_code.names_python import PythonCall, ordered
from inspector.engine.reading_code.texts import format_text, joined
from inspector.engine.reading_code.values import PLAIN, ArrayShape

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
