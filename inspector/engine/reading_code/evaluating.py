"""The evaluator's core: one function per kind of expression, found in a table."""

import ast
from collections.abc import Callable
from typing import Any, TypeVar

from inspector.engine.reading_code.scopes import Scope
from inspector.engine.reading_code.source import written
from inspector.errors import CodeError, InspectorError

Evaluator = Callable[[Any, Scope], Any]
_Made = TypeVar("_Made", bound=Evaluator)
_evaluators: dict[type, Evaluator] = {}

_WORDS = {
    ast.Await: "`await`",
    ast.Yield: "`yield`",
    ast.YieldFrom: "`yield from`",
    ast.GeneratorExp: "A generator",
}


def evaluates(*kinds: type) -> Callable[[_Made], _Made]:
    """Registers a function that evaluates these kinds of expressions."""

    def register(function: _Made) -> _Made:
        _evaluators.update(dict.fromkeys(kinds, function))
        return function

    return register


def evaluate(node: ast.expr, scope: Scope) -> Any:
    """Returns the value of an expression.

    Raises:
        CodeError: It is not in the subset that is read, or it fails.
    """
    scope.reading.spending.spend(node)
    evaluator = _evaluators.get(type(node))
    if evaluator is None:
        what = _WORDS.get(type(node), f"`{written(node)}`")
        raise scope.reading.error(node, f"{what} is not read.", todo="Write it more simply.")
    try:
        return evaluator(node, scope)
    except InspectorError:
        raise
    except Exception as error:
        raise failed(node, scope, error) from error


def failed(node: ast.AST, scope: Scope, error: Exception) -> CodeError:
    """The error for an expression that Python itself would not evaluate."""
    if isinstance(error, RecursionError):
        return scope.reading.error(node, "This is nested too deeply.", todo="Split it up.")
    reasons = {
        ZeroDivisionError: "This divides by zero.",
        IndexError: "The index is beyond the end.",
        MemoryError: "This takes more memory than there is.",
        OverflowError: "The number is too large.",
    }
    for kind, reason in reasons.items():
        if isinstance(error, kind):
            return scope.reading.error(node, reason)
    if isinstance(error, KeyError):
        return scope.reading.error(node, f"There is no key {written_value(error)}.")
    text = " ".join(str(error).split())[:200] or type(error).__name__
    return scope.reading.error(node, f"`{written(node)}` fails: {text}.".replace("..", "."))


def written_value(error: KeyError) -> str:
    """The missing key, as text."""
    return str(error)[:60]
