"""Where small maps stand in their figure, in pixels at its nominal width; nothing is drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.views.compare_panels import Panels

_WIDE, _NARROW = 760.0, 340.0
_BETWEEN = 18.0
_WISH = 40.0
_LINE = 15.0
_TOP = 22.0


@dataclass(frozen=True, eq=False)
class MapsLayout:
    """Places and sizes.

    Attributes:
        width: Nominal width of the figure.
        height: Its height.
        cell_width: Width of a cell.
        row_height: Height of a cell.
        places: Left and upper edge of each map.
        x_edges: Edges of the columns of the image of all maps, gaps included.
        y_edges: Edges of its rows.
        shape: Rows and timesteps of a map.
        across: Maps side by side.
        characters: Letters that fit above a map.
    """

    width: float
    height: float
    cell_width: float
    row_height: float
    places: tuple[tuple[float, float], ...]
    x_edges: npt.NDArray[np.float64]
    y_edges: npt.NDArray[np.float64]
    shape: tuple[int, int]
    across: int
    characters: int

    @property
    def gap(self) -> int:
        """Space between cells."""
        return 2 if min(self.cell_width, self.row_height) >= 12 else 0

    def filled(self, maps: Sequence[npt.NDArray[Any]], empty: Any = np.nan) -> npt.NDArray[Any]:
        """Returns the image of all maps; `empty` stands between them."""
        rows, columns = self.shape
        image = np.full((len(self.y_edges) - 1, len(self.x_edges) - 1), empty, maps[0].dtype)
        for at, values in enumerate(maps):
            down, right = divmod(at, self.across)
            top, left = down * (rows + 1) + 1, right * (columns + 1)
            image[top : top + rows, left : left + columns] = values
        return image

    def middle(self, place: tuple[float, float], row: int, step: int) -> tuple[float, float]:
        """Returns the middle of a cell of the map at `place`."""
        return (
            place[0] + (step + 0.5) * self.cell_width,
            place[1] + (row + 0.5) * self.row_height,
        )


def layout_of(
    panels: Panels, titles: Sequence[Callable[[int], list[str]]], compact: bool
) -> MapsLayout:
    """Returns the layout with which the maps fit the nominal width."""
    rows, columns = panels.padding.shape
    width = _NARROW if compact else _WIDE
    wished = min(max(columns * _WISH, 150.0), 371.0 if not compact else width)
    across = max(1, min(len(titles), int((width + _BETWEEN) // (wished + _BETWEEN))))
    room = (width - (across - 1) * _BETWEEN) / across
    cell = min(room / columns, 52.0)
    height = _row_height(rows)
    characters = int(room / 6.4)
    x_edges, y_edges, places = [0.0], [_TOP], []
    for at in range(across):
        left = at * (room + _BETWEEN)
        x_edges += [left + cell * (step + 1) for step in range(columns)]
        x_edges.append((at + 1) * (room + _BETWEEN))
    for first in range(0, len(titles), across):
        beside = titles[first : first + across]
        lines = max(len(title(characters)) for title in beside)
        top = y_edges[-1] + lines * _LINE + (8 if first == 0 else 16)
        y_edges += [top + height * row for row in range(rows + 1)]
        places += [(at * (room + _BETWEEN), top) for at in range(len(beside))]
        y_edges[-1] = top + height * rows
    return MapsLayout(
        width=width,
        height=y_edges[-1] + 6,
        cell_width=cell,
        row_height=height,
        places=tuple(places),
        x_edges=np.array(x_edges),
        y_edges=np.array(y_edges),
        shape=(rows, columns),
        across=across,
        characters=characters,
    )


def _row_height(rows: int) -> float:
    for most, height in ((6, 28.0), (12, 22.0), (24, 16.0)):
        if rows <= most:
            return height
    return max(4.0, 240.0 / rows)
