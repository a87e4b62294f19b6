"""The truth about the padding of every input and output: given, or found; settled by a pass."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, frozen
from inspector.core.inspection import StatedTruth
from inspector.core.padding_search import (
    Certainty,
    find_padding,
    is_mask,
    target_padding,
    valid_of_mask,
)
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
    several = _one_an_output(target_valid, len(targets))
    leaves = keras_private.flatten(x)
    outputs: list[AxisTruth] = []
    for number, array in enumerate(targets or [None]):
        given = target_valid[number] if several else target_valid
        outputs.append(_output_truth(array, inputs, leaves, given, notes))
        _check_target_valid(given, array, [k.valid.shape for k in inputs if k.valid is not None])
    flat = _is_flat(y, outputs[0].valid)
    return Truth(tuple(inputs), tuple(outputs), flat=flat), notes


def _one_an_output(target_valid: Any, outputs: int) -> bool:
    """Whether truths were given for each output: a list with one (rows, timesteps) or None each."""
    if not isinstance(target_valid, (list, tuple)) or len(target_valid) != outputs:
        return False
    return all(value is None or np.ndim(value) == 2 for value in target_valid)


def _frozen(known: AxisTruth) -> AxisTruth:
    return replace(known, valid=None if known.valid is None else frozen(known.valid))


def _is_flat(y: Any, truth: BoolArray | None) -> bool:
    """True if targets (rows, n) hold one number a timestep, not classes."""
    if truth is None or y is None or isinstance(y, (list, tuple, dict)):
        return False
    return np.ndim(y) == 2 and y.shape == truth.shape and not looks_one_hot(y)


def _found(array: AnyArray, name: str = "") -> tuple[AxisTruth, str]:
    """The padding of one input where nobody gave it, and a sentence about it."""
    if is_mask(array, name):
        mask = valid_of_mask(array, name)
        return AxisTruth(mask.valid, TruthEvidence.MASK_INPUT, mask.padding), mask.evidence
    entry = find_valid(array)
    if entry is None and array.dtype.kind not in "UO":
        return AxisTruth(), ""  # No axis of timesteps.
    guess = find_padding(array)
    if guess is None or guess.certainty is Certainty.ASKED:
        question = None if guess is None else guess.question
        if entry is None:
            return AxisTruth(question=question), ""
        real = np.ones_like(entry[0])
        note = "No padding was given and none was found (id 0 or zero vectors at an end of a row)."
        return AxisTruth(real, TruthEvidence.NONE_FOUND, question=question), note
    if guess.certainty is Certainty.KNOWN:
        return AxisTruth(guess.valid, TruthEvidence.TEXTS, guess.padding), guess.evidence
    note = entry[1] if entry is not None else guess.evidence
    return AxisTruth(guess.valid, TruthEvidence.RUNS, guess.padding, guess.question), note


def _given(value: Any) -> AxisTruth:
    valid = _as_bool(value)
    return AxisTruth() if valid is None else AxisTruth(valid, TruthEvidence.GIVEN)


def _input_truths(x: Any, valid: Any) -> tuple[list[AxisTruth], list[str]]:
    leaves = keras_private.flatten(x)
    if isinstance(valid, (tuple, list)) and any(np.ndim(value) >= 2 for value in valid):
        return [_given(value) for value in valid], []
    names = [str(path[-1]) if path else "" for path, _ in keras_private.leaf_paths(x)]
    found = [_found(leaf, name) for leaf, name in zip(leaves, names, strict=True)]
    if isinstance(valid, Mapping):
        return _named_truths(x, valid, [known for known, _ in found]), []
    if valid is None:
        # The sentence about an input that is padded says more than one about an input that is not.
        notes = [n for known, n in found if n and known.valid is not None and not known.valid.all()]
        notes = (notes or [note for _, note in found if note])[:1]
        return _by_mask_inputs([known for known, _ in found]), notes
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
    fitting = [leaf.ndim >= 2 and leaf.shape[:2] == shape for leaf in leaves]
    # Of several inputs of this shape it was given for the first; the others may be padded in a way
    # of their own.
    same = replace(given, evidence=TruthEvidence.SAME_TIMESTEPS)
    return [
        (given if number == fitting.index(True) else same) if fits else known
        for number, (fits, (known, _)) in enumerate(zip(fitting, found, strict=True))
    ], []


def _by_mask_inputs(inputs: list[AxisTruth]) -> list[AxisTruth]:
    """Takes the truth of an input that is a mask for the other inputs of its shape."""
    masks = [known for known in inputs if known.evidence is TruthEvidence.MASK_INPUT]
    shapes = {mask.valid.shape: mask for mask in masks if mask.valid is not None}
    return [
        shapes.get(known.valid.shape, known) if known.valid is not None else known
        for known in inputs
    ]


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
    y: Any,
    inputs: Sequence[AxisTruth],
    leaves: Sequence[AnyArray],
    target_valid: Any,
    notes: list[str],
) -> AxisTruth:
    """The truth on one output's time axis: given, the targets' own, or an input's."""
    if target_valid is not None:
        if isinstance(target_valid, (tuple, list)) and np.ndim(target_valid[0]) >= 2:
            target_valid = target_valid[0]
        return _given(target_valid)
    own = _of_targets_alone(y, inputs, leaves)
    if own is not None:
        return own
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


def _of_targets_alone(
    y: Any, inputs: Sequence[AxisTruth], leaves: Sequence[AnyArray]
) -> AxisTruth | None:
    """The padding that targets show whatever the input is: -100, or the input one step later."""
    if y is None or np.ndim(y) < 2:
        return None
    targets = np.asarray(y)
    for leaf, known in [(None, None), *zip(leaves, inputs, strict=False)]:
        valid = None if known is None else known.valid
        guess = target_padding(targets, leaf if valid is not None else None, valid)
        if guess is not None:
            return AxisTruth(guess.valid, TruthEvidence.TARGETS, guess.padding)
    return None


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


_SENTENCES = {
    TruthEvidence.GIVEN: "It was given.",
    TruthEvidence.RUNS: "Rows begin or end with runs of it.",
    TruthEvidence.MASKED_INPUT: "A layer masks it, and rows begin or end with runs of it.",
    TruthEvidence.MASK_INPUT: "An input of the model is a mask.",
    TruthEvidence.TEXTS: "Tokenizers fill rows with it.",
    TruthEvidence.SAME_TIMESTEPS: "It has the timesteps of an input.",
    TruthEvidence.TARGETS: "The targets show it themselves.",
    TruthEvidence.NONE_FOUND: "Nothing that looks like padding was found.",
    TruthEvidence.UNKNOWN: "There is no axis of timesteps, or nothing says what is padding on it.",
}


def stated(truth: Truth, x: Any, output_names: Sequence[str]) -> tuple[StatedTruth, ...]:
    """Returns what the truth about each input and output rests on, in words.

    Args:
        truth: As it is known.
        x: Model input, for the names of its arrays.
        output_names: Names of the model's outputs, as far as they have any.
    """
    paths = [path for path, _ in keras_private.leaf_paths(x)]
    names = [str(path[-1]) if path else "x" for path in paths]
    stated = [
        _in_words(f"input `{name}`", known)
        for name, known in zip(names, truth.inputs, strict=False)
    ]
    for number, known in enumerate(truth.outputs):
        name = output_names[number] if number < len(output_names) else "y"
        stated.append(_in_words(f"output `{name}`", known))
    return tuple(stated)


def _in_words(of: str, known: AxisTruth) -> StatedTruth:
    return StatedTruth(of, _SENTENCES[known.evidence], known.padding, known.question)


def question_about(truth: Truth) -> str:
    """Returns the question that would settle what nobody said, where no padding was found."""
    unknown = [
        known.question for known in truth.inputs if known.evidence is TruthEvidence.NONE_FOUND
    ]
    question = next((question for question in unknown if question), "")
    return f"{question} Then pass `valid`." if question else ""


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
    leaves = keras_private.flatten(x)
    inputs = _own_truths(truth, leaves, run.calls, run.masks)
    inputs = _masked_values(inputs, leaves, run.calls, run.masks)
    targets: list[Any] = keras_private.flatten(y) if y is not None else [None]
    known = [
        old
        if old.evidence is TruthEvidence.GIVEN
        else _output_truth(array, inputs, leaves, None, [])
        for old, array in zip(truth.outputs, targets, strict=True)
    ]
    outputs = [
        known[_target_number(y, path, number, len(known))] for number, path in enumerate(paths)
    ]
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
        if inputs[number].evidence is TruthEvidence.GIVEN:
            continue  # What the user gave for this input is never overruled.
        made = _made_of_input(number, calls, masks)
        if any(np.array_equal(mask, found[0]) for mask in made):
            inputs[number] = AxisTruth(found[0], TruthEvidence.MASKED_INPUT)
    return tuple(inputs)


def _made_of_input(
    number: int, calls: Sequence[CallInfo], masks: Sequence[AnyArray]
) -> list[BoolArray]:
    """The masks that calls make straight from an input."""
    return [
        flat_mask(masks[call.output_mask])
        for call in calls
        if not call.helper
        and [s for group in call.sources for s in group] == [-1 - number]
        and call.output_mask is not None
        and makes_mask(call, masks)
    ]


def _masked_values(
    inputs: Sequence[AxisTruth],
    leaves: Sequence[AnyArray],
    calls: Sequence[CallInfo],
    masks: Sequence[AnyArray],
) -> tuple[AxisTruth, ...]:
    """Believes a mask maker where the data agree: `Masking(mask_value=-1)` on rows filled with -1.

    What a layer masks is the model's opinion; it is the truth only where the masked timesteps of an
    input are one and the same value, in runs at an end of its rows. Nothing that was given is
    overruled.
    """
    settled = list(inputs)
    for number, leaf in enumerate(leaves):
        known = inputs[number]
        unsaid = (TruthEvidence.NONE_FOUND, TruthEvidence.RUNS)
        if known.evidence not in unsaid or known.valid is None:
            continue
        for mask in _made_of_input(number, calls, masks):
            if mask.shape != leaf.shape[:2] or mask.all():
                continue
            if _is_filler(leaf, ~mask):
                what = _value_in_words(leaf[~mask][0])
                settled[number] = AxisTruth(frozen(mask), TruthEvidence.MASKED_INPUT, what)
                break
    return tuple(settled)


def _is_filler(array: AnyArray, padding: BoolArray) -> bool:
    """Whether the marked timesteps hold one value, in runs at an end of rows."""
    cells = array[padding]
    if not bool((cells == cells[:1]).all()):
        return False
    leading = np.logical_and.accumulate(padding, axis=1)
    trailing = np.logical_and.accumulate(padding[:, ::-1], axis=1)[:, ::-1]
    return bool((padding == (leading | trailing)).all())


def _value_in_words(cell: AnyArray) -> str:
    """The filler of a row in words."""
    flat = np.ravel(cell)
    if np.ndim(cell) == 0:
        return f"id {flat[0]:g}"
    return f"the value {flat[0]:g}" if bool((flat == flat[0]).all()) else "one vector"


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
