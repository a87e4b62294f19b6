"""From pasted text to a syntax tree: its lines, cleaned and parsed, and errors that name one."""

import ast
import re
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inspector.core.requests import CodeLimits, CodeNote
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


_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_FENCE = re.compile(r"\s*(```|~~~)[\w +-]*$")
_DOCTEST = re.compile(r"\s*(>>>|\.\.\.)(?: |$)")
_NOTEBOOK_IN = re.compile(r"\s*In\s*\[[\d* ]*\]:? ?")
_NOTEBOOK_MORE = re.compile(r"\s*\.{3,}: ?")
_NOTEBOOK_OUT = re.compile(r"\s*Out\s*\[[\d* ]*\]:?")
_MAGIC = re.compile(r"(\s*)(?:%%?[A-Za-z]\w*|!+\s*\S|\?{1,2}\w|[\w.]+\?{1,2}\s*$)")
_TIMED = re.compile(r"(\s*)%time(?:it)?\s+(?=[A-Za-z_(\[])")
_PYTHON_2_PRINT = re.compile(r"(\s*)print\s+[^\s(=.,\[].*$|(\s*)print\s*$")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def normalise(source: str) -> list[str]:
    """Splits a text at any line ending and takes invisible characters out."""
    text = _SPACES.sub(" ", _INVISIBLE.sub("", _LINE_ENDS.sub("\n", source)))
    lines = ["" if _FENCE.match(line) else line for line in text.split("\n")]
    return _without_notebook_prompts(_without_doctest_prompts(lines))


def _without_doctest_prompts(lines: list[str]) -> list[str]:
    """Keeps what follows `>>>` and `...`; other lines are output."""
    if not any(line.lstrip().startswith(">>>") for line in lines):
        return lines
    return [_DOCTEST.sub("", line, count=1) if _DOCTEST.match(line) else "" for line in lines]


def _without_notebook_prompts(lines: list[str]) -> list[str]:
    """Keeps what follows `In [1]:` and `...:`; from `Out[1]:` to the next input is output."""
    if not any(_NOTEBOOK_IN.match(line) for line in lines):
        return lines
    typed = any(_NOTEBOOK_MORE.match(line) for line in lines)
    kept, inside = [], True
    for line in lines:
        start = _NOTEBOOK_IN.match(line) or _NOTEBOOK_MORE.match(line)
        if start:
            inside = True
        elif _NOTEBOOK_OUT.match(line):
            inside = False
        if start:
            kept.append(line[start.end() :])
        else:
            kept.append(line if inside and not typed else "")
    return kept


def without_magics(lines: list[str]) -> tuple[list[str], list[int]]:
    """Replaces notebook magics and shell commands by `pass`; says on which lines they were."""
    kept, found = [], []
    for number, line in enumerate(lines, 1):
        timed = _TIMED.match(line)
        if timed:
            line = timed.group(1) + line[timed.end() :]
        magic = _MAGIC.match(line)
        if magic:
            found.append(number)
            line = (magic.group(1) or "") + "pass"
        kept.append(line)
    return kept, found


def without_print_statements(lines: list[str]) -> tuple[list[str], list[int]]:
    """Replaces the print statements of Python 2 by `pass`; says on which lines they were."""
    kept, found = [], []
    for number, line in enumerate(lines, 1):
        match = _PYTHON_2_PRINT.match(line)
        if match:
            found.append(number)
            line = (match.group(1) or match.group(2) or "") + "pass"
        kept.append(line)
    return kept, found


def with_straight_quotes(lines: list[str]) -> list[str]:
    """Makes quotes straight that a word processor or a web page has curled."""
    return [line.translate(_QUOTES) for line in lines]


def with_spaces(lines: list[str]) -> list[str]:
    """Replaces tabs in front of code by spaces up to the next multiple of four."""
    kept = []
    for line in lines:
        code = line.lstrip(" \t")
        kept.append(line[: len(line) - len(code)].expandtabs(4) + code)
    return kept


def moved_left(lines: list[str], number: int) -> list[str] | None:
    """Moves the block that begins on line `number` to where the line before it begins.

    For fragments: code cut out of a function, or pasted without the first line's indentation.

    Returns:
        The lines, or None where that changes nothing.
    """
    if not 1 <= number <= len(lines):
        return None
    before = [line for line in lines[: number - 1] if line.strip() and not _is_comment(line)]
    depth = _indent(lines[number - 1])
    excess = depth - (_indent(before[-1]) if before else 0)
    if excess <= 0:
        return None
    kept = list(lines)
    for index in range(number - 1, len(lines)):
        line = lines[index]
        if line.strip() and _indent(line) < depth:
            if not _is_comment(line):
                break
            continue
        kept[index] = line[excess:]
    return kept


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


_ATTEMPTS = 60  # blocks of a fragment that are moved to where they belong
_warnings_lock = threading.Lock()
_parser_lock = threading.Lock()


def syntax_tree(text: str, mode: str = "exec") -> Any:
    """Parses one text at a time: CPython 3.11 mixes up how deep it is in several threads."""
    with _parser_lock:
        return ast.parse(text, mode=mode)


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
    lines = normalise(text)
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
            with_straight_quotes,
            self._without_print_statements,
            with_spaces,
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
                moved = moved_left(lines, error.lineno)
                if moved is None:
                    raise
                lines = moved
        return self._tree(lines)

    def _tree(self, lines: list[str]) -> ast.Module:
        text = "\n".join(lines) + "\n"
        try:
            if "\\" not in text:
                return syntax_tree(text)
            # An unknown escape such as "\d" warns, and where warnings are errors, fails.
            with _warnings_lock, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return syntax_tree(text)
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
        kept, found = without_magics(lines)
        self.notes += [CodeNote(n, "Skipped: a notebook or shell command.") for n in found]
        return kept

    def _without_print_statements(self, lines: list[str]) -> list[str]:
        kept, found = without_print_statements(lines)
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
