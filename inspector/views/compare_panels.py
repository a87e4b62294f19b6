"""What the small maps of strategies show, before anything is drawn: one panel a group."""

from dataclasses import dataclass

import numpy as np

from inspector.core.arrays import BoolArray, FloatArray
from inspector.core.batch import Tokens
from inspector.core.comparison import Comparison
from inspector.core.tables import FIGURE_CELLS, BlockSize, block_mean, block_share, block_size
from inspector.views.compare_groups import grouped, quantity_of
from inspector.views.loss_table import Quantity

_MOST_ROWS, _MOST_COLUMNS = 48, 180


@dataclass(frozen=True, eq=False)
class Panel:
    """One small map.

    Attributes:
        keys: Keys of the strategies that it stands for; empty for the truth.
        values: (rows, timesteps) as drawn; NaN where there is no value, and for the truth.
        said: Texts for the cells in place of their values, safe for Plotly; None for none.
    """

    keys: tuple[str, ...]
    values: FloatArray
    said: tuple[tuple[str, ...], ...] | None = None


@dataclass(frozen=True, eq=False)
class Panels:
    """All small maps of one quantity.

    Attributes:
        quantity: Which number.
        panels: The truth first, where there is a time axis.
        padding: bool (rows, timesteps) as drawn: only padding in this cell.
        tokens: One string per cell, or None.
        block: How many rows and timesteps a cell stands for.
        difference: The values are differences from the baseline.
        same: Keys of the strategies that differ nowhere from the baseline.
        missing: Keys of the strategies that can be applied and have no such map.
        sequence: One loss per sentence: there is no time axis.
    """

    quantity: Quantity
    panels: tuple[Panel, ...]
    padding: BoolArray
    tokens: Tokens | None
    block: BlockSize
    difference: bool
    same: tuple[str, ...]
    missing: tuple[str, ...]
    sequence: bool

    @property
    def largest(self) -> float:
        """Largest size drawn, at real timesteps for losses; 0 if there is none."""
        sizes = [0.0]
        for panel in self.panels:
            values = panel.values
            if self.quantity is Quantity.LOSS and not self.padding.all():
                values = values[~self.padding]
            finite = np.abs(values[np.isfinite(values)])
            sizes.append(float(finite.max()) if finite.size else 0.0)
        return max(sizes)

    @property
    def signed(self) -> bool:
        """Some value is below zero, or may be: differences."""
        found = any((p.values[np.isfinite(p.values)] < 0).any() for p in self.panels)
        return self.difference or found


def panels_of(
    comparison: Comparison, quantity: Quantity, baseline: str = "", difference: bool = False
) -> Panels | None:
    """Returns the small maps, or None where no strategy has one.

    Args:
        comparison: The strategies.
        quantity: The loss, its weight, or their product.
        baseline: Key of the strategy to subtract; empty for the comparison's own.
        difference: Show what each strategy has more than the baseline.
    """
    found = [(result.key, quantity_of(result, quantity)) for result in comparison.applicable]
    maps = [(key, array) for key, array in found if array is not None and array.ndim <= 2]
    base = dict(maps).get(baseline or comparison.baseline)
    if not maps or (difference and base is None):
        return None
    shape = maps[0][1].shape if base is None else base.shape
    maps = [(key, array) for key, array in maps if array.shape == shape]
    missing = [key for key, _ in found if key not in dict(maps)]
    same: tuple[str, ...] = ()
    groups = grouped(maps)
    if difference:
        assert base is not None
        at_base = next(group for group in groups if (baseline or comparison.baseline) in group.keys)
        same = tuple(key for key in at_base.keys if key != (baseline or comparison.baseline))
        groups = grouped([(key, array - base) for key, array in maps if key not in at_base.keys])
    sequence = len(shape) == 1
    rows, timesteps = shape[0], 1 if sequence else shape[1]
    valid = _valid(comparison, (rows, timesteps))
    count = len(groups) + 1
    block = block_size(rows, timesteps, FIGURE_CELLS // (3 * count), _MOST_ROWS)
    block = BlockSize(block.rows, max(block.timesteps, -(-timesteps // _MOST_COLUMNS)))
    padding = block_share(valid, block) == 0
    drawn = [Panel(g.keys, _blocks(g.values.reshape(rows, -1), valid, block)) for g in groups]
    if not sequence and comparison.target_valid is not None:
        drawn.insert(0, Panel((), np.full(padding.shape, np.nan)))
    return Panels(
        quantity=quantity,
        panels=tuple(drawn),
        padding=padding,
        tokens=_tokens(comparison, timesteps) if block.whole and not sequence else None,
        block=block,
        difference=difference,
        same=same,
        missing=tuple(missing),
        sequence=sequence,
    )


def _valid(comparison: Comparison, shape: tuple[int, int]) -> BoolArray:
    truth = comparison.target_valid
    return np.ones(shape, bool) if truth is None or truth.shape != shape else truth


def _blocks(values: FloatArray, valid: BoolArray, block: BlockSize) -> FloatArray:
    """Returns the mean over the real timesteps of each block, over all where none is real."""
    if block.whole:
        return np.asarray(values, np.float64)
    known = np.isfinite(values)
    real, every = block_mean(values, valid & known, block), block_mean(values, known, block)
    return np.where(block_share(valid, block) == 0, every, real)


def _tokens(comparison: Comparison, timesteps: int) -> Tokens | None:
    batch = comparison.batch
    for tokens in (batch.target_tokens, batch.tokens):
        if tokens is not None and all(len(row) == timesteps for row in tokens):
            return tokens
    return None
