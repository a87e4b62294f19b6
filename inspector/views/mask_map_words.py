"""Everything on a mask map except its cells: axes, names, remarks, the stop line, the legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inspector.core.trace import Outcome
from inspector.views import palette, phrases
from inspector.views.bands import BandKind
from inspector.views.figures import TextMark, tick_step
from inspector.views.mask_map_layout import (
    Geometry,
    Placed,
    headline_lines,
    subtitle_lines,
)
from inspector.views.palette import Theme
from inspector.views.tokens import label


@dataclass(frozen=True)
class Surroundings:
    """What stands around the cells.

    Attributes:
        sizes: Sizes that all bands share.
        theme: Light or dark.
        rightly: The mask ends where it should: the line is quiet.
        first_row: Number of the first row shown.
    """

    sizes: Geometry
    theme: Theme
    rightly: bool
    first_row: int = 0

    def layout(self, placed: Sequence[Placed], height: float) -> dict[str, Any]:
        """Returns the layout of the figure."""
        top, bottom = (104, 8) if self.sizes.compact else (52, 8)
        return {
            "height": round(height + top + bottom),
            "margin": {"l": 0, "r": 0, "t": top, "b": bottom},
            "xaxis": self._timesteps(),
            "yaxis": self._rows(placed, height),
            "shapes": [self._line(item.line_at) for item in placed if item.line_at is not None],
            "annotations": [mark.annotation() for mark in self._words(placed)],
        }

    def _timesteps(self) -> dict[str, Any]:
        places = range(0, self.sizes.columns, tick_step(self.sizes.cell_width))
        axis = self._quiet() | {
            "domain": list(self.sizes.domain),
            "range": [-0.5, self.sizes.columns - 0.5],
            "side": "top",
            "tickvals": [float(place) for place in places],
            "ticktext": [str(place * self.sizes.block.timesteps) for place in places],
        }
        if self.sizes.compact:
            axis["title"] = {"text": "timestep", "font": self._small(), "standoff": 4}
        return axis

    def _rows(self, placed: Sequence[Placed], height: float) -> dict[str, Any]:
        ticks: list[tuple[float, str]] = []
        if self.sizes.row_height >= 14 and self.sizes.block.whole and not self.sizes.compact:
            ticks = [
                (item.top + (row + 0.5) * self.sizes.row_height, str(row + self.first_row))
                for item in placed
                if item.band.kind in (BandKind.INPUT, BandKind.LOSS)
                for row in range(self.sizes.rows)
            ]
        return self._quiet() | {
            "range": [height, 0],
            "tickvals": [at for at, _ in ticks],
            "ticktext": [text for _, text in ticks],
        }

    def _quiet(self) -> dict[str, Any]:
        return {
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "ticks": "",
            "tickfont": self._small(),
        }

    def _small(self) -> dict[str, Any]:
        return {"size": 11, "color": self.theme.muted}

    def _line(self, at: float) -> dict[str, Any]:
        wrong = {"color": self.theme.alarm, "width": 2.5}
        right = {"color": self.theme.muted, "width": 1.5, "dash": "dash"}
        return {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": at,
            "y1": at,
            "line": right if self.rightly else wrong,
        }

    def _words(self, placed: Sequence[Placed]) -> list[TextMark]:
        words = [self._legend(placed)]
        if not self.sizes.compact:
            words.append(self._axis_name())
        for item in placed:
            if item.line_at is not None:
                words.append(self._stop(item, item.line_at))
            words += self._names(item)
        return words

    def _axis_name(self) -> TextMark:
        return TextMark(
            "timestep",
            x=self.sizes.domain[0],
            y=1,
            size=11,
            colour=self.theme.muted,
            align="right",
            valign="bottom",
            shift=-18,
            rise=0,
            paper=True,
        )

    def _stop(self, item: Placed, at: float) -> TextMark:
        colour = self.theme.muted if self.rightly else self.theme.alarm
        title, *reason = item.line_text
        text = "<br>".join([f"<b>{'▽' if self.rightly else '▼'} {title}</b>", *reason])
        return TextMark(text, x=0, y=at + 6, size=13, colour=colour, valign="top")

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
            return [TextMark(text, x=0, y=item.label_at, size=13, colour=theme.text, valign="top")]
        limit = sizes.label_characters
        name = f"{indent}<b>{label(band.title, max(6, limit - 3 * band.depth))}</b>"
        kind = _sized("<br>".join(subtitle_lines(band, sizes)), 11, theme.muted)
        end = sizes.domain[1]
        return [
            TextMark(f"{name}<br>{kind}", x=0, y=item.label_at, size=13, colour=theme.text),
            TextMark(remark, x=end, y=item.label_at, size=12, colour=colour, shift=12),
        ]

    def _legend(self, placed: Sequence[Placed]) -> TextMark:
        bands = [item.band for item in placed]
        entries = [
            (palette.KEPT, "■", phrases.LEGEND_KEPT),
            (palette.MASKED, "☒", phrases.LEGEND_MASKED),
        ]
        if any(band.timesteps is not None and band.mask is None for band in bands):
            entries.append((palette.NO_MASK, "⊡", phrases.LEGEND_NO_MASK))
        if any(band.wrong is not None for band in bands):
            entries.append((self.theme.alarm, "!", phrases.LEGEND_WRONG))
        parts = [f'<span style="color:{c}"><b>{g}</b></span> {words}' for c, g, words in entries]
        return TextMark(
            ("<br>" if self.sizes.compact else "&nbsp;" * 4).join(parts),
            x=0,
            y=1,
            size=12,
            colour=self.theme.muted,
            valign="bottom",
            rise=46 if self.sizes.compact else 28,
            paper=True,
        )


def _sized(text: str, size: int, colour: str) -> str:
    return f'<span style="font-size:{size}px;color:{colour}">{text}</span>'
