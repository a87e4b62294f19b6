"""Calls of methods: of models and layers, and of plain values."""

import ast
from typing import Any

import keras
import numpy as np

from inspector.engine.reading_code import stacks
from inspector.engine.reading_code.attributes import SKIPPED_METHODS
from inspector.engine.reading_code.compiling import compile_model
from inspector.engine.reading_code.converting import to_keras
from inspector.engine.reading_code.data_calls import python_call
from inspector.engine.reading_code.guarding import check_states, guarded
from inspector.engine.reading_code.names_numpy import NotKept
from inspector.engine.reading_code.operators import plain
from inspector.engine.reading_code.scopes import Scope
from inspector.engine.reading_code.skipping import skipped_call
from inspector.engine.reading_code.stacks import Stack
from inspector.engine.reading_code.suggesting import nearest
from inspector.engine.reading_code.value_methods import call_method as call_method_of_value
from inspector.engine.reading_code.values import (
    ArrayShape,
    Method,
    Unknown,
    is_tensor,
)
from inspector.engine.size_bounds import LARGEST_INTEGER


def call_method(node: ast.Call, method: Method, scope: Scope) -> Any:
    """Calls a whitelisted method."""
    from inspector.engine.reading_code.calls import evaluated_arguments

    if isinstance(method.owner, (Stack, keras.layers.Layer)):
        if method.name in SKIPPED_METHODS:
            return _skipped(node, method, scope)
        args, kwargs = evaluated_arguments(node, scope)
        return _of_model(node, method, args, kwargs, scope)
    args, kwargs = evaluated_arguments(node, scope)
    if is_tensor(method.owner):
        return tuple(method.owner.shape)
    return _of_value(node, method, args, kwargs, scope)


def _skipped(node: ast.Call, method: Method, scope: Scope) -> Any:
    if method.name.startswith(("fit", "train")) and node.args:
        _remember_shape(node.args[0], method.owner, scope)
    return skipped_call(node, SKIPPED_METHODS[method.name], scope)


def _remember_shape(argument: ast.expr, model: Any, scope: Scope) -> None:
    """The data that a model is fitted to says its input shape, where the code does not."""
    value = scope.look_up(argument.id) if isinstance(argument, ast.Name) else None
    if isinstance(value, (np.ndarray, ArrayShape)):
        array = value.view if isinstance(value, ArrayShape) else value
        scope.reading.shapes.setdefault(id(model), tuple(array.shape))


def _of_model(
    node: ast.Call, method: Method, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    reading, owner, name = scope.reading, method.owner, method.name
    if isinstance(owner, Stack) and name == "add":
        layer = args[0] if args else kwargs.get("layer")
        where = node.args[0] if node.args else node
        if layer is None:
            raise reading.error(node, "`add` gets no layer.", todo="Write `model.add(LSTM(10))`.")
        return stacks.add(reading, owner, layer, where)
    if isinstance(owner, Stack) and name == "pop":
        return stacks.pop(reading, owner, node)
    model = stacks.finished(reading, owner, node) if isinstance(owner, Stack) else owner
    if isinstance(model, Unknown):
        return reading.derived(node, [model], built=True)
    if name == "compile":
        return compile_model(reading, node, model, args, kwargs)
    unknown = reading.unknowns([args, kwargs])
    if unknown:
        return reading.derived(node, unknown, built=True)
    args, kwargs = to_keras(reading, node, (args, kwargs))
    if name == "compute_mask":
        return guarded(reading, node, lambda: model.compute_mask(*args, **kwargs))
    if name == "get_layer":
        return _layer_named(node, model, args, kwargs, scope)
    if name == "build":
        return _build(node, model, args, kwargs, scope)
    return guarded(reading, node, lambda: getattr(model, name)(*args, **kwargs))


def _layer_named(
    node: ast.Call, model: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    name = args[0] if args else kwargs.get("name")
    names = [layer.name for layer in model.layers]
    if isinstance(name, str) and name not in names:
        alike = nearest(name, names)
        raise scope.reading.error(
            node,
            f"The model has no layer named {name!r}.",
            todo=f"Did you mean {alike!r}?" if alike else f"Its layers are {', '.join(names)}.",
        )
    return guarded(scope.reading, node, lambda: model.get_layer(*args, **kwargs))


def _build(
    node: ast.Call, model: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> None:
    shape = args[0] if args else kwargs.get("input_shape")
    if not isinstance(shape, (tuple, list)) or not all(
        side is None or isinstance(side, int) for side in shape
    ):
        raise scope.reading.error(
            node,
            "`build` gets no shape.",
            "It takes the shape with the rows in front.",
            "Write `model.build((None, timesteps, features))`.",
        )
    reading = scope.reading
    if any(abs(side or 0) > LARGEST_INTEGER for side in shape):
        raise reading.error(node, "A side of this shape is too large.", todo="Make it smaller.")

    def build() -> None:
        check_states(reading.spending, model, [tuple(shape)])
        model.build(tuple(shape))

    guarded(reading, node, build)


def _of_value(
    node: ast.Call, method: Method, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """A method of a text, a list, an array: unknown where its arguments are."""
    reading, owner, name = scope.reading, method.owner, method.name
    unknown = reading.unknowns([args, kwargs])
    if unknown and not (isinstance(owner, list) and name in ("append", "extend", "insert")):
        return reading.unknown(node, unknown[0].why, unknown[0].module)
    if unknown and name == "extend" and isinstance(args[0], Unknown):
        owner.append(unknown[0])
        return None
    try:
        return plain(
            node, call_method_of_value(python_call(node, scope), owner, name, args, kwargs), scope
        )
    except NotKept:
        return reading.unknown(node, "data")
