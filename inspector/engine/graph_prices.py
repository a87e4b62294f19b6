"""What one forward pass of a model takes, before it runs: the sizes of all outputs of its graph."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from inspector.engine.seam import keras as seam

MOST_TERMS = 10_000
"""Terms of one sum: TensorFlow flattens sums of sums, and each term becomes an input."""

_OPEN_LENGTHS = (8, 64, 512)
_MANY_ROWS = 64
# TensorFlow's optimizer looks through these when nothing is trained.
_TRANSPARENT = (
    keras.layers.ActivityRegularization,
    keras.layers.AlphaDropout,
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.Identity,
    keras.layers.Permute,
    keras.layers.Reshape,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.SpatialDropout3D,
)
_TRANSPARENT_NAMES = frozenset(
    {"Cast", "Copy", "ExpandDims", "Reshape", "SaturateCast", "Squeeze", "StopGradient"}
)
_SUMS = frozenset({"Add", "AddV2", "AddN", "Average", "Subtract", "Sum"})


@dataclass(frozen=True)
class LayerOutput:
    """One output of one call in a model's graph.

    Attributes:
        name: Of the layer or operation.
        numbers: How many numbers it holds, all rows together.
    """

    name: str
    numbers: int


def outputs_for(model: keras.Model, shapes: Sequence[Sequence[int]]) -> list[LayerOutput] | None:
    """Returns the outputs of every call, for inputs of these shapes; None where Keras cannot tell.

    Args:
        model: Functional or Sequential, built. Nothing of it runs.
        shapes: Shape of each input, in the order of `model.inputs`, all sides known.
    """
    found: list[LayerOutput] = []
    inputs = [
        keras.KerasTensor(tuple(shape), str(tensor.dtype))
        for shape, tensor in zip(shapes, model.inputs, strict=True)
    ]

    def take(operation: Any, outputs: Any) -> None:
        for tensor in seam.flatten(outputs):
            sides = getattr(tensor, "shape", None) or ()
            found.append(LayerOutput(operation.name, math.prod(side or 1 for side in sides)))

    try:
        with seam.quiet():
            seam.through_graph(model, inputs, take)
    except Exception:
        return None  # Such as a kernel that is longer than these timesteps.
    return found


def outputs_of_a_row(model: keras.Model) -> list[LayerOutput]:
    """Returns the outputs of every call for as few rows as the model takes, mostly one.

    Open lengths are short ones; where the graph mixes rows, so that more rows take more than their
    share, the outputs are those of many rows.
    """
    for length in _OPEN_LENGTHS:
        one = outputs_for(model, _shapes(model, 1, length))
        if one is None:
            continue
        two = outputs_for(model, _shapes(model, 2, length)) or one
        if any(b.numbers > 2 * a.numbers for a, b in zip(one, two, strict=True)):
            return outputs_for(model, _shapes(model, _MANY_ROWS, length)) or two
        return one
    return [
        LayerOutput(name, math.prod(side or 1 for side in shape))
        for name, shape in seam.inner_outputs(model)
    ]


def _shapes(model: keras.Model, rows: int, length: int) -> list[list[int]]:
    return [
        [
            (rows if axis == 0 else length) if side is None else side
            for axis, side in enumerate(tensor.shape)
        ]
        for tensor in model.inputs
    ]


def terms_of_sums(model: keras.Model) -> int:
    """Returns the most terms that an output has once sums of sums are written out.

    `y = y + y`, sixty times, is a sum of 2**60 terms, and TensorFlow's optimizer writes it out.
    """
    return max(_terms(model, [1] * len(model.inputs or ())), default=1)


def _terms(model: keras.Model, terms_of_inputs: list[int]) -> list[int]:
    most = [1]

    def terms_after(operation: Any, terms: list[int]) -> int:
        if isinstance(operation, keras.Model) and getattr(operation, "inputs", None):
            inner = _terms(operation, [max(terms, default=1)] * len(operation.inputs))
            count = max(inner, default=1)
        elif type(operation).__name__ in _SUMS:
            count = sum(terms)
        elif _is_transparent(operation):
            count = max(terms, default=1)
        else:
            count = 1
        most.append(count)
        return count

    outputs = seam.folded(model, terms_of_inputs, terms_after)
    return [*outputs, *most]


def _is_transparent(operation: Any) -> bool:
    if isinstance(operation, keras.layers.Activation):
        return operation.activation is keras.activations.linear
    return isinstance(operation, _TRANSPARENT) or type(operation).__name__ in _TRANSPARENT_NAMES
