"""From the evaluator's values to what Keras takes."""

import ast
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from inspector.engine.reading_code.argument_bounds import file_error, is_file
from inspector.engine.reading_code.functions import as_callable, checked_callable, is_checked
from inspector.engine.reading_code.pricing import pay
from inspector.engine.reading_code.scopes import Reading, Scope
from inspector.engine.reading_code.source import line_of
from inspector.engine.reading_code.stacks import Stack, finished
from inspector.engine.reading_code.values import (
    PLAIN,
    ArrayShape,
    Function,
    Kind,
    Known,
    Method,
    Namespace,
    Partial,
    Unknown,
    is_tensor,
)
from inspector.errors import CodeError

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
    if isinstance(value, Function):
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
    what = {Method: "a method", Namespace: "a module"}.get(type(value), type(value).__name__)
    raise reading.error(node, f"Keras cannot take {what} here.")


def _function(reading: Reading, node: ast.AST | int, value: Known | Partial) -> Any:
    """What Keras may call in place of a whitelisted function: a call back to the evaluator.

    Keras would make an object of a class that it gets, past all checks; it is made here.
    """
    from inspector.engine.reading_code.calls import call

    known = value
    while isinstance(known, Partial):
        known = known.function
    if not isinstance(known, Known):
        name = getattr(known, "name", "partial")
        return checked_callable(reading, name, node, _calling(reading, value))
    if isinstance(known.function, type) and known.kind is Kind.LAYER or known.kind is Kind.SPECIAL:
        raise reading.error(
            node,
            f"`{known.name}` is a class, and no function that Keras may call here.",
            todo=f"Make a layer of it: `{known.name}(...)`.",
        )
    if isinstance(known.function, type):
        where = ast.Call(ast.Name(known.name, ast.Load()), [], [], lineno=_line(node), col_offset=0)
        return to_keras(reading, node, call(where, value, [], {}, Scope(reading)))
    return checked_callable(reading, known.name, node, _calling(reading, value))


def _calling(reading: Reading, value: Any) -> Callable[[ast.Call, Any, Any], Any]:
    from inspector.engine.reading_code.calls import call

    return lambda where, args, kwargs: call(where, value, args, kwargs, Scope(reading))


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
