"""A leak map on its way to a figure: cells, numbers, names, and the line where leaking begins."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inspector.core.leaks import LeakReport
from inspector.core.tables import TEXT_CELLS
from inspector.views import palette, phrases
from inspector.views.figures import (
    Across,
    TextMark,
    hidden_axis,
    line_trace,
    text_trace,
    tick_step,
)
from inspector.views.leak_table import LeakAxis, LeakTable
from inspector.views.numbers import share
from inspector.views.palette import LIGHT, Theme
from inspector.views.tokens import label, wrapped

_ROW, _LINE = 30.0, 34.0
_WIDE, _NARROW = 700, 340
_HEAD = 48.0

LEAK_LINE = "first leak"
"""Name of the trace with the line before the first layer that leaks."""


@dataclass(frozen=True)
class LeakMapView:
    """How to draw a leak map.

    Attributes:
        theme: Light or dark surroundings.
        axis: Whether columns are timesteps or rows.
        compact: For screens narrower than about 640 pixels.
    """

    theme: Theme = LIGHT
    axis: LeakAxis = LeakAxis.TIMESTEPS
    compact: bool = False


@dataclass(frozen=True)
class Drawing:
    """A leak map on its way to a figure.

    Attributes:
        table: The cells.
        report: Where they come from.
        view: How to draw.
    """

    table: LeakTable
    report: LeakReport
    view: LeakMapView

    @property
    def columns(self) -> int:
        """Columns of cells."""
        return int(self.table.values.shape[1])

    @property
    def domain(self) -> tuple[float, float]:
        """Left and right end of the cells, as shares of the width."""
        start, end, width = (0.37, 1.0, _NARROW) if self.view.compact else (0.23, 0.68, _WIDE)
        return start, min(end, start + self.columns * 62 / width)

    @property
    def cell(self) -> float:
        """Nominal width of a cell in pixels."""
        start, end = self.domain
        return (end - start) * self._width / self.columns

    def top(self, line: int) -> float:
        """Returns the upper edge of a layer's cells."""
        first = self.table.first
        return line * _ROW + (_LINE if first is not None and line >= first else 0.0)

    @property
    def height(self) -> float:
        """Height of all cells."""
        return self.top(len(self.table.nodes) - 1) + _ROW

    def heatmaps(self) -> list[dict[str, Any]]:
        """Returns the cells, the grey of padding, and wide cells without a time axis."""
        table, theme = self.table, self.view.theme
        timed = np.where(table.bare[:, None], np.nan, table.values)
        grey = table.padding & ~np.isnan(timed)
        across = np.arange(self.columns + 1) - 0.5
        # The grey lies below holes: under it, rounded edges of coloured cells would show.
        holed = np.where(grey, np.nan, timed)
        maps = [
            self._heatmap(holed, across) | self._hover() | {"name": "change"},
            self._heatmap(grey.astype(np.float32), across)
            | {
                "name": "padding",
                "z": self._with_gap(grey.astype(np.uint8)),
                "zmin": -0.5,
                "zmax": 1.5,
                "colorscale": palette.discrete_scale((palette.TRANSPARENT, theme.well)),
                "hoverinfo": "skip",
            },
        ]
        if table.bare.any():
            wide = np.where(table.bare[:, None], table.values[:, :1], np.nan)
            maps.append(
                self._heatmap(wide, np.array([-0.5, self.columns - 0.5]))
                | {"name": "no time axis", "hovertemplate": "%{z:.1%}<extra></extra>"}
            )
        return maps

    def _heatmap(self, values: Any, across: Any) -> dict[str, Any]:
        edges = [0.0]
        for line in range(len(self.table.nodes)):
            if self.top(line) > edges[-1]:
                edges.append(self.top(line))
            edges.append(self.top(line) + _ROW)
        return {
            "type": "heatmap",
            "x": across,
            "y": np.array(edges),
            "z": self._with_gap(np.asarray(values, np.float32)),
            "zmin": 0,
            "zmax": self.table.largest or 1.0,
            "colorscale": palette.size_scale(self.view.theme),
            "showscale": False,
            "hoverongaps": False,
            "xgap": 3 if self.cell >= 14 else (1 if self.cell >= 5 else 0),
            "ygap": 3,
        }

    def _with_gap(self, values: Any) -> Any:
        """Returns `values` with a line of gap before the first layer that leaks."""
        first = self.table.first
        if not first:
            # No line, or the gap stands before everything: an edge of its own makes it.
            gap = np.full((0 if first is None else 1, values.shape[1]), _nothing(values))
            return np.concatenate([gap.astype(values.dtype), values])
        gap = np.full((1, values.shape[1]), _nothing(values), values.dtype)
        return np.concatenate([values[:first], gap, values[first:]])

    def _hover(self) -> dict[str, Any]:
        column = "row" if self.table.axis is LeakAxis.ROWS else "timestep"
        if self.table.values.size > TEXT_CELLS:
            return {"hovertemplate": f"{column} %{{x}}<br>%{{z:.1%}}<extra></extra>"}
        said = np.empty(self.table.values.shape, object)
        for line, at in np.ndindex(self.table.values.shape):
            node = self.table.nodes[line]
            where = f"<b>{label(node.name)}</b><br>{column} {self.table.columns[at]}"
            moved = f"moves by {share(float(self.table.values[line, at]))}"
            if self.table.padding[line, at]:
                moved = f"{palette.GLYPH_MASKED} padding: a change here is no leak"
            said[line, at] = f"{where}<br>{moved}"
        said = self._with_gap(said).tolist()
        return {"hovertext": said, "hoverinfo": "text", "hoverongaps": True}

    def texts(self) -> list[dict[str, Any]]:
        """Returns the numbers in the cells."""
        table, theme = self.table, self.view.theme
        if table.values.size > TEXT_CELLS or self.cell < 12:
            return []
        marks = []
        for line, at in np.argwhere(~np.isnan(table.values)):
            bare = bool(table.bare[line])
            value, hidden = float(table.values[line, at]), bool(table.padding[line, at])
            text = self._percent(value, bare)
            if hidden or not table.nodes[line].leaks:
                text = palette.GLYPH_MASKED if hidden else palette.GLYPH_NO_MASK
            ink = palette.text_on(palette.size_colour(value / (table.largest or 1.0), theme))
            colour = theme.muted if hidden else ink
            x = (self.columns - 1) / 2 if bare else float(at)
            y = self.top(int(line)) + _ROW / 2
            marks.append(TextMark(text, x, y, 11, colour, "center"))
        return [text_trace(marks, "numbers")] if marks else []

    def _percent(self, value: float, bare: bool) -> str:
        """Returns a share as far as there is room: with its sign, without it, or nothing."""
        if bare or self.cell >= 46:
            return share(value)
        return share(value).rstrip("%\N{NO-BREAK SPACE}") if self.cell >= 30 else ""

    def layout(self) -> dict[str, Any]:
        """Returns the layout of the figure: the y axis counts pixels, the cells begin at 0."""
        return {
            "height": round(self.height + _HEAD + 4),
            "xaxis": self._across.axis(),
            "yaxis": hidden_axis(self.height + 4, -_HEAD),
        }

    def lines(self) -> list[dict[str, Any]]:
        """Returns the line before the first layer that leaks; none where nothing leaks."""
        if self.table.first is None:
            return []
        at = self.top(self.table.first) - _LINE + 5
        style = {"name": LEAK_LINE, "line": {"color": self.view.theme.alarm, "width": 2.5}}
        return [line_trace((self._across.at(0), at), (self._across.at(1), at), style)]

    @property
    def _across(self) -> Across:
        return Across(*self.domain, self.columns)

    def words(self) -> list[TextMark]:
        """Returns all words around the cells."""
        muted, start, width = self.view.theme.muted, self._across.at(0), self._width
        legend = phrases.LEGEND_LEAK_SHORT if self.view.compact else phrases.LEGEND_LEAK
        tick = TextMark("", 0, -10, 11, muted, "center")
        name = "row" if self.table.axis is LeakAxis.ROWS else "timestep"
        beside = self._across.at(self.domain[0] - 14 / width)
        words = [
            TextMark(legend, start, -24, 12, muted, valign="bottom"),
            replace(tick, text=name, x=beside, align="right"),
        ]
        step = tick_step(self.cell)
        words += [
            replace(tick, text=text, x=float(at * step))
            for at, text in enumerate(self.table.columns[::step])
        ]
        return words + self._title() + self._names()

    def _title(self) -> list[TextMark]:
        first = self.table.first
        if first is None:
            return []
        reach = None if self.view.compact else self.report.predictions
        text = phrases.leak_title(self.table.nodes[first].name, reach)
        text = f"<b>▼ {wrapped(text, 52 if self.view.compact else 96, 1)[0]}</b>"
        at = self.top(first) - _LINE + 19
        return [TextMark(text, self._across.at(0), at, 13, self.view.theme.alarm)]

    def _names(self) -> list[TextMark]:
        words, theme = [], self.view.theme
        start = self._across.at(0)
        end = self._across.at(self.domain[1] + 12 / self._width)
        for line, node in enumerate(self.table.nodes):
            at = self.top(line) + _ROW / 2
            limit = 17 if self.view.compact else 21
            words.append(TextMark(f"<b>{label(node.name, limit)}</b>", start, at, 12, theme.text))
            if not self.view.compact:
                said = phrases.node_change(node.by_content, node.leaks)
                words.append(TextMark(said, end, at, 12, theme.muted))
        return words

    @property
    def _width(self) -> int:
        return _NARROW if self.view.compact else _WIDE


def _nothing(values: Any) -> Any:
    """Returns what leaves a cell empty in an array of this kind."""
    return "" if values.dtype == object else (0 if values.dtype == np.uint8 else np.nan)
