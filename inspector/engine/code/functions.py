"""What Keras may call: the code's own functions, and whitelisted ones, each by a checked call."""

import ast
import inspect
import itertools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from inspector.engine.code.arguments import file_error, is_file
from inspector.engine.code.budget import Budget, current_budget, pay, spending
from inspector.engine.code.code_values import (
    PLAIN,
    ArrayShape,
    CallKind,
    CodeFunction,
    Known,
    Method,
    Namespace,
    Partial,
    Unknown,
    is_tensor,
    kind_name,
    needs_of,
)
from inspector.engine.code.evaluator import call_value, evaluate, failed, run_body
from inspector.engine.code.scopes import Reading, Scope, missing
from inspector.engine.code.stacks import Stack, finished
from inspector.engine.code.text import line_of
from inspector.errors import CodeError, InspectorError

_MODULE = "pasted_code"


def call_function(
    function: CodeFunction, args: list[Any], kwargs: dict[str, Any], node: ast.AST | None
) -> Any:
    """Calls a function of the code.

    Raises:
        CodeError: It calls itself, its arguments are wrong, or something in it is not read.
    """
    reading = function.scope.reading
    budget = reading.spending
    where = node if node is not None else function.line
    if any(active is function for active in budget.active):
        budget.exceeded = True
        raise reading.error(where, f"`{function.name}` calls itself.", todo="Write it as a loop.")
    if len(budget.active) >= reading.limits.calls:
        raise budget.over(where, "calls", reading.limits.calls, "Functions call too deeply.")
    scope = Scope(reading, function.scope)
    scope.names.update(_bound(function, args, kwargs, where))
    budget.active.append(function)
    try:
        return _run(function, scope)
    finally:
        budget.active.pop()


def _run(function: CodeFunction, scope: Scope) -> Any:
    if isinstance(function.body, list):
        return run_body(function.body, scope)
    return evaluate(function.body, scope)


def _bound(
    function: CodeFunction, args: list[Any], kwargs: dict[str, Any], where: ast.AST | int
) -> dict[str, Any]:
    """Binds arguments to parameters as Python does."""
    reading = function.scope.reading
    signature = signature_of(function)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise reading.error(
            where, f"`{function.name}` cannot be called like this: {error}."
        ) from error
    bound.apply_defaults()
    found = dict(bound.arguments)
    return {
        name: list(v) if isinstance(v, tuple) and name == _star(function) else v
        for name, v in found.items()
    }


def _star(function: CodeFunction) -> str:
    return function.arguments.vararg.arg if function.arguments.vararg else ""


def signature_of(function: CodeFunction) -> inspect.Signature:
    """Returns the parameters of a function of the code as Python's own value."""
    given, kinds = function.arguments, inspect.Parameter
    positional = [*given.posonlyargs, *given.args]
    without = len(positional) - len(function.defaults)
    parameters = []
    for index, parameter in enumerate(positional):
        default = function.defaults[index - without] if index >= without else kinds.empty
        kind = (
            kinds.POSITIONAL_ONLY if index < len(given.posonlyargs) else kinds.POSITIONAL_OR_KEYWORD
        )
        parameters.append(kinds(parameter.arg, kind, default=default))
    if given.vararg:
        parameters.append(kinds(given.vararg.arg, kinds.VAR_POSITIONAL))
    for parameter in given.kwonlyargs:
        default = function.keyword_defaults.get(parameter.arg, kinds.empty)
        parameters.append(kinds(parameter.arg, kinds.KEYWORD_ONLY, default=default))
    if given.kwarg:
        parameters.append(kinds(given.kwarg.arg, kinds.VAR_KEYWORD))
    return inspect.Signature(parameters)


def as_callable(function: CodeFunction) -> Callable[..., Any]:
    """Returns a Python function that Keras can call, in a `Lambda` or as a loss."""
    if function.callables:
        return function.callables[0]
    reading = function.scope.reading
    name = "lambda_function" if function.name == "<lambda>" else function.name
    made = _made_callable(
        reading,
        name,
        function.line,
        lambda args, kwargs: call_function(function, args, kwargs, None),
    )
    plain = [
        p.replace(default=None) if p.default is not inspect.Parameter.empty else p
        for p in signature_of(function).parameters.values()
    ]
    made.__signature__ = inspect.Signature(plain)  # type: ignore[attr-defined]
    function.callables.append(made)
    return made


def checked_callable(
    reading: Reading, name: str, node: ast.AST | int, call: Callable[[ast.Call, Any, Any], Any]
) -> Callable[..., Any]:
    """Returns a Python function through which Keras calls a value of the code.

    Keras never gets a function of Python, NumPy or its own: it calls back here, and the call is
    checked and paid for as one that stands in the code.

    Args:
        reading: Of the code.
        name: Of the function.
        node: Where it is handed over.
        call: Makes the call: `call(node, args, kwargs)`.
    """
    line = node if isinstance(node, int) else line_of(node) or 0
    where = ast.Call(ast.Name(name, ast.Load()), [], [], lineno=line, col_offset=0)
    return _made_callable(reading, name, line, lambda args, kwargs: call(where, args, kwargs))


def is_checked(value: Any) -> bool:
    """True for a function that `as_callable` or `checked_callable` has made."""
    return getattr(value, "__module__", None) == _MODULE and callable(value)


def _made_callable(
    reading: Reading, name: str, line: int, run: Callable[[list[Any], dict[str, Any]], Any]
) -> Callable[..., Any]:
    """Each call from outside has a budget of its own, as large as that of the reading."""

    def call(*args: Any, **kwargs: Any) -> Any:
        budget = current_budget()
        if budget is not None and budget.source is reading.source:
            return _called(reading, line, run, args, kwargs)
        with spending(Budget(reading.limits, reading.source)):
            return _called(reading, line, run, args, kwargs)

    # AutoGraph would rewrite the evaluator itself.
    made: Callable[..., Any] = tf.autograph.experimental.do_not_convert(call)
    name = _free_name(name, reading)
    made.__name__ = made.__qualname__ = name
    made.__module__ = _MODULE  # Keras must find nothing by this name where it rebuilds layers
    made.__signature__ = inspect.signature(call)  # type: ignore[attr-defined]
    reading.callables[name] = made
    return made


def _free_name(name: str, reading: Reading) -> str:
    """The function's name, made unique: a wrapper finds it by name when it rebuilds a layer."""
    taken = reading.callables
    numbered = (f"{name}_{number}" for number in itertools.count(1))
    return name if name not in taken else next(n for n in numbered if n not in taken)


def _called(
    reading: Reading,
    line: int,
    run: Callable[[list[Any], dict[str, Any]], Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    try:
        found = run(list(args), kwargs)
        unknown = reading.unknowns(found)
        if unknown:
            raise missing(reading, needs_of(unknown))
        converted = to_keras(reading, line, found)
        if isinstance(converted, (str, bytes)):
            raise reading.error(line, "This gives Keras a text, where it takes a tensor.")
    except InspectorError:
        raise
    except Exception as error:
        raise failed(ast.Pass(lineno=line), Scope(reading), error) from error
    return converted


_DESCRIPTION = frozenset({"class_name", "registered_name", "module", "config"})
_PER_OBJECT = 50  # steps: `Add()([x] * 100000)` makes a hundred thousand nodes
_OBJECTS = (
    keras.layers.Layer,
    keras.losses.Loss,
    keras.metrics.Metric,
    keras.optimizers.Optimizer,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.initializers.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
)


def to_keras(reading: Reading, node: ast.AST | int, value: Any) -> Any:
    """Converts a value of the code for a call into Keras.

    Raises:
        CodeError: It is a description that Keras would rebuild an object from, or it is nothing
            that Keras can take.
    """
    if isinstance(value, (list, tuple, dict, set)):
        pay(reading.spending, node, value)  # for it all: lists may hold each other
        return _container(reading, node, value)
    return _leaf(reading, node, value)


def _container(reading: Reading, node: ast.AST | int, value: Any) -> Any:
    if isinstance(value, dict):
        if {"class_name", "registered_name"} & set(value) or _DESCRIPTION <= set(value):
            raise reading.error(
                node,
                "This is a description from which Keras would rebuild an object.",
                todo="Call the class itself.",
            )
        for key, inner in value.items():
            if is_file(key, inner):
                raise file_error(reading, node, key)
        return {key: to_keras(reading, node, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [to_keras(reading, node, inner) for inner in value]
    if isinstance(value, tuple):
        return tuple(to_keras(reading, node, inner) for inner in value)
    return {to_keras(reading, node, inner) for inner in value}


def _leaf(reading: Reading, node: ast.AST | int, value: Any) -> Any:
    if isinstance(value, CodeFunction):
        return as_callable(value)
    if isinstance(value, Stack):
        return finished(reading, value, node if isinstance(node, ast.AST) else None)
    if isinstance(value, (Known, Partial)):
        return _function(reading, node, value)
    if isinstance(value, range):
        reading.spending.elements(node, len(value))
        return list(value)
    if isinstance(value, (*PLAIN, np.ndarray, slice)):
        return value
    if is_checked(value):
        return value
    if isinstance(value, _OBJECTS) or is_tensor(value):
        reading.spending.spend(node if isinstance(node, ast.AST) else None, _PER_OBJECT)
        return value
    if isinstance(value, Unknown):
        raise _unknown(reading, node, value)
    if isinstance(value, ArrayShape):
        return np.zeros(_small(reading, node, value), value.view.dtype)
    what = {Method: "a method", Namespace: "a module"}.get(type(value), kind_name(value))
    raise reading.error(node, f"Keras cannot take {what} here.")


def _function(reading: Reading, node: ast.AST | int, value: Known | Partial) -> Any:
    """What Keras may call in place of a whitelisted function: a call back to the evaluator.

    Keras would make an object of a class that it gets, past all checks; it is made here.
    """
    known = value
    while isinstance(known, Partial):
        known = known.function
    if not isinstance(known, Known):
        name = getattr(known, "name", "partial")
        return checked_callable(reading, name, node, _calling(reading, value))
    if (
        isinstance(known.function, type)
        and known.kind is CallKind.LAYER
        or known.kind is CallKind.SPECIAL
    ):
        raise reading.error(
            node,
            f"`{known.name}` is a class, and no function that Keras may call here.",
            todo=f"Make a layer of it: `{known.name}(...)`.",
        )
    if isinstance(known.function, type):
        where = ast.Call(ast.Name(known.name, ast.Load()), [], [], lineno=_line(node), col_offset=0)
        return to_keras(reading, node, call_value(where, value, [], {}, Scope(reading)))
    return checked_callable(reading, known.name, node, _calling(reading, value))


def _calling(reading: Reading, value: Any) -> Callable[[ast.Call, Any, Any], Any]:
    return lambda where, args, kwargs: call_value(where, value, args, kwargs, Scope(reading))


def callback(reading: Reading, node: ast.AST, value: Any) -> Any:
    """What a `Lambda` may call in place of a layer or loss that the code hands it."""
    if isinstance(value, (Stack, keras.layers.Layer, keras.losses.Loss)):
        name = getattr(value, "name", None)
        return checked_callable(reading, name or "layer", node, _calling(reading, value))
    return value


def _line(node: ast.AST | int) -> int:
    return node if isinstance(node, int) else line_of(node) or 0


def _small(reading: Reading, node: ast.AST | int, value: ArrayShape) -> tuple[int, ...]:
    reading.spending.elements(node, value.view.size)
    return value.view.shape


def _unknown(reading: Reading, node: ast.AST | int, value: Unknown) -> CodeError:
    return reading.error(node, f"`{value.text}` has no value here.", todo="Give it a value.")
