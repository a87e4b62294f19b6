"""An inspection as a piece of HTML, for notebooks: no scripts, readable on light and on dark."""

from collections.abc import Iterator
from html import escape

from inspector.core.inspection import Inspection
from inspector.views import phrases
from inspector.views.averages import averages_html
from inspector.views.notebook_maps import loss_map, mask_map
from inspector.views.notebook_style import AVERAGES_INKS, STYLE
from inspector.views.tokens import plain, sentence


def fragment(inspection: Inspection) -> str:
    """Returns verdict, findings, mask map, loss maps and averages as HTML; all texts escaped."""
    parts = [
        '<div class="mask-inspector">',
        f"<style>{STYLE}</style>",
        f"<p><b>{sentence(inspection.diagnosis.verdict)}</b></p>",
        *_findings(inspection),
        *mask_map(inspection),
        *_losses(inspection),
        *_leaks(inspection),
        "</div>",
    ]
    return "\n".join(parts)


def _text(text: str) -> str:
    return escape(plain(text))


def _findings(inspection: Inspection) -> Iterator[str]:
    if not inspection.findings:
        return
    yield "<ol>"
    for finding in inspection.findings:
        line = "" if finding.line is None else f" (line {finding.line})"
        severity = phrases.SEVERITIES[finding.severity]
        yield f"<li><b>{severity}</b>: {sentence(finding.message)}{line}"
        if finding.fix.sentence:
            yield f"<br>What to do: {sentence(finding.fix.sentence)}"
        if finding.fix.code:
            code = "\n".join(_text(line) for line in finding.fix.code.splitlines())
            yield f"<pre>{code}</pre>"
        yield "</li>"
    yield "</ol>"


def _losses(inspection: Inspection) -> Iterator[str]:
    for output, ledger in enumerate(inspection.ledgers):
        yield from loss_map(inspection, output)
        name = ledger.loss_name
        if len(inspection.ledgers) > 1:
            name = f"{ledger.output}: {name}"
        yield f'<p class="q">{_text(name)}</p>'
        yield averages_html(ledger, AVERAGES_INKS)


def _leaks(inspection: Inspection) -> Iterator[str]:
    if inspection.leaks is not None:
        report = inspection.leaks
        yield f"<p>{_text(phrases.leak_title(report.first_layer, report.predictions))}.</p>"
