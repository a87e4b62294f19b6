"""Finding padding in a batch where nobody said which timesteps are real.

What is found is never more than the data and the model can say, and it names what it rests on:

- *known*: the model or the source says so. The value that a `Masking` skips, the id 0 of an
  embedding with `mask_zero`, a token such as `[PAD]`, an input that is a mask, -100 in targets.
- *assumed*: id 0 or zero vectors in runs at an end of rows, the convention of
  `keras.utils.pad_sequences`; and rows of other inputs that end together.
- *asked*: another id or vector that most rows end (or begin) with. It may be padding or a real
  token, so it is a question and no answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, frozen_bool

PADDING_TEXTS = ("", "[PAD]", "<pad>", "<PAD>", "[pad]", "<|pad|>", "PAD", "__PAD__")
"""Texts that tokenizers fill rows with."""
IGNORED_TARGET = -100
"""The class that losses of several libraries leave out, and data sets mark padding with."""


class Certainty(str, Enum):
    """How much a finding about padding may be relied on."""

    KNOWN = "known"
    ASSUMED = "assumed"
    ASKED = "asked"


@dataclass(frozen=True, eq=False)
class PaddingGuess:
    """Padding that was found in one array.

    Attributes:
        valid: bool (rows, timesteps), True at real timesteps if this is padding.
        padding: What fills the rows, in words: "id 0", "the value -1", "zero vectors".
        evidence: What the finding rests on, one sentence.
        certainty: How much it may be relied on.
        question: What the user should be asked, or None where it is known.
    """

    valid: BoolArray
    padding: str
    evidence: str
    certainty: Certainty
    question: str | None = None

    def __post_init__(self) -> None:
        """Freezes the array."""
        object.__setattr__(self, "valid", frozen_bool(self.valid, "valid"))


@dataclass(frozen=True)
class MaskerHint:
    """What a layer of the model that reads the array takes for padding.

    Attributes:
        value: The id or value at padded timesteps.
        layer: Name of the layer.
        argument: The argument that says so: `mask_zero=True`, `mask_value=-1`.
    """

    value: float
    layer: str
    argument: str


def find_padding(
    array: AnyArray, hints: Iterable[MaskerHint] = (), *, are_ids: bool | None = None
) -> PaddingGuess | None:
    """Returns the padding of one input: the best guess, or None where nothing looks like padding.

    Args:
        array: (rows, timesteps) ids or texts, or (rows, timesteps, ...) vectors.
        hints: What the model's own layers take for padding.
        are_ids: Whether a (rows, n) array holds one id a timestep; None: where it holds integers.

    Returns:
        None also for an array without an axis of timesteps.
    """
    if array.ndim < 2 or array.shape[0] == 0 or array.shape[1] == 0:
        return None
    if array.dtype.kind in "UO":
        return _padding_texts(array) if array.ndim == 2 else None
    if array.dtype.kind not in "iufb":
        return None
    if array.ndim == 2 and not (array.dtype.kind in "iub" if are_ids is None else are_ids):
        return None
    known = _hinted(array, hints)
    if known is not None:
        return known
    return _zeros(array) or _repeated(array)


def is_mask(array: AnyArray, name: str = "") -> bool:
    """Returns whether an input is itself a mask: (rows, timesteps) of bool, or of 0 and 1.

    Zeros and ones alone are not enough, since flags look the same: zeros must stand in one run at
    an end of each row, and the name must say `mask`, as all tokenizers' do.
    """
    if array.ndim != 2 or array.dtype.kind not in "biuf" or array.size == 0:
        return False
    if not np.isin(array, (0, 1)).all():
        return False
    real = array.astype(bool)
    padded_at_ends = bool((real == _without_ends(~real)).all())
    named = "mask" in name.lower()
    return (named or array.dtype.kind == "b") and padded_at_ends and bool(real.any())


def valid_of_mask(array: AnyArray, name: str) -> PaddingGuess:
    """Returns the truth that an input which is a mask states."""
    return PaddingGuess(
        array.astype(bool),
        "0 in the mask",
        f"The model's input `{name}` is a mask.",
        Certainty.KNOWN,
    )


def target_padding(
    targets: AnyArray, inputs: AnyArray | None, input_valid: BoolArray | None
) -> PaddingGuess | None:
    """Returns the padding that targets show by themselves; None where they show none of their own.

    Args:
        targets: (rows, timesteps) classes, (rows, timesteps, 1), or one-hot or other vectors.
        inputs: The ids of the input of the same shape, or None.
        input_valid: bool (rows, timesteps) of that input, or None.
    """
    if targets.ndim < 2 or targets.dtype.kind not in "iufb":
        return None
    classes = _classes(targets)
    if classes is not None and (classes == IGNORED_TARGET).any():
        return PaddingGuess(
            classes != IGNORED_TARGET,
            f"class {IGNORED_TARGET}",
            f"The targets hold {IGNORED_TARGET}, which is no class.",
            Certainty.KNOWN,
        )
    if classes is None or inputs is None or input_valid is None or inputs.shape != classes.shape:
        return None
    if not is_shifted(inputs, classes, input_valid):
        return None
    padded = _without_ends(classes == _filler(inputs, input_valid))
    return PaddingGuess(
        padded,
        f"id {_filler(inputs, input_valid)}",
        "The targets are the input one timestep later, so their padding is their own.",
        Certainty.KNOWN,
    )


def is_shifted(inputs: AnyArray, targets: AnyArray, valid: BoolArray) -> bool:
    """Returns whether targets are the input one timestep later, `y[:, t] == x[:, t + 1]`.

    Judged where both timesteps of the input are real; equal tokens in a row prove nothing, so some
    of them must differ.
    """
    if inputs.shape != targets.shape or inputs.ndim != 2 or inputs.shape[1] < 2:
        return False
    both = valid[:, :-1] & valid[:, 1:]
    later, same = inputs[:, 1:], inputs[:, :-1]
    agrees = bool((targets[:, :-1] == later)[both].all()) and bool(both.any())
    return agrees and bool((later != same)[both].any())


def _hinted(array: AnyArray, hints: Iterable[MaskerHint]) -> PaddingGuess | None:
    """The padding that a layer of the model names, where the data hold it at an end of a row."""
    for hint in hints:
        valid = _without_ends(_equal(array, hint.value))
        if valid.all():
            continue
        what = f"id {hint.value:g}" if array.ndim == 2 else f"the value {hint.value:g}"
        return PaddingGuess(
            valid,
            what,
            f"`{hint.layer}` has `{hint.argument}`, and rows begin or end with {what}.",
            Certainty.KNOWN,
        )
    return None


def _zeros(array: AnyArray) -> PaddingGuess | None:
    """Id 0, or zero vectors, in runs at an end of rows."""
    zero = _equal(array, 0)
    valid = _without_ends(zero)
    if valid.all():
        return None
    what = "id 0" if array.ndim == 2 else "zero vectors"
    asked = f"Rows begin or end with {what}: is that padding?"
    if _looks_real(zero, valid):
        return PaddingGuess(valid, what, f"Rows begin or end with {what}.", Certainty.ASKED, asked)
    evidence = f"Rows begin or end with runs of {what}, as `pad_sequences` fills them up."
    return PaddingGuess(valid, what, evidence, Certainty.ASSUMED, asked)


def _looks_real(filler: BoolArray, valid: BoolArray) -> bool:
    """Whether what stands at the ends is rather a real value: positions, flags, a first token.

    Either each row begins with exactly one (positions, a token that starts every row), or the same
    value stands between others about as often as it would by chance.
    """
    padding = ~valid
    first_only = padding.copy()
    first_only[:, 0] = False
    if len(filler) > 1 and bool(padding[:, 0].all()) and not bool(first_only.any()):
        return True
    if not valid.any():
        return False
    inside = float((filler & valid).sum()) / float(valid.sum())
    ends = float(padding.sum()) / float(padding.size)
    return inside > 0 and inside >= 0.5 * ends


def _repeated(array: AnyArray) -> PaddingGuess | None:
    """Another id, vector or value that most rows end, or begin, with: a question."""
    for edge in (-1, 0):
        value = _commonest(array[:, edge])
        equal = (array == value).reshape(*array.shape[:2], -1).all(axis=2)
        run = equal[:, ::-1] if edge == -1 else equal
        lengths = np.logical_and.accumulate(run, axis=1).sum(axis=1)
        if (lengths > 0).mean() <= 0.5 or lengths.max() < 2 or len(set(lengths.tolist())) < 2:
            continue
        valid = ~np.logical_and.accumulate(run, axis=1)
        valid = valid[:, ::-1] if edge == -1 else valid
        what, verb = _named(array, value), "end" if edge == -1 else "begin"
        return PaddingGuess(
            valid,
            what,
            f"Most rows {verb} in runs of {what}.",
            Certainty.ASKED,
            f"Rows {verb} in runs of {what}: is that padding?",
        )
    return None


def _commonest(values: AnyArray) -> AnyArray:
    """The value, or vector, that stands in most rows."""
    unique, counts = np.unique(values, axis=0, return_counts=True)
    commonest: AnyArray = unique[counts.argmax()]
    return commonest


def _named(array: AnyArray, value: AnyArray) -> str:
    """A filler in words."""
    flat = np.ravel(value)
    if array.ndim == 2:
        return f"{flat[0]:g}"
    if (flat == flat[0]).all():
        return f"the value {flat[0]:g}"
    if np.isin(flat, (0, 1)).all() and flat.sum() == 1:
        return f"class {int(flat.argmax())} (one-hot)"
    return "one vector"


def _padding_texts(array: AnyArray) -> PaddingGuess | None:
    """Texts that tokenizers fill rows with, in runs at an end."""
    for text in PADDING_TEXTS:
        valid = _without_ends(array == text)
        if not valid.all():
            what = f"the text {text!r}"
            evidence = f"Rows begin or end with {what}, which tokenizers fill rows with."
            return PaddingGuess(valid, what, evidence, Certainty.KNOWN)
    return None


def _classes(targets: AnyArray) -> AnyArray | None:
    """One class a timestep (rows, timesteps), or None where the targets are no classes."""
    if targets.ndim == 2:
        return targets
    if targets.ndim == 3 and targets.shape[2] == 1:
        return targets[:, :, 0]
    one_hot = np.isin(targets, (0, 1)).all() and bool((targets.sum(axis=-1) <= 1).all())
    return targets.argmax(axis=-1) if targets.ndim == 3 and one_hot else None


def _filler(inputs: AnyArray, valid: BoolArray) -> int:
    """The id at the padding of an input; 0 where it has none."""
    return int(inputs[~valid].flat[0]) if not valid.all() else 0


def _equal(array: AnyArray, value: float) -> BoolArray:
    """Bool (rows, timesteps): the whole timestep equals `value`, as `Masking` asks."""
    equal: BoolArray = (array == value).reshape(*array.shape[:2], -1).all(axis=2)
    return equal


def _without_ends(filler: BoolArray) -> BoolArray:
    """True where a timestep is in no run of filler at an end of its row."""
    leading = np.logical_and.accumulate(filler, axis=1)
    trailing = np.logical_and.accumulate(filler[:, ::-1], axis=1)[:, ::-1]
    return ~(leading | trailing)
