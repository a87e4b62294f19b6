"""Where everything on a mask map stands, in pixels from the top; nothing is drawn here."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspector.core.tables import FIGURE_CELLS, BlockSize, block_size
from inspector.views.bands import Band, BandKind
from inspector.views.tokens import label, wrapped

WIDE, NARROW = 700, 340
_CHARACTER = 6.6  # average width of a character at 12 px
_MOST_ROWS = 96  # more would make a row thinner than two pixels
_MOST_COLUMNS = 384
# Pixels: between two bands, of a name and a class, of what stands above a band on a narrow screen,
# and of the line where the mask stops.
_SPACE, _LABEL, _HEADER, _STOP = 12.0, 34.0, 57.0, 60.0


@dataclass(frozen=True)
class Geometry:
    """Sizes that all bands share, in pixels at the nominal width of the figure.

    Attributes:
        compact: Labels stand above the cells, for narrow screens.
        width: Nominal width.
        block: How many rows and timesteps a cell stands for.
        rows: Rows drawn per band.
        columns: Columns drawn in the longest band.
        row_height: Height of a row.
        domain: Left and right end of the cells, as shares of the width.
    """

    compact: bool
    width: int
    block: BlockSize
    rows: int
    columns: int
    row_height: float
    domain: tuple[float, float]

    @property
    def cell_width(self) -> float:
        """Width of a cell."""
        return (self.domain[1] - self.domain[0]) * self.width / self.columns

    @property
    def roomy(self) -> bool:
        """Cells are large enough for an outline and a glyph."""
        return self.block.whole and self.cell_width >= 8.5 and self.row_height >= 12

    @property
    def gap(self) -> int:
        """Space between cells."""
        if self.roomy:
            return 3 if self.cell_width >= 18 and self.row_height >= 16 else 2
        return int(self.block.whole and self.cell_width >= 5 and self.row_height >= 5)

    @property
    def even(self) -> bool:
        """Bands begin where a row would, so that all rows of the figure are equally high.

        Then plotly.js paints a pixel for each cell and lets the browser enlarge the image, if
        nothing stands between cells. Measured with plotly.js of plotly 7.1: the mask map of 12
        layers at 32 x 128 takes 13 milliseconds, and 86 with rows of two heights.
        """
        return self.gap == 0

    @property
    def label_characters(self) -> int:
        """Characters in a line of the label at the left."""
        return int((self.domain[0] * self.width - 24) / _CHARACTER)

    @property
    def remark_characters(self) -> int:
        """Characters in a line of the remark at the right."""
        return int(((1 - self.domain[1]) * self.width - 18) / (_CHARACTER * 1.02))

    @property
    def line_characters(self) -> int:
        """Characters in a line across the figure."""
        return int((self.width - 12) / (_CHARACTER * 0.97))


@dataclass(frozen=True, eq=False)
class Placed:
    """A band and its place.

    Attributes:
        band: The band.
        top: Upper edge of its cells.
        bottom: Lower edge of its cells.
        label_at: Middle of its label (wide) or upper edge of its header (compact).
        remark: What happened, in lines, escaped; the first is the headline.
        line_at: Height of the line where the mask stops, if it stops before this band.
        line_text: What stands under that line, in lines, escaped; the first is the title.
    """

    band: Band
    top: float
    bottom: float
    label_at: float
    remark: tuple[str, ...]
    line_at: float | None = None
    line_text: tuple[str, ...] = ()


def geometry(rows: int, shown: Sequence[Band], compact: bool) -> Geometry:
    """Returns the sizes with which `shown` fits the limits of a figure."""
    timesteps = max((band.timesteps or 1 for band in shown), default=1)
    gaps = min(timesteps, _MOST_COLUMNS)  # a row of gap stands between two bands
    cells = max(1, FIGURE_CELLS // max(1, len(shown)) - gaps)
    while True:
        sizes = _geometry(rows, timesteps, cells, len(shown), compact)
        if not sizes.even or cells == 1 or _painted(sizes, len(shown)) <= FIGURE_CELLS:
            return sizes
        cells = max(1, cells * 7 // 8)


def _geometry(rows: int, timesteps: int, cells: int, shown: int, compact: bool) -> Geometry:
    """Returns the sizes of `shown` bands of at most `cells` cells each."""
    block = block_size(rows, timesteps, cells, _MOST_ROWS)
    columns = -(-timesteps // block.timesteps)
    if columns > _MOST_COLUMNS:
        block = BlockSize(block.rows, -(-timesteps // _MOST_COLUMNS))
        columns = -(-timesteps // block.timesteps)
    rows_drawn = -(-rows // block.rows)
    width = NARROW if compact else WIDE
    start = 0.0 if compact else 0.23
    room = width * (0.99 if compact else 0.47)
    end = start + min(room, columns * (58 if compact else 54)) / width
    height = _row_height(rows_drawn, shown, block.whole)
    return Geometry(compact, width, block, rows_drawn, columns, height, (start, end))


def _painted(sizes: Geometry, shown: int) -> float:
    """Returns about how many cells an even grid has, with the rows between the bands.

    Exactly it is known when the bands are placed: see `stack`, which can do without the grid.
    """
    band = sizes.rows * sizes.row_height
    between = _HEADER if sizes.compact else _SPACE + max(0.0, _LABEL - band)
    rows = (band + between) / sizes.row_height + 0.5  # half a row until the next one begins
    return sizes.columns * (rows * shown + _STOP / sizes.row_height)


def place(
    shown: Sequence[Band], sizes: Geometry, stop: int | None, stop_text: tuple[str, str]
) -> tuple[tuple[Placed, ...], float]:
    """Places the bands below each other.

    Args:
        shown: The bands, in order.
        sizes: The sizes they share.
        stop: Position of the band before which the line stands, or None.
        stop_text: Title and reason of the line.

    Returns:
        The placed bands and the height of all of them.
    """
    placed: list[Placed] = []
    cursor = 0.0
    for position, band in enumerate(shown):
        line_at: float | None = None
        line_text: tuple[str, ...] = ()
        if position:
            cursor += 16.0 if sizes.compact else _SPACE
        if position == stop:
            line_at = cursor + 2
            line_text = _line_text(stop_text, sizes)
            cursor = line_at + 8 + 17 * len(line_text) + 10
        item = _placed(band, sizes, cursor, line_at, line_text)
        if sizes.even:
            off = -item.top % sizes.row_height
            item = _placed(band, sizes, cursor + off, line_at, line_text)
        placed.append(item)
        cursor = max(placed[-1].bottom, _text_bottom(placed[-1], sizes))
    return tuple(placed), cursor


def _placed(
    band: Band, sizes: Geometry, at: float, line_at: float | None, line_text: tuple[str, ...]
) -> Placed:
    height = sizes.rows * sizes.row_height
    remark = _remark(band, sizes)
    if sizes.compact:
        top = at + 20 + 15.5 * len(remark) + 5
        return Placed(band, top, top + height, at, remark, line_at, line_text)
    block = max(height, label_height(band, sizes), 15.5 * len(remark))
    top = at + (block - height) / 2
    return Placed(band, top, top + height, at + block / 2, remark, line_at, line_text)


def _text_bottom(placed: Placed, sizes: Geometry) -> float:
    if sizes.compact:
        return placed.bottom
    text = max(label_height(placed.band, sizes), 15.5 * len(placed.remark))
    return placed.label_at + text / 2


def _remark(band: Band, sizes: Geometry) -> tuple[str, ...]:
    characters = sizes.line_characters if sizes.compact else sizes.remark_characters
    headline = wrapped(band.headline, characters, 3)
    return (*headline, *wrapped(band.remark, characters, 4))


def subtitle_lines(band: Band, sizes: Geometry) -> list[str]:
    """Returns the class of a band in lines that fit the column at the left, escaped."""
    most = max(8, int(sizes.label_characters * 1.2))
    head, rest = band.subtitle, ""
    if len(head) > most and "_" in head[:most]:
        cut = head.rindex("_", 0, most) + 1
        head, rest = head[:cut], head[cut:]
    return [label(part, most) for part in (head, rest) if part]


def label_height(band: Band, sizes: Geometry) -> float:
    """Returns the height of a band's name and class."""
    return 20.0 + 14.0 * len(subtitle_lines(band, sizes))


def headline_lines(band: Band, sizes: Geometry) -> int:
    """Returns how many lines of a band's remark are its headline."""
    characters = sizes.line_characters if sizes.compact else sizes.remark_characters
    return len(wrapped(band.headline, characters, 3))


def _line_text(stop_text: tuple[str, str], sizes: Geometry) -> tuple[str, ...]:
    title, reason = stop_text
    joined = f"{title}: {reason}" if reason else title
    if len(joined) <= sizes.line_characters - 4:
        return tuple(wrapped(joined, sizes.line_characters, 1))
    return (
        *wrapped(title, sizes.line_characters - 4, 2),
        *wrapped(reason[:1].upper() + reason[1:], sizes.line_characters, 3),
    )


def _row_height(rows: int, shown: int, whole: bool) -> float:
    """Returns the height of a row.

    Where a row is a row of the batch and there are few, glyphs fit in; else a band stays below 288
    pixels, and forty together below 3,000.
    """
    for most, height in ((3, 28.0), (6, 25.0), (12, 20.0), (18, 16.0)):
        if whole and rows <= most:
            return height if shown * rows * height < 4_000 else max(12.0, height / 2)
    return max(2.0, min(12.0, 288.0 / rows, 2_600.0 / (rows * shown)))


def text_bands(placed: Sequence[Placed], sizes: Geometry, limit: int) -> set[int]:
    """Returns the positions of the bands whose cells carry a token.

    All of them where that is at most `limit` cells, else the input and the loss, else none.
    """
    if not sizes.roomy or sizes.cell_width < 13 or sizes.row_height < 14:
        return set()
    cells = [sizes.rows * (item.band.timesteps or 1) for item in placed]
    everything = set(range(len(placed)))
    if sum(cells) <= limit:
        return everything
    ends = {at for at in everything if placed[at].band.kind in (BandKind.INPUT, BandKind.LOSS)}
    return ends if sum(cells[at] for at in ends) <= limit // 2 else set()
