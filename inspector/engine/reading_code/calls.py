"""Calls: of whitelisted functions, of layers, of methods, and of the code's own functions."""

import ast
from typing import Any

import keras
import numpy as np

from inspector.engine.reading_code import arguments, keras2, names_python
from inspector.engine.reading_code.converting import to_keras
from inspector.engine.reading_code.evaluating import evaluate, evaluates
from inspector.engine.reading_code.functions import call_function
from inspector.engine.reading_code.guarding import call_layer, guarded, operate
from inspector.engine.reading_code.methods import call_method
from inspector.engine.reading_code.names_numpy import NotKept, array_value
from inspector.engine.reading_code.operators import plain
from inspector.engine.reading_code.scopes import MISSING, Scope
from inspector.engine.reading_code.skipping import skipped_call
from inspector.engine.reading_code.source import line_of, written
from inspector.engine.reading_code.stacks import Stack, finished, not_a_layer
from inspector.engine.reading_code.values import (
    ArrayShape,
    Function,
    Kind,
    Known,
    Method,
    Namespace,
    Unknown,
    is_tensor,
    leaves,
)
from inspector.errors import CodeError

_DEEP = frozenset({"str", "repr", "sorted", "max", "min", "sum", "set", "dict", "frozenset"})


@evaluates(ast.Call)
def _call(node: ast.Call, scope: Scope) -> Any:
    if isinstance(node.func, ast.Name) and scope.look_up(node.func.id) is MISSING:
        why = names_python.SKIPPED.get(node.func.id)
        if why is not None:
            return skipped_call(node, why, scope)
    callee = evaluate(node.func, scope)
    if isinstance(callee, Unknown):
        return _call_unknown(node, callee, scope)
    if isinstance(callee, Method):
        return call_method(node, callee, scope)
    args, kwargs = evaluated_arguments(node, scope)
    return call(node, callee, args, kwargs, scope)


def evaluated_arguments(node: ast.Call, scope: Scope) -> tuple[list[Any], dict[str, Any]]:
    """Evaluates the arguments of a call, `*` and `**` spread out."""
    args: list[Any] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            value = evaluate(argument.value, scope)
            args.extend(value if isinstance(value, (list, tuple, range)) else [value])
        else:
            args.append(evaluate(argument, scope))
    kwargs: dict[str, Any] = {}
    for keyword in node.keywords:
        value = evaluate(keyword.value, scope)
        more = {keyword.arg: value} if keyword.arg is not None else value
        if not isinstance(more, dict) or not all(isinstance(name, str) for name in more):
            raise scope.reading.error(keyword, f"`**{written(keyword.value)}` is no dictionary.")
        twice = next((name for name in more if name in kwargs), None)
        if twice is not None:
            raise scope.reading.error(keyword, f"`{twice}` is given twice.", todo="Delete one.")
        kwargs.update(more)
    return args, kwargs


def call(node: ast.Call, callee: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope) -> Any:
    """Calls a value of the code with evaluated arguments."""
    if isinstance(callee, Function):
        return _call_own(node, callee, args, kwargs, scope)
    if isinstance(callee, Known):
        return _call_known(node, callee, args, kwargs, scope)
    if isinstance(callee, (Stack, keras.layers.Layer)):
        return _call_layer(node, callee, args, kwargs, scope)
    if isinstance(callee, (keras.losses.Loss, keras.regularizers.Regularizer)):
        converted = to_keras(scope.reading, node, (args, kwargs))
        return operate(scope.reading, node, callee, *converted)
    what = "a module" if isinstance(callee, Namespace) else f"a {type(callee).__name__}"
    if is_tensor(callee):
        what = "a tensor"
    raise scope.reading.error(
        node,
        f"`{written(node.func)}` is {what} and cannot be called.",
        todo="Is a comma or an operator missing?" if not isinstance(callee, Namespace) else "",
    )


def _call_known(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    reading = scope.reading
    if known.kind is Kind.SPECIAL:
        return known.function(reading, node, args, kwargs)
    if known.kind is Kind.PYTHON:
        return _call_python(node, known, args, kwargs, scope)
    if known.kind is Kind.ARRAY:
        return _call_array(node, known, args, kwargs, scope)
    if known.kind is Kind.LAYER:
        return _make_layer(node, known, args, kwargs, scope)
    if known.kind is Kind.OBJECT:
        if known.path.startswith("keras.optimizers."):
            kwargs = keras2.translate_optimizer(reading, node, known.name, kwargs)
        kwargs = keras2.translate_loss(kwargs)
    unknown = reading.unknowns([args, kwargs])
    if unknown:
        inside = leaves([args, kwargs], lambda steps: reading.spending.spend(node, steps))
        return reading.derived(node, unknown, built=any(is_tensor(leaf) for leaf in inside))
    args, kwargs = to_keras(reading, node, (args, kwargs))
    if known.kind is Kind.OBJECT:
        arguments.check(reading, node, known, args, kwargs)
        return guarded(reading, node, lambda: known.function(*args, **kwargs))
    return _operation(node, known, args, kwargs, scope)


def _operation(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    arguments.check(scope.reading, node, known, args, kwargs)
    if known.name in ("variable", "Variable"):  # no larger than what it is made from
        return guarded(scope.reading, node, lambda: known.function(*args, **kwargs))
    found = operate(scope.reading, node, known.function, args, kwargs)
    return found.item() if isinstance(found, np.generic) else found


def _make_layer(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    reading = scope.reading
    if not isinstance(known.function, type):  # add, concatenate, ...: a layer and its call
        reading.spending.layer(node)
        return _checked_tensors(node, known, args, kwargs, scope)
    kwargs, shape = keras2.translate(reading, node, known.name, kwargs)
    reading.spending.layer(node)
    unknown = reading.unknowns([args, kwargs, shape])
    if unknown:
        return reading.derived(node, unknown, built=True)
    args, kwargs = to_keras(reading, node, (args, kwargs))
    _check_vocabulary(node, known, args, kwargs, scope)
    arguments.check(reading, node, known, args, kwargs)
    made = guarded(reading, node, lambda: known.function(*args, **kwargs))
    reading.lines[made.name] = line_of(node) or 0
    reading.kept.append(made)  # ids stay unique while the layer lives
    if shape is not None:
        reading.input_shapes[id(made)] = shape
    return made


def _checked_tensors(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    unknown = scope.reading.unknowns([args, kwargs])
    for value in unknown:
        if not value.built:
            raise not_a_layer(scope.reading, node, value)
    if unknown:
        return scope.reading.derived(node, unknown, built=True)
    args, kwargs = to_keras(scope.reading, node, (args, kwargs))
    return guarded(scope.reading, node, lambda: known.function(*args, **kwargs))


def _check_vocabulary(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> None:
    if isinstance(kwargs.get("vocabulary"), str):
        raise scope.reading.error(
            node,
            f"`vocabulary` of `{known.name}` names a file, and pasted code opens none.",
            todo="Give the vocabulary as a list.",
        )
    if known.name == "Lambda":
        function = args[0] if args else kwargs.get("function")
        if function is not None and not callable(function):
            raise scope.reading.error(
                node,
                f"`Lambda` gets a {type(function).__name__}.",
                "It takes a function.",
                "Write `Lambda(lambda x: ...)`.",
            )


def _call_layer(
    node: ast.Call, layer: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    reading = scope.reading
    unknown = reading.unknowns([args, kwargs])
    for value in unknown:
        if not value.built and not _is_plain_option(value, kwargs):
            raise not_a_layer(reading, node, value)
    layer = finished(reading, layer, node) if isinstance(layer, Stack) else layer
    if unknown or isinstance(layer, Unknown):
        found = [*unknown, *([layer] if isinstance(layer, Unknown) else [])]
        return reading.derived(node, found, built=True)
    args, kwargs = to_keras(reading, node, (args, kwargs))
    if not args and not kwargs:
        raise reading.error(
            node,
            f"`{written(node.func)}` is called without a tensor.",
            todo="Call it on the output of the layer before.",
        )
    return call_layer(reading, node, layer, args, kwargs)


def _is_plain_option(value: Unknown, kwargs: dict[str, Any]) -> bool:
    return any(value is given for name, given in kwargs.items() if name in ("training", "causal"))


def _call_python(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    reading = scope.reading
    unknown = [value for value in (*args, *kwargs.values()) if isinstance(value, Unknown)]
    if unknown:
        if known.name in ("int", "float", "abs", "round", "tuple", "list", "str"):
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
    return plain(node, known.function(*called, **named), scope)


def _python_callable(value: Any, node: ast.Call, scope: Scope) -> Any:
    """`sorted(words, key=lambda w: ...)` calls back."""
    if isinstance(value, Function):
        return lambda *args: call_function(value, list(args), {}, node)
    return value.function if isinstance(value, Known) else value


def _call_array(
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


def _call_own(
    node: ast.Call, function: Function, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    from inspector.engine.reading_code.touching import touches_keras

    try:
        return call_function(function, args, kwargs, node)
    except CodeError as error:
        budget = scope.reading.spending
        if budget.exceeded or touches_keras(function, args, kwargs):
            raise
        budget.failure = None
        scope.reading.note(node, f"Skipped: `{function.name}` prepares data ({error.got}).")
        return scope.reading.unknown(node, "data")


def _call_unknown(node: ast.Call, callee: Unknown, scope: Scope) -> Any:
    reading = scope.reading
    if callee.built:
        args, kwargs = evaluated_arguments(node, scope)
        return reading.derived(node, [callee, *reading.unknowns([args, kwargs])], built=True)
    if _gets_tensor(node, scope):
        raise not_a_layer(reading, node, callee)
    return skipped_call(node, "data", scope, callee)


def _gets_tensor(node: ast.Call, scope: Scope) -> bool:
    """True if a variable that holds a tensor of the model is passed to something unknown."""
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        inner = argument.elts if isinstance(argument, (ast.List, ast.Tuple)) else [argument]
        for part in inner:
            value = scope.look_up(part.id) if isinstance(part, ast.Name) else None
            if is_tensor(value) and not isinstance(value, ArrayShape):
                return True
    return False
