"""The loss map: the loss, or its weight, at every timestep, with means at the margins."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from inspector.core.inspection import Inspection
from inspector.views import phrases
from inspector.views.figures import TextMark, figure, hidden_axis, message, tick_step
from inspector.views.loss_map_cells import (
    margin_heatmaps,
    padding_heatmap,
    texts,
    value_heatmap,
)
from inspector.views.loss_map_layout import LossMapFrame, frame
from inspector.views.loss_table import (
    LossTable,
    Quantity,
    chosen,
    loss_table,
    raw_values,
    target_tokens,
)
from inspector.views.numbers import amount
from inspector.views.palette import LIGHT, Theme
from inspector.views.tokens import in_cell


@dataclass(frozen=True)
class LossMapView:
    """How to draw a loss map.

    Attributes:
        theme: Light or dark surroundings.
        quantity: The loss, its weight, or their product.
        output: Which output of the model, counted from 0.
        compact: For screens narrower than about 640 pixels.
        rows: Rows to show, first and one past the last; None for all.
    """

    theme: Theme = LIGHT
    quantity: Quantity = Quantity.LOSS
    output: int = 0
    compact: bool = False
    rows: tuple[int, int] | None = None


def loss_map(inspection: Inspection, view: LossMapView | None = None) -> go.Figure:
    """Draws a cell for each timestep: rows are sentences, columns are timesteps.

    Marks: the colour of a cell runs from zero (the page) to the largest value at a real timestep
    (dark purple on light, pale on dark; green below zero). A grey cell with its value in brackets
    is padding. A dash is a value that is undefined. The letter is the token of the target. `!`
    marks padding that has weight, or a real timestep that has none (weights only). The two columns
    at the right belong to the sentences, the two rows below to the timesteps: over valid (real
    timesteps only) and over all; where they cross stands the total. They are means of losses, in
    the colours of the cells, or sums of weights and of loss x weight, in a scale of their own.
    """
    view = view or LossMapView()
    table = loss_table(inspection, view.quantity, view.output, view.rows)
    if table is None:
        ledger = chosen(inspection, view.output)
        return message(phrases.NO_LOSS if ledger is None else phrases.NO_BREAKDOWN, view.theme)
    sizes = frame(table, view.compact)
    traces = [
        value_heatmap(table, sizes, view.theme),
        padding_heatmap(table, sizes, view.theme),
        *margin_heatmaps(table, sizes, view.theme),
        *texts(table, sizes, view.theme),
    ]
    layout = _layout(sizes, _head(table, sizes))
    return figure(traces, layout, view.theme, _words(table, sizes, view.theme))


def loss_map_notes(inspection: Inspection, view: LossMapView | None = None) -> tuple[str, ...]:
    """Returns what a reader must know about the figure: blocks, undefined values, the ledger's."""
    view = view or LossMapView()
    table = loss_table(inspection, view.quantity, view.output, view.rows)
    ledger = chosen(inspection, view.output)
    if table is None or ledger is None:
        return () if ledger is None else ledger.notes
    notes = list(ledger.notes)
    if not table.block.whole:
        notes.append(phrases.aggregated(table.block, "the mean over its real timesteps"))
    return (*notes, *table.margins.reasons)


def loss_map_table(inspection: Inspection, view: LossMapView | None = None) -> pd.DataFrame:
    """Returns a row per timestep: token, real or padding, loss, weight and their product.

    All rows of the batch, never aggregated, whatever the figure shows.
    """
    view = view or LossMapView()
    ledger = chosen(inspection, view.output)
    names = [phrases.QUANTITIES[quantity.value] for quantity in Quantity]
    if ledger is None or ledger.loss is None:
        return pd.DataFrame(columns=["row", "timestep", "token", "real", *names])
    rows, timesteps = ledger.loss.shape[0], (*ledger.loss.shape, 1)[1]
    columns: dict[str, Any] = {"row": np.repeat(np.array(inspection.batch.numbers()), timesteps)}
    if ledger.loss.ndim > 1:
        columns["timestep"] = np.tile(np.arange(timesteps), rows)
        tokens = target_tokens(inspection, view.output, timesteps, 0, rows)
        if tokens is not None:
            columns["token"] = [in_cell(token) for row in tokens for token in row]
        if ledger.target_valid is not None:
            columns["real"] = ledger.target_valid.ravel()
    for quantity, name in zip(Quantity, names, strict=True):
        columns[name] = raw_values(ledger, quantity).ravel()
    return pd.DataFrame(columns)


def loss_map_alt(inspection: Inspection, view: LossMapView | None = None) -> str:
    """Returns the finding in words, for readers who do not see the figure."""
    view = view or LossMapView()
    ledger = chosen(inspection, view.output)
    if ledger is None or ledger.loss is None:
        return phrases.NO_LOSS if ledger is None else phrases.NO_BREAKDOWN
    name = phrases.QUANTITIES[view.quantity.value]
    size = amount(ledger.loss.shape[0], "sentence")
    if ledger.loss.ndim > 1:
        size += f" of {amount(ledger.loss.shape[1], 'timestep')}"
    return f"Heatmap of the {name} of {size}. {phrases.averages_sentence(ledger)}"


def _layout(sizes: LossMapFrame, head: float) -> dict[str, Any]:
    bottom = sizes.margin_rows()[-1] + 6 / sizes.row_height
    return {
        "height": round(sizes.height + head + 6),
        "xaxis": sizes.across().axis(),
        "yaxis": hidden_axis(bottom, -0.5 - head / sizes.row_height),
    }


def _head(table: LossTable, sizes: LossMapFrame) -> float:
    """Returns the height in pixels of what stands above the cells."""
    return 82 if sizes.compact and table.odd is not None and bool(table.odd.any()) else 66


def _column_ticks(table: LossTable, sizes: LossMapFrame) -> dict[float, str]:
    if table.sequence:
        return {0.0: "sentence"}
    step = tick_step(sizes.cell_width)
    ticks = {float(at): str(at * table.block.timesteps) for at in range(0, sizes.columns, step)}
    edges = sizes.margin_columns()
    names = ("valid", "all") if sizes.compact else ("over valid", "over all")
    return ticks | {float(edges[at] + edges[at + 1]) / 2: name for at, name in enumerate(names)}


def _row_ticks(table: LossTable, sizes: LossMapFrame) -> dict[float, str]:
    step = tick_step(sizes.row_height * 2)
    ticks = {
        float(at): str(table.numbers[at * table.block.rows]) for at in range(0, sizes.rows, step)
    }
    edges = sizes.margin_rows()
    kind = table.margins.kind.value
    names = (
        [f"{kind}, valid", f"{kind}, all"]
        if sizes.compact
        else [
            f"{kind} over valid",
            f"{kind} over all",
        ]
    )
    shown_names = [kind] if sizes.bottom_rows == 1 else names
    return ticks | {
        float(edges[at] + edges[at + 1]) / 2: name for at, name in enumerate(shown_names)
    }


def _words(table: LossTable, sizes: LossMapFrame, theme: Theme) -> list[TextMark]:
    across, muted = sizes.across(), theme.muted

    def above(pixels: float) -> float:
        return -0.5 - pixels / sizes.row_height

    parts = [f"<b>{phrases.QUANTITIES[table.quantity.value]}</b>"]
    if table.padding.any():
        parts.append(phrases.LEGEND_PADDING)
    if table.odd is not None and table.odd.any():
        parts.append(phrases.LEGEND_ODD)
    legend = ("<br>" if sizes.compact else "&nbsp;&nbsp;&nbsp;").join(parts)
    words = [TextMark(legend, across.at(0), above(34), 12, muted, valign="bottom")]
    tick = TextMark("", 0, above(10), 11, muted, "center")
    words += [replace(tick, text=text, x=x) for x, text in _column_ticks(table, sizes).items()]
    beside = across.at(sizes.domain[0] - 6 / sizes.width)
    name = replace(tick, x=beside, align="right")
    words += [replace(name, text=text, y=y) for y, text in _row_ticks(table, sizes).items()]
    if not table.sequence:
        words.append(
            replace(name, text="timestep", x=across.at(sizes.domain[0] - 14 / sizes.width))
        )
    if sizes.margin_width and not sizes.compact:
        middle = float(sizes.margin_columns()[1])
        words.append(replace(tick, text=table.margins.kind.value, x=middle, y=above(26)))
    return words
