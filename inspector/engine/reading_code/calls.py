"""Calls: of whitelisted functions, of layers, of methods, and of the code's own functions."""

import ast
from typing import Any

import keras
import numpy as np

from inspector.engine.reading_code import arguments, keras2, names_python
from inspector.engine.reading_code.argument_bounds import check_bounds
from inspector.engine.reading_code.converting import to_keras
from inspector.engine.reading_code.data_calls import call_array, call_python
from inspector.engine.reading_code.evaluating import evaluate, evaluates
from inspector.engine.reading_code.functions import call_function
from inspector.engine.reading_code.guarding import guarded, operate
from inspector.engine.reading_code.iterating import items_of
from inspector.engine.reading_code.layer_calls import call_on, make_layer
from inspector.engine.reading_code.methods import call_method
from inspector.engine.reading_code.scopes import MISSING, Scope
from inspector.engine.reading_code.skipping import skipped_call
from inspector.engine.reading_code.source import written
from inspector.engine.reading_code.stacks import Stack, not_a_layer
from inspector.engine.reading_code.values import (
    ArrayShape,
    Function,
    Kind,
    Known,
    Method,
    Namespace,
    Partial,
    Unknown,
    is_tensor,
    leaves,
)
from inspector.errors import CodeError


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
            if isinstance(value, Unknown):
                args.append(value)
                continue
            args.extend(items_of(argument, value, scope, "`*`"))
            scope.reading.spending.length(argument, len(args))
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
        scope.reading.spending.elements(keyword, len(kwargs) + len(more))
        kwargs.update(more)
    return args, kwargs


def call(node: ast.Call, callee: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope) -> Any:
    """Calls a value of the code with evaluated arguments."""
    if isinstance(callee, Function):
        return _call_own(node, callee, args, kwargs, scope)
    if isinstance(callee, Known):
        return _call_known(node, callee, args, kwargs, scope)
    if isinstance(callee, Partial):
        merged = {**callee.kwargs, **kwargs}
        return call(node, callee.function, [*callee.args, *args], merged, scope)
    if isinstance(callee, (Stack, keras.layers.Layer)):
        return call_on(node, callee, args, kwargs, scope)
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
        return call_python(node, known, args, kwargs, scope)
    if known.kind is Kind.ARRAY:
        return call_array(node, known, args, kwargs, scope)
    if known.kind is Kind.LAYER:
        return make_layer(node, known, args, kwargs, scope)
    if known.kind is Kind.OBJECT:
        if known.path.startswith("keras.optimizers."):
            kwargs = keras2.translate_optimizer(reading, node, known.name, kwargs)
        kwargs = keras2.translate_loss(kwargs)
    unknown = reading.unknowns([args, kwargs])
    if unknown:
        inside = leaves([args, kwargs], lambda steps: reading.spending.spend(node, steps))
        return reading.derived(node, unknown, built=any(is_tensor(leaf) for leaf in inside))
    args, kwargs = to_keras(reading, node, arguments.by_name(known, args, kwargs))
    check_bounds(reading, node, known, args, kwargs)
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
    if known.name in ("split", "unstack", "meshgrid"):
        _check_parts(node, known, args, kwargs, scope)
    found = operate(scope.reading, node, known.function, args, kwargs)
    return found.item() if isinstance(found, np.generic) else found


def _check_parts(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> None:
    """Each part of a tensor is a node of its own."""
    numbers = [v for v in (*args, *kwargs.values()) if isinstance(v, int)]
    if known.name == "unstack" and args and is_tensor(args[0]):
        numbers += [side for side in args[0].shape if side is not None]
    for number in numbers:
        scope.reading.spending.spend(node, 50 * abs(number))


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
