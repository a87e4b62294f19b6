"""The truth about the padding of every input and output: given, or found; settled by a pass."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, frozen
from inspector.core.truth import AxisTruth, Truth, TruthEvidence, find_valid, looks_one_hot
from inspector.engine.forward.calls import CallInfo
from inspector.engine.forward.losses import LossEntry
from inspector.engine.forward.rows import PassResult
from inspector.engine.inspection.steps import flat_mask, makes_mask
from inspector.engine.seam import keras as keras_private
from inspector.errors import BatchError


def truth_of(x: Any, y: Any, valid: Any, target_valid: Any) -> tuple[Truth, list[str]]:
    """Returns what is known before the model has run, and sentences about what was assumed.

    Args:
        x: Model input, as arrays.
        y: Targets, or None.
        valid: As passed to `inspect`: None, one array, one per input, or by name.
        target_valid: The same on the output's time axis.

    Raises:
        BatchError: A truth that was given fits nothing.
    """
    inputs, notes = _input_truths(x, valid)
    # Frozen once: every step of the trace holds its truth, and a large one only fits in once.
    inputs = [known if known.valid is None else _frozen(known) for known in inputs]
    targets = keras_private.flatten(y) if y is not None else []
    several = isinstance(target_valid, (list, tuple)) and np.ndim(target_valid[0]) == 2
    outputs: list[AxisTruth] = []
    for number, array in enumerate(targets or [None]):
        given = target_valid[number] if several else target_valid
        outputs.append(_output_truth(array, inputs, given, notes))
        _check_target_valid(given, array, [k.valid.shape for k in inputs if k.valid is not None])
    flat = _is_flat(y, outputs[0].valid)
    return Truth(tuple(inputs), tuple(outputs), flat=flat), notes


def _frozen(known: AxisTruth) -> AxisTruth:
    return replace(known, valid=None if known.valid is None else frozen(known.valid))


def _is_flat(y: Any, truth: BoolArray | None) -> bool:
    """True if targets (rows, n) hold one number a timestep, not classes."""
    if truth is None or y is None or isinstance(y, (list, tuple, dict)):
        return False
    return np.ndim(y) == 2 and y.shape == truth.shape and not looks_one_hot(y)


def _found(array: AnyArray) -> tuple[AxisTruth, str]:
    entry = find_valid(array)
    return (
        (AxisTruth(), "") if entry is None else (AxisTruth(entry[0], TruthEvidence.RUNS), entry[1])
    )


def _given(value: Any) -> AxisTruth:
    valid = _as_bool(value)
    return AxisTruth() if valid is None else AxisTruth(valid, TruthEvidence.GIVEN)


def _input_truths(x: Any, valid: Any) -> tuple[list[AxisTruth], list[str]]:
    leaves = keras_private.flatten(x)
    if isinstance(valid, (tuple, list)) and any(np.ndim(value) >= 2 for value in valid):
        return [_given(value) for value in valid], []
    found = [_found(leaf) for leaf in leaves]
    if isinstance(valid, Mapping):
        return _named_truths(x, valid, [known for known, _ in found]), []
    if valid is None:
        notes = [note for _, note in found if note][:1]
        return [known for known, _ in found], notes
    given = _given(valid)
    shapes = [leaf.shape[:2] for leaf in leaves]
    if given.valid is None or given.valid.ndim != 2 or given.valid.shape not in shapes:
        raise BatchError(
            f"`valid` has shape {np.shape(valid)} and the inputs have shapes "
            f"{[tuple(leaf.shape) for leaf in leaves]}.",
            "It must be (rows, timesteps) of one input, True at real timesteps.",
            "Check that it is not transposed and that `x` is the batch it was made from.",
        )
    shape = given.valid.shape
    return [
        given if leaf.ndim >= 2 and leaf.shape[:2] == shape else known
        for leaf, (known, _) in zip(leaves, found, strict=True)
    ], []


def _named_truths(x: Any, valid: Mapping[str, Any], found: list[AxisTruth]) -> list[AxisTruth]:
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
        _given(valid[name]) if name in valid else known
        for name, known in zip(names, found, strict=True)
    ]


def _output_truth(
    y: Any, inputs: Sequence[AxisTruth], target_valid: Any, notes: list[str]
) -> AxisTruth:
    """The truth on one output's time axis: given, an input's, or found in the targets."""
    if target_valid is not None:
        if isinstance(target_valid, (tuple, list)) and np.ndim(target_valid[0]) >= 2:
            target_valid = target_valid[0]
        return _given(target_valid)
    valid = next((known.valid for known in inputs if known.valid is not None), None)
    first = AxisTruth() if valid is None else AxisTruth(valid, TruthEvidence.SAME_TIMESTEPS)
    if y is None or np.ndim(y) < 2:
        return first
    known = [k.valid for k in inputs if k.valid is not None]
    alike = [truth for truth in known if truth.shape == np.shape(y)[:2]]
    if alike:
        return AxisTruth(_of_targets(np.asarray(y), alike), TruthEvidence.SAME_TIMESTEPS)
    classes = np.ndim(y) == 2 and (y.dtype.kind not in "iu" or y.shape[1] == 1)
    if classes or (np.ndim(y) == 2 and bool((np.count_nonzero(y, axis=1) == 1).all())):
        return first
    found = find_valid(np.asarray(y))
    if found is None:
        return AxisTruth()
    if found[0].all() and valid is not None and not valid.all():
        notes.append(
            f"The targets have {np.shape(y)[1]} timesteps, the input has {valid.shape[1]}, and the "
            "targets show no padding: which of their timesteps are real is not known. Pass "
            "`target_valid`."
        )
        return AxisTruth()
    notes.append(found[1].replace("padding was given", "padding of the targets was given"))
    return AxisTruth(found[0], TruthEvidence.TARGETS)


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


def _check_target_valid(given: Any, y: Any, inputs: list[tuple[int, ...]]) -> None:
    """Refuses a truth that fits neither the targets nor an input.

    Where it fits an input and not the targets, it is the targets that do not fit the model: that
    is found when the loss fails.
    """
    if given is None:
        return
    shape = np.shape(given)
    timed = y is not None and np.ndim(y) >= 3
    rows = inputs[0][0] if inputs else shape[:1]
    other = timed and shape[1:2] != np.shape(y)[1:2] and shape not in inputs
    if len(shape) != 2 or (inputs and shape[0] != rows) or other:
        expected = (rows, np.shape(y)[1]) if timed else (rows, "timesteps")
        raise BatchError(
            f"`target_valid` has shape {shape}.",
            f"It must be {expected}, True at real timesteps of the output.",
            "Leave it out where the output has the timesteps of the input.",
        )


# After the first pass


def settled(truth: Truth, x: Any, y: Any, run: PassResult, entries: Sequence[LossEntry]) -> Truth:
    """Returns the truth as it is known once the model has run: of every output, and final.

    Args:
        truth: From `truth_of`.
        x: Model input.
        y: Targets, or None.
        run: What the first pass gave.
        entries: The losses; none without a loss.

    Raises:
        BatchError: The truth given for the targets does not fit the output.
    """
    paths = [path for path, _ in keras_private.leaf_paths(run.predictions)]
    # Keras flattens a dictionary of outputs in the order of its sorted keys; what is looked at is
    # the output that the first loss belongs to.
    position = paths.index(entries[0].path) if entries and entries[0].path in paths else 0
    outputs = [
        truth.outputs[_target_number(y, path, number, len(truth.outputs))]
        for number, path in enumerate(paths)
    ]
    inputs = _own_truths(truth, keras_private.flatten(x), run.calls, run.masks)
    outputs[position] = _fitting(outputs[position], inputs, run.outlines[position], y)
    return replace(truth, inputs=inputs, outputs=tuple(outputs), position=position)


def _target_number(y: Any, path: tuple[Any, ...], position: int, count: int) -> int:
    """Which targets belong to an output; there may be targets for some outputs only."""
    if isinstance(y, dict) and path and path[-1] in y:
        return sorted(y).index(path[-1])
    return min(position, count - 1)


def _own_truths(
    truth: Truth, leaves: list[AnyArray], calls: Sequence[CallInfo], masks: Sequence[AnyArray]
) -> tuple[AxisTruth, ...]:
    """Gives an input that is padded in its own way its own truth.

    Two inputs may be as long and padded differently, and `valid` was given for one. Where a mask
    maker reads such an input, and its mask is what the input's own data say, that is its truth;
    nothing is taken from the mask alone.
    """
    inputs = list(truth.inputs)
    for number, leaf in enumerate(leaves[1:], start=1):
        found, known = find_valid(leaf), truth.of_input(number)
        if found is None or known is None or np.array_equal(found[0], known):
            continue
        made = [
            flat_mask(masks[call.output_mask])
            for call in calls
            if not call.helper
            and [s for group in call.sources for s in group] == [-1 - number]
            and call.output_mask is not None
            and makes_mask(call, masks)
        ]
        if any(np.array_equal(mask, found[0]) for mask in made):
            inputs[number] = AxisTruth(found[0], TruthEvidence.MASKED_INPUT)
    return tuple(inputs)


def _fitting(
    known: AxisTruth, inputs: Sequence[AxisTruth], prediction: AnyArray, y: Any
) -> AxisTruth:
    """Takes the truth of an input where that of the targets does not fit the output."""
    truth = known.valid
    if prediction.ndim < 3 or truth is None or truth.shape == prediction.shape[:2]:
        return known
    timed = [entry.valid for entry in inputs if entry.valid is not None]
    targets = [] if y is None else keras_private.flatten(y)[:1]
    fits_targets = bool(targets) and targets[0].shape[:2] == prediction.shape[:2]
    if fits_targets and truth.shape not in [valid.shape for valid in timed]:
        raise BatchError(
            f"`target_valid` has shape {truth.shape}.",
            f"The output has {prediction.shape[:2]} rows and timesteps.",
        )
    alike = [valid for valid in timed if valid.shape == prediction.shape[:2]]
    return AxisTruth(alike[0], TruthEvidence.SAME_TIMESTEPS) if alike else known
