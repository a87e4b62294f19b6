"""Each cause in words: what happened, and what to do about it."""

from inspector.core.findings import Cause, Stop

CAUSES: dict[Cause, str] = {
    Cause.RETURN_SEQUENCES_FALSE: "returns only its last timestep, and the mask ends with it",
    Cause.COMPUTE_MASK_RETURNS_NONE: "takes the mask and hands on none, by its own choice",
    Cause.LAYER_DOES_NOT_SUPPORT_MASKING: "does not support masking and destroys the mask",
    Cause.OP_DROPS_MASK: "is an operation on tensors, and those drop the mask without a word",
    Cause.MERGE_PARTIAL: "merges a masked input with an unmasked one, and the mask is gone",
    Cause.MERGE_ALL_TRUE: "merges a masked input with an unmasked one into a mask that keeps all",
    Cause.MERGE_UNION: "joins two masks by OR, so padding of one input counts as real",
    Cause.MASK_STRIPPED_IN_PLACE: "reads a tensor whose mask another layer has taken off",
    Cause.LOST_INSIDE_LAYER: "makes a mask inside and does not hand it out",
    Cause.MASK_MISALIGNED: "has a mask that belongs to other timesteps or rows",
    Cause.MASK_OVERWRITTEN: "replaces a good mask with one of its own",
    Cause.MASK_WRONG_RANK: "keeps the mask on an output that has no such time axis",
    Cause.MASK_NEVER_FIRES: "is there to make a mask and marks padding as real",
    Cause.MASKS_REAL_STEPS: "marks real timesteps as padding",
    Cause.NO_MASK_CREATED: "nothing in the model makes a mask",
}

CURES: dict[Cause, str] = {
    Cause.RETURN_SEQUENCES_FALSE: (
        "Use a loss that finds padding in `y_true`, or sample weights; the mask cannot come back "
        "after the time axis is gone."
    ),
    Cause.COMPUTE_MASK_RETURNS_NONE: (
        "If a later layer or the loss needs the mask, pass it on by `mask=` or use sample weights."
    ),
    Cause.LAYER_DOES_NOT_SUPPORT_MASKING: (
        "Use a layer that supports masking here, or sample weights in the loss; padding content "
        "that the layer mixes in has to be set to zero before it."
    ),
    Cause.OP_DROPS_MASK: (
        "Do it in a small layer of your own with `self.supports_masking = True` instead."
    ),
    Cause.MERGE_PARTIAL: (
        "Give every input of the merge a mask, or add the unmasked input inside a layer with "
        "`supports_masking = True`."
    ),
    Cause.MERGE_ALL_TRUE: "Give every input of the merge the mask.",
    Cause.MERGE_UNION: "Merge sequences that are padded alike, or pass the right mask by `mask=`.",
    Cause.MASK_STRIPPED_IN_PLACE: (
        "Give the attention layer a copy, for example `keras.layers.Identity()(x)` after which the "
        "mask is set again, or add the residual before it."
    ),
    Cause.LOST_INSIDE_LAYER: "Hand the mask out: `compute_mask` in the outer layer.",
    Cause.MASK_MISALIGNED: (
        "Turn or shift the mask together with the timesteps (axis 1, not 0), or weight the loss by "
        "the truth."
    ),
    Cause.MASK_OVERWRITTEN: "Remove the second mask maker.",
    Cause.MASK_WRONG_RANK: (
        "Return None from `compute_mask` where the time axis ends, and a mask of the new length "
        "where that changes."
    ),
    Cause.MASK_NEVER_FIRES: (
        "Make padding what the layer looks for: zero vectors for `Masking(0)`, id 0 for "
        "`Embedding(mask_zero=True)`."
    ),
    Cause.MASKS_REAL_STEPS: "Keep the padding value for padding alone: shift real ids up by one.",
    Cause.NO_MASK_CREATED: (
        "Start with `Embedding(mask_zero=True)` or `Masking`, or weight the loss."
    ),
}

AT_LOSS: dict[Cause, str] = {
    Cause.MASK_MISALIGNED: "belongs to other timesteps than the targets",
    Cause.MASK_WRONG_RANK: "has a shape that does not fit the targets",
}
"""What is wrong with a mask that every layer handed on as it should."""

_CHANGED = (
    Cause.MERGE_ALL_TRUE,
    Cause.MERGE_UNION,
    Cause.MASK_MISALIGNED,
    Cause.MASK_OVERWRITTEN,
    Cause.MASK_WRONG_RANK,
)


def place(stop: Stop | None) -> str:
    """Where and why, as the start of a sentence."""
    if stop is None or stop.cause is None:
        return "The mask reaches the loss"
    reason = CAUSES[stop.cause]
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
        return f"The mask at the loss {AT_LOSS[stop.cause]}"
    name = stop.layer or stop.root_layer
    verb = "stops at" if stop.cause not in _CHANGED else "turns wrong at"
    return f"The mask {verb} `{name}`, which {reason}"
