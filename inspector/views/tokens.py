"""Text that a user typed or named, made safe and visible on a figure.

Tokens and layer names are hostile: Plotly reads HTML and, where MathJax is loaded, TeX in every
text; control characters, lone surrogates and text direction marks break files and layouts.
"""

import re
import textwrap
import unicodedata
from html import escape

from inspector.core.text.tokens import REPLACEMENT, graphemes

_VISIBLE = str.maketrans({" ": "␣", "\n": "↵", "\r": "↵", "\t": "⇥", "\u00a0": "␣"})
_SPACES = str.maketrans("\n\r\t\v\f", "     ")
_JOINERS = ("\u200c", "\u200d")  # parts of emoji and of Indic and Persian words
_MOST_MARKS = 4


def plain(text: str) -> str:
    """Returns `text` without characters that break a file, a line or the direction of text."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        REPLACEMENT
        if unicodedata.category(mark) in ("Cc", "Cs", "Cf", "Zl", "Zp") and mark not in _JOINERS
        else mark
        for mark in text.translate(_SPACES)
    )


def plain_code(text: str) -> str:
    """Returns lines of code as `plain` does, with their line ends and tabs kept."""
    return "".join(part if part in "\n\t" else plain(part) for part in re.split(r"([\n\t])", text))


def clip(text: str, limit: int) -> str:
    """Returns `text` cut to `limit` visible characters, with an ellipsis where it was longer.

    A pile of combining marks on one character is cut to four.
    """
    clusters = graphemes(text[: 64 * limit])
    if len(clusters) > limit:
        clusters = [*clusters[: limit - 1], "…"]
    return "".join(_lowered(cluster) for cluster in clusters)


def _lowered(cluster: str) -> str:
    """Returns a cluster with at most four combining marks, which would draw over other text."""
    marks = [mark for mark in cluster if unicodedata.combining(mark)]
    return cluster if len(marks) <= _MOST_MARKS else cluster[0] + "".join(marks[:_MOST_MARKS])


def shown(token: str, limit: int = 24) -> str:
    """Returns a token as it is displayed, not yet escaped.

    Spaces are ␣, line ends ↵, tabs ⇥, nothing at all is ∅; a lone combining mark stands on ◌;
    characters that cannot be shown are �; right-to-left text is isolated from what follows.
    """
    if not token:
        return "∅"
    if token.isalnum() and token.isascii() and len(token) <= limit:
        return token
    text = clip(plain(token.translate(_VISIBLE)), limit)
    if unicodedata.category(text[0]) in ("Mn", "Me", "Mc"):
        text = "◌" + text
    if any(unicodedata.bidirectional(mark) in ("R", "AL", "AN") for mark in text):
        text = f"\u2068{text}\u2069"
    return text


def escaped(text: str) -> str:
    """Returns `text` such that Plotly draws it as it is: no tags, no entities, no TeX."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("$", "&#36;")


def sentence(text: str) -> str:
    """Returns a sentence as HTML: escaped, with names that stand between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(plain(text)))


def label(name: str, limit: int = 40) -> str:
    """Returns the name of a layer or class, safe for Plotly and not longer than `limit`."""
    return escaped(clip(plain(name), limit)) or "∅"


def wrapped(text: str, width: int, lines: int = 4) -> list[str]:
    """Returns `text` in at most `lines` lines of at most `width` characters, escaped."""
    parts = textwrap.wrap(plain(text), max(width, 8), max_lines=lines, placeholder=" …")
    return [escaped(part) for part in parts]


def in_cell(value: str) -> str:
    """Returns `value` such that no spreadsheet takes it for a formula when it opens the CSV."""
    text = plain(value)
    return "'" + text if text.lstrip()[:1] in ("=", "+", "-", "@") and text else text
