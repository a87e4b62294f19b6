"""What a mask map shows, before anything is drawn: one band per call, from the input to the loss.

The figure, the table, the terminal and the notebook all draw these bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, frozen
from inspector.core.batch import Batch, Tokens
from inspector.core.diagnosis.causes import Cause, Stop
from inspector.core.inspection import Inspection
from inspector.core.trace import LayerStep, MaskState, Outcome, mask_state
from inspector.views import phrases


class Channel(str, Enum):
    """Which mask a band shows."""

    EFFECTIVE = "effective"
    """The mask on the call's output: what it hands on."""
    ATTRIBUTE = "attribute"
    """The mask that the main input tensor carried (`_keras_mask`)."""
    ARGUMENT = "argument"
    """The mask that the call received as its `mask=` argument."""


class BandKind(str, Enum):
    """What a band stands for."""

    INPUT = "input"
    CALL = "call"
    FOLD = "fold"
    LOSS = "loss"


@dataclass(frozen=True, eq=False)
class Band:
    """One band of a mask map.

    Attributes:
        kind: The input (the truth), a call, a run of calls folded into one, or the loss.
        title: Name of the layer, raw.
        subtitle: Its class, raw.
        headline: What happened, in a few words.
        remark: One more sentence, or an empty string.
        mask: bool (rows, timesteps), True = keep; None where there is no mask.
        timesteps: Length of the time axis; None where there is none.
        wrong: bool like `mask`, True where it differs from the truth; None where it does not.
        tokens: One string per cell, or None.
        outcome: What the call did; None for the input and the loss.
        state: `mask` against the truth.
        steps: Positions of the calls in the trace.
        depth: How deep the call is nested.
    """

    kind: BandKind
    title: str
    subtitle: str
    headline: str
    remark: str
    mask: BoolArray | None
    timesteps: int | None
    wrong: BoolArray | None = None
    tokens: Tokens | None = None
    outcome: Outcome | None = None
    state: MaskState | None = None
    steps: tuple[int, ...] = ()
    depth: int = 0


@dataclass(frozen=True)
class BandChoices:
    """Which bands to make.

    Attributes:
        fold: Fold runs of calls that keep the mask, or that have none, into one band.
        nested: Show the calls inside layers, too.
        channel: Which mask to show.
    """

    fold: bool = False
    nested: bool = False
    channel: Channel = Channel.EFFECTIVE


def bands(inspection: Inspection, choices: BandChoices) -> tuple[Band, ...]:
    """Returns the bands of a mask map: the input, every call in execution order, the loss.

    Where no call is known and no loss, the input stands alone: a model was not asked about.
    """
    steps = inspection.trace.steps if choices.nested else inspection.trace.top_level()
    calls = [
        _call(inspection, step, choices.channel)
        for step in steps
        if step.class_name != "InputLayer"
    ]
    if choices.fold:
        stop = stop_position(inspection.diagnosis.stop, calls)
        calls = _folded(calls, stop)
    if not calls and not inspection.ledgers:
        return (_input(inspection.batch),)
    return (_input(inspection.batch), *calls, _loss(inspection))


def stop_position(stop: Stop | None, shown: Sequence[Band]) -> int | None:
    """Returns the position in `shown` of the band before which the mask stops, or None."""
    if stop is None or not shown:
        return None
    if stop.step is not None:
        # A composite layer stands after its inner calls: the first shown call from here on is
        # the call itself or the layer around it.
        for position, band in enumerate(shown):
            if band.steps and band.steps[-1] >= stop.step:
                return position
    name = stop.layer or stop.root_layer
    for position, band in enumerate(shown):
        if band.title == name and band.kind is BandKind.CALL:
            return position
    if name is None and stop.cause is not Cause.NO_MASK_CREATED:
        # Every call did as it should: it is at the loss that the mask does not fit.
        return next((at for at, band in enumerate(shown) if band.kind is BandKind.LOSS), None)
    return next((at for at, band in enumerate(shown) if band.kind is not BandKind.INPUT), None)


def _input(batch: Batch) -> Band:
    padding = int(batch.padding.sum())
    return Band(
        kind=BandKind.INPUT,
        title="input",
        subtitle="the truth",
        headline="real and padded timesteps, from the data",
        remark="" if padding else "This batch has no padding.",
        mask=batch.valid,
        timesteps=batch.timesteps,
        tokens=_tokens(batch, batch.timesteps),
    )


def _call(inspection: Inspection, step: LayerStep, channel: Channel) -> Band:
    batch, mask, timesteps = inspection.batch, step.handed_on, _timesteps(step)
    headline = phrases.OUTCOMES[step.outcome]
    remark = phrases.step_remark(step, inspection.diagnosis.healthy)
    state = step.handed_on_state
    if channel is not Channel.EFFECTIVE:
        mask = step.attribute_mask if channel is Channel.ATTRIBUTE else step.argument_mask
        timesteps, state = _timesteps_in(inspection, step), _state(mask, batch)
        headline, remark = phrases.arrival(channel.value, mask is not None), ""
    if step.name in inspection.trace.false_warnings and not remark:
        remark = phrases.FALSE_WARNING
    drawn = _drawable(mask, batch.rows)
    if mask is not None and drawn is None:
        remark = f"Its mask has shape {tuple(mask.shape)} and cannot be drawn."
    truths = (step.truth, batch.valid, batch.target_valid)
    wrong = _wrong(drawn, state, truths)
    return Band(
        kind=BandKind.CALL,
        title=step.name,
        subtitle=phrases.with_line(step.class_name, step.line),
        headline=headline,
        remark=remark or _difference(drawn, wrong),
        mask=drawn,
        timesteps=timesteps if drawn is None else int(drawn.shape[1]),
        wrong=wrong,
        tokens=_tokens(batch, timesteps if drawn is None else int(drawn.shape[1])),
        outcome=step.outcome,
        state=state,
        steps=(step.index,),
        depth=step.depth,
    )


def _loss(inspection: Inspection) -> Band:
    trace, ledger, batch = inspection.trace, inspection.losses, inspection.batch
    drawn = _drawable(trace.mask_at_loss, batch.rows)
    timesteps = None if drawn is None else int(drawn.shape[1])
    one_a_sentence = ledger is not None and ledger.target_valid is None
    if drawn is None and trace.mask_at_loss_state is not None and batch.target_valid is not None:
        timesteps = None if one_a_sentence else int(batch.target_valid.shape[1])
    sentence = phrases.at_loss(trace, ledger)
    return Band(
        kind=BandKind.LOSS,
        title="loss",
        subtitle="none given" if ledger is None else ledger.loss_name,
        headline=sentence,
        remark="",
        mask=drawn,
        timesteps=timesteps,
        wrong=_wrong(drawn, trace.mask_at_loss_state, (batch.target_valid, batch.valid)),
        tokens=_tokens(batch, timesteps, targets_first=True),
        state=trace.mask_at_loss_state,
    )


def _timesteps(step: LayerStep) -> int | None:
    if not step.has_time_axis or len(step.output_shape) < 2:
        return None
    return int(step.output_shape[1])


def _timesteps_in(inspection: Inspection, step: LayerStep) -> int | None:
    """Returns the length of the time axis of a call's main input."""
    if step.received is not None and step.received.ndim >= 2:
        return int(step.received.shape[1])
    for other in reversed(inspection.trace.steps):
        if step.inputs and other.name == step.inputs[0] and other.index < step.index:
            return _timesteps(other)
    return inspection.batch.timesteps


def _drawable(mask: AnyArray | None, rows: int) -> BoolArray | None:
    """Returns `mask` if it is a table with a row for each sentence, else None."""
    if mask is None or mask.ndim != 2 or mask.shape[0] != rows or 0 in mask.shape:
        return None
    return mask


def _state(mask: AnyArray | None, batch: Batch) -> MaskState | None:
    """Judges a mask that arrives by the truth of the same shape."""
    for truth in (batch.valid, batch.target_valid):
        if mask is not None and truth is not None and truth.shape == mask.shape:
            return mask_state(mask, truth)
    return None


def _wrong(
    mask: BoolArray | None, state: MaskState | None, truths: tuple[BoolArray | None, ...]
) -> BoolArray | None:
    """Returns where `mask` differs from the truth it was judged by, or None."""
    if mask is None or state not in (MaskState.WRONG, MaskState.ALL_TRUE):
        return None
    for truth in truths:
        if truth is not None and mask_state(mask, truth) is state:
            return frozen(mask != truth)
    return None


def _difference(mask: BoolArray | None, wrong: BoolArray | None) -> str:
    if mask is None or wrong is None:
        return ""
    said = phrases.wrong_cells(int((wrong & mask).sum()), int((wrong & ~mask).sum()))
    return f"It {said}." if said else ""


def _tokens(batch: Batch, timesteps: int | None, targets_first: bool = False) -> Tokens | None:
    order = (batch.tokens, batch.target_tokens)
    for tokens in reversed(order) if targets_first else order:
        if tokens and timesteps and all(len(row) == timesteps for row in tokens):
            return tokens
    return None


def _folded(calls: list[Band], stop: int | None) -> list[Band]:
    """Joins neighbours with the same outcome and the same mask; the stop stays by itself."""
    runs: list[list[Band]] = []
    for position, band in enumerate(calls):
        joins = runs and position not in (stop, -1) and _same(runs[-1][-1], band)
        if joins and position - 1 != stop:
            runs[-1].append(band)
        else:
            runs.append([band])
    return [_fold(run) for run in runs]


def _same(first: Band, second: Band) -> bool:
    if first.outcome is not second.outcome or first.timesteps != second.timesteps:
        return False
    if first.outcome not in (Outcome.KEPT, Outcome.ABSENT) or first.depth != second.depth:
        return False
    if first.mask is None or second.mask is None:
        return first.mask is second.mask
    return bool(np.array_equal(first.mask, second.mask))


def _fold(run: list[Band]) -> Band:
    if len(run) == 1:
        return run[0]
    names = [band.title for band in run]
    return replace(
        run[0],
        kind=BandKind.FOLD,
        title=f"{len(run)} layers",
        subtitle=", ".join(names) if len(names) < 4 else f"{names[0]} … {names[-1]}",
        headline=phrases.fold_headline(len(run), run[0].outcome, run[0].headline),
        remark=run[-1].remark,
        steps=tuple(step for band in run for step in band.steps),
    )
