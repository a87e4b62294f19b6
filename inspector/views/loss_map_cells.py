"""The cells of a loss map: heatmaps of values and margins, the grey of padding, texts on top."""

from dataclasses import replace
from typing import Any

import numpy as np

from inspector.core.arrays import FloatArray
from inspector.core.tables import MarginKind
from inspector.views import palette, phrases
from inspector.views.figures import TextMark, text_trace
from inspector.views.loss_map_layout import Edges, LossMapFrame
from inspector.views.loss_table import LossTable, Quantity
from inspector.views.numbers import NOT_A_NUMBER, number
from inspector.views.palette import Theme
from inspector.views.tokens import escaped, shown

Trace = dict[str, Any]


def value_heatmap(table: LossTable, sizes: LossMapFrame, theme: Theme) -> Trace:
    """Returns the cells of the table, coloured from zero."""
    trace = _heatmap(table.values, sizes.column_edges(), sizes.row_edges(), table, sizes, theme)
    trace["name"] = phrases.QUANTITIES[table.quantity.value]
    if not sizes.values:
        trace |= {"showscale": True, "colorbar": _colorbar(table, theme)}
    if sizes.values or sizes.tokens:
        # The grey lies below holes: under it, rounded edges of coloured cells would show.
        trace["z"] = np.where(table.padding, np.nan, table.values).astype(np.float32)
        trace |= {"hovertext": hover(table), "hoverinfo": "text", "hoverongaps": True}
    else:
        trace["hovertemplate"] = "row %{y}, timestep %{x}<br>%{z:.4g}<extra></extra>"
    return trace


def _colorbar(table: LossTable, theme: Theme) -> dict[str, Any]:
    """Returns the colour bar, for figures whose cells do not say their values."""
    least = 0 if table.signed else 1
    return {
        "orientation": "h",
        "thickness": 8,
        "lenmode": "pixels",
        "len": 150,
        "x": 1,
        "xanchor": "right",
        "xpad": 14,
        "yref": "container",
        "y": 1,
        "yanchor": "top",
        "ypad": 0,
        "outlinewidth": 0,
        "tickfont": {"size": 11, "color": theme.muted},
        # A hair inside the ends: Plotly leaves out a tick that rounding puts outside.
        "tickvals": [v * table.largest for v in (-0.999, 0, 0.999)][least:],
        "ticktext": [number(v, 3) for v in (-table.largest, 0.0, table.largest)][least:],
    }


def padding_heatmap(table: LossTable, sizes: LossMapFrame, theme: Theme) -> Trace:
    """Returns the grey that covers padding."""
    return {
        "type": "heatmap",
        "name": "padding",
        "x": sizes.column_edges(),
        "y": sizes.row_edges(),
        "z": table.padding.astype(np.uint8),
        "zmin": -0.5,
        "zmax": 1.5,
        "colorscale": palette.discrete_scale((palette.TRANSPARENT, theme.well)),
        "showscale": False,
        "hoverinfo": "skip",
        "xgap": sizes.gap,
        "ygap": sizes.gap,
    }


def margin_heatmaps(table: LossTable, sizes: LossMapFrame, theme: Theme) -> list[Trace]:
    """Returns the margins: at the right those of rows, below those of timesteps, and the total.

    Means share the colour scale of the cells; sums have one of their own.
    """
    sides, kind = table.margins, table.margins.kind.value
    below = np.stack([sides.timestep_valid, sides.timestep_all])[-sizes.bottom_rows :]
    traces = [
        _heatmap(below, sizes.column_edges(), sizes.margin_rows(), table, sizes, theme)
        | {
            "name": f"{kind} of each timestep",
            "hovertemplate": f"timestep %{{x}}<br>{kind} %{{z:.4g}}<extra></extra>",
        }
    ]
    if sizes.margin_width:
        right = np.stack([sides.row_valid, sides.row_all], axis=1)
        total = np.array([[sides.total_valid, np.nan], [np.nan, sides.total_all]])
        across = sizes.margin_columns()
        traces += [
            _heatmap(right, across, sizes.row_edges(), table, sizes, theme)
            | {
                "name": f"{kind} of each row",
                "hovertemplate": f"row %{{y}}<br>{kind} %{{z:.4g}}<extra></extra>",
            },
            _heatmap(total, across, sizes.margin_rows(), table, sizes, theme)
            | {"name": f"{kind} of all", "hovertemplate": f"{kind} %{{z:.4g}}<extra></extra>"},
        ]
    if table.margins.kind is MarginKind.SUM:
        for trace in traces:
            _own_scale(trace)
    return traces


def texts(table: LossTable, sizes: LossMapFrame, theme: Theme) -> list[Trace]:
    """Returns values and tokens as texts that can be read on the colour below them."""
    size = 10 if sizes.cell_width < 38 or sizes.compact else 12
    mark = TextMark("", 0, 0, size, theme.text, "center")
    marks = []
    if sizes.values or sizes.tokens:
        for row, column in np.ndindex(table.values.shape):
            colour, text = _cell_text(table, sizes, theme, row, column)
            marks.append(replace(mark, text=text, x=column, y=row, colour=colour))
    for trace in margin_heatmaps(table, sizes, theme):
        marks += _margin_texts(trace, sizes, theme, mark)
    return [text_trace(marks, "values")] if marks else []


def hover(table: LossTable) -> list[list[str]]:
    """Returns what a cell says when pointed at, with the reason where it has no value."""
    said = []
    name = phrases.QUANTITIES[table.quantity.value]
    for row in range(table.values.shape[0]):
        said.append([_said(table, name, row, column) for column in range(table.values.shape[1])])
    return said


def _said(table: LossTable, name: str, row: int, column: int) -> str:
    value = float(table.values[row, column])
    where = f"row {table.numbers[row]}"
    if not table.sequence:
        where += f", timestep {column}"
    if table.tokens is not None:
        where += f", token {escaped(shown(table.tokens[row][column]))}"
    if np.isnan(value):
        weight = table.quantity is Quantity.WEIGHT
        reason = phrases.UNMEASURED_WEIGHT if weight else phrases.UNDEFINED_TIMESTEP
        text = f"{where}<br>{name}: – ({reason})"
    else:
        text = f"{where}<br>{name}: {number(value)}"
    if table.padding[row, column]:
        text += "<br>padding"
    if table.odd is not None and table.odd[row, column]:
        text += "<br>! " + phrases.odd(bool(table.padding[row, column]))
    return text


def _heatmap(
    values: FloatArray, x: Edges, y: Edges, table: LossTable, sizes: LossMapFrame, theme: Theme
) -> Trace:
    largest = table.largest or 1.0
    return {
        "type": "heatmap",
        "x": x,
        "y": y,
        "z": values.astype(np.float32),
        "zmin": -largest if table.signed else 0,
        "zmax": largest,
        "colorscale": palette.size_scale(theme, table.signed),
        "showscale": False,
        "hoverongaps": False,
        "xgap": sizes.gap,
        "ygap": sizes.gap,
    }


def _own_scale(trace: Trace) -> None:
    finite = np.abs(trace["z"][np.isfinite(trace["z"])])
    largest = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    trace["zmax"] = largest
    trace["zmin"] = -largest if trace["zmin"] < 0 else 0


def _cell_text(
    table: LossTable, sizes: LossMapFrame, theme: Theme, row: int, column: int
) -> tuple[str, str]:
    """Returns the colour and the text of one cell; padding stands in brackets."""
    value, padding = float(table.values[row, column]), bool(table.padding[row, column])
    odd = table.odd is not None and bool(table.odd[row, column])
    token = ""
    if sizes.tokens and table.tokens is not None:
        token = escaped(shown(table.tokens[row][column], max(1, int(sizes.cell_width / 8))))
    digits = 2 if padding and sizes.cell_width < 40 else 3
    said = number(value, digits) if sizes.values else token
    said = f"({said})" if padding else said
    said = f"<b>{said}{'' if sizes.compact else ' '}!</b>" if odd else said
    text = f"{token}<br>{said}" if sizes.values and token else said
    if padding or np.isnan(value):
        return theme.text if odd or np.isnan(value) else theme.muted, text
    return _ink(value / (table.largest or 1.0), theme), text


def _margin_texts(
    trace: Trace, sizes: LossMapFrame, theme: Theme, mark: TextMark
) -> list[TextMark]:
    x = (trace["x"][:-1] + trace["x"][1:]) / 2
    y = (trace["y"][:-1] + trace["y"][1:]) / 2
    wide = min(sizes.cell_width if len(x) == sizes.columns else 99.0, 99.0) >= 29
    tall = (sizes.row_height if len(y) == sizes.rows and len(x) == 2 else 99.0) >= 13
    if not (wide and tall) or trace["z"].size > 400:
        return []
    marks = []
    total = trace["name"].endswith("of all")
    for row, column in np.ndindex(trace["z"].shape):
        value = float(trace["z"][row, column])
        if np.isnan(value) and total and row != column:
            continue
        colour = theme.muted if np.isnan(value) else _ink(value / trace["zmax"], theme)
        text = NOT_A_NUMBER if np.isnan(value) else number(value, 3)
        text = f"<b>{text}</b>" if total else text
        at, height = float(x[column]), float(y[row])
        marks.append(replace(mark, text=text, x=at, y=height, colour=colour))
    return marks


def _ink(share: float, theme: Theme) -> str:
    return palette.text_on(palette.size_colour(share, theme))
