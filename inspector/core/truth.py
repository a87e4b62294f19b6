"""Which timesteps are real, on every time axis of a batch, and what says so."""

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray


class TruthEvidence(str, Enum):
    """What the truth about one time axis rests on."""

    GIVEN = "given"
    """The user gave it."""
    RUNS = "runs"
    """The id 0, or zero vectors, in runs at an end of a row."""
    MASKED_INPUT = "masked_input"
    """A layer that makes masks marks exactly these timesteps, and the data say so too."""
    MASK_INPUT = "mask_input"
    """An input of the model that is a mask."""
    TEXTS = "texts"
    """Texts that tokenizers fill rows with."""
    SAME_TIMESTEPS = "same_timesteps"
    """An input with these timesteps."""
    TARGETS = "targets"
    """Padding that the targets themselves show."""
    NONE_FOUND = "none_found"
    """Nothing that looks like padding was found; what may be padding is a question."""
    UNKNOWN = "unknown"
    """Nothing: there is no time axis, or what is padding on it cannot be told."""


@dataclass(frozen=True, eq=False)
class AxisTruth:
    """The truth about the time axis of one input or output.

    Attributes:
        valid: bool (rows, timesteps), True at real timesteps; None where it is not known.
        evidence: What it rests on.
        padding: What fills the rows, in words; empty where nobody can say.
        question: What could be asked about it, or None where it is known.
    """

    valid: BoolArray | None = None
    evidence: TruthEvidence = TruthEvidence.UNKNOWN
    padding: str = ""
    question: str | None = None

    def rows(self, index: AnyArray | slice) -> "AxisTruth":
        """Returns the truth about some of the rows."""
        return self if self.valid is None else replace(self, valid=self.valid[index])


@dataclass(frozen=True, eq=False)
class Truth:
    """The truth about every input and every output of a model, for one batch.

    Attributes:
        inputs: In the order of the model's inputs.
        outputs: In the order of the model's outputs; before the model has run, of its targets.
        position: The output that is looked at: the one the first loss belongs to.
        flat: Targets (rows, n) hold one number a timestep, not classes, so that a prediction
            (rows, n) has a time axis.
    """

    inputs: tuple[AxisTruth, ...]
    outputs: tuple[AxisTruth, ...] = ()
    position: int = 0
    flat: bool = False

    @property
    def first(self) -> BoolArray | None:
        """The truth about the first input with a time axis, or None."""
        return next((known.valid for known in self.inputs if known.valid is not None), None)

    @property
    def output(self) -> BoolArray | None:
        """The truth about the output that is looked at, or None."""
        return self.outputs[self.position].valid if self.position < len(self.outputs) else None

    @property
    def timesteps(self) -> int:
        """Timesteps of the first input with a time axis; 1 without one."""
        return 1 if self.first is None else int(self.first.shape[1])

    def of_input(self, number: int) -> BoolArray | None:
        """The truth about one input, or None."""
        return self.inputs[number].valid if number < len(self.inputs) else None

    def on(self, shape: tuple[int | None, ...]) -> BoolArray | None:
        """The truth about an array whose first two axes are those of `shape`, or None.

        That of the first input with these rows and timesteps, else of the output looked at.
        """
        known = [*(truth.valid for truth in self.inputs), self.output]
        return next((v for v in known if v is not None and v.shape == tuple(shape[:2])), None)

    def rows(self, index: AnyArray | slice) -> "Truth":
        """Returns the truth about some of the rows."""
        return replace(
            self,
            inputs=tuple(known.rows(index) for known in self.inputs),
            outputs=tuple(known.rows(index) for known in self.outputs),
        )

    def timed(self, prediction: AnyArray) -> bool:
        """True if a prediction has the time axis of the output that is looked at."""
        valid, rank = self.output, 2 if self.flat else 3
        fits = valid is not None and prediction.shape[:2] == valid.shape
        return fits and prediction.ndim >= rank


def looks_one_hot(y: AnyArray | FloatArray) -> bool:
    """True for rows of 0 and 1 with a single 1 each."""
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all() and y.shape[1] > 1)


def find_valid(array: AnyArray, padding_id: int | None = None) -> tuple[BoolArray, str] | None:
    """Finds padding in one input: the padding id, or zero vectors, in runs at an end of a row.

    Args:
        array: Ids (rows, timesteps) or vectors (rows, timesteps, ...).
        padding_id: The id that stands for padding; None for 0. Vectors have none.

    Returns:
        bool (rows, timesteps), True at real timesteps, and a sentence that says what was assumed;
        None for an array without a time axis.
    """
    if array.ndim < 2 or array.dtype.kind not in "iufb":
        return None
    if array.ndim == 2 and array.dtype.kind == "f":
        return None
    wanted = padding_id if padding_id is not None and array.ndim == 2 else 0
    zero = np.all(array == wanted, axis=tuple(range(2, array.ndim)))
    leading = np.logical_and.accumulate(zero, axis=1)
    trailing = np.logical_and.accumulate(zero[:, ::-1], axis=1)[:, ::-1]
    valid = ~(leading | trailing)
    what = f"id {wanted}" if array.ndim == 2 else "zero vectors"
    if padding_id is not None and array.ndim == 2:
        found = "none was found" if bool(valid.all()) else "runs of it count as padding"
        return valid, f"Padding was said to be {what} at an end of a row: {found}."
    if bool(valid.all()):
        return valid, f"No padding was given and none was found ({what} at an end of a row)."
    return valid, f"Padding was not given: {what} in runs at an end of a row count as padding."
