"""A comparison as a piece of HTML, for notebooks: no scripts, readable on light and on dark."""

from collections.abc import Iterator
from html import escape

from inspector.core.comparison import Comparison
from inspector.views.comparison_text import COLUMNS, cells
from inspector.views.tokens import plain

_STYLE = """
.mask-inspector-comparison table { border-collapse: collapse; margin: .6em 0; }
.mask-inspector-comparison td, .mask-inspector-comparison th { padding: 2px 8px;
  text-align: right; background: none; border-bottom: 1px solid rgba(140, 140, 140, .4); }
.mask-inspector-comparison td:first-child, .mask-inspector-comparison th:first-child {
  text-align: left; }
.mask-inspector-comparison .q { opacity: .75; font-size: 90%; }
"""


def fragment(comparison: Comparison) -> str:
    """Returns conclusion and table as HTML; every text is escaped."""
    heads = "".join(f'<th title="{escape(says)}">{escape(head)}</th>' for head, says in COLUMNS)
    return "\n".join(
        [
            '<div class="mask-inspector-comparison">',
            f"<style>{_STYLE}</style>",
            f"<p><b>{_text(comparison.conclusion)}</b></p>",
            f"<table><tr><th>Strategy</th>{heads}</tr>",
            *_rows(comparison),
            "</table>",
            *(f'<p class="q">{_text(note)}</p>' for note in comparison.notes),
            "</div>",
        ]
    )


def _rows(comparison: Comparison) -> Iterator[str]:
    for result in comparison.results:
        said = result.wrong or result.reason
        title = _text(result.strategy.title) + (
            f'<br><span class="q">{_text(said)}</span>' if said else ""
        )
        values = cells(result) if result.applicable else ("",) * len(COLUMNS)
        yield f"<tr><td>{title}</td>{''.join(f'<td>{escape(v)}</td>' for v in values)}</tr>"


def _text(text: str) -> str:
    return escape(plain(text))
