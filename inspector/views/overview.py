"""All rows of a large batch at once: what each mask keeps, and the mean loss, by timestep."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from inspector.core.arrays import AnyArray, FloatArray
from inspector.core.paging import Overview, StepShare
from inspector.views.figures import figure
from inspector.views.numbers import amount, number, share
from inspector.views.palette import KEPT, LIGHT, MASKED, NO_MASK, Theme
from inspector.views.tokens import in_cell, label

_ROW, _TOP, _LOSS = 24, 24, 120
_LABEL = 20


def overview_figure(overview: Overview, theme: Theme = LIGHT, compact: bool = False) -> go.Figure:
    """Draws a row for each call, from the input to the loss, and a column for each timestep.

    Marks: the colour of a cell is the share of all rows for which the mask keeps that timestep,
    from orange (none) over white to blue (all); grey is no mask. Below it, lines show the mean loss
    of each timestep: over the rows for which it is real (blue), and over all rows (orange, dotted).
    """
    steps = overview.steps
    columns = max((len(step.kept) for step in steps if step.kept is not None), default=1)
    table = np.full((len(steps), columns), np.nan, np.float32)
    for at, step in enumerate(steps):
        if step.kept is not None:
            table[at, : len(step.kept)] = step.kept
    traces = [*_cells(table, theme), *_lines(overview)]
    return figure(traces, _layout(overview, theme, compact), theme)


def _cells(table: AnyArray, theme: Theme) -> list[dict[str, Any]]:
    """The shares, and below them grey where there is no mask."""
    base: dict[str, Any] = {"type": "heatmap", "showscale": False, "ygap": 2}
    missing = {
        "z": np.where(np.isnan(table), 1.0, np.nan).astype(np.float32),
        "colorscale": [[0, NO_MASK], [1, NO_MASK]],
        "hoverinfo": "skip",
    }
    shares = {
        "z": table,
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0, MASKED], [0.5, theme.page], [1, KEPT]],
        "hovertemplate": "timestep %{x}: kept for %{z:.1%} of all rows<extra></extra>",
    }
    return [base | missing, base | shares]


def _layout(overview: Overview, theme: Theme, compact: bool) -> dict[str, Any]:
    steps = overview.steps
    height = _TOP + _ROW * len(steps) + 24
    lower = (_LOSS + 46) if overview.loss_over_all is not None else 0
    below = _LOSS / (height + lower) if lower else 0.0
    quiet: dict[str, Any] = {"zeroline": False, "fixedrange": True, "ticks": ""}
    quiet["showgrid"] = False
    small = {"size": 11, "color": theme.muted}
    names = [label(step.name, 12 if compact else _LABEL) for step in steps]
    layout: dict[str, Any] = {
        "height": height + lower,
        "margin": {"l": 92 if compact else 150, "r": 8, "t": _TOP, "b": 36},
        "xaxis": quiet
        | {"tickfont": small, "anchor": "free", "position": 0, "nticks": 12}
        | {"title": {"text": "timestep", "font": small, "standoff": 4}},
        "yaxis": quiet
        | {
            "domain": [below + 0.06 if lower else 0.0, 1],
            "range": [len(steps) - 0.5, -0.5],
            "tickvals": list(range(len(steps))),
            "ticktext": names,
            "tickfont": {"size": 12, "color": theme.text},
        },
    }
    if lower:
        title = {"text": "mean loss", "font": small, "standoff": 4}
        layout["yaxis2"] = quiet | {"domain": [0, below], "rangemode": "tozero", "nticks": 4}
        layout["yaxis2"] |= {"tickfont": small, "title": title}
    return layout


def _lines(overview: Overview) -> list[dict[str, Any]]:
    drawn: list[dict[str, Any]] = []
    styles = (
        ("over valid", overview.loss_over_valid, {"color": KEPT, "width": 2}),
        ("over all", overview.loss_over_all, {"color": MASKED, "width": 2, "dash": "dot"}),
    )
    for name, values, line in styles:
        if values is not None:
            drawn.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers" if len(values) < 3 else "lines",
                    "x": list(range(len(values))),
                    "y": [None if np.isnan(value) else float(value) for value in values],
                    "yaxis": "y2",
                    "line": line,
                    "name": name,
                    "hovertemplate": f"timestep %{{x}}: mean {name} %{{y:.4g}}<extra></extra>",
                }
            )
    return drawn


def overview_alt(overview: Overview) -> str:
    """Returns what the figure says, for readers who do not see it."""
    first, last = overview.steps[0], overview.steps[-1]
    rows = amount(overview.rows, "row")
    said = f"All {rows} at once: {share(_mean(first))} of the timesteps are real"
    arrives = (
        "no mask arrives at the loss"
        if last.kept is None
        else (f"the mask at the loss keeps {share(_mean(last))}")
    )
    return f"{said}; {arrives}."


def overview_table(overview: Overview) -> pd.DataFrame:
    """Returns a row for each call: the share of timesteps that its mask keeps, over all rows."""
    return pd.DataFrame(
        {
            "call": [in_cell(step.name) for step in overview.steps],
            "class": [in_cell(step.class_name) for step in overview.steps],
            "kept": [
                "no mask" if step.kept is None else share(_mean(step)) for step in overview.steps
            ],
        }
    )


def timesteps_table(overview: Overview) -> pd.DataFrame:
    """Returns a row for each timestep: shares kept by every mask, and mean losses."""
    columns: dict[str, FloatArray] = {}
    for at, step in enumerate(overview.steps):
        if step.kept is not None:
            columns[f"{at}: {in_cell(step.name)}, kept"] = step.kept
    if overview.loss_over_valid is not None and overview.loss_over_all is not None:
        columns |= {
            "mean loss over valid": overview.loss_over_valid,
            "mean loss over all": overview.loss_over_all,
        }
    table = pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})
    table.insert(0, "timestep", range(len(table)))
    return table


def losses_sentence(overview: Overview) -> str:
    """Returns between which values the mean losses of the rows lie."""
    edges, counts = overview.row_loss_edges, overview.row_losses
    if edges is None or counts is None:
        return ""
    most = int(counts.argmax())
    return (
        f"The mean losses of the rows lie between {number(float(edges[0]))} and "
        f"{number(float(edges[-1]))}, most of them between {number(float(edges[most]))} and "
        f"{number(float(edges[most + 1]))}."
    )


def _mean(step: StepShare) -> float:
    return float(np.mean(step.kept)) if step.kept is not None else 1.0
