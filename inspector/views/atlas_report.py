"""The layer atlas as one HTML file that needs no server and no network."""

import datetime
import json
from collections.abc import Iterator

from inspector.core.atlas import Atlas, atlas_json
from inspector.views import atlas_words
from inspector.views.atlas_map import (
    AtlasMapView,
    atlas_finding,
    atlas_map,
    atlas_map_alt,
    atlas_table,
)
from inspector.views.numbers import amount
from inspector.views.report_figures import ReportFigure
from inspector.views.report_page import Page, date_text, document, text

RESULT_ID = "result"
"""Id of the element that holds the rows as JSON; `inspector.load_result` reads it back."""


def atlas_report(atlas: Atlas, shown: str, date: datetime.date | str | None = None) -> str:
    """Returns an atlas as HTML: the same bytes for the same rows, words and date.

    Args:
        atlas: The rows that are on screen, and what was not measured.
        shown: Which rows these are, in a few words.
        date: The date that stands in it; None for today (UTC).
    """
    page = Page(
        title=f"What layers of Keras {atlas.keras} do to a mask",
        values={RESULT_ID: json.loads(atlas_json(atlas))},
        above=tuple(_head(atlas, shown, date_text(date))),
        exhibits=(_map(atlas),),
        below=(*_sentences(atlas), *_others(atlas)),
    )
    return document(page)


def _head(atlas: Atlas, shown: str, date: str) -> Iterator[str]:
    yield f"<h1>What layers of Keras {text(atlas.keras)} do to a mask</h1>"
    yield (
        f'<p class="about">{text(date)} · {text(shown)} · '
        f"Keras {text(atlas.keras)}, TensorFlow {text(atlas.tensorflow)}</p>"
    )
    said = text(f"What becomes of the mask, {atlas_finding(atlas.rows)}")
    yield f'<p class="verdict healthy" id="finding">{said}</p>'


def _map(atlas: Atlas) -> ReportFigure:
    return ReportFigure(
        identifier="atlas-map",
        title="Layers and what was measured",
        caption=atlas_words.CAPTION.replace("*", ""),
        draw=lambda theme: atlas_map(atlas.rows, AtlasMapView(theme)),
        alt=atlas_map_alt(atlas.rows, atlas.keras),
        table=atlas_table(atlas.rows),
    )


def _sentences(atlas: Atlas) -> Iterator[str]:
    yield "<section><h2>Each layer in words</h2><dl>"
    for row in atlas.rows:
        yield f"<dt><b>{text(row.name)}</b>: {text(row.code)}</dt>"
        yield f"<dd>{text(atlas_words.sentence(row))}</dd>"
    yield "</dl></section>"


def _others(atlas: Atlas) -> Iterator[str]:
    if not atlas.not_measured:
        return
    yield "<section><h2>Not measured</h2><details>"
    yield f"<summary>{amount(len(atlas.not_measured), 'layer')}</summary><ul>"
    for name, why in atlas.not_measured:
        yield f"<li>{text(name)}: {text(why)}</li>"
    yield "</ul></details></section>"
