"""`Sequential` models: layers are collected, and the model is built once, when it is used.

`Sequential.add` of Keras builds the whole stack anew each time.

"""

import ast
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import keras

from inspector.engine.code.arguments import check_shape
from inspector.engine.code.code_values import Unknown, kind_name
from inspector.engine.code.guard import guarded
from inspector.engine.code.refusals import way_out
from inspector.engine.code.scopes import Reading
from inspector.engine.code.text import line_of
from inspector.engine.seam.names import FRAGMENT_NAMES
from inspector.errors import CodeError


@dataclass(eq=False)
class Stack:
    """A `Sequential` in the making.

    Attributes:
        name: The model's name.
        node: Where it was made.
        layers: Each layer with the code that added it.
        model: The model, once it was used.
        unknown: Unknown values among the layers.
    """

    name: str
    node: ast.AST
    layers: list[tuple[Any, ast.AST]] = field(default_factory=list)
    model: keras.Sequential | None = None
    unknown: list[Unknown] = field(default_factory=list)


def add(reading: Reading, stack: Stack, layer: Any, node: ast.AST) -> None:
    """Adds one layer; raises `CodeError` for anything else."""
    if isinstance(layer, Unknown):
        if not layer.built:
            raise not_a_layer(reading, node, layer)
        stack.unknown.append(layer)
        return
    if isinstance(layer, Stack):
        layer = finished(reading, layer, node)
        if isinstance(layer, Unknown):
            stack.unknown.append(layer)
            return
    if not isinstance(layer, (keras.layers.Layer, keras.KerasTensor)):
        raise reading.error(
            node,
            f"A {kind_name(layer)} is added to a `Sequential`.",
            "It takes layers.",
            "Call the class to make a layer: `LSTM(10)`, not `LSTM`."
            if callable(getattr(layer, "function", None))
            else "",
        )
    inputs = (keras.KerasTensor, keras.layers.InputLayer)
    if isinstance(layer, inputs) and (stack.layers or stack.model is not None):
        raise reading.error(
            node,
            "An input is added to a `Sequential` that has layers already.",
            "There is one input, and it comes first.",
            "Delete this line.",
        )
    if stack.model is not None:
        model = stack.model
        guarded(reading, node, lambda: model.add(layer))
        return
    stack.layers.append((layer, node))


def not_a_layer(reading: Reading, node: ast.AST, value: Unknown) -> CodeError:
    """The error for something unknown where a layer or tensor is needed."""
    name = value.text.partition("(")[0].rpartition(".")[2].strip()
    of_keras = value.module.partition(".")[0] in ("keras", "tensorflow", "tf_keras", "numpy")
    todo = way_out(name, FRAGMENT_NAMES)
    if of_keras:
        return reading.error(
            node,
            f"`{value.text}` is not among the names that are read.",
            "A layer or tensor of Keras is needed here.",
            todo,
        )
    if value.module:
        return reading.error(
            node,
            f"`{value.text}` comes from `{value.module}`, which is not read.",
            "A layer or tensor of Keras is needed here.",
            "Use the Python API where that module is installed: `inspector.inspect(model, x, y)`.",
        )
    return reading.error(
        node,
        f"`{value.text}` has no value here.",
        "A layer or tensor of Keras is needed.",
        todo or "Add the line that makes it.",
    )


def pop(reading: Reading, stack: Stack, node: ast.AST) -> Any:
    """Removes the last layer."""
    if stack.model is not None:
        return guarded(reading, node, stack.model.pop)
    if not stack.layers:
        raise reading.error(node, "There is no layer to remove.")
    return stack.layers.pop()[0]


def finished(reading: Reading, stack: Stack, node: ast.AST | None = None) -> Any:
    """Returns the Keras model; an unknown value where a layer is unknown.

    Raises:
        CodeError: The layers do not fit each other; the line is that of the layer at fault.
    """
    if stack.unknown:
        where = node if node is not None else stack.node
        return reading.derived(where, stack.unknown, built=True)
    if stack.model is None:
        layers = _with_input(reading, stack)
        parameters = reading.budget.parameters
        try:
            stack.model = guarded(
                reading, stack.node, lambda: keras.Sequential(layers, name=stack.name)
            )
        except CodeError as error:
            reading.budget.parameters = parameters  # it is built again, layer by layer
            raise _located(reading, stack, error) from error
        reading.lines[stack.name] = line_of(stack.node) or 0
    return stack.model


def _with_input(reading: Reading, stack: Stack) -> list[Any]:
    layers = [layer for layer, _ in stack.layers]
    if not layers:
        return layers
    first = layers[0]
    shape = reading.input_shapes.get(id(first))
    if shape is None or isinstance(first, keras.KerasTensor):
        return layers
    node = stack.layers[0][1]
    check_shape(reading, node, "input_shape", shape)
    dtype = "int32" if isinstance(first, keras.layers.Embedding) else None
    made = guarded(reading, node, lambda: keras.Input(batch_shape=shape, dtype=dtype))
    return [made, *layers]


def _located(reading: Reading, stack: Stack, error: CodeError) -> CodeError:
    """The same error with the line of the layer that cannot be called."""
    names: set[str] = set()
    tensor: Any = None
    for layer, node in stack.layers:
        if isinstance(layer, keras.KerasTensor):
            tensor = layer
            continue
        if layer.name in names:
            return reading.error(
                node,
                f"Two layers are named `{layer.name}`.",
                todo="Give each layer a name of its own.",
            )
        names.add(layer.name)
        shape = reading.input_shapes.get(id(layer)) if tensor is None else None
        if isinstance(layer, keras.layers.InputLayer):
            tensor = layer.output
            continue
        if tensor is None and shape is not None:
            tensor = keras.KerasTensor(shape)
        if tensor is None:
            continue
        try:
            tensor = guarded(reading, node, partial(layer, tensor))
        except CodeError as located:
            return located
    return error


def build(reading: Reading, model: Any, shape: tuple[Any, ...], node: ast.AST | None) -> None:
    """Builds a `Sequential` for a batch shape."""
    where = node if node is not None else ast.Pass(lineno=1)
    guarded(reading, where, lambda: model.build(tuple(shape)))
