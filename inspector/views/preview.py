"""A batch from a file before it is inspected: how long its rows are, and the first of them."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from inspector.core.arrays import AnyArray
from inspector.core.text.preview import Preview
from inspector.views.figures import figure
from inspector.views.numbers import amount, share
from inspector.views.palette import KEPT, LIGHT, Theme
from inspector.views.tokens import clip, in_cell, shown

_BARS = 40
_HEIGHT = 150


def lengths_figure(preview: Preview, theme: Theme = LIGHT) -> go.Figure:
    """Draws how many rows have so many real timesteps: a bar for each length or a few of them."""
    edges, counts = _binned(preview.lengths)
    labels = [
        str(low) if high - low == 1 else f"{low} to {high - 1}"
        for low, high in zip(edges[:-1], edges[1:], strict=True)
    ]
    bars = {
        "type": "bar",
        "x": list(range(len(counts))),
        "y": [int(count) for count in counts],
        "marker": {"color": KEPT},
        "hovertext": [
            f"{label} real timesteps: {amount(int(count), 'row')}"
            for label, count in zip(labels, counts, strict=True)
        ],
        "hoverinfo": "text",
    }
    return figure([bars], _layout(labels, theme), theme)


def lengths_alt(preview: Preview) -> str:
    """Returns what the figure says, for readers who do not see it."""
    there = np.flatnonzero(preview.lengths)
    middle = int(np.searchsorted(np.cumsum(preview.lengths), preview.rows / 2))
    return (
        f"Lengths of {amount(preview.rows, 'row')}: from {there[0]:,} to {there[-1]:,} real "
        f"timesteps, half of them at most {middle:,}."
    )


def size_sentence(preview: Preview) -> str:
    """Returns how large the batch is, and how much of it is padding."""
    shapes = ", ".join(f"`{name[:40]}` {shape}" for name, shape in preview.shapes)
    return (
        f"{amount(preview.rows, 'row')} of {amount(preview.timesteps, 'timestep')}, "
        f"{share(preview.padding)} of it padding. Arrays: {shapes}."
    )


def first_rows_table(preview: Preview) -> pd.DataFrame:
    """Returns the first rows: number, real timesteps, input and target."""
    return pd.DataFrame(
        {
            "row": range(len(preview.first)),
            "real": [length for length, _, _ in preview.first],
            "input": [in_cell(_visible(text)) for _, text, _ in preview.first],
            "target": [in_cell(_visible(text)) for _, _, text in preview.first],
        }
    )


def _layout(labels: list[str], theme: Theme) -> dict[str, Any]:
    step = max(1, -(-len(labels) // 6))
    quiet = {"zeroline": False, "fixedrange": True, "ticks": "", "gridcolor": theme.grid}
    small = {"size": 11, "color": theme.muted}
    return {
        "height": _HEIGHT,
        "bargap": 0.15,
        "margin": {"l": 44, "r": 4, "t": 22, "b": 34},
        "xaxis": quiet
        | {
            "showgrid": False,
            "tickvals": list(range(0, len(labels), step)),
            "ticktext": labels[::step],
            "tickfont": small,
            "title": {"text": "real timesteps in a row", "font": small, "standoff": 4},
        },
        "yaxis": quiet | {"rangemode": "tozero", "nticks": 4, "tickfont": small},
        "annotations": [
            {
                "text": "rows",
                "xref": "paper",
                "yref": "paper",
                "x": 0,
                "y": 1,
                "xanchor": "right",
                "yanchor": "bottom",
                "xshift": -6,
                "showarrow": False,
                "font": small,
            }
        ],
    }


def _visible(text: str) -> str:
    return clip(shown(text, 200).replace("␣", " "), 200) if text else ""


def _binned(lengths: AnyArray) -> tuple[list[int], list[int]]:
    """Joins neighbouring lengths, so that there are at most some forty bars."""
    size = -(-len(lengths) // _BARS)
    starts = np.arange(0, len(lengths), size)
    edges = [*(int(start) for start in starts), int(starts[-1]) + size]
    return edges, [int(count) for count in np.add.reduceat(lengths, starts)]
