"""Why a mask stops: every cause, what it is in words, and its cure, in one table."""

from dataclasses import dataclass
from enum import Enum


class Cause(str, Enum):
    """Why the mask stopped, or never worked. The words are those of the contract."""

    RETURN_SEQUENCES_FALSE = "return_sequences_false"
    COMPUTE_MASK_RETURNS_NONE = "compute_mask_returns_none"
    LAYER_DOES_NOT_SUPPORT_MASKING = "layer_does_not_support_masking"
    OP_DROPS_MASK = "op_drops_mask"
    MERGE_PARTIAL = "merge_partial"
    MERGE_ALL_TRUE = "merge_all_true"
    MERGE_UNION = "merge_union"
    MASK_STRIPPED_IN_PLACE = "mask_stripped_in_place"
    LOST_INSIDE_LAYER = "lost_inside_layer"
    MASK_MISALIGNED = "mask_misaligned"
    MASK_OVERWRITTEN = "mask_overwritten"
    MASK_WRONG_RANK = "mask_wrong_rank"
    MASK_NEVER_FIRES = "mask_never_fires"
    MASKS_REAL_STEPS = "masks_real_steps"
    NO_MASK_CREATED = "no_mask_created"


@dataclass(frozen=True)
class Stop:
    """Where the mask stops.

    Attributes:
        layer: First node that received a mask and handed on none, or another one; None where no
            node did (no mask was ever made, or it never fires).
        cause: Why; None where the mask is intact and only `root_layer` is to blame for a leak.
        root_layer: The node to blame.
        line: Line of the source, or None.
        step: Index of the step in the trace, or None.
        rightly: The mask was used up: ending here is right.
    """

    layer: str | None
    cause: Cause | None
    root_layer: str | None
    line: int | None = None
    step: int | None = None
    rightly: bool = False

    @property
    def turned_here(self) -> bool:
        """The node to blame is the one that received a mask; else it made the first one."""
        return self.layer is not None and self.layer == self.root_layer


@dataclass(frozen=True)
class Fix:
    """What to do about a finding.

    Attributes:
        sentence: One sentence.
        code: Python that does it, or an empty string where code cannot.
    """

    sentence: str
    code: str = ""


@dataclass(frozen=True)
class Failure:
    """Where running or evaluating the model failed.

    Attributes:
        at: Name of the node, `loss` or `metrics`.
        message: The message of the exception.
    """

    at: str
    message: str


@dataclass(frozen=True)
class InWords:
    """A cause in words.

    Attributes:
        reason: What the node does, after "which".
        cure: What to do about it, one sentence.
        at_loss: What is wrong with the mask at the loss, where every layer handed it on as it
            should; after "the mask at the loss".
        changes: The mask goes on and is another one; else it stops.
    """

    reason: str
    cure: str
    at_loss: str = ""
    changes: bool = False


IN_WORDS: dict[Cause, InWords] = {
    Cause.RETURN_SEQUENCES_FALSE: InWords(
        "returns only its last timestep, and the mask ends with it",
        (
            "Use a loss that finds padding in `y_true`, or sample weights; the mask cannot "
            "come back after the time axis is gone."
        ),
    ),
    Cause.COMPUTE_MASK_RETURNS_NONE: InWords(
        "takes the mask and hands on none, by its own choice",
        (
            "If a later layer or the loss needs the mask, pass it on by `mask=` or use "
            "sample weights."
        ),
    ),
    Cause.LAYER_DOES_NOT_SUPPORT_MASKING: InWords(
        "does not support masking and destroys the mask",
        (
            "Use a layer that supports masking here, or sample weights in the loss; padding"
            " content that the layer mixes in has to be set to zero before it."
        ),
    ),
    Cause.OP_DROPS_MASK: InWords(
        "is an operation on tensors, and those drop the mask without a word",
        ("Do it in a small layer of your own with `self.supports_masking = True` instead."),
    ),
    Cause.MERGE_PARTIAL: InWords(
        "merges a masked input with an unmasked one, and the mask is gone",
        (
            "Give every input of the merge a mask, or add the unmasked input inside a layer"
            " with `supports_masking = True`."
        ),
    ),
    Cause.MERGE_ALL_TRUE: InWords(
        "merges a masked input with an unmasked one into a mask that keeps all",
        "Give every input of the merge the mask.",
        changes=True,
    ),
    Cause.MERGE_UNION: InWords(
        "joins two masks by OR, so padding of one input counts as real",
        "Merge sequences that are padded alike, or pass the right mask by `mask=`.",
        changes=True,
    ),
    Cause.MASK_STRIPPED_IN_PLACE: InWords(
        "reads a tensor whose mask another layer has taken off",
        (
            "Give the attention layer a copy, for example `keras.layers.Identity()(x)` "
            "after which the mask is set again, or add the residual before it."
        ),
    ),
    Cause.LOST_INSIDE_LAYER: InWords(
        "makes a mask inside and does not hand it out",
        "Hand the mask out: `compute_mask` in the outer layer.",
    ),
    Cause.MASK_MISALIGNED: InWords(
        "has a mask that belongs to other timesteps or rows",
        (
            "Turn or shift the mask together with the timesteps (axis 1, not 0), or weight "
            "the loss by the truth."
        ),
        at_loss="belongs to other timesteps than the targets",
        changes=True,
    ),
    Cause.MASK_OVERWRITTEN: InWords(
        "replaces a good mask with one of its own",
        "Remove the second mask maker.",
        changes=True,
    ),
    Cause.MASK_WRONG_RANK: InWords(
        "keeps the mask on an output that has no such time axis",
        (
            "Return None from `compute_mask` where the time axis ends, and a mask of the "
            "new length where that changes."
        ),
        at_loss="has a shape that does not fit the targets",
        changes=True,
    ),
    Cause.MASK_NEVER_FIRES: InWords(
        "is there to make a mask and marks padding as real",
        (
            "Make padding what the layer looks for: zero vectors for `Masking(0)`, id 0 for"
            " `Embedding(mask_zero=True)`."
        ),
    ),
    Cause.MASKS_REAL_STEPS: InWords(
        "marks real timesteps as padding",
        "Keep the padding value for padding alone: shift real ids up by one.",
    ),
    Cause.NO_MASK_CREATED: InWords(
        "nothing in the model makes a mask",
        "Start with `Embedding(mask_zero=True)` or `Masking`, or weight the loss.",
    ),
}


def place(stop: Stop | None) -> str:
    """Where and why, as the start of a sentence."""
    if stop is None or stop.cause is None:
        return "The mask reaches the loss"
    reason = IN_WORDS[stop.cause].reason
    if stop.cause is Cause.NO_MASK_CREATED and stop.root_layer is not None:
        return f"No mask is made at `{stop.root_layer}`, where the output's timesteps come from"
    if stop.cause is Cause.NO_MASK_CREATED:
        return "Nothing in the model makes a mask"
    if stop.cause in (Cause.MASK_NEVER_FIRES, Cause.MASKS_REAL_STEPS):
        if stop.turned_here:
            return f"The mask turns wrong at `{stop.root_layer}`, which {reason}"
        return f"The mask is wrong from the start: `{stop.root_layer}` {reason}"
    if stop.cause is Cause.MASK_STRIPPED_IN_PLACE:
        return (
            f"The mask stops at `{stop.layer}`: `{stop.root_layer}` took it off the shared tensor"
        )
    if stop.cause is Cause.LOST_INSIDE_LAYER and stop.root_layer not in (None, stop.layer):
        inner = stop.root_layer
        return f"The mask that is made inside `{stop.layer}` does not come out: `{inner}` ends it"
    if stop.root_layer not in (None, stop.layer):
        return f"The mask stops in `{stop.layer}`: `{stop.root_layer}` inside it {reason}"
    if stop.layer is None and stop.root_layer is None:
        return f"The mask at the loss {IN_WORDS[stop.cause].at_loss}"
    name = stop.layer or stop.root_layer
    verb = "turns wrong at" if IN_WORDS[stop.cause].changes else "stops at"
    return f"The mask {verb} `{name}`, which {reason}"
