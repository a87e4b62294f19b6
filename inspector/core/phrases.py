"""What is said of a result: verdicts and findings, one sentence for what, one for what to do.

Sentences about pages and figures are in `inspector/views/phrases.py`. They are here, and not
there, because a finding carries its sentences wherever it goes: terminal, notebook, JSON.
"""

from typing import TYPE_CHECKING

from inspector.core.batch import Batch
from inspector.core.findings import Cause, Fix, Stop
from inspector.core.leaks import Effect
from inspector.core.ledger import AverageName, Divisor, LossLedger
from inspector.core.masks import MaskState

if TYPE_CHECKING:
    from inspector.core.diagnosis import Evidence
    from inspector.core.inspection import Failure

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
    Cause.MASK_MISALIGNED: "Turn or shift the mask together with the timesteps (axis 1, not 0).",
    Cause.MASK_OVERWRITTEN: "Remove the second mask maker.",
    Cause.MASK_WRONG_RANK: "Return None from `compute_mask` where the time axis ends.",
    Cause.MASK_NEVER_FIRES: (
        "Make padding what the layer looks for: zero vectors for `Masking(0)`, id 0 for "
        "`Embedding(mask_zero=True)`."
    ),
    Cause.MASKS_REAL_STEPS: "Keep the padding value for padding alone: shift real ids up by one.",
    Cause.NO_MASK_CREATED: (
        "Start with `Embedding(mask_zero=True)` or `Masking`, or weight the loss."
    ),
}

WEIGHT_CODE = """\
weight = valid.astype("float32")          # 1 at real timesteps, 0 at padding
weight *= weight.size / weight.sum()      # so that the mean over all is the mean over valid
model.evaluate(x, y, sample_weight=weight, batch_size=len(x))"""


def number(value: float | None) -> str:
    """A loss as it is written in sentences: four significant digits."""
    return "undefined" if value is None else f"{value:.4g}"


def percent(share: float | None) -> str:
    """A share between 0 and 1 in percent."""
    return "an unknown share" if share is None else f"{100 * share:.0f} %"


def place(stop: Stop | None) -> str:
    """Where and why, as the start of a sentence."""
    if stop is None or stop.cause is None:
        return "The mask reaches the loss"
    reason = CAUSES[stop.cause]
    if stop.cause is Cause.NO_MASK_CREATED:
        return "Nothing in the model makes a mask"
    if stop.cause in (Cause.MASK_NEVER_FIRES, Cause.MASKS_REAL_STEPS):
        return f"The mask is wrong from the start: `{stop.root_layer}` {reason}"
    if stop.cause is Cause.MASK_STRIPPED_IN_PLACE:
        return f"The mask stops at `{stop.layer}`: `{stop.root_layer}` took it off the shared tensor"
    if stop.root_layer not in (None, stop.layer):
        return f"The mask stops in `{stop.layer}`: `{stop.root_layer}` inside it {reason}"
    if stop.layer is None and stop.root_layer is None:
        return "The mask at the loss belongs to other timesteps"
    name = stop.layer or stop.root_layer
    verb = "stops at" if stop.cause not in _CHANGED else "turns wrong at"
    return f"The mask {verb} `{name}`, which {reason}"


_CHANGED = (
    Cause.MERGE_ALL_TRUE,
    Cause.MERGE_UNION,
    Cause.MASK_MISALIGNED,
    Cause.MASK_OVERWRITTEN,
    Cause.MASK_WRONG_RANK,
)


def verdict(evidence: "Evidence", stop: Stop | None, healthy: bool) -> str:
    """One sentence: where, why and what it costs, or that nothing is wrong."""
    if evidence.raises is not None:
        return raises(evidence.raises)
    ledger = evidence.ledger
    if evidence.nan:
        return nan(evidence.batch)[0]
    if healthy:
        return _right(evidence, stop)
    if ledger is not None and ledger.counts_padding:
        return f"{place(stop)}{_joint(stop)}{cost(ledger)}."
    if ledger is not None and ledger.ignores_valid:
        return f"{place(stop)}, so the loss leaves out real timesteps: {cost(ledger)}."
    leaks = evidence.leaks
    if leaks is not None and leaks.predictions:
        effect = leaks.effect("content")
        change = number(effect.largest_change) if effect is not None else ""
        return (
            f"Padding leaks into the predictions at `{leaks.first_layer}`: other padding moves a "
            f"prediction at a real timestep by up to {change}."
        )
    return f"{place(stop)}."


def _joint(stop: Stop | None) -> str:
    if stop is None or stop.cause is None:
        return ", but the loss does not use it: "
    return ", so padding is in the loss: "


def cost(ledger: LossLedger) -> str:
    """What it costs: the number Keras reports against the masked average."""
    over_valid = ledger.average(AverageName.VALID).value
    return (
        f"Keras reports {number(ledger.keras_value)}, the mean over real timesteps is "
        f"{number(over_valid)}"
    )


def _right(evidence: "Evidence", stop: Stop | None) -> str:
    ledger = evidence.ledger
    if not evidence.has_padding:
        start = "This batch has no padding, so nothing can go wrong in it"
    elif stop is not None and stop.rightly:
        start = f"Nothing is wrong: `{stop.layer}` uses the mask up, and nothing after it needs it"
    elif evidence.trace.mask_at_loss_state is MaskState.CORRECT:
        start = "Nothing is wrong: the mask reaches the loss and marks exactly the padding"
    elif ledger is not None and ledger.counts_padding is False:
        start = f"{place(stop)}, but the loss leaves padding out all the same"
    else:
        start = f"{place(stop)}"
    if ledger is None or ledger.keras_value is None:
        return f"{start}."
    return f"{start}; Keras reports {number(ledger.keras_value)}{_named(ledger)}."


def _named(ledger: LossLedger) -> str:
    names = {
        Divisor.VALID: ", the mean over real timesteps",
        Divisor.PER_SEQUENCE: ", the mean over sentences",
        Divisor.BATCHWISE: ", the masked means of the batches averaged by their rows",
    }
    return names.get(ledger.divisor, "") if ledger.divisor is not None else ""


def padding_in_loss(
    ledger: LossLedger, state: MaskState | None, stop: Stop | None
) -> tuple[str, Fix]:
    """Padding is counted."""
    valid = ledger.target_valid
    padded = 0 if valid is None else int((~valid).sum())
    share = percent(ledger.weight_on_padding)
    message = (
        f"{padded} padded timesteps carry {share} of the weight in the loss: {cost(ledger)}."
    )
    if state is MaskState.CORRECT:
        return message, Fix(
            "The mask arrives, but this loss reduces to one number by itself: return one loss per "
            "timestep, (rows, timesteps), and Keras applies the mask."
        )
    cure = CURES[stop.cause] if stop is not None and stop.cause is not None else ""
    return message, Fix(cure or "Weight the loss by the truth.", WEIGHT_CODE)


def ignored(ledger: LossLedger, stop: Stop | None) -> tuple[str, Fix]:
    """Real timesteps are left out."""
    cure = CURES[stop.cause] if stop is not None and stop.cause is not None else ""
    return (
        f"Some real timesteps have no influence on the loss: {cost(ledger)}.",
        Fix(cure or "Check the mask and the sample weights against the data."),
    )


def broadcast(batch: Batch) -> tuple[str, Fix]:
    """Ranks do not match."""
    return (
        "Targets, predictions or mask differ in rank and are broadcast against each other without "
        f"a word, because there are as many rows as timesteps ({batch.rows}).",
        Fix("Give targets the rank of the predictions, for example `y[..., None]`."),
    )


def penalty(ledger: LossLedger) -> tuple[str, Fix]:
    """A penalty is computed from activations."""
    return (
        f"{number(ledger.penalty)} of the {number(ledger.keras_value)} that Keras reports is a "
        "penalty computed from activations, those of padding included.",
        Fix("Compute the penalty from `mask * activation` in a layer of your own."),
    )


def batchwise(ledger: LossLedger) -> tuple[str, Fix]:
    """The value depends on the batch size."""
    over_valid = ledger.average(AverageName.VALID).value
    return (
        f"Each batch of {ledger.batch_size} rows is divided by its own number of real timesteps, so "
        f"Keras reports {number(ledger.keras_value)} where all rows in one batch give "
        f"{number(over_valid)}.",
        Fix("Compare losses at the same batch size only, or evaluate all rows in one batch."),
    )


def raises(failure: "Failure") -> str:
    """Running the model fails."""
    return f"Running the model on this batch fails at `{failure.at}`: {failure.message}"


def fix_raises(at: str) -> Fix:
    """What to do about a failure."""
    return Fix(f"Check what reaches `{at}`: shapes, ranks and dtypes of the batch and its mask.")


def nan(batch: Batch) -> tuple[str, Fix]:
    """Predictions are not numbers."""
    empty = int((~batch.valid.any(axis=1)).sum())
    where = f": {empty} of the rows are all padding, and 0 / 0 is not a number" if empty else ""
    return (
        f"The predictions contain NaN{where}.",
        Fix("Drop rows that are all padding, or divide by max(count, 1) in the pooling."),
    )


def size(effect: Effect) -> str:
    """The size of an effect in plain units."""
    flips = effect.flipped_rows
    rows = "" if flips is None else f" and changes the predicted class in {percent(flips)} of rows"
    return f"moves a prediction at a real timestep by up to {number(effect.largest_change)}{rows}"


def content_leak(layer: str | None, effect: Effect) -> tuple[str, Fix]:
    """Padding content reaches predictions."""
    where = f", first at `{layer}`" if layer else ""
    return (
        f"Other content at padding {size(effect)}{where}.",
        Fix(
            "Give that layer the mask, put zeros at padding before it, or use a layer that does "
            "not mix timesteps."
        ),
    )


def amount_leak(effect: Effect) -> tuple[str, Fix]:
    """Predictions depend on how much padding there is."""
    return (
        f"Running a sentence alone, without its padding, {size(effect)}.",
        Fix("Pad to one fixed length in training and in use, or mask the layer that mixes timesteps."),
    )


def across_rows(effect: Effect) -> tuple[str, Fix]:
    """A row depends on other rows."""
    return (
        f"Changing other rows of the batch {size(effect)}.",
        Fix("Look for statistics over the batch: batch normalization in training, operations on axis 0."),
    )


def side_matters(effect: Effect) -> tuple[str, Fix]:
    """The side of the padding matters."""
    return (
        f"Padding the same sentences on the other side {size(effect)}.",
        Fix("Pad on the same side in training and in use."),
    )


def mask_stops(stop: Stop, protected: bool) -> tuple[str, Fix]:
    """The mask stops though nothing else shows it."""
    after = "; the loss leaves padding out all the same" if protected else ""
    cause = stop.cause or Cause.NO_MASK_CREATED
    return f"{place(stop)}{after}.", Fix(CURES[cause])


def false_warning(names: tuple[str, ...]) -> tuple[str, Fix]:
    """Keras warns and is wrong."""
    listed = ", ".join(f"`{name}`" for name in names)
    return (
        f"Keras warns that {listed} destroys the mask; when the model runs, the mask gets through.",
        Fix("Nothing to do: what runs is the truth."),
    )


def metrics(names: list[str]) -> tuple[str, Fix]:
    """Metrics count padding though the loss does not."""
    listed = ", ".join(f"`{name}`" for name in names)
    return (
        f"The loss leaves padding out, but {listed} counts it.",
        Fix("Pass it in `weighted_metrics` with sample weights of 0 at padding."),
    )


def shared_id(padding_id: int, count: int, hidden: bool) -> tuple[str, Fix]:
    """Padding shares its id with real tokens."""
    effect = "and the mask hides those too" if hidden else "so a mask made from it would hide those"
    return (
        f"The padding id {padding_id} also stands at {count} real timesteps, {effect}.",
        Fix("Keep the id for padding alone: shift the ids of real tokens up by one."),
    )


def empty_rows(count: int) -> tuple[str, Fix]:
    """Rows without a real timestep."""
    which = "1 row is" if count == 1 else f"{count} rows are"
    return (
        f"{which} all padding.",
        Fix("Drop such rows: they add nothing, and averages over their timesteps are 0 / 0."),
    )
