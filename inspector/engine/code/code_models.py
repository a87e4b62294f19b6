"""`Input`, `Model`, `Sequential` and `compile`."""

import ast
import inspect
from typing import Any

import keras

from inspector.engine.code import arguments, old_arguments
from inspector.engine.code.arguments import check_bounds
from inspector.engine.code.code_values import (
    CallKind,
    CodeFunction,
    Known,
    Partial,
    Unknown,
    leaves,
)
from inspector.engine.code.functions import as_callable, to_keras
from inspector.engine.code.guard import guarded
from inspector.engine.code.refusals import nearest
from inspector.engine.code.scopes import Reading
from inspector.engine.code.stacks import Stack, add, finished, not_a_layer
from inspector.engine.code.text import line_of
from inspector.engine.seam import names as seam_names
from inspector.engine.seam.keras import automatic_name, output_spec
from inspector.errors import CodeError, MissingNamesError


def special_functions() -> dict[str, Known]:
    """Returns what needs more than a call."""
    return {
        "Input": Known("keras.Input", _input, CallKind.SPECIAL),
        "Model": Known("keras.Model", _model, CallKind.SPECIAL),
        "Sequential": Known("keras.Sequential", _sequential, CallKind.SPECIAL),
        "multi_gpu_model": Known("keras.utils.multi_gpu_model", _same_model, CallKind.SPECIAL),
        "partial": Known("functools.partial", _partial, CallKind.SPECIAL),
    }


_INPUT = Known("keras.Input", keras.Input, CallKind.SPECIAL)


def _input(reading: Reading, node: ast.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    unknown = reading.unknowns([*args, *kwargs.values()])
    if unknown:
        return reading.derived(node, unknown, built=True)
    kwargs, _ = old_arguments.translate(reading, node, "Input", kwargs)
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
    kwargs = old_arguments.translate_model(reading, node, kwargs)
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


_PARAMETERS = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
_OF_THEIR_OWN = frozenset({"accuracy", "acc", "crossentropy", "ce"})
_OLD_LOSSES = {
    "cosine_proximity": "cosine_similarity",
    "kullback_leibler_divergence": "kl_divergence",
}


def compile_model(
    reading: Reading, node: ast.Call, model: Any, args: list[Any], kwargs: dict[str, Any]
) -> None:
    """Compiles the model as the code says.

    Raises:
        CodeError: An argument, a loss, an optimizer or a metric does not exist.
    """
    kwargs = old_arguments.translate_compile(reading, node, kwargs)
    if len(args) > len(_PARAMETERS):
        raise reading.error(node, "`compile` gets too many arguments.")
    given = {**dict(zip(_PARAMETERS, args, strict=False)), **kwargs}
    accepted = inspect.signature(keras.Model.compile).parameters
    for name in given:
        if name not in accepted or name == "self":
            alike = nearest(name, accepted)
            raise reading.error(
                _argument(node, name),
                f"`compile` has no argument `{name}`.",
                todo=f"Did you mean `{alike}`?" if alike else f"Delete `{name}=...`.",
            )
    _leave_unknown_out(reading, node, given)
    if "loss" in given:
        given["loss"] = _checked(reading, node, "loss", given["loss"])
    for name in ("metrics", "weighted_metrics"):
        if given.get(name) is not None:
            value = given[name] if isinstance(given[name], (list, dict)) else [given[name]]
            given[name] = _checked(reading, node, name, value)
    if "optimizer" in given:
        given["optimizer"] = _checked(reading, node, "optimizer", given["optimizer"])
    _try_losses(reading, model, given.get("loss"))
    converted = to_keras(reading, node, given)
    guarded(reading, node, lambda: model.compile(**converted))


def _try_losses(reading: Reading, model: Any, loss: Any) -> None:
    """Calls the code's own losses by shape, so that their errors come now and with a line."""
    spend = reading.spending.spend
    own = [leaf for leaf in leaves(loss, lambda steps: spend(None, steps))]
    outputs = getattr(model, "outputs", None) if model.built else None
    for function in own:
        if isinstance(function, CodeFunction) and outputs:
            _try_loss(reading, function, outputs)


def _try_loss(reading: Reading, function: CodeFunction, outputs: list[Any]) -> None:
    """Raises what the loss raises for every shape that the targets might have."""
    made = as_callable(function)
    first: CodeError | None = None
    for prediction in outputs:
        for shape in (prediction.shape, prediction.shape[:-1]):
            target = keras.KerasTensor(shape, dtype=prediction.dtype)
            try:
                output_spec(made, target, prediction)
            except CodeError as error:
                if reading.spending.exceeded or isinstance(error, MissingNamesError):
                    raise
                reading.spending.failure = None
                if getattr(error, "by_keras", False):
                    return  # it may be right for other targets
                first = first if first is not None else error
            else:
                return
    if first is not None:
        raise first


def _argument(node: ast.Call, name: str) -> ast.AST:
    return next((keyword for keyword in node.keywords if keyword.arg == name), node)


def _leave_unknown_out(reading: Reading, node: ast.Call, given: dict[str, Any]) -> None:
    """An unknown optimizer or metric changes neither masks nor the loss; an unknown loss does."""
    for name in list(given):
        unknown = reading.unknowns(given[name])
        if not unknown:
            continue
        if name in ("optimizer", "metrics", "weighted_metrics", "loss_weights"):
            if name.endswith("metrics") and isinstance(given[name], list):
                given[name] = [v for v in given[name] if not isinstance(v, Unknown)]
            else:
                del given[name]
            reading.note(node, f"`{unknown[0].text}` has no value here and is left out.")
            continue
        raise reading.error(
            _argument(node, name),
            f"`{unknown[0].text}` has no value here.",
            f"It is the {name} of the model.",
            _way_to_loss(unknown[0]),
        )


def _way_to_loss(unknown: Unknown) -> str:
    if unknown.module:
        return f"`{unknown.module}` is not read: use a loss of Keras, or write it as a function."
    return "Add the function that defines it, or use a loss of Keras."


def _checked(reading: Reading, node: ast.Call, name: str, value: Any) -> Any:
    """Checks every name in a loss, metrics or optimizer; old names become today's."""
    if isinstance(value, (list, tuple)):
        return [_checked(reading, node, name, inner) for inner in value]
    if isinstance(value, dict):
        return {key: _checked(reading, node, name, inner) for key, inner in value.items()}
    if isinstance(value, Known) and value.path == f"keras.{_modules(name)}.{value.name}":
        # Keras gets its own functions by their names.
        return value if isinstance(value.function, type) else value.name
    if not isinstance(value, str):
        return value
    value = _OLD_LOSSES.get(value, value)
    known = _known_names(name)
    if value in known or value in _OF_THEIR_OWN and name.endswith("metrics"):
        return value
    if name == "optimizer" and value.lower() in {choice.lower() for choice in known}:
        return value
    if name != "optimizer" and _keras_knows(name, value):
        return value
    what = "optimizer" if name == "optimizer" else "metric" if "metrics" in name else "loss"
    alike = nearest(value, known)
    raise reading.error(
        _argument(node, name),
        f"Keras has no {what} named {value!r}.",
        todo=f"Did you mean {alike!r}?" if alike else "",
    )


def _modules(name: str) -> str:
    return "losses" if name == "loss" else "metrics"


def _known_names(name: str) -> list[str]:
    if name == "optimizer":
        return seam_names.OPTIMIZERS
    names = seam_names.LOSSES if name == "loss" else seam_names.METRICS
    return [*names, *seam_names.ALIASES["keras.losses"]]


def _keras_knows(name: str, value: str) -> bool:
    module = keras.losses if name == "loss" else keras.metrics
    try:
        return module.get(value) is not None
    except ValueError:
        return False
