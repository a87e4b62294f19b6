"""What a loss map shows, before anything is drawn: one table of values with its margins."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from inspector.core.arrays import BoolArray, FloatArray
from inspector.core.batch import Tokens
from inspector.core.inspection import Inspection
from inspector.core.ledger import LossLedger
from inspector.core.tables import (
    FIGURE_CELLS,
    BlockSize,
    MarginKind,
    Margins,
    block_mean,
    block_share,
    block_size,
    contribution,
    margins,
)

# More would make a row thinner than two pixels, and a column thinner than one.
_MOST_ROWS, _MOST_COLUMNS = 192, 768
# The cells are drawn twice, as values and as the grey of padding; the rest is for the margins.
_MOST_CELLS = (FIGURE_CELLS - 2 * (_MOST_ROWS + _MOST_COLUMNS) - 4) // 2


class Quantity(str, Enum):
    """Which number a loss map shows at each timestep."""

    LOSS = "loss"
    WEIGHT = "weight"
    CONTRIBUTION = "contribution"


@dataclass(frozen=True, eq=False)
class LossTable:
    """The values of a loss map.

    Attributes:
        quantity: Which number.
        values: (rows, timesteps); aggregated values are means of their blocks.
        padding: bool, the same shape: only padding in this cell.
        margins: Means of losses, sums of weights and contributions.
        odd: bool, the same shape: padding that has weight, or a real timestep that has none; None
            where weights are not known or cells are aggregated.
        tokens: One string per cell, or None.
        block: How many rows and timesteps a cell stands for.
        numbers: Number of each row shown, before they were joined in blocks.
        sequence: One loss per sentence: there is no time axis.
    """

    quantity: Quantity
    values: FloatArray
    padding: BoolArray
    margins: Margins
    odd: BoolArray | None
    tokens: Tokens | None
    block: BlockSize
    numbers: Sequence[int]
    sequence: bool

    @property
    def largest(self) -> float:
        """Largest absolute value at a real timestep, or anywhere if all is padding; 0 if none."""
        for taken in (self.values[~self.padding], self.values):
            finite = np.abs(taken[np.isfinite(taken)])
            if finite.size and finite.max() > 0:
                return float(finite.max())
        return 0.0

    @property
    def signed(self) -> bool:
        """Some value is below zero."""
        return bool((self.values[np.isfinite(self.values)] < 0).any())


def chosen(inspection: Inspection, output: int) -> LossLedger | None:
    """Returns the ledger of output number `output`, or None where there is none."""
    return inspection.ledgers[output] if 0 <= output < len(inspection.ledgers) else None


def raw_values(ledger: LossLedger, quantity: Quantity) -> FloatArray:
    """Returns the number at every timestep (or of every row), never aggregated.

    Raises:
        ValueError: The loss of this ledger does not break down.
    """
    if ledger.loss is None:
        raise ValueError("This ledger has no loss per timestep.")
    if quantity is Quantity.LOSS:
        return ledger.loss
    weight = np.full(ledger.loss.shape, np.nan) if ledger.weight is None else ledger.weight
    return weight if quantity is Quantity.WEIGHT else contribution(ledger.loss, weight)


def loss_table(
    inspection: Inspection,
    quantity: Quantity,
    output: int = 0,
    rows: tuple[int, int] | None = None,
) -> LossTable | None:
    """Returns the values to draw, or None where there is no loss per row or timestep."""
    ledger = chosen(inspection, output)
    if ledger is None or ledger.loss is None:
        return None
    whole = raw_values(ledger, quantity)
    first, last = _window(whole.shape[0], rows)
    sequence = whole.ndim == 1
    values = (whole[:, None] if sequence else whole)[first:last]
    valid = _valid(ledger, values.shape, first, last)
    size = _block(values.shape[0], values.shape[1])
    kind = MarginKind.MEAN if quantity is Quantity.LOSS else MarginKind.SUM
    only_padding = block_share(valid, size) == 0
    shown = values
    if not size.whole:
        everything = np.ones(valid.shape, bool)
        shown = np.where(
            only_padding, block_mean(values, everything, size), block_mean(values, valid, size)
        )
    tokens = target_tokens(inspection, output, values.shape[1], first, last)
    return LossTable(
        quantity=quantity,
        values=shown,
        padding=only_padding,
        margins=margins(values, valid, kind, size),
        odd=_odd(ledger, quantity, valid, first, last) if size.whole and not sequence else None,
        tokens=tokens if size.whole else None,
        block=size,
        numbers=inspection.batch.numbers(first),
        sequence=sequence,
    )


def _block(rows: int, timesteps: int) -> BlockSize:
    size = block_size(rows, timesteps, _MOST_CELLS, _MOST_ROWS)
    return BlockSize(size.rows, max(size.timesteps, -(-timesteps // _MOST_COLUMNS)))


def _window(rows: int, wanted: tuple[int, int] | None) -> tuple[int, int]:
    first, last = wanted or (0, rows)
    first = min(max(first, 0), rows - 1)
    return first, min(max(last, first + 1), rows)


def _valid(ledger: LossLedger, shape: tuple[int, ...], first: int, last: int) -> BoolArray:
    truth = ledger.target_valid
    if truth is None or truth[first:last].shape != shape:
        return np.ones(shape, bool)
    return truth[first:last]


def _odd(
    ledger: LossLedger, quantity: Quantity, valid: BoolArray, first: int, last: int
) -> BoolArray | None:
    if quantity is Quantity.LOSS or ledger.weight is None or ledger.target_valid is None:
        return None
    weight = ledger.weight[first:last]
    counts = np.abs(weight) > 1e-9 * np.nanmax(np.abs(weight), initial=0.0)
    return ~np.isnan(weight) & (counts != valid)


def target_tokens(
    inspection: Inspection, output: int, timesteps: int, first: int, last: int
) -> Tokens | None:
    """Returns the tokens of the targets (or of the input), if there is one for each timestep."""
    # Tokens belong to the first output; another one has targets of its own.
    if output:
        return None
    batch = inspection.batch
    for tokens in (batch.target_tokens, batch.tokens):
        if tokens is not None and all(len(row) == timesteps for row in tokens):
            return tokens[first:last]
    return None
