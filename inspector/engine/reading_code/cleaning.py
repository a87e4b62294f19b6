"""From what people paste to what can be parsed, keeping every line where it was."""

import re

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
