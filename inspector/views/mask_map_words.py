"""Everything on a mask map except its cells: axes, names, remarks, the stop line, the legend."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from inspector.core.trace import Outcome
from inspector.views import palette, phrases
from inspector.views.bands import BandKind
from inspector.views.figures import Across, TextMark, hidden_axis, line_trace, tick_step
from inspector.views.mask_map_layout import (
    Geometry,
    Placed,
    headline_lines,
    subtitle_lines,
)
from inspector.views.palette import Theme
from inspector.views.tokens import label

STOP_LINE = "stop"
"""Name of the trace with the line where the mask stops."""


@dataclass(frozen=True)
class MapSurroundings:
    """What stands around the cells.

    Attributes:
        sizes: Sizes that all bands share.
        theme: Light or dark.
        rightly: The mask ends where it should: the line is quiet.
        numbers: Number of each row shown.
        unmasked: What a cell without a mask means.
    """

    sizes: Geometry
    theme: Theme
    rightly: bool
    numbers: Sequence[int] = ()
    unmasked: str = phrases.LEGEND_NO_MASK

    def layout(self, height: float) -> dict[str, Any]:
        """Returns the layout of the figure: the y axis counts pixels, the cells begin at 0."""
        top, bottom = self._head, 8
        return {
            "height": round(height + top + bottom),
            "xaxis": self._across.axis(),
            "yaxis": hidden_axis(height + bottom, -top),
        }

    def lines(self, placed: Sequence[Placed]) -> list[dict[str, Any]]:
        """Returns the full-width line where the mask stops; none where it does not."""
        wrong = {"color": self.theme.alarm, "width": 2.5}
        right = {"color": self.theme.muted, "width": 1.5, "dash": "dash"}
        style = {"name": STOP_LINE, "line": right if self.rightly else wrong}
        ends = self._across.at(0), self._across.at(1)
        heights = [item.line_at for item in placed if item.line_at is not None]
        return [line_trace((ends[0], at), (ends[1], at), style) for at in heights]

    def words(self, placed: Sequence[Placed]) -> list[TextMark]:
        """Returns all words around the cells."""
        words = [self._legend(placed), *self._timesteps(), *self._rows(placed)]
        for item in placed:
            if item.line_at is not None:
                words.append(self._stop(item, item.line_at))
            words += self._names(item)
        return words

    @property
    def _head(self) -> int:
        return 104 if self.sizes.compact else 52

    @property
    def _across(self) -> Across:
        return Across(*self.sizes.domain, self.sizes.columns)

    def _timesteps(self) -> list[TextMark]:
        sizes = self.sizes
        small = TextMark("", 0, -10, 11, self.theme.muted, "center")
        ticks = [
            replace(small, text=str(place * sizes.block.timesteps), x=float(place))
            for place in range(0, sizes.columns, tick_step(sizes.cell_width))
        ]
        if sizes.compact:
            return [*ticks, replace(small, text="timestep", x=(sizes.columns - 1) / 2, y=-27)]
        beside = self._across.at(sizes.domain[0] - 18 / sizes.width)
        return [*ticks, replace(small, text="timestep", x=beside, align="right")]

    def _rows(self, placed: Sequence[Placed]) -> list[TextMark]:
        sizes = self.sizes
        if sizes.row_height < 14 or not sizes.block.whole or sizes.compact:
            return []
        beside = self._across.at(sizes.domain[0] - 6 / sizes.width)
        small = TextMark("", beside, 0, 11, self.theme.muted, "right")
        return [
            replace(small, text=str(self.numbers[row]), y=item.top + (row + 0.5) * sizes.row_height)
            for item in placed
            if item.band.kind in (BandKind.INPUT, BandKind.LOSS)
            for row in range(sizes.rows)
        ]

    def _stop(self, item: Placed, at: float) -> TextMark:
        colour = self.theme.muted if self.rightly else self.theme.alarm
        title, *reason = item.line_text
        text = "<br>".join([f"<b>{'▽' if self.rightly else '▼'} {title}</b>", *reason])
        return TextMark(text, self._across.at(0), at + 6, 13, colour, valign="top")

    def _names(self, item: Placed) -> list[TextMark]:
        """Returns the name of a band and what happened: beside the cells, or above them."""
        band, theme, sizes = item.band, self.theme, self.sizes
        heads = headline_lines(band, sizes)
        loud = band.kind is BandKind.LOSS or band.outcome in (Outcome.LOST, Outcome.CHANGED)
        headline = "<br>".join(item.remark[:heads])
        rest = "".join(f"<br>{line}" for line in item.remark[heads:])
        remark = f"<b>{headline}</b>{rest}" if loud else f"{headline}{rest}"
        colour = theme.text if loud else theme.muted
        indent = "&nbsp;&nbsp;" * band.depth + ("↳ " if band.depth else "")
        if sizes.compact:
            name = f"{indent}<b>{label(band.title, 26)}</b>"
            kind = _sized(label(band.subtitle, 24), 11, theme.muted)
            text = f"{name}  {kind}<br>{_sized(remark, 12, colour)}"
            start = self._across.at(0)
            return [TextMark(text, start, item.label_at, 13, theme.text, valign="top")]
        limit = sizes.label_characters
        name = f"{indent}<b>{label(band.title, max(6, limit - 3 * band.depth))}</b>"
        kind = _sized("<br>".join(subtitle_lines(band, sizes)), 11, theme.muted)
        start, end = self._across.at(0), self._across.at(sizes.domain[1] + 12 / sizes.width)
        return [
            TextMark(f"{name}<br>{kind}", start, item.label_at, 13, theme.text),
            TextMark(remark, end, item.label_at, 12, colour),
        ]

    def _legend(self, placed: Sequence[Placed]) -> TextMark:
        bands = [item.band for item in placed]
        entries = [
            (palette.KEPT, "■", phrases.LEGEND_KEPT),
            (palette.MASKED, "☒", phrases.LEGEND_MASKED),
        ]
        if any(band.timesteps is not None and band.mask is None for band in bands):
            entries.append((palette.NO_MASK, "⊡", self.unmasked))
        if any(band.wrong is not None for band in bands):
            entries.append((self.theme.alarm, "!", phrases.LEGEND_WRONG))
        parts = [f'<span style="color:{c}"><b>{g}</b></span> {words}' for c, g, words in entries]
        return TextMark(
            ("<br>" if self.sizes.compact else "&nbsp;" * 4).join(parts),
            self._across.at(0),
            -self._head,
            size=12,
            colour=self.theme.muted,
            valign="top",
        )


def _sized(text: str, size: int, colour: str) -> str:
    return f'<span style="font-size:{size}px;color:{colour}">{text}</span>'
