"""The leak map: how far each layer's output moves when only padding changes."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from inspector.core.inspection import Inspection
from inspector.core.leaks import Effect, LeakReport
from inspector.views import phrases
from inspector.views.figures import figure, message
from inspector.views.leak_drawing import Drawing
from inspector.views.leak_drawing import LeakMapView as LeakMapView
from inspector.views.leak_table import LeakAxis as LeakAxis
from inspector.views.leak_table import leak_table
from inspector.views.tokens import in_cell


def leak_map(inspection: Inspection, view: LeakMapView | None = None) -> go.Figure:
    """Draws a line of cells for each layer; the columns are timesteps, or rows.

    Marks: the colour and the number of a cell are the largest change of the layer's output there,
    in percent of the layer's largest output, when only the content of padding is replaced; colours
    run from zero to the largest change at a real timestep. `·` is no change beyond float error.
    A grey cell with × is padding in all tested rows: what moves there is no leak. One wide cell is
    a layer without a time axis. The full-width line with ▼ stands before the first layer that
    leaks.
    """
    view = view or LeakMapView()
    table = leak_table(inspection, view.axis)
    if table is None or inspection.leaks is None:
        return message(phrases.NO_LEAKS, view.theme)
    drawing = Drawing(table, inspection.leaks, view)
    traces = [*drawing.heatmaps(), *drawing.lines(), *drawing.texts()]
    return figure(traces, drawing.layout(), view.theme, drawing.words())


def leak_map_table(inspection: Inspection) -> pd.DataFrame:
    """Returns a row per layer: whether it leaks, how far it moves at real timesteps."""
    nodes = () if inspection.leaks is None else inspection.leaks.nodes
    records = [
        {
            "layer": in_cell(node.name),
            "leaks": node.leaks,
            "largest change": node.by_content,
            "share of its largest output": node.relative,
        }
        for node in nodes
    ]
    columns = ["layer", "leaks", "largest change", "share of its largest output"]
    return pd.DataFrame(records, columns=columns)


def leak_map_alt(inspection: Inspection) -> str:
    """Returns the finding in words, for readers who do not see the figure."""
    report = inspection.leaks
    if report is None:
        return phrases.NO_LEAKS
    title = phrases.leak_title(report.first_layer, report.predictions)
    return f"Heatmap of what moves when padding changes. {title}."


def effects_table(report: LeakReport | None) -> pd.DataFrame:
    """Returns a row per test: largest change of a prediction, share of rows whose class flips."""
    records = [] if report is None else [_effect(effect) for effect in report.effects]
    columns = ["what changes", "largest change", "rows whose class changes", "result"]
    return pd.DataFrame(records, columns=columns)


def _effect(effect: Effect) -> dict[str, Any]:
    if not effect.measured:
        return {
            "what changes": phrases.EFFECTS.get(effect.what, effect.what),
            "largest change": None,
            "rows whose class changes": None,
            "result": effect.reason or "not measured",
        }
    return {
        "what changes": phrases.EFFECTS.get(effect.what, effect.what),
        "largest change": effect.largest_change,
        "rows whose class changes": effect.flipped_rows,
        "result": phrases.effect_result(effect.beyond_float_error),
    }
