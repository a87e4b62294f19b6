"""A figure from plain dictionaries: the quick way, with the same look everywhere.

What costs time in the browser is not cells, which are one image, but everything that stands there
as an element of its own. Measured with plotly.js of plotly 7.1 in headless Chromium, milliseconds
for each: an annotation 0.9, a tick of an axis 0.4, a colour bar 4, a point of a text trace 0.1.
Therefore all words of a figure, ticks too, are points of one text trace, on axes that reach over
the whole figure.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inspector.core.arrays import AnyArray
from inspector.core.tables import FIGURE_CELLS
from inspector.views.palette import FONT_FAMILY, TRANSPARENT, Theme

LISTED_NUMBERS = 4_096
"""Arrays of at most so many numbers go to the browser as lists; see `_listed`."""

WORDS = "words"
"""Name of the trace with the words that stand around the cells."""

_BESIDE = {"left": "right", "center": "center", "right": "left"}
_ABOVE = {"top": "bottom", "middle": "middle", "bottom": "top"}


@dataclass(frozen=True)
class TextMark:
    """A text on a figure.

    Attributes:
        text: What it says, escaped; Plotly's tags are allowed.
        x: Where, on the x axis.
        y: Where, on the y axis.
        size: Height of the letters in pixels.
        colour: Colour of the letters.
        align: `left`, `center` or `right` edge at x.
        valign: `top`, `middle` or `bottom` edge at y.
    """

    text: str
    x: float
    y: float
    size: float
    colour: str
    align: str = "left"
    valign: str = "middle"


@dataclass(frozen=True)
class Across:
    """The x axis of a figure: over its whole width, with the cells of a table on a part of it.

    The cell of column k reaches from k - 0.5 to k + 0.5.

    Attributes:
        start: Left end of the cells, as a share of the width.
        end: Right end of the cells, as a share of the width.
        columns: Number of columns.
    """

    start: float
    end: float
    columns: float

    def at(self, share: float) -> float:
        """Returns the place on the axis of a share of the width."""
        return (share - self.start) * self.columns / (self.end - self.start) - 0.5

    def axis(self) -> dict[str, Any]:
        """Returns the axis for the layout."""
        return hidden_axis(self.at(0), self.at(1))


def hidden_axis(first: float, last: float) -> dict[str, Any]:
    """Returns an axis that shows nothing of its own and cannot be dragged."""
    return {"visible": False, "fixedrange": True, "range": [first, last]}


class DrawnFigure(go.Figure):
    """A figure whose contents are handed on as they are.

    Plotly copies every number of a figure when it is made, again when it is sent, and looks at
    each once more for arrays to pack. Nobody changes ours after they are made. Measured with
    plotly 7.1: making and sending the three figures of 12 layers at 32 x 128 takes 21 milliseconds
    of processor time, and 54 with the copies.
    """

    def to_dict(self) -> dict[str, Any]:
        """Returns the figure as dictionaries, which must not be changed."""
        # The browser takes two copies of a template for a change of everything.
        layout = {name: value for name, value in self._layout.items() if name != "template"}
        return {"data": [_packed(trace) for trace in self._data], "layout": layout}


class _Shared(list[Any]):
    """A list of which a copy is the list itself."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Shared":
        return self


def figure(
    traces: Sequence[dict[str, Any]],
    layout: dict[str, Any],
    theme: Theme,
    words: Sequence[TextMark] = (),
) -> go.Figure:
    """Returns a figure with our font, no template, no margins and a transparent background."""
    drawn = [_listed(trace) for trace in traces]
    if words:
        drawn.append(_listed(text_trace(words, WORDS)))
    base = {
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "font": {"family": FONT_FAMILY, "size": 13, "color": theme.text},
        "showlegend": False,
        "dragmode": False,
        "autosize": True,
        "hoverlabel": {
            "bgcolor": theme.well,
            "bordercolor": theme.grid,
            "align": "left",
            "font": {"family": FONT_FAMILY, "size": 12, "color": theme.text},
        },
    }
    # Validating is most of what a figure costs, on every edit; the tests draw each kind of figure
    # once more with validation.
    # An empty template, which `to_dict` leaves out: Plotly puts its own where there is none.
    return DrawnFigure(data=drawn, layout=base | layout | {"template": {}}, _validate=False)


def text_trace(marks: Sequence[TextMark], name: str) -> dict[str, Any]:
    """Returns texts as the points of one trace."""
    return {
        "type": "scatter",
        "mode": "text",
        "name": name,
        "x": np.array([mark.x for mark in marks]),
        "y": np.array([mark.y for mark in marks]),
        "text": [mark.text for mark in marks],
        "textposition": [f"{_ABOVE[m.valign]} {_BESIDE[m.align]}" for m in marks],
        "textfont": {
            "size": [mark.size for mark in marks],
            "color": [mark.colour for mark in marks],
            "family": FONT_FAMILY,
        },
        "hoverinfo": "skip",
    }


def line_trace(at: tuple[float, float], to: tuple[float, float], line: Any) -> dict[str, Any]:
    """Returns a straight line from one point (x, y) to another."""
    ends = {"x": [at[0], to[0]], "y": [at[1], to[1]]}
    return {"type": "scatter", "mode": "lines", "name": "line", "hoverinfo": "skip"} | ends | line


def message(text: str, theme: Theme) -> go.Figure:
    """Returns a figure that says why there is nothing to draw."""
    layout = {"height": 64, "xaxis": hidden_axis(0, 1), "yaxis": hidden_axis(0, 1)}
    return figure([], layout, theme, [TextMark(text, 0, 0.5, 13, theme.muted)])


def tick_step(cell: float, room: float = 28) -> int:
    """Returns every how many cells of `cell` pixels a number fits that needs `room` pixels."""
    needed = max(1.0, room / cell)
    for step in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500):
        if step >= needed:
            return step
    return 1000


def _listed(trace: dict[str, Any]) -> dict[str, Any]:
    """Returns a trace with lists in place of arrays, unless they are long.

    A packed array counts as changed in the second copy of a chart, so that everything is drawn
    twice; a list does not. Long lists of fractions cost more to send than they save.
    """
    listed = {}
    for name, value in trace.items():
        if isinstance(value, np.ndarray):
            most = FIGURE_CELLS if value.dtype.kind in "iub" else LISTED_NUMBERS
            listed[name] = _Shared(value.tolist()) if value.size <= most else value
        else:
            listed[name] = _shared(value)
    return listed


def _shared(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shared(inner) for name, inner in value.items()}
    return _Shared(value) if isinstance(value, list) else value


def _packed(trace: dict[str, Any]) -> dict[str, Any]:
    """Returns a trace with its arrays as plotly.js unpacks them, the rest as it is."""
    return {
        name: _packed_array(value) if isinstance(value, np.ndarray) else value
        for name, value in trace.items()
    }


def _packed_array(array: AnyArray) -> dict[str, str]:
    """Returns a long array of numbers in the form that Plotly sends and plotly.js unpacks."""
    numbers = np.ascontiguousarray(array, dtype="<f8")
    shape = ", ".join(map(str, numbers.shape))
    return {"dtype": "f8", "bdata": b64encode(numbers.tobytes()).decode("ascii"), "shape": shape}
