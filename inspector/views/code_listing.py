"""Pasted code with its line numbers, and with marks where the mask stops or an error stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from html import escape

from inspector.core.diagnosis.findings import Severity
from inspector.core.inspection import Inspection
from inspector.views import palette, phrases
from inspector.views.numbers import amount
from inspector.views.palette import Theme, blend
from inspector.views.tokens import clip, plain

_AROUND = 6
_FOLD_FROM = 12
_MOST_LINES = 2_000
_MOST_CHARACTERS = 300

_STYLE = (
    "display:grid;grid-template-columns:auto minmax(0,1fr);font-family:ui-monospace,"
    "SFMono-Regular,Menlo,Consolas,monospace;font-size:13px;line-height:1.5;"
    "font-variant-ligatures:none"
)

_WORDS = "white-space:normal;font-family:'Source Sans',system-ui,sans-serif;font-weight:600"


class MarkKind(str, Enum):
    """What a mark on a line means."""

    ERROR = "error"
    ASK = "ask"
    STOP = "stop"
    END = "end"
    FINDING = "finding"
    MAKES = "makes"


_GLYPHS = {
    MarkKind.ERROR: "✗",
    MarkKind.ASK: "?",
    MarkKind.STOP: "▼",
    MarkKind.END: "▽",
    MarkKind.FINDING: "!",
    MarkKind.MAKES: "✚",
}


@dataclass(frozen=True)
class LineMark:
    """A mark on a line of code.

    Attributes:
        line: Counted from 1.
        kind: What it means.
        text: What to say there, in a few words.
    """

    line: int
    kind: MarkKind
    text: str


def marks_of(inspection: Inspection) -> tuple[LineMark, ...]:
    """Returns a mark where a mask is made, where it stops, and where a finding points to."""
    marks = [
        LineMark(step.line, MarkKind.MAKES, f"{step.name} makes a mask")
        for step in inspection.trace.top_level()
        if step.outcome.value == "created" and step.line is not None
    ]
    stop = inspection.diagnosis.stop
    if stop is not None and stop.line is not None:
        step = None if stop.step is None else inspection.trace.steps[stop.step]
        title = phrases.stop_title(stop, step.outcome if step is not None else None)
        reason = phrases.stop_reason(stop)
        kind = MarkKind.END if stop.rightly else MarkKind.STOP
        marks.append(LineMark(stop.line, kind, f"{title}: {reason}" if reason else title))
    stopped = stop.line if stop is not None else None
    marks += [
        LineMark(finding.line, MarkKind.FINDING, finding.message)
        for finding in inspection.findings
        if finding.line is not None
        and finding.line != stopped
        and finding.severity is not Severity.NOTE
    ]
    return tuple(marks)


def listing(lines: Sequence[str], marks: Sequence[LineMark], theme: Theme) -> str:
    """Returns the code as HTML: numbers, marked lines, and under each what is the matter.

    Signs: ✗ an error, ? a value is asked for, ▼ the mask stops here, ▽ it ends here rightly,
    ✚ a mask is made, `!` a finding. Lines far from any mark are folded where there are many.
    Every text is escaped.
    """
    marks = [mark for mark in marks if 1 <= mark.line <= len(lines)]
    shown = [_clipped(line) for line in lines[:_MOST_LINES]]
    while shown and not shown[-1].strip() and all(mark.line < len(shown) for mark in marks):
        shown.pop()
    parts = []
    for first, last, folded in _runs(len(shown), [mark.line for mark in marks]):
        rows = "".join(_row(shown[n - 1], n, marks, theme) for n in range(first, last + 1))
        block = f'<div style="{_STYLE}">{rows}</div>'
        if folded:
            title = f"lines {first} to {last}"
            block = f"<details><summary>{title}</summary>{block}</details>"
        parts.append(block)
    if len(lines) > _MOST_LINES:
        parts.append(f"<p>{amount(len(lines) - _MOST_LINES, 'more line')}</p>")
    return f'<div style="color:{theme.text}">{"".join(parts)}</div>'


def _clipped(line: str) -> str:
    """Returns a line that can be shown, with spaces for tabs."""
    text = line.expandtabs(4)
    text = plain(text[:_MOST_CHARACTERS])
    return text + " …" if len(line) > _MOST_CHARACTERS else text


def _runs(count: int, marked: Sequence[int]) -> Iterator[tuple[int, int, bool]]:
    """Yields (first line, last line, folded): lines around marks stay open."""
    if not marked or count <= 2 * _FOLD_FROM:
        if count:
            yield 1, count, False
        return
    near = {n for line in marked for n in range(line - _AROUND, line + _AROUND + 1)}
    first = 1
    for n in range(1, count + 1):
        if n == count or ((n in near) != (n + 1 in near)):
            yield first, n, n not in near and n - first >= _FOLD_FROM
            first = n + 1


def _row(text: str, number: int, marks: Sequence[LineMark], theme: Theme) -> str:
    own = [mark for mark in marks if mark.line == number]
    code = escape(text) or " "
    if not own:
        gutter = _cell(str(number), theme.muted, theme.page, right=True)
        return gutter + _cell(code, theme.text, theme.page)
    colour = _colour(own[0].kind, theme)
    ground = blend(colour, theme.page, 0.14)
    sign = f"{_GLYPHS[own[0].kind]} {number}"
    row = _cell(f"<b>{sign}</b>", theme.text, ground, right=True, edge=colour)
    row += _cell(code, theme.text, ground)
    for mark in own:
        row += _cell("", theme.text, ground, edge=colour)
        said = escape(clip(plain(mark.text.replace("`", "")), 240))
        row += _cell(f"{_GLYPHS[mark.kind]} {said}", theme.text, ground, words=True)
    return row


def _cell(
    content: str,
    colour: str,
    ground: str,
    *,
    right: bool = False,
    edge: str = "",
    words: bool = False,
) -> str:
    wrap = _WORDS if words else "white-space:pre-wrap"
    style = f"color:{colour};background:{ground};padding:0 8px;{wrap};overflow-wrap:anywhere"
    if right:
        style += ";text-align:right;user-select:none"
    if edge:
        style += f";border-left:4px solid {edge}"
    elif right:
        style += ";border-left:4px solid transparent"
    return f'<div style="{style}">{content}</div>'


def _colour(kind: MarkKind, theme: Theme) -> str:
    if kind in (MarkKind.ERROR, MarkKind.STOP, MarkKind.FINDING):
        return theme.alarm
    return palette.KEPT
