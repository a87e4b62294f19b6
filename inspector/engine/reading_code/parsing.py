"""From text to syntax tree: every failure of the parser becomes a `CodeError`."""

import ast
import threading
import time
import warnings
from collections.abc import Callable

from inspector.core.requests import CodeLimits, CodeNote
from inspector.engine.reading_code import cleaning
from inspector.engine.reading_code.source import Source
from inspector.errors import CodeError

_ATTEMPTS = 60  # blocks of a fragment that are moved to where they belong
_warnings_lock = threading.Lock()


def parse(source: object, limits: CodeLimits) -> tuple[ast.Module, Source, list[CodeNote]]:
    """Parses pasted text.

    Args:
        source: The text; fragments, notebook cells and prompts are fine.
        limits: Its greatest length and nesting.

    Returns:
        The syntax tree, the lines of the text, and notes on what was cleaned away.

    Raises:
        CodeError: It is not Python, too long, or nested too deeply.
    """
    text = _text(source, limits)
    lines = cleaning.normalise(text)
    tree, notes = _Parser(Source(tuple(lines)), limits.seconds / 10).parse(lines)
    _check_nesting(tree, Source(tuple(lines)), limits)
    return tree, Source(tuple(lines)), notes


def _text(source: object, limits: CodeLimits) -> str:
    nowhere = Source(())
    if isinstance(source, (bytes, bytearray)):
        try:
            source = source.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise nowhere.error(
                None, "The code is not UTF-8 text.", todo="Save it as UTF-8."
            ) from error
    if not isinstance(source, str):
        raise nowhere.error(
            None,
            f"The code is a {type(source).__name__}.",
            "It must be text.",
            "Pass the source as a string.",
        )
    if len(source) > limits.characters:
        raise nowhere.error(
            None,
            f"The code has {len(source):,} characters.",
            f"At most {limits.characters:,} are read (`characters`).",
            "Paste only the part that builds the model, or raise the limit in Python: "
            f"`model_from_code(source, limits=CodeLimits(characters={len(source)}))`.",
        )
    if not source.strip():
        raise nowhere.error(
            None, "There is no code.", todo="Paste the code that builds a Keras model."
        )
    return source


class _Parser:
    """Tries the text as it is, then with one repair after another, until it parses."""

    def __init__(self, source: Source, seconds: float) -> None:
        self.source = source
        self.notes: list[CodeNote] = []
        self.end = time.monotonic() + seconds

    def parse(self, lines: list[str]) -> tuple[ast.Module, list[CodeNote]]:
        """Returns the tree of the first version of the text that parses."""
        repairs: list[Callable[[list[str]], list[str]]] = [
            lambda lines: lines,
            self._without_magics,
            cleaning.with_straight_quotes,
            self._without_print_statements,
            cleaning.with_spaces,
        ]
        first: SyntaxError | None = None
        for repair in repairs:
            repaired = repair(lines)
            if first is not None and repaired == lines:
                continue
            lines = repaired
            try:
                return self._with_blocks_in_place(lines), self.notes
            except SyntaxError as error:
                first = first if first is not None and not self.notes else error
        assert first is not None
        raise self._error(first) from None

    def _with_blocks_in_place(self, lines: list[str]) -> ast.Module:
        for _ in range(_ATTEMPTS):
            if time.monotonic() > self.end:
                break
            try:
                return self._tree(lines)
            except IndentationError as error:
                if "unexpected indent" not in str(error) or error.lineno is None:
                    raise
                moved = cleaning.moved_left(lines, error.lineno)
                if moved is None:
                    raise
                lines = moved
        return self._tree(lines)

    def _tree(self, lines: list[str]) -> ast.Module:
        text = "\n".join(lines) + "\n"
        try:
            if "\\" not in text:
                return ast.parse(text)
            # An unknown escape such as "\d" warns, and where warnings are errors, fails.
            with _warnings_lock, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text)
        except SyntaxError:
            raise
        except (MemoryError, RecursionError) as error:
            raise self.source.error(
                _longest(lines), "This is nested too deeply to be read.", todo="Split it up."
            ) from error
        except UnicodeEncodeError as error:
            line = next((i for i, text in enumerate(lines, 1) if not _encodable(text)), None)
            raise self.source.error(
                line, "There is half a character here (a lone surrogate).", todo="Retype the line."
            ) from error
        except ValueError as error:
            line = next((i for i, text in enumerate(lines, 1) if "\0" in text), _longest(lines))
            what = "a null byte" if "\0" in text else "a number or text that Python cannot read"
            raise self.source.error(line, f"There is {what} here.", todo="Remove it.") from error

    def _without_magics(self, lines: list[str]) -> list[str]:
        kept, found = cleaning.without_magics(lines)
        self.notes += [CodeNote(n, "Skipped: a notebook or shell command.") for n in found]
        return kept

    def _without_print_statements(self, lines: list[str]) -> list[str]:
        kept, found = cleaning.without_print_statements(lines)
        self.notes += [CodeNote(n, "Skipped: printing.") for n in found]
        return kept

    def _error(self, error: SyntaxError) -> CodeError:
        reason = (error.msg or "invalid syntax").rstrip(".")
        line = error.lineno or len(self.source.lines)
        if "null byte" in reason:  # the parser does not say where
            line = next((i for i, text in enumerate(self.source.lines, 1) if "\0" in text), line)
        return self.source.error(
            min(line, len(self.source.lines)),
            f"This is not Python: {reason}{'' if reason.endswith('?') else '.'}",
            todo="Correct the line; the fault may also be at the end of the line before it.",
        )


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _longest(lines: list[str]) -> int:
    return max(range(len(lines)), key=lambda index: len(lines[index])) + 1


def _check_nesting(tree: ast.Module, source: Source, limits: CodeLimits) -> None:
    pending: list[tuple[ast.AST, int, int]] = [(tree, 0, 1)]
    while pending:
        node, depth, line = pending.pop()
        line = getattr(node, "lineno", line)
        if depth > limits.nesting:
            raise source.error(
                line,
                f"The code is nested more than {limits.nesting} deep.",
                "The limit is `nesting`.",
                "Split the expression up, or raise the limit in Python: "
                f"`model_from_code(source, limits=CodeLimits(nesting={2 * limits.nesting}))`.",
            )
        pending.extend((child, depth + 1, line) for child in ast.iter_child_nodes(node))
