"""Tables (rows, timesteps): blocks of cells that are drawn as one, and what stands at the margins.

With `v` the value of a timestep and `m` = 1 at real timesteps, else 0:

    over valid   sum(v*m) / sum(m)     undefined where sum(m) = 0
    over all     sum(v)   / number of timesteps

along the timesteps of a row, along the rows of a timestep, and in total. Sums leave the divisor
out. A padded value never takes part in what is over valid, not even one that is NaN (0 * NaN would
be NaN).
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from inspector.core.arrays import BoolArray, FloatArray, frozen

FIGURE_CELLS = 65_536
"""Most cells of one figure; a larger table is aggregated."""
TEXT_CELLS = 1_000
"""Most cells of one figure that carry a text."""


@dataclass(frozen=True)
class BlockSize:
    """How many rows and timesteps one cell of the smaller table stands for."""

    rows: int = 1
    timesteps: int = 1

    @property
    def whole(self) -> bool:
        """Nothing is aggregated."""
        return self.rows == 1 and self.timesteps == 1


def block_size(rows: int, timesteps: int, cells: int, rows_limit: int | None = None) -> BlockSize:
    """Returns the smallest blocks with which a table has at most `cells` cells.

    Among equally small ones the squarest is taken.

    Args:
        rows: Rows of the table.
        timesteps: Timesteps of the table.
        cells: Most cells wanted, at least 1.
        rows_limit: Most rows wanted, or None.
    """
    least = 1 if rows_limit is None else -(-rows // max(rows_limit, 1))
    best: BlockSize | None = None
    for size in range(least, rows + 1):
        if best is not None and size > best.rows * best.timesteps:
            break
        columns = cells // -(-rows // size)
        if columns < 1:
            continue
        found = BlockSize(size, max(1, -(-timesteps // columns)))
        if best is None or _cost(found) < _cost(best):
            best = found
    return best or BlockSize(rows, timesteps)


def block_sum(values: FloatArray | BoolArray, size: BlockSize) -> FloatArray:
    """Returns the sum of each block; blocks at the end may be smaller."""
    table = np.asarray(values, np.float64)
    rows = np.arange(0, table.shape[0], size.rows)
    timesteps = np.arange(0, table.shape[1], size.timesteps)
    return frozen(np.add.reduceat(np.add.reduceat(table, rows, axis=0), timesteps, axis=1))


def block_share(mask: BoolArray, size: BlockSize) -> FloatArray:
    """Returns the share (0 to 1) of each block that is True: sum(mask) / cells of the block."""
    return frozen(block_sum(mask, size) / block_sum(np.ones(mask.shape), size))


def block_mean(values: FloatArray, take: BoolArray, size: BlockSize) -> FloatArray:
    """Returns sum(values * take) / sum(take) of each block; NaN where nothing is taken."""
    number = block_sum(take, size)
    total = block_sum(np.where(take, values, 0.0), size)
    return frozen(np.where(number > 0, total / np.maximum(number, 1), np.nan))


def block_max(values: FloatArray, size: BlockSize) -> FloatArray:
    """Returns the largest value of each block; NaN counts only where there is nothing else."""
    table = np.where(np.isnan(values), -np.inf, values)
    rows = np.arange(0, table.shape[0], size.rows)
    timesteps = np.arange(0, table.shape[1], size.timesteps)
    found = np.maximum.reduceat(np.maximum.reduceat(table, rows, axis=0), timesteps, axis=1)
    return frozen(np.where(np.isneginf(found), np.nan, found))


def _cost(size: BlockSize) -> tuple[int, int]:
    return size.rows * size.timesteps, abs(size.rows - size.timesteps)


class MarginKind(str, Enum):
    """What a margin holds: a loss is averaged, weights and contributions add up."""

    MEAN = "mean"
    SUM = "sum"


@dataclass(frozen=True, eq=False)
class Margins:
    """The margins of a table of values.

    Attributes:
        kind: Means or sums.
        row_valid: (rows,), along the real timesteps of each row; NaN for a mean over none.
        row_all: (rows,), along all its timesteps.
        timestep_valid: (timesteps,), along the rows for which the timestep is real.
        timestep_all: (timesteps,), along all rows.
        total_valid: Of all real timesteps; NaN for a mean over none.
        total_all: Of all timesteps.
        empty_rows: Positions of rows without a real timestep.
        empty_timesteps: Positions of timesteps that are padding in every row.
        undefined: Number of real timesteps whose own value is NaN; what they enter is NaN.
    """

    kind: MarginKind
    row_valid: FloatArray
    row_all: FloatArray
    timestep_valid: FloatArray
    timestep_all: FloatArray
    total_valid: float
    total_all: float
    empty_rows: tuple[int, ...]
    empty_timesteps: tuple[int, ...]
    undefined: int

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why some of the margins are undefined, one sentence each."""
        said = []
        if self.empty_rows and self.kind is MarginKind.MEAN:
            said.append(
                f"{_some('row', self.empty_rows)} only padding, so there is no mean over valid."
            )
        if self.empty_timesteps and self.kind is MarginKind.MEAN:
            said.append(
                f"{_some('timestep', self.empty_timesteps)} only padding, so there is no mean "
                "over valid."
            )
        if self.undefined:
            are = "value is" if self.undefined == 1 else "values are"
            said.append(f"{self.undefined} {are} undefined at real timesteps, and what they enter.")
        return tuple(said)


def margins(
    values: FloatArray,
    valid: BoolArray | None,
    kind: MarginKind,
    size: BlockSize = BlockSize(),
) -> Margins:
    """Returns the margins of `values` (rows, timesteps); without `valid` all are real.

    With blocks larger than one cell, a margin belongs to a block of rows or of timesteps.
    """
    real = np.ones(values.shape, bool) if valid is None else valid
    every = np.ones(values.shape, bool)
    rows, timesteps = values.shape
    by_row, by_timestep = BlockSize(size.rows, timesteps), BlockSize(rows, size.timesteps)
    total = BlockSize(rows, timesteps)
    reduce = block_mean if kind is MarginKind.MEAN else _block_sum
    return Margins(
        kind=kind,
        row_valid=frozen(reduce(values, real, by_row)[:, 0]),
        row_all=frozen(reduce(values, every, by_row)[:, 0]),
        timestep_valid=frozen(reduce(values, real, by_timestep)[0]),
        timestep_all=frozen(reduce(values, every, by_timestep)[0]),
        total_valid=float(reduce(values, real, total)[0, 0]),
        total_all=float(reduce(values, every, total)[0, 0]),
        empty_rows=tuple(int(row) for row in np.flatnonzero(~real.any(1))),
        empty_timesteps=tuple(int(step) for step in np.flatnonzero(~real.any(0))),
        undefined=int((np.isnan(values) & real).sum()),
    )


def contribution(loss: FloatArray, weight: FloatArray) -> FloatArray:
    """Returns loss x weight: what each timestep adds to the value that Keras minimises.

    Where the weight is 0 the contribution is 0, even if the loss itself is undefined there.
    """
    return frozen(np.where(weight == 0, 0.0, loss * weight))


def largest(values: FloatArray, take: BoolArray, axis: int) -> FloatArray:
    """Returns the largest of `values` along `axis` where `take` holds; NaN where it never does."""
    taken = np.where(take & ~np.isnan(values), values, -np.inf).max(axis)
    return frozen(np.where(np.isneginf(taken), np.nan, taken))


def _block_sum(values: FloatArray, take: BoolArray, size: BlockSize) -> FloatArray:
    return block_sum(np.where(take, values, 0.0), size)


def _some(noun: str, positions: tuple[int, ...]) -> str:
    names = ", ".join(str(position) for position in positions[:5])
    if len(positions) == 1:
        return f"{noun.capitalize()} {names} has"
    more = f" and {len(positions) - 5} more" if len(positions) > 5 else ""
    return f"{noun.capitalize()}s {names}{more} have"
