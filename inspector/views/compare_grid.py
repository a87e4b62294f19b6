"""The heatmap of strategies x numbers, each column on a scale of its own."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inspector.core.arrays import FloatArray
from inspector.core.comparison import Comparison, StrategyResult
from inspector.views.compare_words import COLUMNS, NOTHING_TO_DRAW, FigureColumn, short, value_text
from inspector.views.figures import Across, TextMark, figure, hidden_axis, line_trace, message
from inspector.views.palette import LIGHT, Theme, size_colour, size_scale, text_on
from inspector.views.tokens import escaped, wrapped

_WIDE, _NARROW = 760, 340
_HEAD = 40.0
_ROW = 32.0


@dataclass(frozen=True)
class GridView:
    """How to draw the heatmap.

    Attributes:
        theme: Light or dark surroundings.
        compact: For screens narrower than about 640 pixels: three columns side by side.
        baseline: Key of the pinned strategy; empty for the comparison's own.
        differences: The cells show differences from the baseline.
    """

    theme: Theme = LIGHT
    compact: bool = False
    baseline: str = ""
    differences: bool = False

    def pinned(self, comparison: Comparison) -> str:
        """Returns the key of the baseline."""
        return self.baseline or comparison.baseline


def grid(comparison: Comparison, view: GridView | None = None) -> go.Figure:
    """Draws a row for each strategy that can be applied, a column for each number.

    Marks: the number stands in its cell, a dash where there is none. The colour of a cell runs
    from zero (the page) to the largest of its column; where differences are shown, purple is more
    than the baseline, green is less, `=` is the same. A bar stands at the name of the baseline.
    On narrow screens the columns stand in three groups below each other.
    """
    view = view or GridView()
    results = comparison.applicable
    if not results:
        return message(NOTHING_TO_DRAW, view.theme)
    numbers = shown_numbers(comparison, view)
    blocks = np.array_split(np.arange(len(COLUMNS)), 3 if view.compact else 1)
    pitch = len(results) + (_HEAD + 8) / _ROW
    columns = max(len(block) for block in blocks)
    across = Across(*_span(view.compact), columns)
    traces: list[dict[str, Any]] = []
    words: list[TextMark] = []
    for at, block in enumerate(blocks):
        top = at * pitch + _HEAD / _ROW
        cells = scaled(numbers[:, block], view.differences)
        traces.append(_heatmap(cells, top, block, numbers, (comparison, view)))
        words += _texts(numbers[:, block], cells, top, [COLUMNS[c] for c in block], view)
        words += _names(results, across, top, view)
        traces += _pin(results, across, top, view.pinned(comparison), view.theme)
    last = len(blocks) * pitch
    layout = {
        "height": round(last * _ROW),
        "xaxis": across.axis(),
        "yaxis": hidden_axis(last - 0.5, -0.5),
    }
    return figure(traces, layout, view.theme, words)


def shown_numbers(comparison: Comparison, view: GridView) -> FloatArray:
    """Returns (strategies that can be applied, columns); NaN where there is no number."""
    table = []
    for column in COLUMNS:
        differences = comparison.differences(column.name, view.pinned(comparison))
        values = [
            differences.get(result.key) if view.differences else getattr(result, column.name)
            for result in comparison.applicable
        ]
        table.append([np.nan if value is None else value for value in values])
    return np.array(table, np.float64).T


def scaled(numbers: FloatArray, signed: bool) -> FloatArray:
    """Returns each column as shares of its largest size: 0 to 1, or -1 to 1 where `signed`."""
    sizes = np.where(np.isfinite(numbers), np.abs(numbers), 0.0).max(axis=0)
    found = numbers / np.where(sizes > 0, sizes, 1.0)
    found = np.where(np.isinf(found), np.sign(found), found)
    return found if signed else np.where(np.isnan(found), np.nan, np.clip(found, -1.0, 1.0))


def _span(compact: bool) -> tuple[float, float]:
    width, left = (_NARROW, 118) if compact else (_WIDE, 196)
    return left / width, 1.0


def _heatmap(
    cells: FloatArray,
    top: float,
    block: Any,
    numbers: FloatArray,
    made: tuple[Comparison, GridView],
) -> dict[str, Any]:
    comparison, view = made
    results, rows = comparison.applicable, len(cells)
    hover = [
        [_said(result, COLUMNS[c], numbers[at, c], view) for c in block]
        for at, result in enumerate(results)
    ]
    return {
        "type": "heatmap",
        "name": "numbers",
        "x": np.arange(cells.shape[1] + 1) - 0.5,
        "y": np.arange(rows + 1) - 0.5 + top,
        "z": cells.astype(np.float32),
        "zmin": -1,
        "zmax": 1,
        "colorscale": size_scale(view.theme, True),
        "showscale": False,
        "hoverongaps": True,
        "hovertext": hover,
        "hoverinfo": "text",
        "xgap": 2,
        "ygap": 2,
    }


def _said(result: StrategyResult, column: FigureColumn, value: float, view: GridView) -> str:
    shown = value_text(
        column.name, None if np.isnan(value) else float(value), difference=view.differences
    )
    what = "difference from the baseline: " if view.differences else ""
    return (
        f"{escaped(short(result.strategy))}<br>{escaped(column.meaning.replace('`', ''))}"
        f"<br>{what}{shown}"
    )


def _texts(
    numbers: FloatArray,
    cells: FloatArray,
    top: float,
    columns: list[FigureColumn],
    view: GridView,
) -> list[TextMark]:
    mark = TextMark("", 0, 0, 12, view.theme.text, "center")
    small = replace(mark, size=11, colour=view.theme.muted, valign="bottom")
    words = []
    for at, column in enumerate(columns):
        head = "<br>".join(line for line in column.head if line)
        words.append(replace(small, text=head, x=at, y=top - 0.5 - 3 / _ROW))
    for row, at in np.ndindex(numbers.shape):
        value = float(numbers[row, at])
        missing = bool(np.isnan(value))
        text = value_text(columns[at].name, None if missing else value, difference=view.differences)
        ink = view.theme.muted
        if not missing:
            ink = text_on(size_colour(float(cells[row, at]), view.theme))
        words.append(replace(mark, text=text, x=at, y=top + row, colour=ink))
    return words


def _names(
    results: tuple[StrategyResult, ...], across: Across, top: float, view: GridView
) -> list[TextMark]:
    width = 18 if view.compact else 30
    beside = across.at(across.start - 8 / (_NARROW if view.compact else _WIDE))
    mark = TextMark("", beside, 0, 11 if view.compact else 12, view.theme.text, "right")
    words = []
    for at, result in enumerate(results):
        name = "<br>".join(wrapped(short(result.strategy), width, 2))
        words.append(replace(mark, text=name, y=top + at))
    return words


def _pin(
    results: tuple[StrategyResult, ...], across: Across, top: float, pinned: str, theme: Theme
) -> list[dict[str, Any]]:
    """Returns the bar between the baseline's name and its cells."""
    x = across.at(across.start) + 0.0
    return [
        line_trace(
            (x, top + at - 0.42), (x, top + at + 0.42), {"line": {"color": theme.text, "width": 4}}
        )
        | {"name": "baseline"}
        for at, result in enumerate(results)
        if result.key == pinned
    ]
