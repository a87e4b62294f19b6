"""The frame of a report: style, scripts and what keeps it from the network."""

import base64
import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any, Protocol

from plotly.offline import get_plotlyjs

from inspector.errors import InspectorError
from inspector.views import palette
from inspector.views.averages import Inks, inks
from inspector.views.palette import DARK, LIGHT, Theme
from inspector.views.tokens import plain

FIGURE_CONFIG = {
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "zoom2d", "pan2d", "autoScale2d"],
}

# Wide enough for every figure, narrow enough for A4 at 96 pixels an inch.
_PRINT_WIDTH = 680

# Plotly takes the configuration of MathJax into its own hands unless told to leave it alone.
_SETTINGS = "window.PlotlyConfig = {MathJaxConfig: 'local'};"

_DRAW = f"""
(() => {{
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const figures = document.querySelectorAll("[data-figure]");
  const config = {json.dumps(FIGURE_CONFIG)};
  const draw = (printing) => {{
    const theme = dark.matches && !printing ? "dark" : "light";
    for (const place of figures) {{
      const source = document.getElementById(place.id + "-" + theme);
      const figure = JSON.parse(source.textContent);
      if (printing) figure.layout.width = {_PRINT_WIDTH};
      const saved = {{toImageButtonOptions: {{format: "svg", filename: place.id}}}};
      Plotly.react(place, figure.data, figure.layout, {{...config, ...saved}});
    }}
  }};
  dark.addEventListener("change", () => draw(false));
  window.addEventListener("beforeprint", () => draw(true));
  window.addEventListener("afterprint", () => draw(false));
  draw(false);
}})();
"""


AVERAGES_INKS = Inks("var(--text)", "var(--muted)", "var(--well)", "var(--same)", "var(--other)")
"""Colours of the averages, which follow the theme of the page."""


def _colours(theme: Theme) -> str:
    bars = inks(theme)
    return (
        f"--page: {theme.page}; --text: {theme.text}; --muted: {theme.muted}; "
        f"--grid: {theme.grid}; --well: {theme.well}; --alarm: {theme.alarm}; "
        f"--same: {bars.same}; --other: {bars.other};"
    )


_STYLE = f"""
:root {{ color-scheme: light dark; {_colours(LIGHT)} }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ {_colours(DARK)} }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; color: var(--text);
  background: var(--page); font: 16px/1.5 {palette.FONT_FAMILY}; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.6rem; line-height: 1.2; margin: 0; }}
h2 {{ font-size: 1.2rem; margin: 2.2rem 0 .3rem; }}
.about, .small, figcaption {{ color: var(--muted); font-size: .875rem; }}
.verdict {{ border-left: 6px solid var(--alarm); background: var(--well); padding: .7rem 1rem;
  font-size: 1.1rem; margin: 1rem 0; }}
.verdict.healthy, .verdict.pass {{ border-color: {palette.KEPT}; }}
.verdict.not_tested {{ border-color: var(--muted); }}
.findings {{ padding-left: 1.4rem; }}
.findings li {{ margin: .7rem 0; }}
.severity {{ font-size: .8rem; font-weight: 600; border: 1.5px solid; border-radius: 4px;
  padding: 0 .4em; }}
.severity.wrong {{ color: var(--alarm); }}
.severity.note {{ color: var(--muted); }}
pre {{ background: var(--well); padding: .6rem .8rem; overflow-x: auto; font-size: .85rem;
  overflow-wrap: normal; }}
figure {{ margin: .6rem 0; }}
.scroll {{ overflow-x: auto; overflow-wrap: normal; }}
.figure {{ min-width: 40rem; }}
table {{ border-collapse: collapse; font-size: .85rem; margin: .5rem 0; }}
th, td {{ text-align: left; vertical-align: top; padding: .25rem .7rem .25rem 0;
  border-bottom: 1px solid var(--grid); }}
td {{ max-width: 28rem; white-space: pre-wrap; overflow-wrap: break-word; }}
td.number, th.number {{ text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }}
td.digest {{ font-family: ui-monospace, monospace; word-break: break-all; }}
details {{ margin: .4rem 0; }}
summary {{ cursor: pointer; color: var(--muted); font-size: .875rem; }}
a {{ color: inherit; }}
@media print {{
  body {{ max-width: none; padding: 0; font-size: 11pt; }}
  figure, .verdict, .findings li {{ break-inside: avoid; }}
  h2 {{ break-after: avoid; }}
  .scroll {{ overflow: visible; }}
  .modebar, .save {{ display: none !important; }}
}}
"""


_NO_SCRIPT = (
    "Figures need JavaScript, which is off here. Everything they show is in the tables under them."
)


class Shown(Protocol):
    """A figure with its words and its table."""

    def html(self) -> str:
        """Returns the place for the figure, and what stands around it."""

    def data(self) -> dict[str, str]:
        """Returns JSON by the id of the element that holds it."""


@dataclass(frozen=True)
class Page:
    """What goes into the frame.

    Attributes:
        title: Title of the document, not yet escaped.
        values: Plain values that the file holds as JSON, by the id of their element.
        above: HTML above the figures, piece by piece.
        exhibits: The figures.
        below: HTML below them.
    """

    title: str
    values: Mapping[str, Any]
    above: Iterable[str]
    exhibits: Sequence[Shown]
    below: Iterable[str]


def document(page: Page) -> str:
    """Returns a whole HTML file that loads nothing and runs no scripts but our own.

    The policy in its head lists the digests of the scripts below: a script that came in with
    somebody's text would not run, and nothing can be fetched from or sent to anywhere.
    """
    data = {name: json_block(value) for name, value in page.values.items()}
    for exhibit in page.exhibits:
        data |= exhibit.data()
    blocks = [
        f'<script type="application/json" id="{escape(name)}">{text}</script>'
        for name, text in data.items()
    ]
    scripts = _scripts()
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(page.title)}</title>",
            '<link rel="icon" href="data:,">',
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            *page.above,
            f"<noscript><p>{_NO_SCRIPT}</p></noscript>",
            *(exhibit.html() for exhibit in page.exhibits),
            *page.below,
            "</main>",
            *blocks,
            *(f"<script>{script}</script>" for script in scripts),
            "</body>",
            "</html>",
            "",
        ]
    )


def text(words: object) -> str:
    """Returns words as HTML: escaped, without characters that break a file or a line."""
    return escape(plain(str(words)))


def code_text(code: str) -> str:
    """Returns code as HTML that keeps its lines, for a `pre` element."""
    return "\n".join(text(line) for line in code.splitlines())


def date_text(date: datetime.date | str | None) -> str:
    """Returns the date that stands in a report, not yet escaped; None is today (UTC)."""
    if isinstance(date, str):
        return date
    if not isinstance(date, (datetime.date, type(None))):
        raise InspectorError(f"`date` is {date!r:.40}.", "It must be a date, or text for one.")
    return (date or datetime.datetime.now(datetime.timezone.utc)).isoformat()[:10]


def json_block(value: Any) -> str:
    """Returns a value as JSON that can stand in a script element."""
    return embeddable(json.dumps(value, allow_nan=False, separators=(",", ":")))


def embeddable(text: str) -> str:
    """Returns JSON without the marks that could end a script element, or begin a comment in it.

    They only stand inside strings, where an escape means the same.
    """
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


@cache
def _scripts() -> tuple[str, ...]:
    return (_SETTINGS, get_plotlyjs(), _DRAW)


@cache
def _policy() -> str:
    digests = " ".join(f"'sha256-{_sha256(script)}'" for script in _scripts())
    return (
        f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; "
        "img-src data: blob:; form-action 'none'; base-uri 'none'"
    )


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
