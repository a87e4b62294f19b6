"""A comparison as one HTML file that needs no server and no network."""

import datetime
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from inspector.core.comparison import Comparison, StrategyResult
from inspector.core.result_json import encoded
from inspector.views import compare_words as words
from inspector.views.compare_grid import GridView, grid
from inspector.views.compare_maps import MapsView, maps, maps_alt, maps_notes
from inspector.views.compare_sizes import sizes_alt, sizes_figure, sizes_notes
from inspector.views.compare_tables import maps_table, numbers_table, sizes_table
from inspector.views.comparison_text import COLUMNS, cells
from inspector.views.loss_table import Quantity
from inspector.views.numbers import amount
from inspector.views.palette import Theme
from inspector.views.report_figures import ReportFigure
from inspector.views.report_origins import ModelOrigin, origins
from inspector.views.report_page import Page, code_text, date_text, document, text
from inspector.views.report_tables import table_html
from inspector.views.tokens import plain

ANSWER_ID, RESULT_ID = "comparison", "result"
"""Ids of the elements that hold `Comparison.to_dict()`, and the whole comparison, as JSON."""


def report(comparison: Comparison, date: datetime.date | str | None = None) -> str:
    """Returns the comparison as HTML: the same bytes for the same comparison and date.

    Args:
        comparison: The comparison.
        date: The date that stands in it; None for today (UTC).
    """
    said = date_text(date)
    known = ModelOrigin(comparison.model_name, comparison.versions, comparison.model_digests)
    page = Page(
        title=f"Strategies compared on {comparison.model_name}",
        values={ANSWER_ID: comparison.to_dict(), RESULT_ID: encoded(comparison)},
        above=(*_head(comparison, said), *_table(comparison)),
        exhibits=tuple(_exhibits(comparison)),
        below=(
            *_strategies(comparison),
            *(f'<p class="small">{text(note)}</p>' for note in _own_notes(comparison)),
            *origins(comparison.batch, known, said),
        ),
    )
    return document(page)


def _own_notes(comparison: Comparison) -> Iterator[str]:
    """Yields the notes that do not stand with the batch."""
    yield from (note for note in comparison.notes if note not in comparison.batch.notes)


def _head(comparison: Comparison, date: str) -> Iterator[str]:
    batch, versions = comparison.batch, comparison.versions
    yield f"<h1>Ways of treating padding, compared on {text(comparison.model_name)}</h1>"
    yield (
        f'<p class="about">{text(date)} · {amount(batch.rows, "row")} of '
        f"{amount(batch.timesteps, 'timestep')}, {int(batch.padding.sum()):,} of them padding · "
        f"loss {text(comparison.loss_name)}, batch size {comparison.batch_size} · "
        f"Keras {text(versions.keras)}, TensorFlow {text(versions.tensorflow)}</p>"
    )
    yield f'<p class="verdict healthy" id="conclusion">{text(comparison.conclusion)}</p>'


def _table(comparison: Comparison) -> Iterator[str]:
    heads = [head for head, _ in COLUMNS]
    records = [
        {"strategy": plain(result.strategy.title), **dict(zip(heads, _cells(result), strict=True))}
        | {"here": plain(result.wrong or result.reason)}
        for result in comparison.results
    ]
    yield "<section><h2>One row a strategy</h2>" + table_html(pd.DataFrame(records))
    meanings = "; ".join(f"{head}: {meaning}" for head, meaning in COLUMNS)
    yield f'<p class="small">{text(meanings)}.</p></section>'


def _cells(result: StrategyResult) -> tuple[str, ...]:
    return cells(result) if result.applicable else ("",) * len(COLUMNS)


def _exhibits(comparison: Comparison) -> Iterator[ReportFigure]:
    baseline = comparison.baseline
    yield ReportFigure(
        identifier="strategies-grid",
        title="Strategies and their numbers",
        caption=words.GRID_CAPTION,
        draw=lambda theme: grid(comparison, GridView(theme=theme)),
        alt=words.grid_alt(comparison, baseline),
        table=numbers_table(comparison, baseline),
    )
    titles = {Quantity.LOSS: "Loss at every timestep", Quantity.WEIGHT: "Weight of every timestep"}
    for quantity, title in titles.items():
        view = MapsView(quantity=quantity)

        def draw(theme: Theme, view: MapsView = view) -> go.Figure:
            return maps(comparison, replace(view, theme=theme))

        yield ReportFigure(
            identifier=f"strategies-{quantity.value}",
            title=title,
            caption=words.MAPS_CAPTION,
            draw=draw,
            alt=maps_alt(comparison, view),
            table=maps_table(comparison),
            notes=maps_notes(comparison, view),
        )
    yield ReportFigure(
        identifier="strategies-sizes",
        title="How the number moves with the batch size",
        caption=words.SIZES_CAPTION,
        draw=lambda theme: sizes_figure(comparison, theme),
        alt=sizes_alt(comparison),
        table=sizes_table(comparison),
        notes=sizes_notes(comparison),
    )


def _strategies(comparison: Comparison) -> Iterator[str]:
    yield "<section><h2>Formula, advice and code of each strategy</h2>"
    for result in comparison.results:
        strategy = result.strategy
        code = code_text(strategy.code)
        yield (
            f"<details><summary>{text(strategy.title)}</summary>"
            f"<p>{text(strategy.formula_text)}</p><p>{text(strategy.when)}</p>"
        )
        yield from (f"<p>{text(note)}</p>" for note in result.notes)
        yield (f"<pre>{code}</pre>" if code else "") + "</details>"
    yield "</section>"
