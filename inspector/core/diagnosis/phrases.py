"""What is said of a finding: one sentence for what happens, one for what to do.

Sentences about pages and figures are in `inspector/views/phrases.py`. They are here, and not
there, because a finding carries its sentences wherever it goes: terminal, notebook, JSON.
"""

import numpy as np

from inspector.core.arrays import BoolArray
from inspector.core.batch import Batch, leaves
from inspector.core.diagnosis.causes import IN_WORDS, Cause, Failure, Fix, Stop, place
from inspector.core.leaks import Effect
from inspector.core.ledger import AverageName, LossLedger, same
from inspector.core.numerals import number, percent, told_apart
from inspector.core.trace import MaskState


def cost(ledger: LossLedger) -> str:
    """What it costs: the number Keras reports against the masked average."""
    over_valid = ledger.average(AverageName.VALID).value
    if over_valid is None and none_real(ledger):
        return f"Keras reports {number(ledger.keras_value)}, and no timestep is real"
    value, masked = number(ledger.keras_value), number(over_valid)
    if over_valid is None:
        return f"Keras reports {value}"
    if not same(ledger.keras_value, over_valid):
        value, masked = told_apart(ledger.keras_value, over_valid)
    return f"Keras reports {value}, the mean over real timesteps is {masked}"


def none_real(ledger: LossLedger) -> bool:
    """True if every target is padding."""
    return ledger.target_valid is not None and not ledger.target_valid.any()


def padding_in_loss(
    ledger: LossLedger, state: MaskState | None, stop: Stop | None, code: str
) -> tuple[str, Fix]:
    """Padding is counted."""
    valid = ledger.target_valid
    padded = 0 if valid is None else int((~valid).sum())
    share = percent(ledger.weight_on_padding)
    who = "1 padded timestep carries" if padded == 1 else f"{padded:,} padded timesteps carry"
    message = f"{who} {share} of the weight in the loss: {cost(ledger)}."
    if state is MaskState.CORRECT:
        return message, Fix(
            "The mask arrives, but this loss reduces to one number by itself: return one loss per "
            "timestep, (rows, timesteps), and Keras applies the mask; a `compute_loss` of your own "
            "has to apply it itself."
        )
    cure = IN_WORDS[stop.cause].cure if stop is not None and stop.cause is not None else ""
    return message, Fix(cure or "Weight the loss by the truth.", code)


def ignored(ledger: LossLedger, stop: Stop | None) -> tuple[str, Fix]:
    """Real timesteps are left out."""
    cure = IN_WORDS[stop.cause].cure if stop is not None and stop.cause is not None else ""
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
        f"{number(ledger.call_penalty)} of the {number(ledger.keras_value)} that Keras reports is "
        "a penalty computed from activations, those of padding included.",
        Fix("Compute the penalty from `mask * activation` in a layer of your own."),
    )


def batchwise(ledger: LossLedger) -> tuple[str, Fix]:
    """The value depends on the batch size."""
    over_valid = ledger.average(AverageName.VALID).value
    value, whole = told_apart(ledger.keras_value, over_valid)
    rows = "1 row" if ledger.batch_size == 1 else f"{ledger.batch_size} rows"
    return (
        f"Each batch of {rows} is divided by its own number of real timesteps, so Keras reports "
        f"{value} where all rows in one batch give {whole}.",
        Fix("Compare losses at the same batch size only, or evaluate all rows in one batch."),
    )


def raises(failure: Failure) -> str:
    """Running the model fails."""
    return f"Running the model on this batch fails at `{failure.at}`: {failure.message}"


def fix_raises(at: str, state: MaskState | None) -> Fix:
    """What to do about a failure."""
    if at == "loss" and state is MaskState.WRONG_RANK:
        return Fix(
            f"The mask has other axes than the output. {IN_WORDS[Cause.MASK_WRONG_RANK].cure}"
        )
    if at == "loss" and state not in (None, MaskState.ABSENT):
        return Fix(
            "A mask arrives, and Keras multiplies the loss by it: return one loss per timestep, "
            "(rows, timesteps), and check the shapes of targets and sample weights."
        )
    return Fix(f"Check what reaches `{at}`: shapes, ranks and dtypes of the batch and its mask.")


def nan(batch: Batch) -> tuple[str, Fix]:
    """Predictions are not numbers."""
    empty = int((~batch.valid.any(axis=1)).sum())
    where = f": {empty} of the rows are all padding, and 0 / 0 is not a number" if empty else ""
    return (
        f"The predictions contain NaN{where}.",
        Fix("Drop rows that are all padding, or divide by max(count, 1) in the pooling."),
    )


def nan_loss(batch: Batch) -> tuple[str, Fix]:
    """The loss is not a number, though the predictions are."""
    targets = [leaf for leaf in leaves(batch.y) if leaf.dtype.kind == "f" and np.isnan(leaf).any()]
    if not targets:
        return (
            "Keras's loss of this batch is NaN, though the predictions are numbers.",
            Fix("Look for a logarithm of 0 or a division by 0 in the loss."),
        )
    return (
        "Keras's loss of this batch is NaN: targets are NaN, and a mask or weight of 0 does not "
        "take them out, since 0 times NaN is NaN.",
        Fix("Put 0 into the targets at padding: `y = numpy.nan_to_num(y)`."),
    )


def size(effect: Effect) -> str:
    """The size of an effect in plain units."""
    flips = effect.flipped_rows
    rows = f" and changes the predicted class in {percent(flips)} of rows" if flips else ""
    rows = " and changes no predicted class" if flips == 0 else rows
    return f"moves a prediction by up to {number(effect.largest_change)}{rows}"


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


def untested(reason: str) -> tuple[str, Fix]:
    """The model refuses inputs that are not the user's own."""
    return (
        f"Whether padding leaks could not be tested, since the model fails on other padding: "
        f"{reason}",
        Fix("Check what the model makes of its input before the first layer."),
    )


def training_leak(layer: str | None, effect: Effect) -> tuple[str, Fix]:
    """Padding content reaches predictions in training only."""
    where = f", first at `{layer}`" if layer else ""
    return (
        f"In training, other content at padding {size(effect)}{where}; in inference it does not.",
        Fix("Give that layer the mask: statistics over a batch must leave padding out."),
    )


def amount_leak(effect: Effect, lost: str | None) -> tuple[str, Fix]:
    """Predictions depend on how much padding there is; `lost` is where a branch loses its mask."""
    where = f": the mask of a branch ends at `{lost}`" if lost else ""
    return (
        f"Running a sentence alone, without its padding, {size(effect)}{where}.",
        Fix("Pad to one fixed length everywhere, or mask the layer that mixes timesteps."),
    )


def across_rows(effect: Effect) -> tuple[str, Fix]:
    """A row depends on other rows."""
    return (
        f"Changing other rows of the batch {size(effect)}.",
        Fix("Look for statistics over the batch: batch normalization, operations on axis 0."),
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
    return f"{place(stop)}{after}.", Fix(IN_WORDS[cause].cure)


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


def weight_code(batch: Batch, ledger: LossLedger, state: MaskState | None, outputs: int) -> str:
    """Python that makes Keras report the mean over valid, or "" where sample weights cannot.

    With the weights w = m * size / sum(m) the mean over all, sum(w * l) / size, is the mean over
    valid, sum(m * l) / sum(m). A wrong mask is multiplied in by Keras and spoils that; a loss that
    reduces to one number by itself has nothing to weight; several outputs take several weights.
    """
    truth = ledger.target_valid
    if truth is None or outputs > 1 or not ledger.per_timestep:
        return ""
    if state not in (MaskState.ABSENT, MaskState.ALL_TRUE):
        return ""
    own = list(leaves(batch.sample_weight))
    if own and own[0].shape != truth.shape:
        return ""
    name = "valid" if np.array_equal(truth, batch.valid) else "target_valid"
    start = f"sample_weight * {name}" if own else f'{name}.astype("float32")'
    return (
        f"weight = {start}  # 0 at padding\n"
        f"weight *= {name}.size / {name}.sum()  # so that the mean over all is that over valid\n"
        "model.evaluate(x, y, sample_weight=weight, batch_size=len(x))"
    )


def ignored_unasked(batch: Batch, ledger: LossLedger) -> bool:
    """True if real timesteps have no influence though the user's own weights do not say so."""
    if not ledger.ignores_valid or ledger.loss_weight == 0:
        return False
    own = list(leaves(batch.sample_weight))
    if not own or ledger.weight is None or ledger.target_valid is None:
        return not own
    weights = np.asarray(own[0], float)
    weights = weights[:, None] if weights.ndim == 1 else weights
    if weights.ndim != 2:
        return False
    asked: BoolArray = np.broadcast_to(weights != 0, ledger.target_valid.shape)
    counted = np.nan_to_num(np.abs(ledger.weight)) > 0
    return bool((ledger.target_valid & ~counted & asked).any())
