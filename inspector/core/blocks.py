"""Making a table (rows, timesteps) smaller block by block, so that nothing is skipped."""

from dataclasses import dataclass

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
