"""A figure from plain dictionaries: the quick way, with the same look everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from inspector.views.palette import FONT_FAMILY, TRANSPARENT, Theme

_NO_TEMPLATE = go.layout.Template()


def figure(traces: Sequence[dict[str, Any]], layout: dict[str, Any], theme: Theme) -> go.Figure:
    """Returns a figure with our font, no template and a transparent background."""
    base = {
        "template": _NO_TEMPLATE,
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
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
    return go.Figure(data=list(traces), layout=base | layout, _validate=False)


@dataclass(frozen=True)
class TextMark:
    """A text on a figure.

    Attributes:
        text: What it says, escaped; Plotly's tags are allowed.
        x: Where, as a share of the width.
        y: Where, on the y axis, or as a share of the height where `paper`.
        size: Height of the letters in pixels.
        colour: Colour of the letters.
        align: `left`, `center` or `right` edge at x.
        valign: `top`, `middle` or `bottom` edge at y.
        shift: Pixels to the right.
        rise: Pixels up.
        paper: y is a share of the height.
    """

    text: str
    x: float
    y: float
    size: float
    colour: str
    align: str = "left"
    valign: str = "middle"
    shift: float = 0
    rise: float = 0
    paper: bool = False

    def annotation(self) -> dict[str, Any]:
        """Returns the text as an annotation of a Plotly layout."""
        return {
            "text": self.text,
            "x": self.x,
            "y": self.y,
            "xref": "paper",
            "yref": "paper" if self.paper else "y",
            "xanchor": self.align,
            "yanchor": self.valign,
            "align": self.align,
            "xshift": self.shift,
            "yshift": self.rise,
            "showarrow": False,
            "borderpad": 0,
            "borderwidth": 0,
            "font": {"size": self.size, "color": self.colour},
        }


def message(text: str, theme: Theme) -> go.Figure:
    """Returns a figure that says why there is nothing to draw."""
    hidden = {"visible": False, "fixedrange": True, "range": [0, 1]}
    mark = TextMark(text, x=0, y=0.5, size=13, colour=theme.muted, paper=True)
    layout = {
        "height": 64,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "xaxis": hidden,
        "yaxis": hidden,
        "annotations": [mark.annotation()],
    }
    return figure([], layout, theme)


def tick_step(cell: float, room: float = 28) -> int:
    """Returns every how many cells of `cell` pixels a number fits that needs `room` pixels."""
    needed = max(1.0, room / cell)
    for step in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500):
        if step >= needed:
            return step
    return 1000
