"""From the evaluator's values to what Keras takes."""

import ast
from typing import Any

import keras
import numpy as np

from inspector.engine.reading_code.functions import as_callable
from inspector.engine.reading_code.scopes import Reading
from inspector.engine.reading_code.stacks import Stack, finished
from inspector.engine.reading_code.values import (
    PLAIN,
    ArrayShape,
    Function,
    Known,
    Method,
    Namespace,
    Partial,
    Unknown,
    is_tensor,
    leaves,
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
        inside = leaves(value, lambda steps: reading.spending.spend(node, steps))
        list(inside)  # pays for it all: lists may hold each other
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
    if isinstance(value, Known):
        return value.value if value.value is not None else value.function
    if isinstance(value, (*PLAIN, np.ndarray, range, slice)):
        return value
    if isinstance(value, _OBJECTS) or is_tensor(value):
        reading.spending.spend(node if isinstance(node, ast.AST) else None, _PER_OBJECT)
        return value
    if isinstance(value, Unknown):
        raise _unknown(reading, node, value)
    if isinstance(value, ArrayShape):
        return np.zeros(_small(reading, node, value), value.view.dtype)
    what = {Method: "a method", Namespace: "a module", Partial: "a `partial`"}.get(
        type(value), type(value).__name__
    )
    raise reading.error(node, f"Keras cannot take {what} here.")


def _small(reading: Reading, node: ast.AST | int, value: ArrayShape) -> tuple[int, ...]:
    reading.spending.elements(node, value.view.size)
    return value.view.shape


def _unknown(reading: Reading, node: ast.AST | int, value: Unknown) -> CodeError:
    return reading.error(node, f"`{value.text}` has no value here.", todo="Give it a value.")
