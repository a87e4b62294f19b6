"""`Input`, `Model` and `Sequential`."""

import ast
from typing import Any

import keras

from inspector.engine.reading_code import arguments, keras2
from inspector.engine.reading_code.argument_bounds import check_bounds
from inspector.engine.reading_code.converting import to_keras
from inspector.engine.reading_code.guarding import guarded
from inspector.engine.reading_code.scopes import Reading
from inspector.engine.reading_code.source import line_of
from inspector.engine.reading_code.stacks import Stack, add, finished, not_a_layer
from inspector.engine.reading_code.values import Kind, Known, Partial, Unknown, leaves
from inspector.engine.seam.keras import automatic_name


def special_functions() -> dict[str, Known]:
    """Returns what needs more than a call."""
    return {
        "Input": Known("keras.Input", _input, Kind.SPECIAL),
        "Model": Known("keras.Model", _model, Kind.SPECIAL),
        "Sequential": Known("keras.Sequential", _sequential, Kind.SPECIAL),
        "multi_gpu_model": Known("keras.utils.multi_gpu_model", _same_model, Kind.SPECIAL),
        "partial": Known("functools.partial", _partial, Kind.SPECIAL),
    }


_INPUT = Known("keras.Input", keras.Input, Kind.SPECIAL)


def _input(reading: Reading, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    unknown = reading.unknowns([*args, *kwargs.values()])
    if unknown:
        return reading.derived(node, unknown, built=True)
    kwargs, _ = keras2.translate(reading, node, "Input", kwargs)
    if "tensor" in kwargs or len(args) > 2:
        raise reading.error(
            node, "`Input(tensor=...)` wraps data.", todo="Give the shape: `Input(shape=...)`."
        )
    # Keras 2 took a number for (number,).
    if args and isinstance(args[0], int):
        args = [(args[0],), *args[1:]]
    if isinstance(kwargs.get("shape"), int):
        kwargs["shape"] = (kwargs["shape"],)
    arguments.check(reading, node, _INPUT, args, kwargs)
    for name, shape in (
        ("shape", args[0] if args else kwargs.get("shape", ())),
        ("batch_shape", kwargs.get("batch_shape")),
    ):
        if shape is not None:
            arguments.check_shape(reading, node, name, shape)
    args, kwargs = to_keras(reading, node, (args, kwargs))
    check_bounds(reading, node, _INPUT, args, kwargs)
    made = guarded(reading, node, lambda: keras.Input(*args, **kwargs))
    reading.lines.setdefault(made.name, line_of(node) or 0)
    return made


def _model(reading: Reading, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    kwargs = keras2.translate_model(reading, node, kwargs)
    values = [*args, *kwargs.values()]
    unknown = reading.unknowns(values)
    for value in unknown:
        if not value.built:
            raise not_a_layer(reading, node, value)
    if unknown:
        made = reading.derived(node, unknown, built=True)
        reading.models.append(made)
        return made
    if "name" in kwargs and not isinstance(kwargs["name"], (str, type(None))):
        raise reading.error(node, "`name` of `Model` is no text.")
    for name in kwargs:
        if name not in ("inputs", "outputs", "name", "trainable"):
            raise reading.error(
                node,
                f"`Model` has no argument `{name}`.",
                todo="It takes `inputs`, `outputs` and `name`.",
            )
    if not args and "inputs" not in kwargs:
        raise reading.error(node, "`Model` gets no inputs.", todo="Write `Model(inputs, outputs)`.")
    if len(args) + ("outputs" in kwargs) + ("inputs" in kwargs) < 2:
        raise reading.error(
            node, "`Model` gets no outputs.", todo="Write `Model(inputs, outputs)`."
        )
    by_position = zip(("inputs", "outputs"), args, strict=False)
    for name, value in (*by_position, *kwargs.items()):
        if name in ("inputs", "outputs"):
            _check_tensors(reading, node, name, value)
    made = guarded(reading, node, lambda: keras.Model(*args, **kwargs))
    reading.lines.setdefault(made.name, line_of(node) or 0)
    reading.models.append(made)
    return made


def _same_model(reading: Reading, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """`multi_gpu_model(model)` computes what `model` computes."""
    if not args:
        raise reading.error(node, "`multi_gpu_model` gets no model.")
    return args[0]


def _partial(reading: Reading, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """`partial(Dense, activation="relu")`: what is called, with some of its arguments."""
    if not args:
        raise reading.error(node, "`partial` gets no function.", todo="Give it one.")
    if isinstance(args[0], Unknown):
        return reading.derived(node, [args[0]])
    return Partial(args[0], tuple(args[1:]), dict(kwargs))


def _check_tensors(reading: Reading, node: ast.AST, name: str, value: Any) -> None:
    for leaf in leaves(value, lambda steps: reading.spending.spend(node, 50 * steps)):
        if not isinstance(leaf, keras.KerasTensor):
            layer = isinstance(leaf, keras.layers.Layer)
            raise reading.error(
                node,
                f"`{name}` of `Model` holds {arguments.described(leaf)}.",
                "It takes tensors: what a layer gives when it is called.",
                f"Call it on a tensor: `{type(leaf).__name__}(...)(x)`." if layer else "",
            )


def _sequential(reading: Reading, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    layers = args[0] if args else kwargs.pop("layers", None)
    name = kwargs.pop("name", None)
    kwargs.pop("trainable", None)
    if kwargs or len(args) > 2:
        wrong = next(iter(kwargs), "a third argument")
        raise reading.error(
            node,
            f"`Sequential` has no argument `{wrong}`.",
            todo="It takes a list of layers and `name`.",
        )
    name = args[1] if len(args) == 2 else name
    stack = Stack(name if isinstance(name, str) else automatic_name("sequential"), node)
    reading.models.append(stack)
    if isinstance(layers, Unknown):
        raise not_a_layer(reading, node, layers)
    if layers is not None and not isinstance(layers, (list, tuple)):
        layers = [layers]
    for layer, where in zip(layers or [], _elements(node, len(layers or [])), strict=True):
        add(reading, stack, layer, where)
    return stack


def _elements(node: ast.Call, count: int) -> list[ast.AST]:
    """The nodes of a literal list of layers, or the whole call for each."""
    given = node.args[0] if node.args else next((k.value for k in node.keywords), None)
    if isinstance(given, (ast.List, ast.Tuple)) and len(given.elts) == count:
        if not any(isinstance(element, ast.Starred) for element in given.elts):
            return list(given.elts)
    return [node] * count


def as_model(reading: Reading, value: Any, node: ast.AST | None = None) -> Any:
    """Returns the model that a `Stack` stands for, and anything else as it is."""
    return finished(reading, value, node) if isinstance(value, Stack) else value
