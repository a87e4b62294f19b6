"""`compile`: loss, optimizer and metrics."""

import ast
import inspect
from typing import Any

import keras

from inspector.engine.reading_code import keras2, names_keras
from inspector.engine.reading_code.converting import to_keras
from inspector.engine.reading_code.functions import as_callable
from inspector.engine.reading_code.guarding import guarded
from inspector.engine.reading_code.scopes import Reading
from inspector.engine.reading_code.suggesting import nearest
from inspector.engine.reading_code.values import Function, Known, Unknown, leaves
from inspector.engine.seam.keras import output_spec
from inspector.errors import CodeError, MissingNamesError

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
    kwargs = keras2.translate_compile(reading, node, kwargs)
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
        if isinstance(function, Function) and outputs:
            _try_loss(reading, function, outputs)


def _try_loss(reading: Reading, function: Function, outputs: list[Any]) -> None:
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
        return names_keras.OPTIMIZERS
    names = names_keras.LOSSES if name == "loss" else names_keras.METRICS
    return [*names, *names_keras.ALIASES["keras.losses"]]


def _keras_knows(name: str, value: str) -> bool:
    module = keras.losses if name == "loss" else keras.metrics
    try:
        return module.get(value) is not None
    except ValueError:
        return False
