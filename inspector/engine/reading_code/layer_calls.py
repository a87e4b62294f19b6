"""Making layers, and calling them on tensors."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from inspector.engine.reading_code import arguments, keras2
from inspector.engine.reading_code.argument_bounds import check_bounds
from inspector.engine.reading_code.converting import callback, to_keras
from inspector.engine.reading_code.functions import is_checked
from inspector.engine.reading_code.guarding import call_layer, guarded
from inspector.engine.reading_code.scopes import Reading, Scope
from inspector.engine.reading_code.source import line_of, written
from inspector.engine.reading_code.stacks import Stack, finished, not_a_layer
from inspector.engine.reading_code.values import Known, Unknown, is_tensor, leaves


def make_layer(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """Makes a layer; with `add`, `concatenate` and their like, makes and calls it."""
    reading = scope.reading
    if not isinstance(known.function, type):  # add, concatenate, ...: a layer and its call
        reading.spending.layer(node)
        return _checked_tensors(node, known, args, kwargs, scope)
    kwargs, shape = keras2.translate(reading, node, known.name, kwargs)
    reading.spending.layer(node)
    unknown = reading.unknowns([args, kwargs, shape])
    if unknown:
        return reading.derived(node, unknown, built=True)
    if known.name == "Lambda":
        args = [callback(reading, node, value) for value in args]
        kwargs = {name: callback(reading, node, value) for name, value in kwargs.items()}
    args, kwargs = to_keras(reading, node, arguments.by_name(known, args, kwargs))
    check_bounds(reading, node, known, args, kwargs)
    _check_function(node, known, args, kwargs, scope)
    arguments.check(reading, node, known, args, kwargs)
    if known.name == "InputLayer" and kwargs.get("shape") is not None:
        arguments.check_shape(reading, node, "shape", kwargs["shape"])
    with _findable(reading, known):
        made = guarded(reading, node, lambda: known.function(*args, **kwargs))
    reading.lines[made.name] = line_of(node) or 0
    reading.kept.append(made)  # ids stay unique while the layer lives
    if shape is not None:
        reading.input_shapes[id(made)] = shape
    return made


@contextmanager
def _findable(reading: Reading, known: Known) -> Iterator[None]:
    """`Bidirectional` rebuilds its layer from a description that names the code's functions."""
    if known.name != "Bidirectional":
        yield
        return
    own = {name: made for name, made in reading.callables.items() if not hasattr(keras, name)}
    with keras.saving.custom_object_scope(own):
        yield


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


def _check_function(
    node: ast.Call, known: Known, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> None:
    if known.name == "Lambda":
        function = args[0] if args else kwargs.get("function")
        if function is not None and not is_checked(function):
            raise scope.reading.error(
                node,
                f"`Lambda` gets a {type(function).__name__}.",
                "It takes a function.",
                "Write `Lambda(lambda x: ...)`.",
            )


def call_on(
    node: ast.Call, layer: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """Calls a layer or model on tensors."""
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
    _check_called_on(node, layer, args, scope)
    found = call_layer(reading, node, layer, args, kwargs)
    if found is None:
        reading.note(node, f"`{written(node.func, 40)}(...)` on numbers is skipped: data.")
        return reading.unknown(node, "data")
    return found


def _check_called_on(node: ast.Call, layer: Any, args: list[Any], scope: Scope) -> None:
    """A layer is called on tensors, or on arrays of numbers."""
    spend = scope.reading.spending.spend
    for leaf in leaves(args[:1], lambda steps: spend(node, steps)):
        numbers = isinstance(leaf, (int, float, np.generic, np.ndarray))
        texts = isinstance(leaf, str) and isinstance(layer, keras.layers.TextVectorization)
        if not (is_tensor(leaf) or numbers or texts):
            raise scope.reading.error(
                node,
                f"`{written(node.func, 30)}` is called on {arguments.described(leaf)}.",
                "A layer is called on a tensor.",
                "Call it on the output of the layer before.",
            )


def _is_plain_option(value: Unknown, kwargs: dict[str, Any]) -> bool:
    return any(value is given for name, given in kwargs.items() if name in ("training", "causal"))
