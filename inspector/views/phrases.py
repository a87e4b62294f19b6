"""Every sentence that pages and figures share: one place to proofread and to test."""

from collections.abc import Sequence

from inspector.core.diagnosis.causes import IN_WORDS, Cause, Stop
from inspector.core.ledger import Average, AverageName, LossLedger
from inspector.core.tables import BlockSize
from inspector.core.trace import LayerStep, MaskState, Outcome, Trace
from inspector.views.numbers import amount, number, share
from inspector.views.vocabulary import (
    AVERAGES as AVERAGES,
)
from inspector.views.vocabulary import (
    DIVISORS as DIVISORS,
)
from inspector.views.vocabulary import (
    EFFECTS as EFFECTS,
)
from inspector.views.vocabulary import (
    GLOSSARY as GLOSSARY,
)
from inspector.views.vocabulary import (
    MASK_STATES as MASK_STATES,
)
from inspector.views.vocabulary import (
    OUTCOME_MEANINGS as OUTCOME_MEANINGS,
)
from inspector.views.vocabulary import (
    OUTCOMES as OUTCOMES,
)
from inspector.views.vocabulary import (
    QUANTITIES as QUANTITIES,
)
from inspector.views.vocabulary import (
    QUANTITY_MEANINGS as QUANTITY_MEANINGS,
)
from inspector.views.vocabulary import (
    SEVERITIES as SEVERITIES,
)

LEGEND_INPUT = "input: the truth, taken from the data"
LEGEND_KEPT = "kept (input: real)"
LEGEND_MASKED = "masked (input: padding)"
LEGEND_NO_MASK = "no mask: every timestep counts"
LEGEND_NOT_THIS_WAY = "no mask arrives on this way"
LEGEND_WRONG = "differs from the truth"
LEGEND_ODD = "! padding with weight, or real without"
LEGEND_PADDING = "grey (…): padding"

LEGEND_LEAK = (
    "largest change, in % of the layer's largest output &nbsp;&nbsp; · no change &nbsp;&nbsp; "
    "× padding"
)
LEGEND_LEAK_SHORT = "change in % of largest output &nbsp; × padding"

MASK_MAP_CAPTION = (
    "A band for each call, from the input to the loss; a row for each sentence, a cell for each "
    "timestep, both counted from 0. Each band shows the mask on the call's output: filled blue is "
    "kept, orange with × is masked, grey with · has no mask, so every timestep counts; ! marks a "
    "cell where the mask differs from the truth. The first band is the truth itself."
)
LOSS_MAP_CAPTION = (
    "A row for each sentence, a column for each timestep, both counted from 0. Grey cells with the "
    "value in brackets are padding. At the right the values of each sentence, below those of each "
    "timestep, over valid and over all; the colour scale starts at zero."
)
LEAK_MAP_CAPTION = (
    "Only the content of padding was replaced. A row for each layer, a column for each timestep: "
    "the largest change of the layer's output, in percent of its largest output. A change at a "
    "real timestep is a leak; grey cells with × are padding, where a change is none."
)
AVERAGES_CAPTION = (
    "Bars are drawn to scale from zero. = marks the averages that Keras's value equals within "
    "float error."
)
DIAGRAM_CAPTION = (
    "Thick arrows carry a mask, dotted ones carry none. The words in each box say what the call "
    "did to the mask."
)
FALSE_WARNING = "Keras warns that it destroys the mask; it does not."
NO_LOSS = "Without a loss there are no numbers to show: compile the model or pass a loss."
NO_BREAKDOWN = "This loss does not break down by timestep, so there is nothing to draw here."
NO_LEAKS = "The leak tests were not run."
UNDEFINED_TIMESTEP = "the loss of this timestep by itself is undefined"
_MOST_CODE = 100
UNMEASURED_WEIGHT = "this weight could not be measured"


def stop_title(stop: Stop, outcome: Outcome | None) -> str:
    """Returns where the mask stops, in a few words."""
    name = stop.layer or stop.root_layer
    if name is None:
        at_loss = stop.cause is not None and IN_WORDS[stop.cause].at_loss
        return "The mask at the loss is wrong" if at_loss else "There is no mask"
    if stop.rightly:
        return f"The mask ends at {name}, rightly"
    if stop.cause is Cause.NO_MASK_CREATED:
        return f"No mask is made at {name}"
    if stop.cause in (Cause.MASK_NEVER_FIRES, Cause.MASKS_REAL_STEPS) and not stop.turned_here:
        return f"The mask is wrong from the start, at {name}"
    return f"The mask {'goes wrong' if outcome is Outcome.CHANGED else 'stops'} at {name}"


def stop_reason(stop: Stop) -> str:
    """Returns why the mask stops, in half a sentence; empty where the cause is not known."""
    if stop.rightly:
        return "it has done its work, and no time axis is left to mask"
    if stop.cause is None:
        return ""
    words = IN_WORDS[stop.cause]
    reason = words.reason
    if stop.layer is None and stop.root_layer is None and words.at_loss:
        return f"it {words.at_loss}"
    if stop.cause is Cause.NO_MASK_CREATED and stop.layer is None and stop.root_layer is not None:
        return "the timesteps of the output come through it, and a mask is made elsewhere only"
    if stop.cause is not Cause.NO_MASK_CREATED:
        reason = f"it {reason}"
    if stop.layer is not None and stop.root_layer not in (None, stop.layer):
        reason = f"{reason} (to blame: {stop.root_layer})"
    return reason


def with_line(kind: str, line: int | None) -> str:
    """Returns the class of a layer with the line of code that made it."""
    return kind if line is None else f"{kind}, line {line}"


def code_line(line: int | None, code: Sequence[str]) -> str:
    """Returns the text of a line of pasted code, shortened; empty where there is none."""
    if line is None or not 1 <= line <= len(code):
        return ""
    text = code[line - 1].strip()
    return text if len(text) <= _MOST_CODE else text[:_MOST_CODE] + " …"


def step_remark(step: LayerStep, healthy: bool) -> str:
    """Returns what stands beside a call; nothing more than the outcome where all is well."""
    if step.reason:
        return step.reason
    if step.stripped and not healthy:
        return "It takes the mask off its input tensor while it runs."
    if step.outcome is Outcome.USED_UP:
        return "Its output has no time axis, and nothing after it needs a mask."
    if step.outcome is not Outcome.LOST:
        return ""
    if not step.has_time_axis:
        return "Its output has no time axis."
    if step.is_operator:
        return "Operators on tensors hand on no mask."
    return "" if step.supports_masking else "It does not support masking."


def arrival(channel: str, arrived: bool) -> str:
    """Returns whether a call received a mask through a channel (`attribute` or `argument`)."""
    if channel == "attribute":
        return "the input tensor carries a mask" if arrived else "no mask on the input tensor"
    return "receives mask= as an argument" if arrived else "no mask= argument"


def fold_headline(calls: int, outcome: Outcome | None, each: str) -> str:
    """Returns what a folded run of calls did, or where it says what arrived at `each`, that."""
    if outcome is None or each != OUTCOMES[outcome]:
        return f"{calls} layers: {each}"
    return f"{calls} layers {'keep the mask' if outcome is Outcome.KEPT else 'have no mask'}"


def at_loss(trace: Trace, ledger: LossLedger | None, shares: bool = True) -> str:
    """Returns what reaches the loss, and what follows, in one sentence.

    Args:
        trace: What the calls did.
        ledger: What the loss counts, or None.
        shares: Say how much padding weighs.
    """
    state = trace.mask_at_loss_state
    counts = None if ledger is None else ledger.counts_padding
    sentences = ledger is not None and ledger.loss is not None and ledger.loss.ndim == 1
    if state is None or (state is MaskState.ABSENT and sentences):
        return "The output has no time axis: one loss a sentence, nothing to mask."
    said = {
        MaskState.CORRECT: "The right mask reaches the loss",
        MaskState.ABSENT: "No mask reaches the loss",
        MaskState.ALL_TRUE: "A mask that keeps everything reaches the loss",
        MaskState.WRONG: "A wrong mask reaches the loss",
        MaskState.WRONG_RANK: "A mask whose shape does not fit reaches the loss",
    }[state]
    return f"{said}{_consequence(state, counts, ledger, shares)}."


def _consequence(
    state: MaskState, counts: bool | None, ledger: LossLedger | None, shares: bool
) -> str:
    if ledger is None or counts is None:
        return ""
    if ledger.target_valid is not None and ledger.target_valid.all():
        ignored = ": some real timesteps do not count in it"
        return ignored if ledger.ignores_valid else "; there is no padding in it"
    joint = ", yet" if (state is MaskState.CORRECT) is counts else ":"
    if counts:
        part = ledger.weight_on_padding if shares else None
        weight = f", with {share(part)} of the weight" if part else ""
        return f"{joint} padding counts in it{weight}"
    if ledger.ignores_valid:
        return f"{joint} padding does not count in it, nor do some real timesteps"
    return f"{joint} padding does not count in it"


def wrong_cells(kept_padding: int, hidden_valid: int) -> str:
    """Returns how a mask differs from the truth; empty where it does not."""
    parts = []
    if kept_padding:
        parts.append(f"keeps {amount(kept_padding, 'padded timestep')}")
    if hidden_valid:
        parts.append(f"hides {amount(hidden_valid, 'real timestep')}")
    return " and ".join(parts)


def aggregated(block: BlockSize, what: str) -> str:
    """Returns what a cell of an aggregated figure stands for."""
    rows, timesteps = amount(block.rows, "row"), amount(block.timesteps, "timestep")
    return (
        f"Aggregated {block.rows} × {block.timesteps}: each cell stands for {rows} and {timesteps} "
        f"and shows {what}. Choose fewer rows to see single timesteps."
    )


def odd(padding: bool) -> str:
    """Returns what is odd about a cell of a weight map."""
    return "padding that has weight" if padding else "a real timestep without weight"


def averages_sentence(ledger: LossLedger) -> str:
    """Returns the averages in one sentence, with the one that Keras's value equals."""
    parts = [
        f"{AVERAGES[average.name]} {number(average.value)}"
        for average in ledger.averages
        if average.name is not AverageName.KERAS
    ]
    equal = [
        AVERAGES[average.name]
        for average in ledger.averages
        if average.equals_keras and average.name is not AverageName.KERAS
    ]
    said = f"Keras value {number(ledger.keras_value)}"
    said += f", equal to {' and '.join(equal)}" if equal else ", equal to none of the averages"
    return f"{said}; {', '.join(parts)}."


def division(average: Average, ledger: LossLedger) -> str:
    """Returns the division that makes an average, in words, or why there is none."""
    if average.name is AverageName.KERAS:
        per = "1 row a batch" if ledger.batch_size == 1 else f"{ledger.batch_size} rows a batch"
        formula = DIVISORS.get(ledger.divisor) if ledger.divisor is not None else None
        if average.value is None:
            return "model.evaluate gives no number for this batch"
        return f"model.evaluate, {per}: {formula or 'no formula that can be named'}"
    numerator, unit = {
        AverageName.VALID: ("sum of losses at real timesteps", "real timestep"),
        AverageName.ALL: ("sum of all losses", "timestep"),
        AverageName.ROW_MEANS: ("sum of the row means", "sentence"),
    }[average.name]
    if ledger.loss is not None and ledger.loss.ndim == 1:
        numerator, unit = "sum of losses", "sentence"
    if average.numerator is not None and average.divisor:
        return f"{numerator} {number(average.numerator)} ÷ {amount(average.divisor, unit)}"
    if average.divisor == 0:
        return "there is no real timestep in this batch"
    return "the loss does not break down, or is not a number somewhere"


def leak_title(first_layer: str | None, predictions: bool | None) -> str:
    """Returns where padding starts to leak, in a few words; how far, unless that is None."""
    if first_layer is None:
        return "Padding content changes nothing at real timesteps"
    if predictions is None:
        return f"Padding leaks at {first_layer}"
    reach = "and reaches the predictions" if predictions else "but does not reach the predictions"
    return f"Padding leaks at {first_layer} {reach}"


def sampled(tested: int, rows: int) -> str:
    """Says that the leak tests looked at some of the rows only; empty where they saw all."""
    if tested >= rows:
        return ""
    return f"{tested:,} of {amount(rows, 'row')} were tested, from the shortest to the longest."


def node_change(by_content: float, leaks: bool) -> str:
    """Returns how far a layer's output moved at real timesteps."""
    if not leaks:
        return "does not move"
    return f"moves by up to {number(by_content, 3)}"


def effect_result(beyond_float_error: bool) -> str:
    """Returns what a leak test found."""
    return "predictions change" if beyond_float_error else "nothing changes"
