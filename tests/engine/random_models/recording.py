"""Watches the calls of a model as it runs eagerly, and changes what they read or hand on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.layers.layer import Layer
from keras.src.ops.operation import Operation

from tests.engine.random_models.subject import Array

flatten = keras.tree.flatten


def mask_of(tensor: Any) -> Array | None:
    """The mask on a tensor."""
    mask = getattr(tensor, "_keras_mask", None)
    return None if mask is None else np.asarray(mask).astype(bool)


@dataclass
class Call:
    """One call that the model itself makes.

    Attributes:
        operation: The layer or operation.
        read: The tensors it read as data.
        on_inputs: The mask on each before the call.
        arguments: Masks passed as arguments.
        stripped: Positions of read tensors whose mask was gone afterwards.
        made: Its first output.
        mask: The mask on that.
    """

    operation: Any
    read: list[Any]
    on_inputs: list[Array | None]
    arguments: list[Array]
    stripped: list[int]
    made: Any
    mask: Array | None

    @property
    def name(self) -> str:
        """Name of the node."""
        return str(self.operation.name)

    @property
    def value(self) -> Array:
        """Its first output as an array."""
        return np.asarray(self.made)

    @property
    def received(self) -> list[Array]:
        """All masks that it could have seen."""
        return [mask for mask in self.on_inputs if mask is not None] + self.arguments


Change = Callable[[Any, Any, Any, Callable[..., Any]], Any]


def _masks(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in kwargs.items() if n == "mask" or n.endswith("_mask")}


class Watch:
    """What is noted while `watching`."""

    def __init__(self, model: Any, change: Change | None) -> None:
        self.model, self.change = model, change
        self.calls: list[Call] = []
        self.depth = 0

    def call(self, operation: Any, args: Any, kwargs: Any, run: Callable[..., Any]) -> Any:
        """Makes a call and notes it where the model itself makes it."""
        outer = self.depth == 1
        self.depth += 1
        try:
            if not outer:
                return run(*args, **kwargs)
            data = {n: v for n, v in kwargs.items() if n not in _masks(kwargs)}
            read = [t for t in flatten([args, data]) if tf.is_tensor(t)]
            given = [t for t in flatten(_masks(kwargs)) if tf.is_tensor(t)]
            before = [mask_of(t) for t in read]
            change = self.change
            made = run(*args, **kwargs) if change is None else change(operation, args, kwargs, run)
        finally:
            self.depth -= 1
        first = next(t for t in flatten(made) if tf.is_tensor(t))
        stripped = [
            i
            for i, (t, mask) in enumerate(zip(read, before, strict=True))
            if mask is not None and mask_of(t) is None
        ]
        arguments = [np.asarray(t).astype(bool) for t in given]
        self.calls.append(Call(operation, read, before, arguments, stripped, first, mask_of(first)))
        return made


@contextmanager
def watching(model: Any, change: Change | None = None) -> Iterator[Watch]:
    """Notes every call that the model itself makes; `change` may make it differently."""
    watch = Watch(model, change)
    layer_call, operation_call = Layer.__call__, Operation.__call__

    def of_layer(self: Any, *args: Any, **kwargs: Any) -> Any:
        def run(*a: Any, **k: Any) -> Any:
            return layer_call(self, *a, **k)

        if self is model and watch.depth == 0:
            watch.depth += 1
            try:
                return run(*args, **kwargs)
            finally:
                watch.depth -= 1
        return watch.call(self, args, kwargs, run)

    def of_operation(self: Any, *args: Any, **kwargs: Any) -> Any:
        def run(*a: Any, **k: Any) -> Any:
            return operation_call(self, *a, **k)

        if isinstance(self, Layer):
            return run(*args, **kwargs)
        return watch.call(self, args, kwargs, run)

    Layer.__call__, Operation.__call__ = of_layer, of_operation
    try:
        yield watch
    finally:
        Layer.__call__, Operation.__call__ = layer_call, operation_call
