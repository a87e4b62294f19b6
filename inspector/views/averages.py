"""The averages side by side, drawn to scale."""

import math
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from inspector.core.ledger import Average, AverageName, LossLedger
from inspector.views import phrases
from inspector.views.numbers import number
from inspector.views.palette import Theme, blend
from inspector.views.tokens import plain


@dataclass(frozen=True)
class Inks:
    """Colours of the bars and the words around them, as CSS takes them.

    Attributes:
        text: Names, values, and the line at Keras's value.
        muted: The divisions.
        track: The ground of the bars, from one end of the scale to the other.
        same: Keras's value, and the averages that it equals.
        other: The averages that it does not equal.
    """

    text: str
    muted: str
    track: str
    same: str
    other: str


def inks(theme: Theme) -> Inks:
    """Returns the colours for a theme."""
    same = theme.sizes[-1] if theme.name == "light" else theme.sizes[-2]
    return Inks(theme.text, theme.muted, theme.well, same, blend(same, theme.page, 0.55))


def averages_html(ledger: LossLedger | None, ink: Inks) -> str:
    """Draws Keras's value and the three averages as bars from zero, on one scale, in HTML.

    Marks: the dark bar is Keras's value; so are the bars of the averages that it equals, which
    also carry the words "= Keras value"; the pale bars are averages that it does not equal. The
    dotted line stands at Keras's value. Under each bar stands the division that makes the number.
    "undefined" stands where there is no number, with the reason under it.

    No Plotly: four bars need no script, their words can be marked and read aloud, they fit every
    width, and a chart costs an edit some ten milliseconds even with next to nothing in it
    (streamlit 1.67: the row of `benchmarks` with charts of six cells).
    """
    if ledger is None:
        return f'<div style="color:{ink.muted}">{escape(phrases.NO_LOSS)}</div>'
    values = [_finite(average.value) for average in ledger.averages]
    scale = _Scale(min(0.0, *values), max(0.0, *values))
    keras = ledger.averages[0].value
    line = "" if keras is None else _line(scale.at(_finite(keras)), ink)
    bars = (_average(average, ledger, scale, line, ink) for average in ledger.averages)
    return f'<div role="figure" aria-label="{_text(averages_alt(ledger))}">{"".join(bars)}</div>'


def averages_table(ledger: LossLedger | None) -> pd.DataFrame:
    """Returns a row per average: value, numerator, divisor, the division, equal to Keras's."""
    records = [] if ledger is None else [_record(a, ledger) for a in ledger.averages]
    columns = ["average", "value", "numerator", "divisor", "how", "equals Keras value"]
    return pd.DataFrame(records, columns=columns)


def averages_alt(ledger: LossLedger | None) -> str:
    """Returns one sentence with the finding, for readers who do not see the figure."""
    return phrases.NO_LOSS if ledger is None else f"Averages. {phrases.averages_sentence(ledger)}"


def _record(average: Average, ledger: LossLedger) -> dict[str, Any]:
    return {
        "average": phrases.AVERAGES[average.name],
        "value": average.value,
        "numerator": average.numerator,
        "divisor": average.divisor,
        "how": phrases.division(average, ledger),
        "equals Keras value": average.equals_keras,
    }


def _finite(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else 0.0


@dataclass(frozen=True)
class _Scale:
    """What the bars have in common: the values at their ends."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Returns the place of a value, in percent of the width."""
        return 100.0 * (value - self.low) / ((self.high - self.low) or 1.0)


def _average(average: Average, ledger: LossLedger, scale: _Scale, line: str, ink: Inks) -> str:
    same = average.name is AverageName.KERAS or average.equals_keras
    equal = same and average.name is not AverageName.KERAS
    value = _finite(average.value)
    start, end = sorted((scale.at(0.0), scale.at(value)))
    colour = ink.same if same else ink.other
    bar = f'<div style="{_at(start, end, colour)}"></div>'
    name = f"<b>{_text(phrases.AVERAGES[average.name])}</b>{' = Keras value' if equal else ''}"
    said = _text(number(average.value))
    return (
        f'<div style="margin-bottom:14px;color:{ink.text};font-size:14px;line-height:1.4">{name}'
        '<div style="display:flex;align-items:center;gap:12px">'
        f'<div style="position:relative;flex:1;height:10px;{_ground(ink.track)}">{bar}{line}</div>'
        '<div style="min-width:4.5em;text-align:right;font-variant-numeric:tabular-nums">'
        f"{f'<b>{said}</b>' if same else said}</div></div>"
        f'<div style="color:{ink.muted};font-size:12px">'
        f"{_text(phrases.division(average, ledger))}</div></div>"
    )


def _line(at: float, ink: Inks) -> str:
    place = f"position:absolute;left:{at:.4f}%;top:-6px;bottom:-6px"
    return f'<div style="{place};border-left:1px dotted {ink.text}"></div>'


def _at(start: float, end: float, colour: str) -> str:
    place = f"position:absolute;left:{start:.4f}%;width:{end - start:.4f}%;height:100%"
    return f"{place};{_ground(colour)}"


def _ground(colour: str) -> str:
    """Returns the style of a coloured ground that is there on paper and at high contrast too."""
    kept = "-webkit-print-color-adjust:exact;print-color-adjust:exact;forced-color-adjust:none"
    return f"background:{colour};{kept}"


def _text(words: str) -> str:
    return escape(plain(words))
