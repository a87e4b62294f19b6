"""The line of every layer and operator of a model, also of those that others made."""

from collections.abc import Iterator
from typing import Any

import keras


def lines_of(model: keras.Model, made: dict[str, int]) -> dict[str, int]:
    """Returns the line of each node of `model` and of the models inside it.

    A layer inside a wrapper (`forward_lstm`) has the line of the wrapper.

    Args:
        model: The model.
        made: Line by name of whatever was made while the code was read.
    """
    found: dict[str, int] = {}
    for owner, operation in _operations(model, None):
        line = made.get(operation.name) or (found.get(owner) if owner else None)
        if line:
            found.setdefault(operation.name, line)
    return found


def _operations(operation: Any, owner: str | None) -> Iterator[tuple[str | None, Any]]:
    """All operations, outer before inner, each with the name of the one it is inside."""
    yield owner, operation
    inner = list(getattr(operation, "operations", ()))
    if isinstance(operation, keras.Sequential):
        inner = list(operation.layers)
    if isinstance(operation, keras.layers.Layer):
        # `_layers` holds what a layer has inside (layers/layer.py): cells, wrapped layers, heads.
        inner += [layer for layer in operation._layers if layer not in inner]
    for part in inner:
        yield from _operations(part, operation.name)
