"""The truth about the padding of every input and of the output: given, or found in the data."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.truth import find_valid
from inspector.engine.seam import keras as keras_private
from inspector.errors import BatchError


def input_truths(
    x: Any, leaves: list[AnyArray], valid: Any
) -> tuple[list[BoolArray | None], list[str], bool]:
    """The truth for every input, given or found.

    Args:
        x: Model input as passed.
        leaves: Its arrays, in order.
        valid: As passed to `inspect`: None, one array, or one per input.

    Returns:
        One (rows, timesteps) array or None per input; sentences about what was assumed; and
        whether the truth was given.

    Raises:
        BatchError: `valid` fits no input, or no input has a time axis to find padding on.
    """
    if isinstance(valid, (tuple, list)) and any(np.ndim(value) >= 2 for value in valid):
        return [_as_bool(value) for value in valid], [], True
    found = [find_valid(leaf) for leaf in leaves]
    if isinstance(valid, Mapping):
        return _named_truths(x, valid, found), [], True
    if valid is None:
        notes = [entry[1] for entry in found if entry is not None][:1]
        return [entry[0] if entry is not None else None for entry in found], notes, False
    given = _as_bool(valid)
    shapes = [leaf.shape[:2] for leaf in leaves]
    if given is None or given.ndim != 2 or given.shape not in shapes:
        raise BatchError(
            f"`valid` has shape {np.shape(valid)} and the inputs have shapes "
            f"{[tuple(leaf.shape) for leaf in leaves]}.",
            "It must be (rows, timesteps) of one input, True at real timesteps.",
            "Check that it is not transposed and that `x` is the batch it was made from.",
        )
    truths: list[BoolArray | None] = []
    for leaf, entry in zip(leaves, found, strict=True):
        same = leaf.ndim >= 2 and leaf.shape[:2] == given.shape
        truths.append(given if same else entry[0] if entry is not None else None)
    return truths, [], True


def _named_truths(
    x: Any, valid: Mapping[str, Any], found: list[tuple[BoolArray, str] | None]
) -> list[BoolArray | None]:
    """The truths given by name of input, in the order of the arrays; what is not given is found."""
    names = [str(path[-1]) if path else "" for path, _ in keras_private.leaf_paths(x)]
    unknown = [name for name in valid if name not in names]
    if unknown or not isinstance(x, Mapping):
        raise BatchError(
            f"`valid` has the names {list(valid)}, and `x` has "
            f"{names if isinstance(x, Mapping) else 'none'}.",
            "It is a dictionary where `x` is one, with the same names.",
            "Pass one array, or a list in the order of the inputs.",
        )
    return [
        _as_bool(valid[name]) if name in valid else entry[0] if entry is not None else None
        for name, entry in zip(names, found, strict=True)
    ]


def output_truth(
    y: Any, truths: list[BoolArray | None], target_valid: Any, notes: list[str]
) -> BoolArray | None:
    """The truth on the output's time axis: given, the input's, or found in the targets."""
    if target_valid is not None:
        if isinstance(target_valid, (tuple, list)) and np.ndim(target_valid[0]) >= 2:
            target_valid = target_valid[0]
        return _as_bool(target_valid)
    first = next((truth for truth in truths if truth is not None), None)
    if y is None or np.ndim(y) < 2:
        return first
    alike = [t for t in truths if t is not None and t.shape == np.shape(y)[:2]]
    if alike:
        return _of_targets(np.asarray(y), alike)
    classes = np.ndim(y) == 2 and (y.dtype.kind not in "iu" or y.shape[1] == 1)
    if classes or (np.ndim(y) == 2 and bool((np.count_nonzero(y, axis=1) == 1).all())):
        return first
    found = find_valid(np.asarray(y))
    if found is not None and found[0].all() and first is not None and not first.all():
        notes.append(
            f"The targets have {np.shape(y)[1]} timesteps, the input has {first.shape[1]}, and the "
            "targets show no padding: which of their timesteps are real is not known. Pass "
            "`target_valid`."
        )
        return None
    if found is not None:
        notes.append(found[1].replace("padding was given", "padding of the targets was given"))
    return found[0] if found is not None else None


def _of_targets(y: AnyArray, alike: list[BoolArray]) -> BoolArray:
    """The truth of the input that is padded as the targets are: a decoder's, not its encoder's.

    Where the targets show no padding, or inputs are padded alike, that of the first.
    """
    if all(np.array_equal(truth, alike[0]) for truth in alike):
        return alike[0]
    ids = y.argmax(axis=-1) if y.ndim == 3 and y.shape[-1] > 1 else y
    found = [entry[0] for entry in map(find_valid, (y, ids)) if entry is not None]
    shown = next((truth for truth in found if not truth.all()), None)
    if shown is None:
        return alike[0]
    return max(alike, key=lambda truth: int((truth == shown).sum()))


def _as_bool(value: Any) -> BoolArray | None:
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype != np.bool_ and not np.isin(array, (0, 1)).all():
        raise BatchError(
            f"`valid` holds values other than 0 and 1 (dtype {array.dtype}).",
            "It must be True at real timesteps and False at padding.",
        )
    return array.astype(bool)
