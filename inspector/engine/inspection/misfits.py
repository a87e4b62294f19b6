"""Whether a batch has the shapes that a model takes, asked where running it has failed."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from inspector.core.batch import Arrays, Batch, leaves
from inspector.engine.failures import NO_FINDING
from inspector.engine.fitting.ports import Shape, shape_words
from inspector.engine.seam import keras as keras_private
from inspector.errors import BatchError

# What TensorFlow says of an id that an embedding does not have, and of a class that a loss has not.
_UNKNOWN = {
    "x": re.compile(r"indices\[[\d,]*\] = (-?\d+) is not in \[0, (\d+)\)"),
    "y": re.compile(r"label value of (-?\d+) which is outside the valid range of \[0, (\d+)\)"),
}
# What Keras says where the rank of an input is not the one that a layer takes (keras 3.15.1).
_RANK = re.compile(
    r"of layer ['\"]([^'\"]+)['\"] is incompatible with the layer: expected (?:min_)?ndim=(\d+), "
    r"found ndim=\d+. Full shape received: \(([\d, ]*?),?\)"
)


def misfit(model: Any, batch: Batch, failure: str = "") -> BatchError | None:
    """Returns what does not fit: the input, the targets or the sample weights; None if all does.

    A model that does not say its shapes, such as one of a class of its own, takes all of them.

    Args:
        model: A Keras model, or what `model_from_code` returns.
        batch: The batch, in the structure that the model takes.
        failure: What was said when running the model failed.
    """
    refused = _unknown_number(batch, failure) or _refused_by_the_first(model, batch, failure)
    return refused or _other_shape(model, batch)


def _unknown_number(batch: Batch, failure: str) -> BatchError | None:
    """Refuses ids and classes of the batch itself; the model may have made others of them."""
    for name, pattern in _UNKNOWN.items():
        found = pattern.search(failure)
        arrays = leaves(batch.x if name == "x" else batch.y)
        if found is not None and any(np.any(array == int(found[1])) for array in arrays):
            kind = "id" if name == "x" else "class"
            return BatchError(
                f"The batch does not fit the model: `{name}` holds the {kind} {found[1]}.",
                f"The model knows 0 to {int(found[2]) - 1:,}.",
                "Give a batch without it, or make the model for more of them.",
            )
    return None


def _refused_by_the_first(model: Any, batch: Batch, failure: str) -> BatchError | None:
    """Refuses arrays of a rank that the first layer does not take.

    Layers in a row say no shapes before they have run, but what reaches the first is the batch.
    """
    model = model if isinstance(model, keras.Model) else getattr(model, "model", model)
    found, given = _RANK.search(failure), list(leaves(batch.x))
    if found is None or not isinstance(model, keras.Sequential) or len(given) != 1:
        return None
    shape = tuple(given[0].shape)
    if model.layers[0].name != found[1] or found[3] != ", ".join(map(str, shape)):
        return None
    return BatchError(
        f"The batch does not fit the model: `x` is {shape_words(shape)}.",
        f"The first layer, `{found[1]}`, takes {found[2]} axes, rows and timesteps included.",
        "Give a batch of that shape, or another model.",
    )


def _other_shape(model: Any, batch: Batch) -> BatchError | None:
    model = model if isinstance(model, keras.Model) else getattr(model, "model", model)
    taken = keras_private.input_shapes(model)
    given = _in_order(batch.x, keras_private.input_keys(model))
    if not taken:
        return None
    if len(given) != len(taken):
        return _error("x", [array.shape for array in given], taken)
    for array, shape in zip(given, taken, strict=True):
        if not _alike(array.shape, shape):
            return _error("x", [array.shape], [shape])
    targets, made = list(leaves(batch.y)), _output_shapes(model, [a.shape for a in given])
    if not targets or len(targets) != len(made):
        return None if not targets or not made else _error("y", [a.shape for a in targets], made)
    for array, shape in zip(targets, made, strict=True):
        if not any(_alike(array.shape, wanted) for wanted in _targets_of(shape)):
            return _error("y", [array.shape], [shape])
    for array, shape in zip(leaves(batch.sample_weight), made, strict=False):
        if not _alike(array.shape, shape[: array.ndim]):
            return _error("sample_weight", [array.shape], [shape])
    return None


def _in_order(arrays: Arrays, keys: Sequence[str] | None) -> list[Any]:
    if isinstance(arrays, Mapping) and keys and set(keys) == set(arrays):
        return [arrays[key] for key in keys]
    return list(leaves(arrays))


def _output_shapes(model: keras.Model, given: list[Shape]) -> list[Shape]:
    """The shapes that the model gives for these inputs; none where it does not say."""
    structure: Any = given[0] if len(given) == 1 else None
    try:
        if structure is None or not model.outputs:
            return [tuple(tensor.shape) for tensor in model.outputs or ()]
        found = keras.tree.flatten(model.compute_output_spec(keras.KerasTensor(structure)))
        return [tuple(tensor.shape) for tensor in found]
    except NO_FINDING:
        raise
    except Exception:  # Whatever it is, the failure of the model itself says more.
        return []


def _targets_of(shape: Shape) -> list[Shape]:
    """The shapes of targets for a prediction: as it is, or a class in place of the last axis."""
    return [shape, shape[:-1], (*shape[:-1], 1)]


def _alike(found: Shape, wanted: Shape) -> bool:
    """True if shapes agree but for the number of rows."""
    pairs = zip(found[1:], wanted[1:], strict=False)
    return len(found) == len(wanted) and all(two in (None, one) for one, two in pairs)


def _error(name: str, found: Sequence[Shape], wanted: Sequence[Shape]) -> BatchError:
    what = "takes" if name == "x" else "gives"
    said = [" and ".join(shape_words(shape) for shape in shapes) for shapes in (found, wanted)]
    return BatchError(
        f"The batch does not fit the model: `{name}` is {said[0]}.",
        f"The model {what} {said[1]}.",
        "Give a batch of that shape, or another model.",
    )
