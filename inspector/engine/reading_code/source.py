"""The pasted text by lines, and the errors that name one of them."""

import ast
from dataclasses import dataclass

from inspector.errors import CodeError

_SHOWN = 100  # characters of a line in a message
_LOOKED_AT = 1_000  # of a line that may be very long
_QUOTED = 60  # of a text in a message
_MOST = (800, 300, 300)  # of each part of a message


@dataclass(frozen=True)
class Source:
    """The text as it was pasted, line by line."""

    lines: tuple[str, ...]

    def text(self, line: int | None) -> str:
        """Returns one line, counted from 1, without the space around it."""
        if line is None or not 1 <= line <= len(self.lines):
            return ""
        text = printable(self.lines[line - 1][:_LOOKED_AT].strip())
        return text if len(text) <= _SHOWN else text[:_SHOWN] + " ..."

    def error(
        self, where: ast.AST | int | None, got: str, expected: str = "", todo: str = ""
    ) -> CodeError:
        """Makes a `CodeError` that names the line and quotes it.

        Args:
            where: The node or the line that is at fault; None for the whole text.
            got: What is wrong, as a sentence.
            expected: What would have been right.
            todo: The way out.
        """
        line = where if isinstance(where, int) or where is None else line_of(where)
        text = self.text(line)
        place = f"Line {line}, `{text}`: " if text else (f"Line {line}: " if line else "")
        parts = zip((place + got, expected, todo), _MOST, strict=True)
        error = CodeError(*(printable(quoted(part, most)) for part, most in parts))
        error.line, error.text = line, text
        return error


def line_of(node: ast.AST) -> int | None:
    """Returns the line on which `node` begins."""
    return getattr(node, "lineno", None)


_WRITTEN = "_written"  # where a node keeps its text: loops ask for the same one again and again
_KEPT = 300


def written(node: ast.AST, longest: int = 60) -> str:
    """Returns the code of `node` in one line, shortened."""
    text: str | None = vars(node).get(_WRITTEN)
    if text is None:
        try:
            text = printable(" ".join(ast.unparse(node).split())[:_KEPT])
        except (RecursionError, ValueError):
            text = type(node).__name__
        vars(node)[_WRITTEN] = text
    return text if len(text) <= longest else text[:longest] + " ..."


def quoted(text: str, most: int = _QUOTED) -> str:
    """Returns the beginning of a text that a message quotes."""
    return text if len(text) <= most else text[: most - 4] + " ..."


def printable(text: str) -> str:
    """Returns `text` with lone surrogates and control characters replaced, so it can be shown."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
