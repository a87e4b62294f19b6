"""The mask map and the loss map of a notebook: pictures in SVG, without scripts or a network."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from inspector.core.diagnosis.causes import Stop
from inspector.core.inspection import Inspection
from inspector.views import palette, phrases
from inspector.views.bands import Band, BandChoices, bands, stop_position
from inspector.views.loss_map import LossMapView, loss_map_alt
from inspector.views.loss_table import LossTable, Quantity, loss_table
from inspector.views.mask_map import MaskMapView, mask_map_alt
from inspector.views.notebook_style import SHADES, shade
from inspector.views.numbers import amount, number
from inspector.views.svg import Box, boxes, heading, line, picture, words
from inspector.views.tokens import clip, plain, shown

_WIDTH = 760.0
_MOST_ROWS, _MOST_TIMESTEPS, _MOST_BANDS = 8, 40, 40
_MOST_CELLS = 1_600
"""About 60 kB: notebooks keep what they show."""

_HEAD = 20.0
_LETTER = 7.5
"""About the width of a letter."""

_MASKS = "Blue is kept; × is masked; · has no mask, so it counts; ! differs from the truth."
_LOSSES = "Colours run from zero to the largest loss; grey with brackets is padding."


@dataclass(frozen=True)
class _Grid:
    """Rows and columns that are drawn, and the size of their cells with the space between."""

    rows: int
    columns: int
    width: float
    height: float

    def box(self, row: int, column: int, top: float, cells: int = 1) -> Box:
        return Box(
            column * self.width + 1,
            top + row * self.height + 1,
            cells * self.width - 2,
            self.height - 2,
        )


def mask_map(inspection: Inspection) -> Iterator[str]:
    """Draws a band for each layer call, from the input to the loss, a row for each sentence.

    Marks: a blue cell is kept; a cell with × is masked; a cell with · has no mask and counts; `!`
    marks a cell where the mask differs from the truth; one wide cell is a row of an output without
    a time axis. The line stands where the mask stops; it is dashed where that is right.
    """
    every = bands(inspection, BandChoices(fold=True))
    longest = max(band.timesteps or 1 for band in every)
    fitting = max(2, _MOST_CELLS // (min(longest, _MOST_TIMESTEPS) * len(every)))
    grid = _grid(min(inspection.batch.rows, fitting), longest, 34, 20)
    stop = inspection.diagnosis.stop
    at = stop_position(stop, every)
    parts: list[str] = []
    top = 0.0
    for position, band in enumerate(every[:_MOST_BANDS]):
        if stop is not None and position == at:
            parts += _stop(stop, band, top + 4)
            top += _HEAD + 8
        parts += _band(band, grid, top)
        top += _HEAD + grid.rows * grid.height + 8
    notes = [_MASKS, *_cut(grid, inspection.batch.rows, longest)]
    if len(every) > _MOST_BANDS:
        notes.append(f"{amount(len(every) - _MOST_BANDS, 'more call')} not drawn.")
    alt = mask_map_alt(inspection, MaskMapView(fold=True))
    yield _figure("Where the mask goes, layer by layer", notes, picture(_WIDTH, top, alt, parts))


def loss_map(inspection: Inspection, output: int) -> Iterator[str]:
    """Draws the loss at every timestep: a row for each sentence, and its mean over valid.

    Marks: the colour of a cell runs from zero to the largest loss at a real timestep; a grey cell
    with its value in brackets is padding. A row of colours below says what they stand for.
    """
    table = loss_table(inspection, Quantity.LOSS, output, (0, _MOST_ROWS))
    ledger = inspection.ledgers[output]
    if table is None or not table.block.whole or ledger.loss is None:
        return
    rows, columns = table.values.shape
    grid = _grid(rows, columns, 52, 22)
    parts = list(_losses(table, grid, _HEAD))
    bottom = _HEAD + grid.rows * grid.height
    parts += _scale(table, bottom + 8)
    notes = [_LOSSES, *_cut(grid, ledger.loss.shape[0], columns)]
    alt = loss_map_alt(inspection, LossMapView(output=output))
    title = "Loss of every sentence" if table.sequence else "Loss at every timestep"
    if len(inspection.ledgers) > 1:
        title += f": {clip(ledger.output, 40)}"
    yield _figure(title, notes, picture(_WIDTH, bottom + 30, alt, parts))


def _grid(rows: int, columns: int, width: float, height: float) -> _Grid:
    columns = min(columns, _MOST_TIMESTEPS)
    return _Grid(min(rows, _MOST_ROWS), columns, min(width, (_WIDTH - 100) / columns), height)


def _cut(grid: _Grid, rows: int, columns: int) -> Iterator[str]:
    said = []
    if grid.rows < rows:
        said.append(f"{grid.rows} of {rows:,} rows")
    if grid.columns < columns:
        said.append(f"{grid.columns} of {columns:,} timesteps")
    if said:
        yield f"The first {' and the first '.join(said)}."


def _figure(title: str, notes: list[str], drawn: str) -> str:
    said = escape(plain(" ".join(notes)))
    caption = f'{escape(plain(title))}<br><span class="q">{said}</span>'
    return f"<figure><figcaption>{caption}</figcaption>{drawn}</figure>"


def _stop(stop: Stop, band: Band, top: float) -> Iterator[str]:
    reason = phrases.stop_reason(stop)
    title = phrases.stop_title(stop, band.outcome) + (f": {reason}" if reason else "")
    yield line("end" if stop.rightly else "stop", top, _WIDTH)
    yield words("b", 0, top + 17, f"{'▽' if stop.rightly else '▼'} {clip(title, 100)}")


def _band(band: Band, grid: _Grid, top: float) -> Iterator[str]:
    said = f"{clip(band.subtitle, 40)} · {band.headline}"
    yield heading(top + 14, clip(band.title, 40), clip(said, 110))
    top += _HEAD
    if band.timesteps is None:
        for row in range(grid.rows):
            box = grid.box(row, 0, top, grid.columns)
            yield boxes("t", [box])
            yield words("c y", box.middle, box.foot, "no time axis")
        return
    grounds: dict[str, list[Box]] = defaultdict(list)
    texts: dict[str, list[str]] = defaultdict(list)
    for row in range(grid.rows):
        for column in range(min(band.timesteps, grid.columns)):
            box = grid.box(row, column, top)
            kind, text = _cell(band, row, column, box.width)
            grounds[kind].append(box)
            if text:
                texts[kind].append(words("", box.middle, box.foot, text))
    yield from _cells(grounds, texts)


def _cells(grounds: dict[str, list[Box]], texts: dict[str, list[str]]) -> Iterator[str]:
    """Draws cells of the same class together: that is a third of the bytes."""
    yield from (boxes(kind, some) for kind, some in grounds.items())
    for kind, some in texts.items():
        yield f'<g class="c v {kind}t">{"".join(some)}</g>'


def _cell(band: Band, row: int, column: int, width: float) -> tuple[str, str]:
    """Returns the class of a cell, and as much of token and glyph as fits."""
    if band.mask is None:
        kind, glyph = "n", palette.GLYPH_NO_MASK
    elif band.mask[row, column]:
        kind, glyph = "k", palette.GLYPH_KEPT
    else:
        kind, glyph = "m", palette.GLYPH_MASKED
    if band.wrong is not None and band.wrong[row, column]:
        glyph += palette.GLYPH_WRONG
    room = int(width / _LETTER) - (len(glyph) + 1 if glyph else 0)
    token = "" if band.tokens is None or room < 1 else shown(band.tokens[row][column], room)
    return kind, f"{token} {glyph}".strip()


def _losses(table: LossTable, grid: _Grid, top: float) -> Iterator[str]:
    at = grid.columns * grid.width + 46
    if not table.sequence:
        for column in range(0, grid.columns, 1 if grid.width > 24 else 10):
            yield words("c y", grid.box(0, column, top).middle, top - 5, str(column))
        yield words("c y", at, top - 5, "mean over valid")
    grounds: dict[str, list[Box]] = defaultdict(list)
    texts: dict[str, list[str]] = defaultdict(list)
    for row in range(grid.rows):
        for column in range(grid.columns):
            box = grid.box(row, column, top)
            kind, text = _loss(table, row, column)
            grounds[kind].append(box)
            if len(text) * 6 <= box.width:
                texts[kind].append(words("", box.middle, box.foot, text))
        if not table.sequence:
            mean = number(float(table.margins.row_valid[row]), 3)
            yield words("c b", at, grid.box(row, 0, top).foot, mean)
    yield from _cells(grounds, texts)


def _loss(table: LossTable, row: int, column: int) -> tuple[str, str]:
    value = float(table.values[row, column])
    if table.padding[row, column]:
        return "t", f"({number(value, 2)})"
    if math.isnan(value):
        return "t", number(value)
    return shade(abs(value) / (table.largest or 1.0)), number(value, 3)


def _scale(table: LossTable, top: float) -> Iterator[str]:
    yield words("y", 0, top + 14, "0")
    for step in range(SHADES):
        yield boxes(f"s{step}", [Box(14 + 16 * step, top + 4, 16, 11)])
    yield words("y", 20 + 16 * SHADES, top + 14, number(table.largest, 3))
