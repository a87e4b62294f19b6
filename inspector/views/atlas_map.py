"""The layer atlas as a heatmap: a line for each layer, a column for each property."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from inspector.core.atlas import Answer, AtlasRow, Fate
from inspector.views.atlas_words import COLUMNS, SHORT_COLUMNS, cell, meaning, sentence, warning
from inspector.views.figures import figure, message
from inspector.views.numbers import amount
from inspector.views.palette import KEPT, LIGHT, MASKED, Theme, blend, discrete_scale

LINE, TOP = 24, 30
NOTHING = "No layer is like that."


class Tone(int, Enum):
    """What a cell wants of the reader."""

    QUIET = 0
    RIGHT = 1
    LOOK = 2


_FATES = {
    Fate.MAKES: Tone.RIGHT,
    Fate.HANDS_ON: Tone.RIGHT,
    Fate.USES_UP: Tone.RIGHT,
    Fate.MAKES_NONE: Tone.QUIET,
    Fate.HANDS_ON_WRONG: Tone.LOOK,
    Fate.LOSES: Tone.LOOK,
    Fate.RAISES: Tone.LOOK,
}
_ANSWERS = {Answer.YES: Tone.LOOK, Answer.NO: Tone.RIGHT}
_WARNINGS = {"false": Tone.LOOK, "missing": Tone.LOOK}


@dataclass(frozen=True)
class AtlasMapView:
    """How the map is drawn.

    Attributes:
        theme: Colours of the page.
        compact: For a narrow window: each layer's name stands above its cells.
    """

    theme: Theme = LIGHT
    compact: bool = False


def tone(row: AtlasRow, column: str) -> Tone:
    """Returns what a cell of the atlas wants of the reader."""
    if column == "fate":
        return _FATES[row.fate]
    if column == "warning":
        return _WARNINGS.get(warning(row), Tone.QUIET)
    return _ANSWERS.get(getattr(row, column), Tone.QUIET)


def atlas_map(rows: Sequence[AtlasRow], view: AtlasMapView | None = None) -> go.Figure:
    """Draws a line of cells for each layer; the columns are what was measured.

    Marks: each cell says its finding in a word. Orange wants a look (the mask is lost or wrong,
    the warning is false or missing, padding leaks), blue is right, grey says nothing.
    """
    view = view or AtlasMapView()
    if not rows:
        return message(NOTHING, view.theme)
    columns = list(SHORT_COLUMNS)
    # In a narrow window every second line is empty: a name stands there.
    step = 2 if view.compact else 1
    shape = (len(rows) * step, len(columns))
    tones = np.full(shape, np.nan, np.float32)
    words, hover = np.full(shape, "", object), np.full(shape, "", object)
    for at, row in enumerate(rows):
        place = at * step + step - 1
        tones[place] = [tone(row, column).value for column in columns]
        words[place] = [cell(row, column) for column in columns]
        hover[place] = [_hover(row, column) for column in columns]
    traces = [_heatmap(tones, words, hover, view)]
    if view.compact:
        traces.append(_names(rows, step))
    return figure(traces, _layout(rows, step, view), view.theme)


def _hover(row: AtlasRow, column: str) -> str:
    title = COLUMNS[column].strip()
    return f"<b>{escape(row.name)}</b><br>{title}: {cell(row, column) or 'none'}<br>" + _wrapped(
        meaning(row, column)
    )


def _wrapped(text: str, width: int = 60) -> str:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    return "<br>".join(escape(line.strip()) for line in lines)


def _heatmap(
    tones: np.ndarray, words: np.ndarray, hover: np.ndarray, view: AtlasMapView
) -> dict[str, Any]:
    theme = view.theme
    colours = (theme.well, blend(KEPT, theme.page, 0.28), blend(MASKED, theme.page, 0.38))
    return {
        "type": "heatmap",
        "z": tones,
        "zmin": -0.5,
        "zmax": 2.5,
        "colorscale": discrete_scale(colours),
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "text": words,
        "texttemplate": "%{text}",
        "textfont": {"size": 11 if view.compact else 12, "color": theme.text},
        "customdata": hover,
        "hovertemplate": "%{customdata}<extra></extra>",
        "hoverongaps": False,
    }


def _names(rows: Sequence[AtlasRow], step: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "text",
        "x": np.full(len(rows), -0.5, np.float32),
        "y": np.arange(len(rows)) * step,
        "text": [escape(row.name) for row in rows],
        "textposition": "middle right",
        "textfont": {"size": 12},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _layout(rows: Sequence[AtlasRow], step: int, view: AtlasMapView) -> dict[str, Any]:
    names = [escape(row.name) for row in rows]
    columns = list((SHORT_COLUMNS if view.compact else _HEADINGS).values())
    count = len(rows) * step
    fixed = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""}
    y_axis = {
        **fixed,
        "range": [count - 0.5, -0.5],
        "tickmode": "array",
        "tickvals": list(range(count)),
        "ticktext": names,
        "tickfont": {"size": 12},
        "showticklabels": not view.compact,
        "automargin": not view.compact,
    }
    x_axis = {
        **fixed,
        "range": [-0.5, len(columns) - 0.5],
        "side": "top",
        "tickmode": "array",
        "tickvals": list(range(len(columns))),
        "ticktext": columns,
        "tickfont": {"size": 11 if view.compact else 12, "color": view.theme.muted},
        "tickangle": 0,
    }
    return {
        "height": TOP + 6 + count * LINE,
        "margin": {"l": 2 if view.compact else 20, "r": 2, "t": TOP, "b": 6},
        "xaxis": x_axis,
        "yaxis": y_axis,
    }


_HEADINGS = {
    "fate": "the mask",
    "warning": "Keras’s warning",
    "by_content": "other padding",
    "by_content_training": "… in training",
    "by_amount": "more padding",
    "by_amount_training": "… in training",
}


def atlas_finding(rows: Sequence[AtlasRow]) -> str:
    """Returns in how many lines something needs a look, one sentence."""
    lost = sum(row.fate in (Fate.LOSES, Fate.HANDS_ON_WRONG) for row in rows)
    leaking = sum(row.leaks for row in rows)
    return (
        f"{amount(len(rows), 'line')}: {lost:,} lose it or hand on a wrong one, "
        f"in {leaking:,} padding leaks."
    )


def atlas_map_alt(rows: Sequence[AtlasRow], version: str) -> str:
    """Returns the finding in words, for readers who do not see the figure."""
    return f"Heatmap of what layers of Keras {version} do to a mask, {atlas_finding(rows)}"


def atlas_table(rows: Sequence[AtlasRow]) -> pd.DataFrame:
    """Returns a row for each line of the map, with the code and a sentence."""
    records = [
        {
            "layer": row.name,
            "code": row.code,
            **{title: cell(row, column) for column, title in COLUMNS.items()},
            "in words": sentence(row),
        }
        for row in rows
    ]
    return pd.DataFrame(records, columns=["layer", "code", *COLUMNS.values(), "in words"])
