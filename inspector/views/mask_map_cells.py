"""The cells of a mask map: states as one stacked heatmap, glyphs and tokens on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.core.tables import FIGURE_CELLS, TEXT_CELLS, block_share
from inspector.views import palette
from inspector.views.bands import Band, BandKind
from inspector.views.figures import TextMark, text_trace
from inspector.views.mask_map_layout import Geometry, Placed
from inspector.views.numbers import share
from inspector.views.palette import Theme
from inspector.views.tokens import escaped, label, shown

GAP, NO_MASK, MASKED, KEPT = 0, 1, 2, 12
"""Codes of a cell; between MASKED and KEPT the share kept, in tenths, of an aggregated cell."""

Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class BandStack:
    """All bands in one table, with a row of gap between them.

    Attributes:
        codes: uint8 (stacked rows, columns).
        edges: Lower and upper edges of the stacked rows, in pixels from the top.
        first: Stacked row at which each band begins.
    """

    codes: Codes
    edges: npt.NDArray[np.float64]
    first: tuple[int, ...]


def band_codes(band: Band, sizes: Geometry) -> Codes:
    """Returns the code of every cell of one band: uint8 (rows, columns)."""
    codes = np.full((sizes.rows, sizes.columns), GAP, np.uint8)
    if band.timesteps is None:
        return codes
    columns = -(-band.timesteps // sizes.block.timesteps)
    if band.mask is None:
        codes[:, :columns] = NO_MASK
        return codes
    kept = block_share(band.mask, sizes.block)
    tenths = np.where((kept > 0) & (kept < 1), np.clip(np.rint(kept * 10), 1, 9), kept * 10)
    codes[:, :columns] = (MASKED + tenths).astype(np.uint8)
    return codes


def stack(placed: Sequence[Placed], sizes: Geometry) -> BandStack:
    """Returns all bands as one table with rows of gap."""
    even = sizes.even and placed[-1].bottom / sizes.row_height * sizes.columns <= FIGURE_CELLS
    parts, edges, first = [], [0.0], []
    for item in placed:
        space = item.top - edges[-1]
        if space > 1e-6:
            rows = round(space / sizes.row_height) if even else 1
            parts.append(np.full((rows, sizes.columns), GAP, np.uint8))
            edges += list(edges[-1] + space / rows * np.arange(1, rows + 1))
        first.append(len(edges) - 1)
        parts.append(band_codes(item.band, sizes))
        edges += list(item.top + sizes.row_height * np.arange(1, sizes.rows + 1))
    return BandStack(np.concatenate(parts), np.asarray(edges), tuple(first))


def heatmaps(stacked: BandStack, sizes: Geometry, theme: Theme) -> list[dict[str, Any]]:
    """Returns the filled cells, and where there is room the light inside of hollow ones."""
    shares = [_between(tenth / 10, theme) for tenth in range(1, 10)]
    colours = (palette.TRANSPARENT, palette.NO_MASK, palette.MASKED, *shares, palette.KEPT)
    cells = _states(stacked, stacked.codes, colours, sizes.gap) | {"name": "mask"}
    if not sizes.roomy:
        return [cells]
    hollow = np.where(stacked.codes == KEPT, GAP, np.minimum(stacked.codes, MASKED))
    inside = (
        palette.TRANSPARENT,
        palette.blend(palette.NO_MASK, theme.page, 0.09),
        palette.blend(palette.MASKED, theme.page, 0.13),
    )
    light = _states(stacked, hollow.astype(np.uint8), inside, sizes.gap + 3)
    return [cells, light | {"name": "inside", "hoverinfo": "skip"}]


def _states(stacked: BandStack, codes: Codes, colours: tuple[str, ...], gap: int) -> dict[str, Any]:
    """Returns a heatmap in which code i has the colour `colours[i]`."""
    return {
        "type": "heatmap",
        "x": np.arange(codes.shape[1] + 1) - 0.5,
        "y": stacked.edges,
        "z": codes,
        "zmin": -0.5,
        "zmax": len(colours) - 0.5,
        "colorscale": palette.discrete_scale(colours),
        "showscale": False,
        "hoverongaps": False,
        "xgap": gap,
        "ygap": gap,
    }


def _between(part: float, theme: Theme) -> str:
    """Returns the colour of a block of which `part` is kept: through the page's grey."""
    middle = palette.blend(theme.text, theme.page, 0.22)
    if part < 0.5:
        return palette.blend(middle, palette.MASKED, 0.25 + part)
    return palette.blend(palette.KEPT, middle, part - 0.1)


def merged_cells(placed: Sequence[Placed], sizes: Geometry, theme: Theme) -> list[dict[str, Any]]:
    """Returns one wide cell a row for calls without a time axis; nothing where there is none."""
    bare = [item for item in placed if item.band.timesteps is None]
    if not bare:
        return []
    edges, codes = [bare[0].top], []
    for item in bare:
        if item.top > edges[-1]:
            edges.append(item.top)
            codes.append(0)
        edges += list(item.top + sizes.row_height * np.arange(1, sizes.rows + 1))
        codes += [1] * sizes.rows
    gap = 3 if sizes.row_height >= 10 else 0
    return [
        {
            "type": "heatmap",
            "name": "no time axis",
            "x": np.array([-0.5, sizes.columns - 0.5]),
            "y": np.asarray(edges),
            "z": np.asarray(codes, np.uint8)[:, None],
            "zmin": -0.5,
            "zmax": 1.5,
            "colorscale": palette.discrete_scale((palette.TRANSPARENT, theme.well)),
            "showscale": False,
            "xgap": gap,
            "ygap": gap,
            "hoverinfo": "skip",
        }
    ]


class Ground(Enum):
    """What a text stands on."""

    KEPT = "kept"
    OTHER = "other"
    NO_TIME_AXIS = "no time axis"


@dataclass(frozen=True)
class CellMark:
    """A text in a cell, and what it stands on."""

    x: float
    y: float
    text: str
    ground: Ground


def texts(
    placed: Sequence[Placed],
    stacked: BandStack,
    sizes: Geometry,
    with_tokens: set[int],
    theme: Theme,
) -> list[dict[str, Any]]:
    """Returns tokens and glyphs, in colours that can be read on the cells below them."""
    marks: list[CellMark] = []
    for at, item in enumerate(placed):
        codes = stacked.codes[stacked.first[at] : stacked.first[at] + sizes.rows]
        if at in with_tokens:
            marks += _token_marks(item, codes, sizes)
        else:
            budget = TEXT_CELLS - len(marks)
            marks += _sparse_glyphs(item, codes, sizes, budget // max(1, len(placed) - at))
    if not marks:
        return []
    size = max(9.0, min(14.0, sizes.cell_width * 0.42, sizes.row_height * 0.6))
    inks = {
        Ground.KEPT: palette.text_on(palette.KEPT),
        Ground.OTHER: theme.text if sizes.roomy else palette.BLACK,
        Ground.NO_TIME_AXIS: theme.muted,
    }
    words = [TextMark(m.text, m.x, m.y, size, inks[m.ground], "center") for m in marks]
    return [text_trace(words, "tokens")]


def _token_marks(item: Placed, codes: Codes, sizes: Geometry) -> list[CellMark]:
    """Returns the text of every cell of a band."""
    if item.band.timesteps is None:
        return [_bare_mark(item, row + 0.5, sizes) for row in range(sizes.rows)]
    marks = []
    room = max(1, int((sizes.cell_width - 6) / 8))
    tokens, wrong = item.band.tokens, item.band.wrong
    for row, column in zip(*np.nonzero(codes), strict=True):
        code = int(codes[row, column])
        glyph = {MASKED: palette.GLYPH_MASKED, NO_MASK: palette.GLYPH_NO_MASK}.get(code, "")
        if wrong is not None and wrong[row, column]:
            glyph += palette.GLYPH_WRONG
        token = ""
        if tokens is not None and (room >= 2 or not glyph):
            token = shown(tokens[row][column], max(1, room - 2 if glyph else room))
        between = " " if room >= 3 and glyph and token else ""
        text = escaped(f"{token}{between}{glyph}")
        ground = Ground.KEPT if code == KEPT else Ground.OTHER
        marks.append(CellMark(float(column), _middle(item, int(row), sizes), text, ground))
    return marks


def _bare_mark(item: Placed, row: float, sizes: Geometry) -> CellMark:
    """Returns the text of a cell without a time axis."""
    said = "no time axis" if sizes.columns * sizes.cell_width > 90 else "–"
    middle, y = (sizes.columns - 1) / 2, item.top + row * sizes.row_height
    return CellMark(middle, y, said, Ground.NO_TIME_AXIS)


def _sparse_glyphs(item: Placed, codes: Codes, sizes: Geometry, budget: int) -> list[CellMark]:
    """Returns glyphs on a coarse grid, so that the states differ without colour, too."""
    if item.band.timesteps is None:
        return [_bare_mark(item, sizes.rows / 2, sizes)]
    step_x = max(1, int(np.ceil(18 / sizes.cell_width)))
    step_y = max(1, int(np.ceil(16 / sizes.row_height)))
    found: list[CellMark] = []
    while True:
        grid = codes[step_y // 2 :: step_y, step_x // 2 :: step_x]
        places = np.argwhere((grid == MASKED) | (grid == NO_MASK))
        if len(places) <= budget:
            break
        step_x, step_y = step_x + 1, step_y + 1
    for row, column in places:
        glyph = palette.GLYPH_MASKED if grid[row, column] == MASKED else palette.GLYPH_NO_MASK
        y = _middle(item, int(row) * step_y + step_y // 2, sizes)
        found.append(CellMark(float(column * step_x + step_x // 2), y, glyph, Ground.OTHER))
    return found


def _middle(item: Placed, row: int, sizes: Geometry) -> float:
    return item.top + (row + 0.5) * sizes.row_height


def hover(
    placed: Sequence[Placed], stacked: BandStack, sizes: Geometry, numbers: Sequence[int]
) -> list[list[str]]:
    """Returns what a cell says when pointed at; only for figures with few cells."""
    said = [[""] * sizes.columns for _ in range(len(stacked.codes))]
    for at, item in enumerate(placed):
        codes = stacked.codes[stacked.first[at] : stacked.first[at] + sizes.rows]
        name = f"<b>{label(item.band.title)}</b>"
        truth = item.band.kind is BandKind.INPUT
        for row, column in zip(*np.nonzero(codes), strict=True):
            where = _where(item.band, int(row), int(column), numbers[row])
            state = _state(int(codes[row, column]), truth)
            if item.band.wrong is not None and item.band.wrong[row, column]:
                state += "<br>! the truth says otherwise"
            said[stacked.first[at] + row][column] = f"{name}<br>{where}<br>{state}"
    return said


def _where(band: Band, row: int, column: int, number: int) -> str:
    token = ""
    if band.tokens is not None:
        token = f", token {escaped(shown(band.tokens[row][column]))}"
    return f"row {number}, timestep {column}{token}"


def _state(code: int, truth: bool) -> str:
    if code == NO_MASK:
        return "· no mask: it counts"
    if code == KEPT:
        return "real timestep" if truth else "kept by the mask"
    if code == MASKED:
        return "× padding" if truth else "× masked: skipped"
    return f"{share((code - MASKED) / 10)} kept"
