"""A figure from plain dictionaries: the quick way, with the same look everywhere."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from inspector.views.palette import FONT_FAMILY, TRANSPARENT, Theme

_NO_TEMPLATE = go.layout.Template()


def figure(
    traces: Sequence[dict[str, Any]], layout: dict[str, Any], theme: Theme
) -> go.Figure:
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
    return go.Figure({"data": list(traces), "layout": base | layout})


def text_mark(
    text: str,
    *,
    x: float,
    y: float,
    size: float,
    colour: str,
    align: str = "left",
    valign: str = "middle",
    shift: float = 0,
    rise: float = 0,
    paper: bool = False,
) -> dict[str, Any]:
    """Returns a text at `x` (a share of the width) and `y` (data, or a share of the height)."""
    return {
        "text": text,
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper" if paper else "y",
        "xanchor": align,
        "yanchor": valign,
        "align": align,
        "xshift": shift,
        "yshift": rise,
        "showarrow": False,
        "font": {"size": size, "color": colour},
    }


def message(text: str, theme: Theme) -> go.Figure:
    """Returns a figure that says why there is nothing to draw."""
    hidden = {"visible": False, "fixedrange": True, "range": [0, 1]}
    mark = text_mark(text, x=0, y=0.5, size=13, colour=theme.muted, paper=True)
    layout = {
        "height": 64,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "xaxis": hidden,
        "yaxis": hidden,
        "annotations": [mark],
    }
    return figure([], layout, theme)
