"""Calls of Python's and NumPy's whitelisted functions, on plain values and literal arrays."""

import ast
from typing import Any

import keras
import numpy as np

from inspector.engine.reading_code.names_numpy import NotKept, array_value
from inspector.engine.reading_code.operators import plain
from inspector.engine.reading_code.scopes import Scope
from inspector.engine.reading_code.stacks import Stack
from inspector.engine.reading_code.values import Function, Known, Unknown, is_tensor, leaves
from inspector.errors import CodeError

_TYPES = {kind.__name__: kind for kind in (int, float, str, bool, list, tuple, dict, set)}
_DEEP = frozenset({"str", "repr", "sorted", "max", "min", "sum", "set", "dict", "frozenset"})


def call_python(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """Calls one of Python's functions; sizes are checked before anything is made."""
    reading = scope.reading
    unknown = [value for value in (*args, *kwargs.values()) if isinstance(value, Unknown)]
    if unknown:
        if known.name in ("int", "float", "abs", "round", "tuple", "list", "str", "range"):
            return reading.derived(node, unknown)
        return reading.unknown(node, unknown[0].why, unknown[0].module)
    if reading.unknowns([args, kwargs]) and known.name not in ("len", "list", "tuple", "zip"):
        return reading.derived(node, reading.unknowns([args, kwargs]))
    for value in args:
        if known.name in _DEEP:
            list(leaves(value, lambda steps: reading.spending.spend(node, steps)))
        if isinstance(value, (list, tuple, str, range, dict, set)) and known.name != "len":
            if not (isinstance(value, range) and known.name == "reversed"):
                reading.spending.elements(node, len(value))
    if known.name == "len" and args and is_tensor(args[0]):
        return args[0].shape[0]
    called = [_python_callable(value, node, scope) for value in args]
    named = {name: _python_callable(value, node, scope) for name, value in kwargs.items()}
    try:
        return plain(node, known.function(*called, **named), scope)
    except TypeError as error:
        if "argument" not in str(error):
            raise
        # Python's own words would name a function of ours.
        raise reading.error(node, f"`{known.name}` cannot be called like this.") from error


def _python_callable(value: Any, node: ast.Call, scope: Scope) -> Any:
    """`sorted(words, key=lambda w: ...)` and `map(layer, tensors)` call back."""
    from inspector.engine.reading_code.calls import call

    if isinstance(value, tuple) and value and all(isinstance(kind, Known) for kind in value):
        return tuple(_TYPES.get(kind.name, kind) for kind in value)
    if isinstance(value, Known) and value.name in _TYPES:
        return _TYPES[value.name]
    if isinstance(value, (Function, Known, Stack, keras.layers.Layer)):
        return lambda *args: call(node, value, list(args), {}, scope)
    return value


def call_array(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """A NumPy call that cannot be read gives an unknown value: it is a matter of data."""
    reading = scope.reading
    unknown = reading.unknowns([args, kwargs])
    if unknown:
        return reading.unknown(node, unknown[0].why, unknown[0].module)
    if any(is_tensor(leaf) for leaf in leaves([args, kwargs], lambda steps: None)):
        raise reading.error(
            node,
            f"`{known.path}` is called on a tensor.",
            "NumPy cannot compute while the model is built.",
            f"Use `keras.ops.{known.name}`.",
        )
    for value in (*args, *kwargs.values()):
        list(leaves(value, lambda steps: reading.spending.spend(node, steps)))
        if isinstance(value, np.ndarray):
            reading.spending.elements(node, value.size)
    try:
        found = array_value(known, args, kwargs)
    except CodeError:
        raise
    except (NotKept, TypeError, ValueError, ArithmeticError, IndexError, AttributeError):
        return reading.unknown(node, "data")
    if isinstance(found, np.ndarray):
        reading.spending.elements(node, found.size)
    return found
