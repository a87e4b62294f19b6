"""The inputs and outputs of a model: what shapes it takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from inspector.engine.keras_private import all_layers

_OF_TIMESTEPS = (keras.layers.RNN, keras.layers.Embedding, keras.layers.TimeDistributed)
Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Port:
    """One input or output of a model.

    Attributes:
        name: What Keras calls it.
        shape: With rows; None where any size fits.
        dtype: Type of its numbers.
        ids_below: Where it is looked up in embeddings: ids must be below this; else None.
    """

    name: str
    shape: Shape
    dtype: str
    ids_below: int | None = None

    @property
    def words(self) -> str:
        """Its shape as a sentence names it."""
        return shape_words(self.shape)


def shape_words(shape: Sequence[Any]) -> str:
    """Returns a shape as text: `(rows, 5, 3)`."""
    sides = ["rows", *("any" if side is None else f"{side:,}" for side in shape[1:])]
    return f"({', '.join(sides)})"


def input_ports(model: keras.Model) -> list[Port]:
    """Returns the inputs of a model, in the order in which it takes them."""
    names = list(getattr(model, "input_names", ()))
    tensors = list(model.inputs or ())
    return [
        Port(
            names[i] if i < len(names) else tensor.name,
            tuple(tensor.shape),
            str(tensor.dtype),
            _ids_below(model, tensor),
        )
        for i, tensor in enumerate(tensors)
    ]


def output_ports(model: keras.Model) -> list[Port]:
    """Returns the outputs of a model."""
    names = list(getattr(model, "output_names", ()))
    return [
        Port(names[i] if i < len(names) else t.name, tuple(t.shape), str(t.dtype))
        for i, t in enumerate(model.outputs or ())
    ]


def has_time_axis(model: keras.Model) -> bool:
    """True if some tensor of the model has timesteps."""
    if any(isinstance(layer, _OF_TIMESTEPS) for layer in all_layers(model)):
        return True
    return any(len(tensor.shape) == 3 for tensor in model.inputs)


def _ids_below(model: keras.Model, tensor: Any) -> int | None:
    sizes = [
        int(layer.input_dim)
        for layer in all_layers(model)
        if isinstance(layer, keras.layers.Embedding) and _reads(layer, tensor)
    ]
    return min(sizes, default=None)


def _reads(layer: keras.layers.Layer, tensor: Any) -> bool:
    """True if the layer was called on this very tensor (`_inbound_nodes`, ops/operation.py)."""
    return any(
        read is tensor for node in layer._inbound_nodes for read in node.arguments.keras_tensors
    )
