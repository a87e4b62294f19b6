"""The averages side by side, drawn to scale."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from inspector.core.ledger import Average, AverageName, LossLedger
from inspector.views import phrases
from inspector.views.figures import TextMark, figure, hidden_axis, line_trace, message
from inspector.views.numbers import number
from inspector.views.palette import LIGHT, Theme, blend
from inspector.views.tokens import wrapped

_PITCH = 62.0  # a name, a bar and a line of words
_LINE = 14.0
_BAR = 10.0
_CHARACTERS, _CHARACTERS_COMPACT = 104, 50

KERAS_LINE = "Keras value"
"""Name of the trace with the line at Keras's value."""


def averages_figure(
    ledger: LossLedger | None, theme: Theme = LIGHT, compact: bool = False
) -> go.Figure:
    """Draws Keras's value and the three averages as bars from zero, on one scale.

    Marks: the dark bar is Keras's value; so are the bars of the averages that it equals, which
    also carry the words "= Keras value"; the pale bars are averages that it does not equal. The
    dotted line stands at Keras's value. Under each bar stands the division that makes the number.
    "undefined" stands where there is no number, with the reason under it.
    """
    if ledger is None:
        return message(phrases.NO_LOSS, theme)
    averages = ledger.averages
    characters = _CHARACTERS_COMPACT if compact else _CHARACTERS
    divisions = [wrapped(phrases.division(a, ledger), characters, 3) for a in averages]
    tops = [0.0]
    for lines in divisions:
        tops.append(tops[-1] + _PITCH + _LINE * (len(lines) - 1))
    bars = [top + 27 for top in tops[:-1]]
    values = [_finite(average.value) for average in averages]
    low, high = min(0.0, *values), max(0.0, *values) or 1.0
    # The numbers stand in a column of their own, clear of the line.
    end = low + (high - low) / (0.75 if compact else 0.89)
    marks: list[TextMark] = []
    for average, top, lines in zip(averages, tops, divisions, strict=False):
        marks += _marks(average, top, lines, theme, (low, end))
    layout = {
        "height": round(tops[-1] + 4),
        "barmode": "overlay",
        "xaxis": hidden_axis(low, end),
        "yaxis": hidden_axis(tops[-1], -4),
    }
    traces = [_track(bars, low, high, theme), _bars(averages, bars, theme)]
    if averages[0].value is not None:
        traces.append(_keras_line(values[0], tops[-1], theme))
    return figure(traces, layout, theme, marks)


def averages_table(ledger: LossLedger | None) -> pd.DataFrame:
    """Returns a row per average: value, numerator, divisor, the division, equal to Keras's."""
    records = [] if ledger is None else [_record(a, ledger) for a in ledger.averages]
    columns = ["average", "value", "numerator", "divisor", "how", "equals Keras value"]
    return pd.DataFrame(records, columns=columns)


def averages_alt(ledger: LossLedger | None) -> str:
    """Returns one sentence with the finding, for readers who do not see the figure."""
    return phrases.NO_LOSS if ledger is None else f"Averages. {phrases.averages_sentence(ledger)}"


def _record(average: Average, ledger: LossLedger) -> dict[str, Any]:
    return {
        "average": phrases.AVERAGES[average.name],
        "value": average.value,
        "numerator": average.numerator,
        "divisor": average.divisor,
        "how": phrases.division(average, ledger),
        "equals Keras value": average.equals_keras,
    }


def _finite(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else 0.0


def _same(average: Average) -> bool:
    return average.name is AverageName.KERAS or average.equals_keras


def _bars(averages: Sequence[Average], at: list[float], theme: Theme) -> dict[str, Any]:
    strong = theme.sizes[-1] if theme.name == "light" else theme.sizes[-2]
    pale = blend(strong, theme.page, 0.55)
    return {
        "type": "bar",
        "orientation": "h",
        "name": "averages",
        "x": np.array([_finite(average.value) for average in averages]),
        "y": np.array(at),
        "width": _BAR,
        "marker": {
            "color": [strong if _same(average) else pale for average in averages],
            "line": {"width": 0},
        },
        "hovertext": [
            f"{phrases.AVERAGES[average.name]}: {number(average.value, 6)}" for average in averages
        ],
        "hoverinfo": "text",
        "textposition": "none",
    }


def _track(at: list[float], low: float, high: float, theme: Theme) -> dict[str, Any]:
    """Returns the pale ground behind the bars, from one end of the scale to the other."""
    return {
        "type": "bar",
        "orientation": "h",
        "name": "scale",
        "base": low,
        "x": np.full(len(at), high - low),
        "y": np.array(at),
        "width": _BAR,
        "marker": {"color": theme.well, "line": {"width": 0}},
        "hoverinfo": "skip",
    }


def _keras_line(value: float, height: float, theme: Theme) -> dict[str, Any]:
    style = {"name": KERAS_LINE, "line": {"color": theme.text, "width": 1, "dash": "dot"}}
    return line_trace((value, 20), (value, height - _PITCH + 34), style)


def _marks(
    average: Average, top: float, lines: list[str], theme: Theme, ends: tuple[float, float]
) -> list[TextMark]:
    equal = average.equals_keras and average.name is not AverageName.KERAS
    name = f"<b>{phrases.AVERAGES[average.name]}</b>"
    if equal:
        name += " &nbsp;= Keras value"
    value = f"<b>{number(average.value)}</b>" if _same(average) else number(average.value)
    return [
        TextMark(name, ends[0], top + 10, 13, theme.text),
        TextMark(value, ends[1], top + 27, 14, theme.text, align="right"),
        TextMark("<br>".join(lines), ends[0], top + 34, 11, theme.muted, valign="top"),
    ]
