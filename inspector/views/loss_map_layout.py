"""Sizes of a loss map, in pixels at its nominal width; nothing is drawn here."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.core.tables import TEXT_CELLS
from inspector.views.figures import Across
from inspector.views.loss_table import LossTable

_WIDE, _NARROW = 700, 340
_GAP = 12.0

Edges = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class LossMapFrame:
    """Sizes in pixels.

    Attributes:
        compact: For narrow screens.
        width: Nominal width of the figure.
        left: Room for names at the left.
        rows: Rows of cells.
        columns: Columns of cells.
        cell_width: Width of a cell.
        row_height: Height of a row of cells.
        margin_width: Width of a column of the margin at the right; 0 where there is none.
        margin_height: Height of a row of the margin below.
        bottom_rows: Rows of the margin below.
        values: Values stand in the cells.
        tokens: Tokens stand in the cells.
    """

    compact: bool
    width: int
    left: float
    rows: int
    columns: int
    cell_width: float
    row_height: float
    margin_width: float
    margin_height: float
    bottom_rows: int
    values: bool
    tokens: bool

    @property
    def gap(self) -> int:
        """Space between cells."""
        return 2 if min(self.cell_width, self.row_height) >= 12 else 0

    @property
    def domain(self) -> tuple[float, float]:
        """Left and right end of all cells, as shares of the width."""
        cells = self.columns * self.cell_width
        margin = _GAP + 2 * self.margin_width if self.margin_width else 0.0
        return self.left / self.width, min(1.0, (self.left + cells + margin) / self.width)

    def across(self) -> Across:
        """Returns the x axis, on which timestep t has its middle at t."""
        start, end = (
            self.left / self.width,
            (self.left + self.columns * self.cell_width) / self.width,
        )
        return Across(start, end, self.columns)

    @property
    def height(self) -> float:
        """Height of all cells."""
        return self.rows * self.row_height + _GAP + self.bottom_rows * self.margin_height

    def column_edges(self) -> Edges:
        """Returns the edges of the columns at timesteps: timestep t reaches from t-0.5 to t+0.5."""
        return np.arange(self.columns + 1) - 0.5

    def row_edges(self) -> Edges:
        """Returns the edges of the rows, in the same way."""
        return np.arange(self.rows + 1) - 0.5

    def margin_columns(self) -> Edges:
        """Returns the edges of the two columns at the right, in timesteps."""
        start = self.columns - 0.5 + _GAP / self.cell_width
        return start + np.arange(3) * self.margin_width / self.cell_width

    def margin_rows(self) -> Edges:
        """Returns the edges of the rows below, in rows."""
        start = self.rows - 0.5 + _GAP / self.row_height
        return start + np.arange(self.bottom_rows + 1) * self.margin_height / self.row_height


def frame(table: LossTable, compact: bool) -> LossMapFrame:
    """Returns the sizes with which `table` fits its nominal width."""
    rows, columns = table.values.shape
    width = _NARROW if compact else _WIDE
    left = 66.0 if compact else 104.0
    margin = 0.0 if table.sequence else (38.0 if compact else 56.0)
    room = width - left - (_GAP + 2 * margin if margin else 0.0) - 2
    cell = min(64.0 if not table.sequence else 96.0, room / columns)
    few = rows * columns + 2 * (rows + columns) + 4 <= TEXT_CELLS
    values = few and cell >= (29 if compact else 32) and rows <= 24
    tokens = few and table.tokens is not None and cell >= 13 and rows <= 24
    return LossMapFrame(
        compact=compact,
        width=width,
        left=left,
        rows=rows,
        columns=columns,
        cell_width=cell,
        row_height=_row_height(rows, values and tokens),
        margin_width=margin,
        margin_height=24.0,
        bottom_rows=1 if table.sequence else 2,
        values=values,
        tokens=tokens and (not values or rows <= 12),
    )


def _row_height(rows: int, two_lines: bool) -> float:
    if two_lines and rows <= 12:
        return 40.0 if rows <= 6 else 36.0
    for most, height in ((6, 30.0), (12, 24.0), (24, 18.0)):
        if rows <= most:
            return height
    return max(2.0, min(14.0, 384.0 / rows))
