"""An inspection as plain text, for the terminal: no colour codes, at most 100 columns wide."""

import textwrap
import unicodedata
from collections.abc import Iterator

from inspector.core.inspection import Inspection
from inspector.core.ledger import AverageName, LossLedger
from inspector.views import phrases
from inspector.views.bands import Band, BandChoices, BandKind, bands, stop_position
from inspector.views.numbers import amount, number
from inspector.views.tokens import clip, plain, shown

WIDTH = 100
_NAME = 26
_MOST_ROWS, _MOST_TIMESTEPS, _MOST_BANDS = 4, 60, 24
_SPACED = 24  # up to so many timesteps a space fits between the signs

LEGEND = "o kept, × masked, · no mask: it counts, ! differs from the truth, = no time axis"


def render(inspection: Inspection) -> str:
    """Returns verdict, mask map, averages, leaks and findings as text.

    Marks of the mask map: a line for each sentence of a call, a sign for each timestep: `o` is
    kept, `×` is masked, `·` has no mask and counts, `!` differs from the truth, `=` stands for an
    output without a time axis. In the first lines, the input, padding is `×` and real timesteps
    are their tokens. A large batch is cut to its first rows and timesteps, and the text says so.
    """
    parts = [
        list(_wrap(inspection.diagnosis.verdict)),
        list(_mask_map(inspection)),
        list(_averages(inspection)),
        list(_leaks(inspection)),
        list(_findings(inspection)),
        list(_notes(inspection)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _wrap(text: str, indent: str = "", first: str | None = None) -> Iterator[str]:
    yield from textwrap.wrap(
        plain(text),
        WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
    )


def _mask_map(inspection: Inspection) -> Iterator[str]:
    shown_bands = bands(inspection, BandChoices(fold=True))
    batch = inspection.batch
    rows = min(batch.rows, _MOST_ROWS)
    size = f"{amount(batch.rows, 'row')}, {amount(batch.timesteps, 'timestep')}"
    cut = batch.rows > rows or batch.timesteps > _MOST_TIMESTEPS
    yield f"Mask map ({size}{'; only the first are shown' if cut else ''})"
    yield f"  {LEGEND}"
    stop = inspection.diagnosis.stop
    at = stop_position(stop, shown_bands)
    for position, band in enumerate(shown_bands):
        if _MOST_BANDS // 2 <= position < len(shown_bands) - _MOST_BANDS // 2:
            if position == _MOST_BANDS // 2:
                yield f"  ... {len(shown_bands) - _MOST_BANDS} more calls ..."
            continue
        if stop is not None and position == at:
            title = phrases.stop_title(stop, band.outcome)
            reason = phrases.stop_reason(stop)
            line = f"{title}: {reason}" if reason else title
            yield from _wrap(line, "      ", "  --- " if stop.rightly else "  >>> ")
        yield from _band(band, rows)


def _band(band: Band, rows: int) -> Iterator[str]:
    name = plain(band.title)
    if band.kind is BandKind.CALL:
        name += f" ({plain(band.subtitle)})"
    cells = [_cells(band, row) for row in range(rows)]
    used = _NAME + 7 + max(_columns(line) for line in cells)
    said = textwrap.wrap(plain(band.headline), WIDTH - used) if WIDTH - used >= 24 else []
    for row in range(max(rows, len(said))):
        start = _padded(clip(name, _NAME) if row == 0 else "", _NAME)
        line = _padded(cells[row] if row < rows else "", used - _NAME - 7)
        yield f"  {start}  {line}   {said[row] if row < len(said) else ''}".rstrip()


def _cells(band: Band, row: int) -> str:
    if band.timesteps is None:
        return "="
    between = " " if band.timesteps <= _SPACED else ""
    return between.join(_sign(band, row, at) for at in range(min(band.timesteps, _MOST_TIMESTEPS)))


def _sign(band: Band, row: int, timestep: int) -> str:
    if band.mask is None:
        return "·"
    if band.wrong is not None and band.wrong[row, timestep]:
        return "!"
    if not band.mask[row, timestep]:
        return "×"
    if band.kind is BandKind.INPUT and band.tokens is not None:
        token = shown(band.tokens[row][timestep], 1)
        return token if _columns(token) == 1 else "o"
    return "o"


def _averages(inspection: Inspection) -> Iterator[str]:
    for ledger in inspection.ledgers:
        yield from _ledger(ledger)


def _ledger(ledger: LossLedger) -> Iterator[str]:
    yield from _wrap(f"Averages of {ledger.loss_name} ({ledger.output})")
    for average in ledger.averages:
        equal = average.equals_keras and average.name is not AverageName.KERAS
        sign = "=" if equal else " "
        name = phrases.AVERAGES[average.name]
        how = phrases.division(average, ledger)
        start = f"  {name:<18} {number(average.value):>11} {sign} "
        yield from _wrap(how, " " * len(start), start)
    if any(a.equals_keras and a.name is not AverageName.KERAS for a in ledger.averages):
        yield "  = equals Keras value"


def _leaks(inspection: Inspection) -> Iterator[str]:
    report = inspection.leaks
    if report is None:
        return
    yield from _wrap(f"{phrases.leak_title(report.first_layer, report.predictions)}.")
    for effect in report.effects:
        what = phrases.EFFECTS.get(effect.what, effect.what)
        if effect.measured and effect.beyond_float_error:
            said = f"{what}: predictions change by up to {number(effect.largest_change)}"
            yield from _wrap(said, "    ", "  ")
    sampled = phrases.sampled(len(report.rows_tested), inspection.batch.rows)
    if sampled:
        yield f"  {sampled}"


def _findings(inspection: Inspection) -> Iterator[str]:
    if not inspection.findings:
        return
    yield "Findings"
    for at, finding in enumerate(inspection.findings, 1):
        line = f" (line {finding.line})" if finding.line is not None else ""
        start = f"  {at}. [{phrases.SEVERITIES[finding.severity]}] "
        yield from _wrap(f"{finding.message}{line}", "     ", start)
        if finding.fix.sentence:
            yield from _wrap(f"What to do: {finding.fix.sentence}", "     ")
        for code in finding.fix.code.splitlines():
            yield f"       {plain(code)}"


def _notes(inspection: Inspection) -> Iterator[str]:
    ledger = inspection.losses
    for note in (*inspection.batch.notes, *(() if ledger is None else ledger.notes)):
        yield from _wrap(note, "  ", "Note: ")
    versions = inspection.trace.versions
    yield f"Keras {versions.keras}, TensorFlow {versions.tensorflow}"


def _columns(text: str) -> int:
    """Returns how many columns of a terminal `text` takes."""
    return sum(
        0
        if unicodedata.category(mark) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(mark) in ("W", "F")
        else 1
        for mark in text
    )


def _padded(text: str, columns: int) -> str:
    return text + " " * max(0, columns - _columns(text))
