"""An inspection as one HTML file that needs no server and no network."""

import datetime
from collections.abc import Iterator
from html import escape

import pandas as pd

from inspector.core.diagnosis.findings import Finding
from inspector.core.inspection import Inspection
from inspector.core.result_json import encoded
from inspector.views import phrases
from inspector.views.diagram import diagram_alt
from inspector.views.leak_map import effects_table
from inspector.views.numbers import amount, share
from inspector.views.report_figures import exhibits
from inspector.views.report_origins import ModelOrigin, origins
from inspector.views.report_page import Page, code_text, date_text, document, text
from inspector.views.report_tables import folded_table, table_html
from inspector.views.tables import steps_table
from inspector.views.tokens import plain, sentence

ANSWER_ID, RESULT_ID = "inspection", "result"
"""Ids of the elements that hold `Inspection.to_dict()`, and the whole result, as JSON."""


def report(inspection: Inspection, date: datetime.date | str | None = None) -> str:
    """Returns the whole answer as HTML: the same bytes for the same inspection and date.

    Figures are drawn for the light theme and for the dark one, and the reader's system decides
    which is shown; print is always light.

    Args:
        inspection: What is told.
        date: The date that stands in it; None for today (UTC).
    """
    said = date_text(date)
    known = ModelOrigin(inspection.model_name, inspection.trace.versions, inspection.model_digests)
    page = Page(
        title=f"Mask inspection of {inspection.model_name}",
        values={ANSWER_ID: inspection.to_dict(), RESULT_ID: encoded(inspection)},
        above=(*_head(inspection, said), *_findings(inspection)),
        exhibits=tuple(exhibits(inspection)),
        below=(
            *_effects(inspection),
            *_metrics(inspection),
            *_calls(inspection),
            *origins(inspection.batch, known, said),
            *_words(),
        ),
    )
    return document(page)


def _head(inspection: Inspection, date: str) -> Iterator[str]:
    batch, versions = inspection.batch, inspection.trace.versions
    real, padding = int(batch.valid.sum()), int(batch.padding.sum())
    status = inspection.diagnosis.status
    kind = "verdict" if status is None else f"verdict {status.value}"
    yield f"<h1>Mask inspection of {text(inspection.model_name)}</h1>"
    yield (
        f'<p class="about">{text(date)} · {amount(batch.rows, "row")} of '
        f"{amount(batch.timesteps, 'timestep')}, {real:,} real and {padding:,} padding · "
        f"Keras {text(versions.keras)}, TensorFlow {text(versions.tensorflow)}</p>"
    )
    yield f'<p class="{kind}" id="verdict">{sentence(inspection.diagnosis.verdict)}</p>'
    if inspection.raises is not None:
        at, message = inspection.raises.at, inspection.raises.message
        yield f"<p>It fails at <b>{text(at)}</b>:</p><pre>{code_text(message)}</pre>"


def _findings(inspection: Inspection) -> Iterator[str]:
    if not inspection.findings:
        return
    yield '<section><h2>Findings</h2><ol class="findings">'
    for finding in inspection.findings:
        yield from _finding(finding)
    yield "</ol></section>"


def _finding(finding: Finding) -> Iterator[str]:
    line = "" if finding.line is None else f" (line {finding.line})"
    name = phrases.SEVERITIES[finding.severity]
    badge = f'<span class="severity {finding.severity.value}">{name}</span>'
    yield f'<li id="finding-{escape(finding.code)}">{badge} {sentence(finding.message)}{line}'
    if finding.fix.sentence:
        yield f"<br><b>What to do:</b> {sentence(finding.fix.sentence)}"
    if finding.fix.code:
        yield f"<pre>{code_text(finding.fix.code)}</pre>"
    yield "</li>"


def _effects(inspection: Inspection) -> Iterator[str]:
    reports = {"": inspection.leaks, " in training": inspection.training_leaks}
    for when, found in reports.items():
        table = effects_table(found)
        if found is None or not len(table):
            continue
        flipped = table["rows whose class changes"]
        table["rows whose class changes"] = [
            "" if value is None or value != value else share(value) for value in flipped
        ]
        yield f"<section><h2>What changes of padding do to predictions{when}</h2>"
        yield table_html(table)
        sampled = phrases.sampled(len(found.rows_tested), inspection.batch.rows)
        yield f'<p class="small">{sampled}</p></section>' if sampled else "</section>"


def _metrics(inspection: Inspection) -> Iterator[str]:
    if inspection.metrics:
        said = {
            "masked": "leaves padding out",
            "unmasked": "counts padding",
        }
        rows = [(plain(name), said.get(kind, kind)) for name, kind in inspection.metrics.items()]
        yield "<section><h2>Metrics</h2>"
        yield table_html(pd.DataFrame(rows, columns=["metric", "padding"])) + "</section>"


def _calls(inspection: Inspection) -> Iterator[str]:
    yield "<section><h2>Every call of the model</h2>"
    yield f'<p class="small">{text(diagram_alt(inspection))}</p>'
    yield folded_table(steps_table(inspection), "calls") + "</section>"


def _words() -> Iterator[str]:
    yield "<section><h2>Words</h2><details><summary>What the words mean</summary><dl>"
    for word, meaning in phrases.GLOSSARY.items():
        yield f"<dt><b>{text(word)}</b></dt><dd>{text(meaning)}</dd>"
    yield "</dl></details></section>"
