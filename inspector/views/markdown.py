"""Text as Markdown: what others wrote is shown as it is, and only our own marks are marks.

A page reads Markdown in nearly everything it shows, with the directives of Streamlit on top. Text
of a visitor, a file or a link could put images of other servers, links and icons into it.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from inspector.views.tokens import plain

if TYPE_CHECKING:
    import pandas as pd

_JOIN = "\N{WORD JOINER}"
"""Stands, unseen, where the browser reads marks after backslashes have been undone."""
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
# An underscore within a word is none.
_MARKS = re.compile(r"[\\`*\[\]{}<>#|~$&]|:(?=\S)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# At the start of a line these begin a list, a heading or a rule.
_START = re.compile(r"^( ?\d*(?=[.)](?:\s|$))| ?(?=[-+=]))(.)")
_READ_LATE = (
    re.compile(r"\b(?:https?|xmpp|mailto)(?=:)|\bwww(?=\.)", re.IGNORECASE),
    re.compile(r"@(?=[\w-])"),
    re.compile(r":(?=[\w+-]+[:/])"),  # Icons and emoji by name.
    re.compile(r"(?<!\S)(?:<(?=->|-|=)|-(?=>|-)|>(?==)|~(?==))(?=[<>=-]{1,2}(?:\s|$))"),  # Arrows.
)
_MOST = 20_000
_ICON = re.compile(r":(?=material/)")  # Read in code as well.


class Markdown(str):
    """Text that may be read as Markdown: written by us, or escaped.

    Only literals are wrapped in it. What is put into it is escaped unless it is `Markdown` itself.
    """

    __slots__ = ()

    def format(self, *parts: object, **named: object) -> "Markdown":
        """Returns the text with its fields filled in, each escaped."""
        fields = {name: _field(value) for name, value in named.items()}
        return Markdown(str.format(self, *map(_field, parts), **fields))

    def join(self, parts: Iterable[str], /) -> "Markdown":
        """Returns the parts, each escaped, with this text between them."""
        return Markdown(str.join(self, map(markdown, parts)))

    def __add__(self, other: str, /) -> "Markdown":
        """Returns this text and after it the other one, escaped."""
        return Markdown(str.__add__(self, markdown(other)))

    def __radd__(self, other: str, /) -> "Markdown":
        """Returns the other text, escaped, and after it this one."""
        return Markdown(str.__add__(markdown(other), self))


class _Field:
    """A value in a field: written as the field says, then escaped."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __format__(self, how: str) -> str:
        return markdown(format(self._value, how))


def _field(value: object) -> object:
    return value if isinstance(value, Markdown) else _Field(value)


def markdown(text: str) -> Markdown:
    """Returns text as Markdown that shows it as it is, on one line.

    Names between backticks become code; nothing else in it is read. `Markdown` comes back
    unchanged, so that this stands before everything that is shown.
    """
    if isinstance(text, Markdown):
        return text
    text = plain(text[:_MOST]) + (" …" if len(text) > _MOST else "")
    parts, end = [], 0
    for span in _CODE.finditer(text):
        fence, name = span.groups()
        if len(fence) > 1 and name[0] == name[-1] == " ":
            name = name[1:-1]  # These hold a backtick at an end away from the fence.
        parts += [_escaped(text[end : span.start()]), code(name)]
        end = span.end()
    return Markdown(_begun("".join([*parts, _escaped(text[end:])])))


def literal(text: str) -> Markdown:
    """Returns text as Markdown that shows it as it is, backticks too."""
    return Markdown(_begun(_escaped(plain(text))))


def _escaped(text: str) -> str:
    for pattern in _READ_LATE:
        text = pattern.sub(rf"\g<0>{_JOIN}", text)
    return _MARKS.sub(r"\\\g<0>", text)


def _begun(text: str) -> str:
    """Returns escaped text that begins neither a list nor, with four spaces, a block of code."""
    return _START.sub(r"\1\\\2", re.sub(r"^\s+", " ", text))


def code(text: str) -> Markdown:
    """Returns text as a code span, whatever it holds; a span of nothing is ∅."""
    text = _ICON.sub(f":{_JOIN}", plain(text)) or "∅"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    # One space is taken off at both ends of a span that is not all spaces.
    outer = text.strip() and (text[0] in "` " or text[-1] in "` ")
    space = " " if outer else ""
    return Markdown(f"{fence}{space}{text}{space}{fence}")


def small(text: str) -> Markdown:
    """Returns small text; unlike a caption it keeps the full contrast.

    A single bracket in code, such as a padding character, would end it too early: then it is not
    small.
    """
    shown = markdown(text)
    depth = 0
    for mark in re.sub(r"\\.", "", shown):
        depth += (mark == "[") - (mark == "]")
        if depth < 0:
            break
    return shown if depth or not shown else Markdown(f":small[{shown}]")


def markdown_table(table: "pd.DataFrame") -> "pd.DataFrame":
    """Returns a table of which every text, the heads too, is Markdown that shows it as it is."""
    cells = table.map(lambda value: markdown(value) if isinstance(value, str) else value)
    return cells.rename(columns=lambda name: markdown(str(name)))
