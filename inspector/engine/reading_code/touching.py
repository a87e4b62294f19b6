"""Has a function of the code to do with the model, or only with data?"""

import ast
from typing import Any

import keras

from inspector.engine.reading_code import names
from inspector.engine.reading_code.scopes import MISSING
from inspector.engine.reading_code.stacks import Stack
from inspector.engine.reading_code.values import (
    Function,
    Kind,
    Known,
    Namespace,
    Partial,
    is_tensor,
    leaves,
)

_DATA = (Kind.PYTHON, Kind.ARRAY)


def touches_keras(function: Function, args: list[Any], kwargs: dict[str, Any]) -> bool:
    """True if a function names anything of Keras, or is given some."""
    reading = function.scope.reading
    given = leaves([args, kwargs], lambda steps: reading.spending.spend(None, steps))
    if any(is_of_keras(value) for value in given):
        return True
    return _mentions(function, set())


def _mentions(function: Function, seen: set[int]) -> bool:
    if id(function) in seen:
        return False
    seen.add(id(function))
    body = function.body if isinstance(function.body, list) else [function.body]
    for part in body:
        for node in ast.walk(part):
            function.scope.reading.spending.spend(None)
            if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
                continue
            value = function.scope.look_up(node.id)
            if value is MISSING:
                value = names.fragment_names().get(node.id)
            if isinstance(value, Function) and _mentions(value, seen):
                return True
            if not isinstance(value, Function) and is_of_keras(value):
                return True
    return False


def is_of_keras(value: Any) -> bool:
    """True for tensors, layers, models and what makes them."""
    if isinstance(value, Namespace):
        return value.path.partition(".")[0] in ("keras", "tensorflow")
    if isinstance(value, Known):
        return value.kind not in _DATA
    if isinstance(value, Partial):
        return is_of_keras(value.function)
    return is_tensor(value) or isinstance(value, (Stack, Function, keras.layers.Layer))
