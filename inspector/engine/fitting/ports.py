"""The inputs and outputs of a model: their names, shapes and dtypes, and what lengths they take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from inspector.engine.seam.keras import all_layers, input_keys, output_keys, reads

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
        masked_value: What a `Masking` layer that reads it takes for padding; else 0.
    """

    name: str
    shape: Shape
    dtype: str
    ids_below: int | None = None
    masked_value: float = 0.0

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
    tensors = list(model.inputs or ())
    names = _names(input_keys(model), getattr(model, "input_names", ()), tensors)
    return [
        Port(
            name,
            tuple(tensor.shape),
            str(tensor.dtype),
            _ids_below(model, tensor),
            _masked_value(model, tensor),
        )
        for name, tensor in zip(names, tensors, strict=True)
    ]


def output_ports(model: keras.Model, inputs: Sequence[Shape] | None = None) -> list[Port]:
    """Returns the outputs of a model; with the shapes of what goes in, as long as they get."""
    tensors = list(model.outputs or ())
    names = _names(output_keys(model), getattr(model, "output_names", ()), tensors)
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if inputs is not None:
        shapes = _computed(model, inputs, shapes)
    return [
        Port(name, shape, str(tensor.dtype))
        for name, shape, tensor in zip(names, shapes, tensors, strict=True)
    ]


def _names(keys: Sequence[str], names: Sequence[str], tensors: Sequence[Any]) -> list[str]:
    known = list(keys or names)
    return known if len(known) == len(tensors) else [tensor.name for tensor in tensors]


def _computed(model: keras.Model, inputs: Sequence[Shape], known: list[Shape]) -> list[Shape]:
    """Shapes of the outputs for inputs of these shapes; rows stay open."""
    try:
        shapes = computed_shapes(model, inputs)
    except Exception:  # Only running it tells; where that fails, it is told where.
        return known
    return shapes if len(shapes) == len(known) else known


def computed_shapes(model: keras.Model, inputs: Sequence[Shape]) -> list[Shape]:
    """Returns the shapes that Keras computes for the outputs; what it raises is raised."""
    keys = input_keys(model)
    arguments: Any = dict(zip(keys, inputs, strict=True)) if keys else list(inputs)
    found = model.compute_output_shape(arguments if keys or len(inputs) > 1 else inputs[0])
    leaves = [found[key] for key in output_keys(model)] if isinstance(found, dict) else found
    leaves = [leaves] if leaves and not isinstance(leaves[0], (tuple, list)) else leaves
    return [(None, *shape[1:]) for shape in leaves]


def has_time_axis(model: keras.Model) -> bool:
    """True if some tensor of the model has timesteps."""
    if any(isinstance(layer, _OF_TIMESTEPS) for layer in all_layers(model)):
        return True
    return any(len(tensor.shape) == 3 for tensor in model.inputs)


def _ids_below(model: keras.Model, tensor: Any) -> int | None:
    sizes = [
        int(layer.input_dim)
        for layer in all_layers(model)
        if isinstance(layer, keras.layers.Embedding) and reads(layer, tensor)
    ]
    return min(sizes, default=None)


def _masked_value(model: keras.Model, tensor: Any) -> float:
    values = [
        float(layer.mask_value)
        for layer in all_layers(model)
        if isinstance(layer, keras.layers.Masking) and reads(layer, tensor)
    ]
    return values[0] if values else 0.0


_LONGEST = 4096


def least_timesteps(model: keras.Model, ports: Sequence[Port], timesteps: int) -> int:
    """Returns the fewest timesteps, at least as many as given, of which every layer leaves some.

    Convolution and pooling without padding shorten a sentence, and a short one has nothing left.
    Keras says so only where it knows the length while it builds; running gives NaN or infinity.

    Args:
        model: The model.
        ports: Its inputs.
        timesteps: How many there are.

    Returns:
        The number; the given one where no number up to 4,096 is enough.
    """
    if not any(_is_open(port) for port in ports) or _fits(model, ports, timesteps):
        return timesteps
    short, enough = timesteps, 2 * timesteps
    while not _fits(model, ports, enough):
        short, enough = enough, 2 * enough
        if enough > _LONGEST:
            return timesteps
    while enough - short > 1:
        middle = (short + enough) // 2
        if _fits(model, ports, middle):
            enough = middle
        else:
            short = middle
    return enough


def _is_open(port: Port) -> bool:
    return len(port.shape) > 1 and port.shape[1] is None


def _fits(model: keras.Model, ports: Sequence[Port], timesteps: int) -> bool:
    shapes = [
        (*port.shape[:1], timesteps, *port.shape[2:]) if _is_open(port) else port.shape
        for port in ports
    ]
    try:
        computed_shapes(model, shapes)
    except ValueError as error:
        return "negative" not in str(error)  # "Computed output size would be zero or negative"
    except Exception:  # Only running it tells.
        return True
    return True
