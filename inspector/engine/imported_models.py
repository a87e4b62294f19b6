"""Models for the command line: from a file, from code, or imported from the user's own modules."""

import importlib
from typing import Any

import keras

from inspector.core.presets import SPARSE
from inspector.engine.seam import keras as keras_private
from inspector.errors import ModelError


def imported_model(reference: str) -> Any:
    """Returns the model at `module:attribute`. This runs the code of the module.

    Args:
        reference: A module, a colon, and an attribute of it (dots allowed): a model, or a function
            without arguments that returns one.

    Raises:
        ModelError: There is no such module or attribute, or it makes no model.
    """
    module_name, _, attribute = reference.partition(":")
    try:
        value: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ModelError(
            f"The module `{error.name}` cannot be found.",
            "It must be importable from here.",
            "Run this in the folder that holds it, or install it.",
        ) from None
    except (Exception, SystemExit) as error:
        raise ModelError(
            f"Importing `{module_name}` fails: {type(error).__name__}: {error}"
        ) from error
    for name in attribute.split("."):
        if not hasattr(value, name):
            raise ModelError(
                f"`{module_name}` has no attribute `{attribute}`.",
                "It must be a model, or a function that returns one.",
            )
        value = getattr(value, name)
    return _made(value, reference)


def input_ranks(model: keras.Model) -> tuple[int, ...]:
    """Returns the number of axes of each input; nothing where the model does not say."""
    try:
        return tuple(len(shape) for shape in keras_private.input_shapes(model))
    except (AttributeError, TypeError, ValueError):
        return ()


def loss_name(model: keras.Model, given: str | None) -> str:
    """Returns the name of the loss, `given` or compiled; empty where there is none to be named."""
    loss = given or getattr(model, "loss", None)
    if loss == keras.losses.sparse_categorical_crossentropy:
        return SPARSE
    return loss if isinstance(loss, str) else str(getattr(loss, "name", "") or "")


def _made(value: Any, reference: str) -> Any:
    if not _is_model(value) and callable(value):
        value = _called(value, reference)
    if _is_model(value):
        return value
    raise ModelError(
        f"`{reference}` is of type `{type(value).__name__}`.",
        "A Keras model was expected, or a function without arguments that returns one.",
    )


def _is_model(value: Any) -> bool:
    # What `model_from_code` returns holds a model.
    return isinstance(getattr(value, "model", value), keras.Model)


def _called(function: Any, reference: str) -> Any:
    try:
        return function()
    except (Exception, SystemExit) as error:
        raise ModelError(
            f"Calling `{reference}` fails: {type(error).__name__}: {error}",
            "It is called without arguments and must return a Keras model.",
        ) from error
