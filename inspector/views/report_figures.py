"""The figures of a report, each with its words and its table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

from inspector.core.inspection import Inspection
from inspector.views import phrases
from inspector.views.averages import averages_alt, averages_html, averages_table
from inspector.views.leak_map import LeakMapView, leak_map, leak_map_alt, leak_map_table
from inspector.views.loss_map import (
    LossMapView,
    loss_map,
    loss_map_alt,
    loss_map_notes,
    loss_map_table,
)
from inspector.views.loss_table import Quantity
from inspector.views.mask_map import (
    MaskMapView,
    mask_map,
    mask_map_alt,
    mask_map_notes,
    mask_map_table,
)
from inspector.views.palette import DARK, LIGHT, Theme
from inspector.views.report_page import AVERAGES_INKS, embeddable, text
from inspector.views.report_tables import folded_table

_MOST_OUTPUTS = 8
# Of larger batches the first sentences are drawn once more, with their tokens.
_FIRST, _MANY = 8, 20


@dataclass(frozen=True)
class ReportFigure:
    """A figure and what belongs next to it.

    Attributes:
        identifier: Id of its element, the same in every report.
        title: Heading.
        caption: What the marks mean.
        draw: Draws it for a theme, in Plotly; or it is HTML, which follows the theme.
        alt: The finding in one sentence.
        table: Its table.
        notes: What a reader must know, one sentence each.
    """

    identifier: str
    title: str
    caption: str
    draw: Callable[[Theme], go.Figure] | str
    alt: str
    table: pd.DataFrame
    notes: Sequence[str] = ()

    def html(self) -> str:
        """Returns the heading, the place for the figure, words and table."""
        notes = " ".join(dict.fromkeys(self.notes))
        drawn = f'<div id="{self.identifier}">{self.draw}</div>'
        if not isinstance(self.draw, str):
            place = f'<div class="figure" id="{self.identifier}" data-figure></div>'
            drawn = f'<div class="scroll">{place}</div>'
        parts = [
            f"<section><h2>{text(self.title)}</h2>",
            f'<figure aria-label="{text(self.alt)}">',
            f"{drawn}<figcaption>{text(self.caption)}</figcaption></figure>",
            f'<p class="small">{text(notes)}</p>' if notes else "",
            folded_table(self.table, self.identifier),
            "</section>",
        ]
        return "\n".join(part for part in parts if part)

    def data(self) -> dict[str, str]:
        """Returns the figure for both themes as JSON, by the id of the element that holds it."""
        draw = self.draw
        if isinstance(draw, str):
            return {}
        return {
            f"{self.identifier}-{theme.name}": figure_json(draw(theme)) for theme in (LIGHT, DARK)
        }


def figure_json(figure: go.Figure) -> str:
    """Returns a figure as JSON for a script element; the same bytes for the same figure."""
    # Named: by default the engine depends on what is installed.
    return embeddable(pio.to_json(figure, validate=False, engine="json"))


def exhibits(inspection: Inspection) -> Iterator[ReportFigure]:
    """Yields the figures in the order of the page."""
    yield _masks(inspection)
    if inspection.batch.rows > _MANY:
        yield _first_masks(inspection)
    for position in range(min(len(inspection.ledgers), _MOST_OUTPUTS)):
        yield from _losses(inspection, position)
        yield _averages(inspection, position)
    if inspection.leaks is not None:
        yield _leaks(inspection)


def _masks(inspection: Inspection) -> ReportFigure:
    def draw(theme: Theme) -> go.Figure:
        return mask_map(inspection, MaskMapView(theme=theme))

    return ReportFigure(
        identifier="mask-map",
        title="Where the mask goes, layer by layer",
        caption=phrases.MASK_MAP_CAPTION,
        draw=draw,
        alt=mask_map_alt(inspection),
        table=mask_map_table(inspection),
        notes=mask_map_notes(inspection),
    )


def _first_masks(inspection: Inspection) -> ReportFigure:
    view = MaskMapView(rows=(0, _FIRST), fold=True)
    whole = _masks(inspection)
    return replace(
        whole,
        identifier="mask-map-first",
        title=f"Where the mask goes: the first {_FIRST} sentences",
        draw=lambda theme: mask_map(inspection, replace(view, theme=theme)),
        notes=mask_map_notes(inspection, view),
    )


def _losses(inspection: Inspection, output: int) -> Iterator[ReportFigure]:
    ledger = inspection.ledgers[output]
    per = "sentence" if ledger.loss is not None and ledger.loss.ndim == 1 else "timestep"
    titles = {
        Quantity.LOSS: f"Loss at every {per}",
        Quantity.WEIGHT: f"Weight of every {per} in Keras's value",
    }
    for quantity, title in titles.items():
        if ledger.loss is None and quantity is Quantity.WEIGHT:
            continue
        view = LossMapView(quantity=quantity, output=output)

        def draw(theme: Theme, quantity: Quantity = quantity) -> go.Figure:
            view = LossMapView(theme=theme, quantity=quantity, output=output)
            return loss_map(inspection, view)

        yield ReportFigure(
            identifier=_named(f"{quantity.value}-map", output),
            title=title + _of(inspection, output),
            caption=phrases.LOSS_MAP_CAPTION,
            draw=draw,
            alt=loss_map_alt(inspection, view),
            table=loss_map_table(inspection, view),
            notes=loss_map_notes(inspection, view),
        )


def _averages(inspection: Inspection, output: int) -> ReportFigure:
    ledger = inspection.ledgers[output]
    return ReportFigure(
        identifier=_named("averages", output),
        title="Which average Keras reports" + _of(inspection, output),
        caption=phrases.AVERAGES_CAPTION,
        draw=averages_html(ledger, AVERAGES_INKS),
        alt=averages_alt(ledger),
        table=averages_table(ledger),
        notes=ledger.notes,
    )


def _leaks(inspection: Inspection) -> ReportFigure:
    return ReportFigure(
        identifier="leak-map",
        title="What moves when only padding changes",
        caption=phrases.LEAK_MAP_CAPTION,
        draw=lambda theme: leak_map(inspection, LeakMapView(theme=theme)),
        alt=leak_map_alt(inspection),
        table=leak_map_table(inspection),
    )


def _named(identifier: str, output: int) -> str:
    return identifier if output == 0 else f"{identifier}-{output}"


def _of(inspection: Inspection, output: int) -> str:
    """Names the output where there are several."""
    return f" ({inspection.ledgers[output].output})" if len(inspection.ledgers) > 1 else ""
