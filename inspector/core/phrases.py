"""What is said of a result: verdicts and findings, one sentence for what, one for what to do.

Sentences about pages and figures are in `inspector/views/phrases.py`. They are here, and not
there, because a finding carries its sentences wherever it goes: terminal, notebook, JSON.
"""

from typing import TYPE_CHECKING

from inspector.core.averages import same
from inspector.core.batch import Batch
from inspector.core.causes import CURES, place
from inspector.core.findings import Cause, Fix, Stop
from inspector.core.leaks import Effect
from inspector.core.ledger import AverageName, Divisor, LossLedger
from inspector.core.masks import MaskState
from inspector.core.numerals import number, percent, told_apart

if TYPE_CHECKING:
    from inspector.core.diagnosis import Evidence
    from inspector.core.inspection import Failure

NOTHING_WRONG = "Nothing is wrong: "


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
            f"Padding leaks into the predictions{_at_layer(leaks.first_layer)}: other content at "
            f"padding moves a prediction by up to {change}."
        )
    return f"{place(stop)}."


def _at_layer(layer: str | None) -> str:
    return f" at `{layer}`" if layer else ""


def _joint(stop: Stop | None) -> str:
    if stop is None or stop.cause is None:
        return ", but the loss does not use it: "
    return ", so padding is in the loss: "


def cost(ledger: LossLedger) -> str:
    """What it costs: the number Keras reports against the masked average."""
    over_valid = ledger.average(AverageName.VALID).value
    if over_valid is None and _none_real(ledger):
        return f"Keras reports {number(ledger.keras_value)}, and no timestep is real"
    value, masked = number(ledger.keras_value), number(over_valid)
    if not same(ledger.keras_value, over_valid):
        value, masked = told_apart(ledger.keras_value, over_valid)
    return f"Keras reports {value}, the mean over real timesteps is {masked}"


def _none_real(ledger: LossLedger) -> bool:
    return ledger.target_valid is not None and not ledger.target_valid.any()


def _right(evidence: "Evidence", stop: Stop | None) -> str:
    ledger = evidence.ledger
    if not evidence.batch.valid.any():
        start = "Every timestep of this batch is padding, so there is nothing to learn from it"
    elif ledger is not None and _none_real(ledger):
        start = "Every target of this batch is padding, so there is nothing to learn from it"
    elif not evidence.has_padding and not any(s.has_time_axis for s in evidence.trace.steps):
        start = "No layer of this model has a time axis, so there is nothing to mask"
    elif not evidence.has_padding:
        start = "This batch has no padding, so nothing can go wrong in it"
    elif stop is not None and stop.rightly:
        start = f"{NOTHING_WRONG}`{stop.layer}` uses the mask up, and nothing after it needs it"
    elif evidence.trace.mask_at_loss_state is MaskState.CORRECT:
        start = f"{NOTHING_WRONG}the mask reaches the loss and marks exactly the padding"
    elif ledger is not None and ledger.counts_padding is False:
        start = f"{place(stop)}, but the loss leaves padding out all the same"
    else:
        start = f"{place(stop)}"
    if ledger is None or ledger.keras_value is None:
        return f"{start}."
    if len(evidence.ledgers) > 1:
        outputs = len(evidence.ledgers)
        return f"{start}; Keras reports {number(ledger.keras_value)} over {outputs} outputs."
    over_valid = ledger.average(AverageName.VALID).value
    if _none_real(ledger):
        return f"{start}; Keras reports {number(ledger.keras_value)}."
    if ledger.divisor in _MASKED and not same(over_valid, ledger.keras_value):
        return (
            f"{start}; Keras reports {number(ledger.keras_value)}, in which the mean over real "
            f"timesteps is {number(over_valid)}."
        )
    return f"{start}; Keras reports {number(ledger.keras_value)}{_named(ledger)}."


_MASKED = (Divisor.VALID, Divisor.VALID_PLUS_PENALTY)


def _named(ledger: LossLedger) -> str:
    names = {
        Divisor.VALID: ", the mean over real timesteps",
        Divisor.PER_SEQUENCE: ", the mean over sentences",
        Divisor.BATCHWISE: ", the masked means of the batches averaged by their rows",
    }
    return names.get(ledger.divisor, "") if ledger.divisor is not None else ""


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
            "timestep, (rows, timesteps), and Keras applies the mask."
        )
    cure = CURES[stop.cause] if stop is not None and stop.cause is not None else ""
    return message, Fix(cure or "Weight the loss by the truth.", code)


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


def amount_leak(effect: Effect) -> tuple[str, Fix]:
    """Predictions depend on how much padding there is."""
    return (
        f"Running a sentence alone, without its padding, {size(effect)}.",
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
