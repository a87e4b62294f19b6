"""A large batch is looked at a page of rows at a time, with figures over all rows beside it."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray, frozen
from inspector.core.batch import Arrays, Batch, Tokens
from inspector.core.inspection import Inspection
from inspector.core.ledger import LossLedger, row_means
from inspector.core.requests import InspectRequest
from inspector.core.trace import LayerStep, MaskState, Outcome

_BINS = 24


class RowOrder(str, Enum):
    """In which order rows are shown."""

    GIVEN = "given"
    """As in the batch."""
    LOSS = "loss"
    """The highest mean loss over real timesteps first."""
    LENGTH = "length"
    """The most real timesteps first."""
    PADDING = "padding"
    """The largest share of padding first."""


@dataclass(frozen=True)
class RowsAsked:
    """Which rows to show.

    Attributes:
        order: Their order.
        page: Which page of it, counted from 0; the last one where there are fewer.
        size: Rows of a page.
    """

    order: RowOrder = RowOrder.GIVEN
    page: int = 0
    size: int = 32


@dataclass(frozen=True, eq=False)
class PageRequest:
    """Asks for one page of an inspection; the answer is an `InspectionPage`.

    Attributes:
        inspect: What to inspect, all rows of it.
        rows: Which rows to show.
    """

    inspect: InspectRequest
    rows: RowsAsked

    @property
    def extra_seconds(self) -> float:
        """Seconds beyond the usual limit: a row of a large batch takes its time."""
        return self.inspect.extra_seconds + self.inspect.batch.valid.size / 20_000


@dataclass(frozen=True, eq=False)
class StepShare:
    """How much of each timestep a call's mask keeps, over all rows.

    Attributes:
        name: Name of the layer; `input` for the truth and `loss` for the mask that arrives there.
        class_name: Its class.
        kept: (timesteps,), share (0 to 1) of the rows for which it is kept; None without a mask.
        outcome: What the call did with the mask; None for the input and the loss.
        state: The mask against the truth.
    """

    name: str
    class_name: str
    kept: FloatArray | None
    outcome: Outcome | None = None
    state: MaskState | None = None


@dataclass(frozen=True, eq=False)
class Overview:
    """All rows of a batch at once.

    Attributes:
        rows: Number of rows.
        steps: The truth, the calls of the top level in execution order, the loss.
        loss_over_valid: (target timesteps,), mean loss of the rows for which a timestep is real;
            NaN where there is none. None where the loss does not break down by timestep.
        loss_over_all: The same over all rows.
        lengths: (timesteps + 1,), how many rows have 0, 1, 2, ... real timesteps.
        row_losses: How many rows have a mean loss between two edges; None without a loss.
        row_loss_edges: The edges, one more.
    """

    rows: int
    steps: tuple[StepShare, ...]
    loss_over_valid: FloatArray | None
    loss_over_all: FloatArray | None
    lengths: AnyArray
    row_losses: AnyArray | None
    row_loss_edges: FloatArray | None


@dataclass(frozen=True, eq=False)
class InspectionPage:
    """A page of rows of an inspection. Verdict, findings and averages are those of all rows.

    Attributes:
        inspection: The inspection with the arrays of these rows only.
        positions: Where these rows stand in the batch.
        pages: Number of pages.
        overview: All rows at once.
    """

    inspection: Inspection
    positions: tuple[int, ...]
    pages: int
    overview: Overview


def page_of(inspection: Inspection, asked: RowsAsked) -> InspectionPage:
    """Returns the page that was asked for."""
    rows = inspection.batch.rows
    pages = -(-rows // asked.size)
    page = min(max(asked.page, 0), pages - 1)
    order = ordered_rows(inspection, asked.order)
    positions = order[page * asked.size : (page + 1) * asked.size]
    return InspectionPage(
        inspection=inspection_of_rows(inspection, positions),
        positions=tuple(int(position) for position in positions),
        pages=pages,
        overview=overview_of(inspection),
    )


def ordered_rows(inspection: Inspection, order: RowOrder) -> AnyArray:
    """Returns the positions of all rows in that order; equal rows stay as in the batch."""
    valid = inspection.batch.valid
    if order is RowOrder.LENGTH:
        return np.argsort(-valid.sum(axis=1), kind="stable")
    if order is RowOrder.PADDING:
        return np.argsort(valid.mean(axis=1), kind="stable")
    means = row_losses(inspection.losses) if order is RowOrder.LOSS else None
    if means is None:
        return np.arange(len(valid))
    return np.argsort(np.where(np.isnan(means), np.inf, -means), kind="stable")


def row_losses(ledger: LossLedger | None) -> FloatArray | None:
    """Returns each row's mean loss over real timesteps; NaN for a row that has none."""
    if ledger is None or ledger.loss is None:
        return None
    valid = ledger.target_valid
    real = np.ones(ledger.loss.shape, bool) if valid is None else valid
    return row_means(ledger.loss, real)


def inspection_of_rows(inspection: Inspection, positions: AnyArray) -> Inspection:
    """Returns `inspection` with the arrays of some rows; what is said of all rows stays."""
    cut = _Cut(inspection.batch.rows, positions)
    trace = inspection.trace
    return replace(
        inspection,
        batch=cut.batch(inspection.batch),
        trace=replace(
            trace,
            steps=tuple(cut.step(step) for step in trace.steps),
            mask_at_loss=cut.array(trace.mask_at_loss),
        ),
        ledgers=tuple(cut.ledger(ledger) for ledger in inspection.ledgers),
    )


def first_rows(batch: Batch, rows: int) -> Batch:
    """Returns the first `rows` rows of a batch; the batch itself where it has no more."""
    if batch.rows <= rows:
        return batch
    return _Cut(batch.rows, np.arange(rows)).batch(batch)


class _Cut:
    """Takes some rows of arrays; what is one array before is one array after."""

    def __init__(self, rows: int, positions: AnyArray) -> None:
        self._rows, self._positions = rows, positions
        self._made: dict[int, tuple[Any, Any]] = {}

    def array(self, array: Any) -> Any:
        """The chosen rows of an array whose first axis is that of the rows, else the array."""
        if array is None or array.ndim == 0 or array.shape[0] != self._rows:
            return array
        if id(array) not in self._made:
            self._made[id(array)] = (array, frozen(array[self._positions]))
        return self._made[id(array)][1]

    def arrays(self, arrays: Arrays | None) -> Any:
        if isinstance(arrays, dict):
            return {name: self.array(array) for name, array in arrays.items()}
        if isinstance(arrays, tuple):
            return tuple(self.array(array) for array in arrays)
        return self.array(arrays)

    def tokens(self, tokens: Tokens | None) -> Tokens | None:
        return None if tokens is None else tuple(tokens[at] for at in self._positions)

    def batch(self, batch: Batch) -> Batch:
        return replace(
            batch,
            x=self.arrays(batch.x),
            y=self.arrays(batch.y),
            valid=self.array(batch.valid),
            target_valid=self.array(batch.target_valid),
            tokens=self.tokens(batch.tokens),
            target_tokens=self.tokens(batch.target_tokens),
            sample_weight=self.arrays(batch.sample_weight),
            row_numbers=tuple(int(batch.numbers()[at]) for at in self._positions),
        )

    def step(self, step: LayerStep) -> LayerStep:
        return replace(
            step,
            received=self.array(step.received),
            handed_on=self.array(step.handed_on),
            input_masks=tuple(self.array(mask) for mask in step.input_masks),
            attribute_mask=self.array(step.attribute_mask),
            argument_mask=self.array(step.argument_mask),
            truth=self.array(step.truth),
        )

    def ledger(self, ledger: LossLedger) -> LossLedger:
        return replace(
            ledger,
            loss=self.array(ledger.loss),
            weight=self.array(ledger.weight),
            target_valid=self.array(ledger.target_valid),
        )


def overview_of(inspection: Inspection) -> Overview:
    """Returns what is true of all rows at once."""
    batch, trace, ledger = inspection.batch, inspection.trace, inspection.losses
    known: dict[int, FloatArray | None] = {}

    def kept(mask: BoolArray | None) -> FloatArray | None:
        if mask is None or mask.ndim != 2:
            return None
        if id(mask) not in known:
            known[id(mask)] = frozen(mask.mean(axis=0))
        return known[id(mask)]

    calls = [
        StepShare(s.name, s.class_name, kept(s.handed_on), s.outcome, s.handed_on_state)
        for s in trace.top_level()
        if s.class_name != "InputLayer"
    ]
    loss_name = "none given" if ledger is None else ledger.loss_name
    end = StepShare("loss", loss_name, kept(trace.mask_at_loss), None, trace.mask_at_loss_state)
    over_valid, over_all = _loss_by_timestep(ledger)
    means = row_losses(ledger)
    counts, edges = _histogram(means)
    return Overview(
        rows=batch.rows,
        steps=(StepShare("input", "the truth", kept(batch.valid)), *calls, end),
        loss_over_valid=over_valid,
        loss_over_all=over_all,
        lengths=frozen(np.bincount(batch.valid.sum(axis=1), minlength=batch.timesteps + 1)),
        row_losses=counts,
        row_loss_edges=edges,
    )


def _loss_by_timestep(ledger: LossLedger | None) -> tuple[FloatArray | None, FloatArray | None]:
    """Mean loss of each timestep: sum_rows(l * m) / sum_rows(m), and sum_rows(l) / rows."""
    if ledger is None or ledger.loss is None or ledger.loss.ndim != 2:
        return None, None
    loss = ledger.loss
    real = np.ones(loss.shape, bool) if ledger.target_valid is None else ledger.target_valid
    sums, counts = np.where(real, loss, 0.0).sum(axis=0, dtype=np.float64), real.sum(axis=0)
    over_valid = np.divide(sums, counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    return frozen(over_valid), frozen(loss.mean(axis=0, dtype=np.float64))


def _histogram(means: FloatArray | None) -> tuple[AnyArray | None, FloatArray | None]:
    if means is None or not np.isfinite(means).any():
        return None, None
    counts, edges = np.histogram(means[np.isfinite(means)], bins=_BINS)
    return frozen(counts), frozen(edges)
