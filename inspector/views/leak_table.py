"""What a leak map shows, before anything is drawn: one line of cells per layer."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from inspector.core.arrays import BoolArray, FloatArray
from inspector.core.inspection import Inspection
from inspector.core.leaks import LeakReport, NodeLeak
from inspector.core.tables import BlockSize, block_max, largest

_MOST_COLUMNS = 384


class LeakAxis(str, Enum):
    """What the columns of a leak map are."""

    TIMESTEPS = "timesteps"
    ROWS = "rows"


@dataclass(frozen=True, eq=False)
class LeakTable:
    """The cells of a leak map.

    Attributes:
        axis: What the columns are.
        nodes: One per line, in execution order.
        values: (layers, columns), the largest change in shares of the layer's largest output; NaN
            where the layer has no such column, 0 at padding.
        padding: bool, the same shape: only padding in this cell.
        bare: bool (layers,): one cell for the whole line, there is no time axis.
        first: Position of the first layer that leaks, or None.
        columns: Name of each column.
        block: How many columns a cell stands for.
    """

    axis: LeakAxis
    nodes: tuple[NodeLeak, ...]
    values: FloatArray
    padding: BoolArray
    bare: BoolArray
    first: int | None
    columns: tuple[str, ...]
    block: BlockSize

    @property
    def largest(self) -> float:
        """Largest value at a real timestep, 0 if none."""
        real = self.values[~self.padding & np.isfinite(self.values)]
        return float(real.max(initial=0.0))


def leak_table(inspection: Inspection, axis: LeakAxis = LeakAxis.TIMESTEPS) -> LeakTable | None:
    """Returns the cells to draw, or None where leaks were not tested."""
    report = inspection.leaks
    if report is None or not report.nodes:
        return None
    lines = [_line(node, inspection, report, axis) for node in report.nodes]
    width = max(len(values) for values, _ in lines)
    shape = (len(lines), width)
    values, padding = np.full(shape, np.nan), np.zeros(shape, bool)
    for at, (line, hidden) in enumerate(lines):
        values[at, : len(line)], padding[at, : len(line)] = line, hidden
    block = BlockSize(1, -(-width // _MOST_COLUMNS))
    if not block.whole:
        there = block_max(np.where(np.isnan(values), 0.0, 1.0), block) > 0
        real = block_max(np.where(padding, np.nan, values), block)
        padding = np.isnan(real) & there
        values = np.where(padding, 0.0, real)
    return LeakTable(
        axis=axis,
        nodes=report.nodes,
        values=values,
        padding=padding,
        bare=np.array(
            [node.change.ndim == 1 and axis is LeakAxis.TIMESTEPS for node in report.nodes]
        ),
        first=next((at for at, node in enumerate(report.nodes) if node.leaks), None),
        columns=_columns(report, axis, width, block),
        block=block,
    )


def _line(
    node: NodeLeak, inspection: Inspection, report: LeakReport, axis: LeakAxis
) -> tuple[FloatArray, BoolArray]:
    """Returns the cells of one layer and which of them are padding only."""
    # `relative` is `by_content` divided by the layer's largest output: this undoes it. Where
    # nothing moved there is nothing to undo.
    scale = node.by_content / node.relative if node.relative > 0 else 1.0
    change = _once(np.asarray(node.change, np.float64) / scale, len(report.rows_tested))
    if change.ndim == 1:
        cells = change if axis is LeakAxis.ROWS else change.max(keepdims=True)
        return cells, np.zeros(cells.shape, bool)
    real = _real(node, change.shape, inspection, report)
    across = 1 if axis is LeakAxis.ROWS else 0
    hidden = np.logical_not(real.any(axis=across))
    return np.where(hidden, 0.0, largest(change, real, across)), hidden


def _once(change: FloatArray, rows: int) -> FloatArray:
    """Returns the largest change of each row; a single row is tested twice, beside itself."""
    if rows and change.shape[0] > rows and change.shape[0] % rows == 0:
        return change.reshape(-1, rows, *change.shape[1:]).max(axis=0)
    return change


def _real(
    node: NodeLeak, shape: tuple[int, ...], inspection: Inspection, report: LeakReport
) -> BoolArray:
    """Returns the truth on a layer's time axis; all real where it is not known."""
    rows, batch = list(report.rows_tested), inspection.batch
    steps = inspection.trace.steps
    own = next((s.truth for s in steps if (s.name, s.path) == (node.name, node.path)), None)
    for truth in (own, batch.valid, batch.target_valid):
        if truth is not None and truth[rows].shape == shape:
            return truth[rows]
    return np.ones(shape, bool)


def _columns(report: LeakReport, axis: LeakAxis, width: int, block: BlockSize) -> tuple[str, ...]:
    if axis is LeakAxis.ROWS:
        names = [str(row) for row in report.rows_tested][:width]
    else:
        names = [str(timestep) for timestep in range(width)]
    return tuple(names[:: block.timesteps])
