"""Calls of Python's and NumPy's whitelisted functions, on plain values and literal arrays."""

import ast
import operator
from typing import Any

from inspector.engine.reading_code.guarding import operate
from inspector.engine.reading_code.names_numpy import NotKept, array_value
from inspector.engine.reading_code.names_python import PythonCall
from inspector.engine.reading_code.operators import binary, plain, truth
from inspector.engine.reading_code.scopes import Scope
from inspector.engine.reading_code.values import Known, Unknown, is_tensor, leaves
from inspector.errors import CodeError

_DERIVED = ("int", "float", "abs", "round", "tuple", "list", "str", "range")


def python_call(node: ast.Call, scope: Scope) -> PythonCall:
    """What a function of Python may use of the interpreter."""
    from inspector.engine.reading_code.calls import call

    return PythonCall(
        node,
        scope,
        call=lambda function, args: call(node, function, args, {}, scope),
        add=lambda left, right: binary(node, ast.Add, left, right, scope),
        truth=lambda value: truth(node, value, scope),
    )


def call_python(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """Calls one of Python's functions; sizes are checked before anything is made."""
    reading = scope.reading
    unknown = [value for value in (*args, *kwargs.values()) if isinstance(value, Unknown)]
    if unknown:
        if known.name in _DERIVED:
            return reading.derived(node, unknown)
        return reading.unknown(node, unknown[0].why, unknown[0].module)
    if reading.unknowns([args, kwargs]) and known.name not in ("len", "list", "tuple", "zip"):
        return reading.derived(node, reading.unknowns([args, kwargs]))
    if known.name == "abs" and len(args) == 1 and is_tensor(args[0]):
        return operate(reading, node, operator.abs, args, {})
    try:
        return plain(node, known.function(python_call(node, scope), *args, **kwargs), scope)
    except TypeError as error:
        if "argument" not in str(error):
            raise
        # Python's own words would name a function of ours.
        raise reading.error(node, f"`{known.name}` cannot be called like this.") from error


def call_array(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """A NumPy call that cannot be read gives an unknown value: it is a matter of data."""
    reading = scope.reading
    unknown = reading.unknowns([args, kwargs])
    if unknown:
        return reading.unknown(node, unknown[0].why, unknown[0].module)
    inside = leaves([args, kwargs], lambda steps: reading.spending.spend(node, steps))
    if any(is_tensor(leaf) for leaf in inside):
        raise reading.error(
            node,
            f"`{known.path}` is called on a tensor.",
            "NumPy cannot compute while the model is built.",
            f"Use `keras.ops.{known.name}`.",
        )
    try:
        return array_value(reading.spending, node, known, args, kwargs)
    except CodeError:
        raise
    except (NotKept, TypeError, ValueError, ArithmeticError, IndexError, AttributeError):
        return reading.unknown(node, "data")
