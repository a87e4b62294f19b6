"""Statements: evaluated one after the other; what is no model-building is skipped with a note."""

import ast
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from inspector.engine.code import attributes, refusals
from inspector.engine.code.assignment import assign, augmented
from inspector.engine.code.code_values import Unknown
from inspector.engine.code.evaluator import evaluate, failed, iterable, runs_bodies, truth
from inspector.engine.code.expressions import make_function
from inspector.engine.code.scopes import Scope
from inspector.engine.code.skipping import skip_block, trains
from inspector.engine.code.text import written
from inspector.errors import CodeError, InspectorError


class Jump(Enum):
    """Leaves a loop, or the rest of its body."""

    BREAK = "break"
    CONTINUE = "continue"


@dataclass(frozen=True, eq=False)
class Returned:
    """Leaves a function with a value."""

    value: Any


Ending = Jump | Returned | None


def run(statements: list[ast.stmt], scope: Scope) -> Ending:
    """Evaluates statements in order, up to a jump."""
    for node in statements:
        ending = _run_one(node, scope)
        if ending is not None:
            return ending
    return None


@runs_bodies
def run_function(body: list[ast.stmt], scope: Scope) -> Any:
    """Evaluates the body of a function and returns its value."""
    ending = run(body, scope)
    return ending.value if isinstance(ending, Returned) else None


def _run_one(node: ast.stmt, scope: Scope) -> Ending:
    scope.reading.spending.spend(node)
    runner = _RUNNERS.get(type(node))
    if runner is None:
        raise scope.reading.error(
            node, f"`{written(node, 30)}` is not read.", todo="Write it more simply."
        )
    try:
        return runner(node, scope)
    except InspectorError:
        raise
    except Exception as error:
        raise failed(node, scope, error) from error


def _expression(node: ast.Expr, scope: Scope) -> Ending:
    if not isinstance(node.value, ast.Constant):
        evaluate(node.value, scope)
    return None


def _assign(node: ast.Assign, scope: Scope) -> Ending:
    value = evaluate(node.value, scope)
    for target in node.targets:
        assign(target, value, scope)
    return None


def _annotated(node: ast.AnnAssign, scope: Scope) -> Ending:
    if node.value is not None:
        assign(node.target, evaluate(node.value, scope), scope)
    return None


def _augmented(node: ast.AugAssign, scope: Scope) -> Ending:
    augmented(node, scope)
    return None


def _function(node: ast.FunctionDef, scope: Scope) -> Ending:
    made = make_function(node.name, node.args, node.body, scope, node.lineno)
    scope.assign(node.name, made)
    if scope.parent is None:
        scope.reading.functions.append(made)
    return None


def _class(node: ast.ClassDef, scope: Scope) -> Ending:
    what = "data or training" if refusals.is_data_class(node) else "a class"
    scope.reading.note(node, f"`class {node.name}` is skipped: {what}.")
    scope.assign(node.name, scope.reading.ask(node.name, node, "class"))
    return None


def _return(node: ast.Return, scope: Scope) -> Ending:
    return Returned(evaluate(node.value, scope) if node.value is not None else None)


def _if(node: ast.If, scope: Scope) -> Ending:
    test = evaluate(node.test, scope)
    if isinstance(test, Unknown):
        skip_block(node, [test], scope)
        return None
    return run(node.body if truth(node.test, test, scope) else node.orelse, scope)


def _for(node: ast.For, scope: Scope) -> Ending:
    values = evaluate(node.iter, scope)
    if isinstance(values, Unknown):
        skip_block(node, [values], scope)
        return None
    once = trains(node, scope)
    for value in itertools.islice(iterable(node.iter, values, scope), 1 if once else None):
        scope.reading.spending.spend(node)
        assign(node.target, value, scope)
        ending = run(node.body, scope)
        if ending is Jump.BREAK:
            return None
        if isinstance(ending, Returned):
            return ending
    return run(node.orelse, scope)


def _while(node: ast.While, scope: Scope) -> Ending:
    once = trains(node, scope)
    while True:
        scope.reading.spending.spend(node)
        test = evaluate(node.test, scope)
        if isinstance(test, Unknown):
            skip_block(node, [test], scope)
            return None
        if not truth(node.test, test, scope):
            return run(node.orelse, scope)
        ending = run(node.body, scope)
        if ending is Jump.BREAK or once:
            return None
        if isinstance(ending, Returned):
            return ending


def _with(node: ast.With, scope: Scope) -> Ending:
    """`with strategy.scope():` makes no difference to the model; the body is read."""
    for item in node.items:
        value = evaluate(item.context_expr, scope)
        if not isinstance(value, Unknown):
            raise scope.reading.error(
                node, f"`with {written(item.context_expr)}` is not read.", todo="Delete the line."
            )
        if item.optional_vars is not None:
            assign(item.optional_vars, value, scope)
    return run(node.body, scope)


def _try(node: ast.Try, scope: Scope) -> Ending:
    """The body is read; where it is refused, the first handler is read instead."""
    ending: Ending
    try:
        ending = run(node.body, scope)
        if ending is None:
            ending = run(node.orelse, scope)
    except CodeError:
        budget = scope.reading.spending
        if budget.exceeded or not node.handlers:
            raise
        budget.failure = None
        ending = run(node.handlers[0].body, scope)
    return run(node.finalbody, scope) or ending


def _raise(node: ast.Raise, scope: Scope) -> Ending:
    what = written(node.exc) if node.exc is not None else "an error"
    raise scope.reading.error(node, f"The code raises {what}.")


def _assert(node: ast.Assert, scope: Scope) -> Ending:
    scope.reading.note(node, "Skipped: a check.")
    return None


def _delete(node: ast.Delete, scope: Scope) -> Ending:
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.names.pop(target.id, None)
    return None


def _elsewhere(node: ast.Global | ast.Nonlocal, scope: Scope) -> Ending:
    scope.elsewhere.update(node.names)
    return None


def _import(node: ast.Import, scope: Scope) -> Ending:
    attributes.import_module(node, scope)
    return None


def _import_from(node: ast.ImportFrom, scope: Scope) -> Ending:
    attributes.import_names(node, scope)
    return None


_RUNNERS: dict[type, Callable[[Any, Scope], Ending]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.FunctionDef: _function,
    ast.ClassDef: _class,
    ast.Return: _return,
    ast.If: _if,
    ast.For: _for,
    ast.While: _while,
    ast.With: _with,
    ast.Try: _try,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Global: _elsewhere,
    ast.Nonlocal: _elsewhere,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Pass: lambda node, scope: None,
    ast.Break: lambda node, scope: Jump.BREAK,
    ast.Continue: lambda node, scope: Jump.CONTINUE,
}
