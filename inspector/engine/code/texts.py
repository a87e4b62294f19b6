"""Texts that code makes of values by `str`, `format` and `%`; their length is paid first."""

import ast
import re
import string
from typing import Any

import numpy as np

from inspector.engine.code.budget import Budget, pay, text_length
from inspector.engine.code.code_values import PLAIN, kind_name

_DIGITS = re.compile(r"[0-9]+")
_WIDEST = 999


def text_of(budget: Budget, node: ast.AST, value: Any, quoted: bool = False) -> str:
    """Returns a value as `str` writes it; what is no plain value by its kind alone.

    An object's own text may hold its address in the memory.
    """
    budget.elements(node, text_length(budget, node, value))
    return _written(value, quoted)


def _written(value: Any, quoted: bool) -> str:
    if isinstance(value, (*PLAIN, range)):
        return repr(value) if quoted else str(value)
    if isinstance(value, np.ndarray):
        return repr(value) if quoted else str(value)
    inside = (_written(inner, True) for inner in value) if _is_list(value) else iter(())
    if isinstance(value, list):
        return f"[{', '.join(inside)}]"
    if isinstance(value, tuple):
        return f"({', '.join(inside)}{',' if len(value) == 1 else ''})"
    if isinstance(value, (set, frozenset)):
        held = f"{{{', '.join(inside)}}}" if value else ""
        return held if held and isinstance(value, set) else f"{type(value).__name__}({held})"
    if isinstance(value, dict):
        pairs = (f"{_written(k, True)}: {_written(v, True)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    return f"<{kind_name(value)}>"


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset))


def formatted(
    budget: Budget, node: ast.AST, value: Any, spec: str, conversion: str | None = None
) -> str:
    """Formats one value, as a field of an f-string does."""
    budget.elements(node, text_length(budget, node, value, fixed=True) + _widths(spec))
    if conversion in ("r", "a", "s"):
        value = text_of(budget, node, value, quoted=conversion != "s")
        value = ascii(value)[1:-1] if conversion == "a" else value
    if isinstance(value, PLAIN) and not isinstance(value, (bytes, type(None), type(Ellipsis))):
        return format(value, spec)
    if spec:
        raise TypeError(f"a {kind_name(value)} takes no format")
    return text_of(budget, node, value)


def _widths(spec: str) -> int:
    """The sum of all widths and precisions in a format; none may be large."""
    widths = [int(digits) for digits in _DIGITS.findall(spec) if len(digits) < 9]
    if len(widths) < len(_DIGITS.findall(spec)) or max(widths, default=0) > _WIDEST:
        raise ValueError("the field is too wide")
    return sum(widths)


def percent(budget: Budget, node: ast.AST, template: str, values: Any) -> str:
    """`"%d units" % n`, for plain values and without wide fields."""
    if "*" in template or isinstance(values, dict):
        raise ValueError("the field is too wide")
    given = list(values) if isinstance(values, tuple) else [values]
    length = sum(text_length(budget, node, value, fixed=True) for value in given)
    # A field may quote its text (`%r`): ten letters for one.
    quotes = 10 if "r" in template or "a" in template else 1
    budget.elements(node, len(template) + quotes * length + _widths(template))
    plain = [v if isinstance(v, PLAIN) else text_of(budget, node, v) for v in given]
    return template % tuple(plain)


def format_text(
    budget: Budget, node: ast.AST, template: str, args: list[Any], kwargs: dict[str, Any]
) -> str:
    """`str.format` without attributes and items of the fields."""
    budget.elements(node, len(template))
    pieces: list[str] = []
    length = position = 0
    for literal, field, spec, conversion in string.Formatter().parse(template):
        pieces.append(literal)
        length += len(literal)
        if field is not None:
            if field == "":
                field, position = str(position), position + 1
            if not field.isidentifier() and not field.isdigit():
                raise ValueError("a field is neither a name nor a number")
            value = args[int(field)] if field.isdigit() else kwargs[field]
            pieces.append(formatted(budget, node, value, spec or "", conversion))
            length += len(pieces[-1])
        budget.length(node, length)
    budget.elements(node, length)
    return "".join(pieces)


def joined(budget: Budget, node: ast.AST, separator: str, parts: list[Any]) -> str:
    """`separator.join(parts)`."""
    if not all(isinstance(part, str) for part in parts):
        raise TypeError("only texts are joined")
    budget.elements(node, sum(len(part) for part in parts) + len(separator) * len(parts))
    pay(budget, node, parts)
    return separator.join(parts)
