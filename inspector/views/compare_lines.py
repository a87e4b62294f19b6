"""Lines with their names beside them, in panels below each other; all words are one trace."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inspector.core.arrays import FloatArray
from inspector.views.figures import TextMark, figure, hidden_axis
from inspector.views.palette import LIGHT, Theme
from inspector.views.tokens import wrapped

MOST_LINES = 8
"""As many as the palette holds."""
_DASHES = ("solid", "solid", "dash", "solid", "dot", "dash", "dashdot", "dot")
_WIDE, _NARROW = 760.0, 340.0
_LEFT, _TITLE, _BOTTOM, _LETTER = 52.0, 30.0, 34.0, 14.0
_LEAST_HEIGHT = 150.0


@dataclass(frozen=True, eq=False)
class CurveLine:
    """A line and its name.

    Attributes:
        name: What stands beside its end; not escaped.
        x: Where its points are.
        y: Their values; NaN where there is none.
        colour: Position of its colour in the palette.
        hover: What a point says when pointed at, or empty.
    """

    name: str
    x: FloatArray
    y: FloatArray
    colour: int
    hover: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LinePanel:
    """One panel.

    Attributes:
        title: What the values are.
        lines: At most `MOST_LINES`.
        share: The values are shares, from 0 to 1.
        most: Values above it are not shown; None for no such limit.
    """

    title: str
    lines: tuple[CurveLine, ...]
    share: bool = False
    most: float | None = None


@dataclass(frozen=True, eq=False)
class LineView:
    """How to draw the panels.

    Attributes:
        theme: Light or dark surroundings.
        compact: For screens narrower than about 640 pixels.
        x_title: What the x axis is.
        x_ticks: Where something stands below it, and what.
        mark: A place on the x axis with a line, or None.
    """

    theme: Theme = LIGHT
    compact: bool = False
    x_title: str = ""
    x_ticks: tuple[tuple[float, str], ...] = ()
    mark: float | None = None


@dataclass(frozen=True)
class _Box:
    """A panel's place in pixels, and the values at its upper and lower edge."""

    top: float
    bottom: float
    low: float
    high: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.bottom + share * (self.top - self.bottom)


def line_panels(panels: Sequence[LinePanel], view: LineView) -> go.Figure:
    """Draws the panels below each other, on one x axis.

    Marks: a colour and a dash for each line, the same in every panel; its name stands at its end.
    """
    width = _NARROW if view.compact else _WIDE
    room = 116.0 if view.compact else 236.0
    characters = 19 if view.compact else 38
    names = [[_wrapped(line.name, characters) for line in panel.lines] for panel in panels]
    tops, heights = [0.0], []
    for lines in names:
        needed = sum(len(name) * _LETTER + 3 for name in lines)
        heights.append(max(_LEAST_HEIGHT, needed))
        tops.append(tops[-1] + _TITLE + heights[-1] + _BOTTOM)
    boxes = [
        _Box(top + _TITLE, top + _TITLE + height, *_range(panel))
        for panel, top, height in zip(panels, tops[:-1], heights, strict=True)
    ]
    pixels = _across(panels, width, room)
    words: list[TextMark] = []
    traces: list[dict[str, Any]] = [_grid(boxes, panels, pixels, view)]
    for at, (panel, box, lines) in enumerate(zip(panels, boxes, names, strict=True)):
        words += _panel_words(panel, box, pixels, view)
        words += _names(panel, box, lines, pixels.at(pixels.last) + 8, view)
        traces += [_trace(line, at, view.theme) for line in panel.lines]
    words = [replace(word, x=pixels.value(word.x)) for word in words]
    total = tops[-1]
    layout: dict[str, Any] = {
        "height": round(total),
        "hovermode": "closest",
        "xaxis": hidden_axis(pixels.value(0), pixels.value(width)) | {"anchor": "y"},
        "yaxis": hidden_axis(total, 0),
    }
    for at, box in enumerate(boxes):
        layout[f"yaxis{at + 2}"] = hidden_axis(box.low, box.high) | {
            "domain": [1 - box.bottom / total, 1 - box.top / total],
            "anchor": "x",
        }
    return figure(traces, layout, view.theme, words)


@dataclass(frozen=True)
class _Across:
    """The x axis: values and pixels."""

    first: float
    last: float
    left: float
    right: float

    def at(self, value: float) -> float:
        share = (value - self.first) / (self.last - self.first)
        return self.left + share * (self.right - self.left)

    def value(self, pixel: float) -> float:
        share = (pixel - self.left) / (self.right - self.left)
        return self.first + share * (self.last - self.first)


def _across(panels: Sequence[LinePanel], width: float, room: float) -> _Across:
    xs = np.concatenate([line.x for panel in panels for line in panel.lines])
    first, last = float(xs.min()), float(xs.max())
    if first == last:
        first, last = first - 0.5, last + 0.5
    return _Across(first, last, _LEFT, width - room)


def _range(panel: LinePanel) -> tuple[float, float]:
    """Returns the values at the lower and the upper edge."""
    if panel.share:
        return -0.04, 1.04
    values = np.concatenate([line.y for line in panel.lines])
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if panel.most is not None:
        high = max(min(high, panel.most), low)
    margin = 0.06 * (high - low) or max(abs(high) * 0.05, 0.05)
    # From zero where zero is near: a small change shall not look like a large one.
    low = 0.0 if 0 <= low < 0.5 * high else low - margin
    return low, high + margin


def _ticks(panel: LinePanel, box: _Box) -> list[tuple[float, str]]:
    if panel.share:
        return [(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")]
    step = 10.0 ** np.floor(np.log10((box.high - box.low) / 2))
    while (box.high - box.low) / step > 5:
        step *= 2 if (box.high - box.low) / step < 10 else 2.5
    first = np.ceil(box.low / step - 1e-9)
    found = [float((first + at) * step) for at in range(7)]
    return [(v, f"{v:.6g}".replace("-", "−")) for v in found if v <= box.high]


def _grid(
    boxes: Sequence[_Box], panels: Sequence[LinePanel], across: _Across, view: LineView
) -> dict[str, Any]:
    """Returns the thin lines behind the others, as one trace."""
    x: list[float | None] = []
    y: list[float | None] = []
    for box, panel in zip(boxes, panels, strict=True):
        for value, _ in _ticks(panel, box):
            x += [across.first, across.last, None]
            y += [box.at(value), box.at(value), None]
        if view.mark is not None:
            x += [view.mark, view.mark, None]
            y += [box.top, box.bottom, None]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "grid",
        "x": x,
        "y": y,
        "line": {"color": view.theme.grid, "width": 1},
        "hoverinfo": "skip",
    }


def _panel_words(panel: LinePanel, box: _Box, across: _Across, view: LineView) -> list[TextMark]:
    mark = TextMark("", 0, 0, 11, view.theme.muted)
    words = [replace(mark, text=f"<b>{panel.title}</b>", size=12, y=box.top - 16)]
    words[0] = replace(words[0], colour=view.theme.text)
    for value, text in _ticks(panel, box):
        words.append(replace(mark, text=text, x=_LEFT - 6, y=box.at(value), align="right"))
    for value, text in view.x_ticks:
        place = across.at(value)
        words.append(replace(mark, text=text, x=place, y=box.bottom + 10, align="center"))
    title = replace(mark, text=view.x_title, x=across.right + 8, y=box.bottom + 10)
    return [*words, title]


def _wrapped(name: str, characters: int) -> list[str]:
    return wrapped(name, characters, 4) or [""]


def _names(
    panel: LinePanel, box: _Box, names: Sequence[list[str]], x: float, view: LineView
) -> list[TextMark]:
    """Returns the names beside the ends of the lines, moved apart where they would touch."""
    ends = [box.at(_end(line, box)) for line in panel.lines]
    order = np.argsort(ends, kind="stable")
    tall = [len(names[at]) * _LETTER + 3 for at in order]
    places = _apart([ends[at] for at in order], tall, box.top - 4, box.bottom + 4)
    words = []
    for at, place in zip(order, places, strict=True):
        colour = view.theme.series[panel.lines[at].colour % MOST_LINES]
        text = "<br>".join(names[at])
        words.append(TextMark(text, x, place, 11 if view.compact else 12, colour))
    return words


def _end(line: CurveLine, box: _Box) -> float:
    finite = line.y[np.isfinite(line.y)]
    return min(max(float(finite[-1]), box.low), box.high) if finite.size else box.low


def _apart(
    middles: Sequence[float], tall: Sequence[float], top: float, bottom: float
) -> list[float]:
    """Returns places for boxes of these heights, from top to bottom, that do not touch."""
    starts: list[float] = []
    edge = top
    for middle, height in zip(middles, tall, strict=True):
        starts.append(max(middle - height / 2, edge))
        edge = starts[-1] + height
    edge = bottom
    for at in range(len(starts) - 1, -1, -1):
        starts[at] = min(starts[at], edge - tall[at])
        edge = starts[at]
    return [start + height / 2 for start, height in zip(starts, tall, strict=True)]


def _trace(line: CurveLine, panel: int, theme: Theme) -> dict[str, Any]:
    few = len(line.x) <= 16
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers" if few else "lines",
        "name": "line",
        "x": line.x,
        "y": line.y,
        "yaxis": f"y{panel + 2}",
        "line": {
            "color": theme.series[line.colour % MOST_LINES],
            "dash": _DASHES[line.colour % MOST_LINES],
            "width": 2,
        },
        "marker": {"size": 5},
    }
    if line.hover:
        return trace | {"text": list(line.hover), "hoverinfo": "text"}
    return trace | {"hovertemplate": "step %{x}: %{y:.4g}<extra></extra>"}
