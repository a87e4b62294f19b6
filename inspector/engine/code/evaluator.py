"""The evaluator's core: who evaluates what, truth, and going through a value.

Expressions, calls and statements need each other. They register what they do here, and ask here
for what the others do.
"""

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf

from inspector.engine.code.code_values import CONTAINERS, PLAIN, ArrayShape, is_tensor, kind_name
from inspector.engine.code.guard import guarded
from inspector.engine.code.scopes import Scope
from inspector.engine.code.text import written
from inspector.errors import CodeError, InspectorError

Evaluator = Callable[[Any, Scope], Any]
_Made = TypeVar("_Made", bound=Evaluator)
_evaluators: dict[type, Evaluator] = {}

LARGEST = 2**64
"""Whole numbers beyond this are refused: no shape needs them, and they can fill the memory."""

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


@dataclass
class _Others:
    """What calls and statements do: set where they are defined, used where they are needed."""

    call: Callable[[ast.Call, Any, list[Any], dict[str, Any], Scope], Any] | None = None
    run: Callable[[list[ast.stmt], Scope], Any] | None = None


_others = _Others()


def calls_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """Registers the function that calls a value of the code."""
    _others.call = function
    return function


def runs_bodies(function: Callable[..., Any]) -> Callable[..., Any]:
    """Registers the function that runs the body of a function of the code."""
    _others.run = function
    return function


def call_value(
    node: ast.Call, callee: Any, args: list[Any], kwargs: dict[str, Any], scope: Scope
) -> Any:
    """Calls a value of the code with evaluated arguments."""
    assert _others.call is not None
    return _others.call(node, callee, args, kwargs, scope)


def run_body(body: list[ast.stmt], scope: Scope) -> Any:
    """Runs the body of a function of the code and returns its value."""
    assert _others.run is not None
    return _others.run(body, scope)


def plain(node: ast.AST, value: Any, scope: Scope) -> Any:
    """Returns a computed value, checked: whole numbers are bounded."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, int) and abs(value) > LARGEST:
        raise OverflowError
    if isinstance(value, complex):
        raise scope.reading.error(node, "Complex numbers are not read.")
    return value


def truth(node: ast.AST, value: Any, scope: Scope) -> bool:
    """Returns whether a value counts as true; a symbolic tensor has no truth yet."""
    if is_tensor(value):
        try:
            return bool(value) if not isinstance(value, keras.KerasTensor) else _no_truth()
        except Exception as error:
            raise scope.reading.error(
                node,
                "A tensor decides here, and while the model is built it has no value.",
                todo="Use `keras.ops.where(condition, a, b)`.",
            ) from error
    if isinstance(value, np.ndarray):
        return bool(value.any()) if value.size == 1 else bool(value)
    if isinstance(value, ArrayShape):
        raise TypeError("the values of the array are not known")
    if isinstance(value, (*PLAIN, *CONTAINERS, dict, range)):
        return bool(value)
    return True


def _no_truth() -> bool:
    raise TypeError


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


_PER_TENSOR = 50  # steps: taking one row of a tensor calls TensorFlow


def iterable(node: ast.AST, values: Any, scope: Scope) -> Any:
    """Returns what a loop goes through: a range as it is, anything else as a list, paid for."""
    if isinstance(values, range):
        return values
    return items_of(node, values, scope, "A loop")


def items_of(node: ast.AST, values: Any, scope: Scope, what: str) -> list[Any]:
    """Returns the elements of a value as a list, its length paid before.

    Args:
        node: Where they are asked for.
        values: The value.
        scope: Of the code.
        what: Who goes through it, for the message.

    Raises:
        CodeError: It has no elements, or too many.
    """
    budget = scope.reading.spending
    if isinstance(values, (list, tuple, str, set, frozenset, dict, range)):
        budget.elements(node, len(values))
        return list(values)
    if isinstance(values, np.ndarray) and values.ndim:
        budget.elements(node, len(values))
        return [v.item() if isinstance(v, np.generic) else v for v in values]
    if isinstance(values, ArrayShape) and values.view.ndim:
        budget.elements(node, len(values.view))
        return [ArrayShape.of(values.view.shape[1:], values.view.dtype)] * len(values.view)
    if isinstance(values, tf.Tensor) and tf.executing_eagerly() and values.shape.rank:
        count = int(values.shape[0])
        budget.elements(node, count)
        budget.spend(node, _PER_TENSOR * count)
        take = [partial(operator.getitem, values, index) for index in range(count)]
        return [guarded(scope.reading, node, one) for one in take]
    named = "tensor" if isinstance(values, (keras.KerasTensor, tf.Tensor)) else kind_name(values)
    raise scope.reading.error(
        node,
        f"{what} goes through a {named}.",
        "It can go through a range, a list, a tuple, a dictionary or a text.",
    )
