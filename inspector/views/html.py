"""An inspection as a piece of HTML, for notebooks: no scripts, readable on light and on dark."""

from collections.abc import Iterator
from html import escape

from inspector.core.inspection import Inspection
from inspector.views import palette, phrases
from inspector.views.bands import Band, BandChoices, bands, stop_position
from inspector.views.numbers import number
from inspector.views.tokens import clip, plain, shown

_MOST_ROWS, _MOST_TIMESTEPS, _MOST_BANDS = 8, 40, 40

# Letters take the notebook's colour; grounds are see-through, so that they suit light and dark.
_STYLE = f"""
.mask-inspector {{ max-width: 60rem; line-height: 1.4; }}
.mask-inspector table {{ border-collapse: separate; border-spacing: 2px; margin: .6em 0; }}
.mask-inspector td, .mask-inspector th {{ text-align: left; padding: 1px 6px; border: 0;
  background: none; vertical-align: top; }}
.mask-inspector td.c {{ min-width: 1.1em; text-align: center; border: 1.5px solid;
  white-space: nowrap; }}
.mask-inspector td.k {{ background: {palette.KEPT}; border-color: {palette.KEPT}; color: #fff; }}
.mask-inspector td.m {{ border-color: {palette.MASKED}; background: rgba(213, 94, 0, .12); }}
.mask-inspector td.n {{ border-color: {palette.NO_MASK}; background: rgba(140, 140, 140, .1); }}
.mask-inspector td.t {{ background: rgba(140, 140, 140, .16); text-align: center; }}
.mask-inspector tr.stop td {{ border-top: 2.5px solid {palette.MASKED}; font-weight: bold; }}
.mask-inspector tr.end td {{ border-top: 1.5px dashed {palette.NO_MASK}; }}
.mask-inspector .q {{ opacity: .75; font-size: 90%; }}
.mask-inspector .w {{ white-space: nowrap; }}
.mask-inspector pre {{ margin: .3em 0 .3em 1.5em; overflow-x: auto; }}
"""

_LEGEND = "blue: kept; × masked; · no mask: it counts; ! differs from the truth"


def fragment(inspection: Inspection) -> str:
    """Returns verdict, findings, mask map and averages as HTML; every text is escaped.

    Marks of the mask map: a blue cell is kept; a cell with × is masked; a cell with · has no mask
    and counts; `!` marks a cell where the mask differs from the truth; one wide cell is a row of an
    output without a time axis. The thick line stands where the mask stops.
    """
    parts = [
        '<div class="mask-inspector">',
        f"<style>{_STYLE}</style>",
        f"<p><b>{_text(inspection.diagnosis.verdict)}</b></p>",
        *_findings(inspection),
        *_mask_map(inspection),
        *_averages(inspection),
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
        yield f"<li><b>{severity}</b>: {_text(finding.message)}{line}"
        if finding.fix.sentence:
            yield f"<br>What to do: {_text(finding.fix.sentence)}"
        if finding.fix.code:
            code = "\n".join(_text(line) for line in finding.fix.code.splitlines())
            yield f"<pre>{code}</pre>"
        yield "</li>"
    yield "</ol>"


def _mask_map(inspection: Inspection) -> Iterator[str]:
    all_bands = bands(inspection, BandChoices(fold=True))
    batch, stop = inspection.batch, inspection.diagnosis.stop
    rows = min(batch.rows, _MOST_ROWS)
    columns = min(max(band.timesteps or 1 for band in all_bands), _MOST_TIMESTEPS)
    at = stop_position(stop, all_bands)
    cut = rows < batch.rows or columns < max(band.timesteps or 1 for band in all_bands)
    yield f'<p class="q">{_LEGEND}{"; only the first rows and timesteps" if cut else ""}</p>'
    yield "<table>"
    for position, band in enumerate(all_bands[:_MOST_BANDS]):
        if stop is not None and position == at:
            reason = phrases.stop_reason(stop)
            title = phrases.stop_title(stop, band.outcome) + (f": {reason}" if reason else "")
            mark = "▽" if stop.rightly else "▼"
            kind = "end" if stop.rightly else "stop"
            yield f'<tr class="{kind}"><td colspan="{columns + 2}">{mark} {_text(title)}</td></tr>'
        yield from _band(band, rows, columns)
    yield "</table>"
    if len(all_bands) > _MOST_BANDS:
        yield f'<p class="q">{len(all_bands) - _MOST_BANDS} more calls</p>'


def _band(band: Band, rows: int, columns: int) -> Iterator[str]:
    name = f'<b>{_text(clip(band.title, 40))}</b> <span class="q">{_text(band.subtitle)}</span>'
    for row in range(rows):
        start = f'<td rowspan="{rows}">{name}</td>' if row == 0 else ""
        said = f'<td rowspan="{rows}" class="q">{_text(band.headline)}</td>' if row == 0 else ""
        yield f"<tr>{start}{_cells(band, row, columns)}{said}</tr>"


def _cells(band: Band, row: int, columns: int) -> str:
    if band.timesteps is None:
        return f'<td class="t q" colspan="{columns}">no time axis</td>'
    length = min(band.timesteps, columns)
    empty = f'<td colspan="{columns - length}"></td>' if length < columns else ""
    return "".join(_cell(band, row, at) for at in range(length)) + empty


def _cell(band: Band, row: int, timestep: int) -> str:
    token = "" if band.tokens is None else escape(shown(band.tokens[row][timestep], 8))
    if band.mask is None:
        kind, glyph = "n", palette.GLYPH_NO_MASK
    elif band.mask[row, timestep]:
        kind, glyph = "k", palette.GLYPH_KEPT
    else:
        kind, glyph = "m", palette.GLYPH_MASKED
    if band.wrong is not None and band.wrong[row, timestep]:
        glyph += palette.GLYPH_WRONG
    return f'<td class="c {kind}">{" ".join(part for part in (token, glyph) if part)}</td>'


def _averages(inspection: Inspection) -> Iterator[str]:
    for ledger in inspection.ledgers:
        yield f'<p class="q">{_text(ledger.output)}: {_text(ledger.loss_name)}</p>'
        yield "<table>"
        for average in ledger.averages:
            equal = "= Keras value" if average is not ledger.averages[0] else ""
            yield (
                f'<tr><td class="w">{phrases.AVERAGES[average.name]}</td>'
                f"<td><b>{number(average.value)}</b></td>"
                f'<td class="w">{equal if average.equals_keras else ""}</td>'
                f'<td class="q">{_text(phrases.division(average, ledger))}</td></tr>'
            )
        yield "</table>"


def _leaks(inspection: Inspection) -> Iterator[str]:
    if inspection.leaks is not None:
        report = inspection.leaks
        yield f"<p>{_text(phrases.leak_title(report.first_layer, report.predictions))}.</p>"
