"""The code's own functions: evaluated in a scope of their own, also when Keras calls them."""

import ast
import inspect
import itertools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from inspector.engine.reading_code.budget import Budget
from inspector.engine.reading_code.counting import current_budget, spending
from inspector.engine.reading_code.evaluating import evaluate, failed
from inspector.engine.reading_code.missing import missing
from inspector.engine.reading_code.scopes import Reading, Scope
from inspector.engine.reading_code.source import line_of
from inspector.engine.reading_code.values import Function, needs_of
from inspector.errors import InspectorError

_MODULE = "pasted_code"


def call_function(
    function: Function, args: list[Any], kwargs: dict[str, Any], node: ast.AST | None
) -> Any:
    """Calls a function of the code.

    Raises:
        CodeError: It calls itself, its arguments are wrong, or something in it is not read.
    """
    reading = function.scope.reading
    budget = reading.spending
    where = node if node is not None else function.line
    if any(active is function for active in budget.active):
        budget.exceeded = True
        raise reading.error(where, f"`{function.name}` calls itself.", todo="Write it as a loop.")
    if len(budget.active) >= reading.limits.calls:
        raise budget.over(where, "calls", reading.limits.calls, "Functions call too deeply.")
    scope = Scope(reading, function.scope)
    scope.names.update(_bound(function, args, kwargs, where))
    budget.active.append(function)
    try:
        return _run(function, scope)
    finally:
        budget.active.pop()


def _run(function: Function, scope: Scope) -> Any:
    from inspector.engine.reading_code.statements import run_function

    if isinstance(function.body, list):
        return run_function(function.body, scope)
    return evaluate(function.body, scope)


def _bound(
    function: Function, args: list[Any], kwargs: dict[str, Any], where: ast.AST | int
) -> dict[str, Any]:
    """Binds arguments to parameters as Python does."""
    reading = function.scope.reading
    signature = signature_of(function)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise reading.error(
            where, f"`{function.name}` cannot be called like this: {error}."
        ) from error
    bound.apply_defaults()
    found = dict(bound.arguments)
    return {
        name: list(v) if isinstance(v, tuple) and name == _star(function) else v
        for name, v in found.items()
    }


def _star(function: Function) -> str:
    return function.arguments.vararg.arg if function.arguments.vararg else ""


def signature_of(function: Function) -> inspect.Signature:
    """Returns the parameters of a function of the code as Python's own value."""
    given, kinds = function.arguments, inspect.Parameter
    positional = [*given.posonlyargs, *given.args]
    without = len(positional) - len(function.defaults)
    parameters = []
    for index, parameter in enumerate(positional):
        default = function.defaults[index - without] if index >= without else kinds.empty
        kind = (
            kinds.POSITIONAL_ONLY if index < len(given.posonlyargs) else kinds.POSITIONAL_OR_KEYWORD
        )
        parameters.append(kinds(parameter.arg, kind, default=default))
    if given.vararg:
        parameters.append(kinds(given.vararg.arg, kinds.VAR_POSITIONAL))
    for parameter in given.kwonlyargs:
        default = function.keyword_defaults.get(parameter.arg, kinds.empty)
        parameters.append(kinds(parameter.arg, kinds.KEYWORD_ONLY, default=default))
    if given.kwarg:
        parameters.append(kinds(given.kwarg.arg, kinds.VAR_KEYWORD))
    return inspect.Signature(parameters)


def as_callable(function: Function) -> Callable[..., Any]:
    """Returns a Python function that Keras can call, in a `Lambda` or as a loss."""
    if function.callables:
        return function.callables[0]
    reading = function.scope.reading
    name = "lambda_function" if function.name == "<lambda>" else function.name
    made = _made_callable(
        reading,
        name,
        function.line,
        lambda args, kwargs: call_function(function, args, kwargs, None),
    )
    plain = [
        p.replace(default=None) if p.default is not inspect.Parameter.empty else p
        for p in signature_of(function).parameters.values()
    ]
    made.__signature__ = inspect.Signature(plain)  # type: ignore[attr-defined]
    function.callables.append(made)
    return made


def checked_callable(
    reading: Reading, name: str, node: ast.AST | int, call: Callable[[ast.Call, Any, Any], Any]
) -> Callable[..., Any]:
    """Returns a Python function through which Keras calls a value of the code.

    Keras never gets a function of Python, NumPy or its own: it calls back here, and the call is
    checked and paid for as one that stands in the code.

    Args:
        reading: Of the code.
        name: Of the function.
        node: Where it is handed over.
        call: Makes the call: `call(node, args, kwargs)`.
    """
    line = node if isinstance(node, int) else line_of(node) or 0
    where = ast.Call(ast.Name(name, ast.Load()), [], [], lineno=line, col_offset=0)
    return _made_callable(reading, name, line, lambda args, kwargs: call(where, args, kwargs))


def is_checked(value: Any) -> bool:
    """True for a function that `as_callable` or `checked_callable` has made."""
    return getattr(value, "__module__", None) == _MODULE and callable(value)


def _made_callable(
    reading: Reading, name: str, line: int, run: Callable[[list[Any], dict[str, Any]], Any]
) -> Callable[..., Any]:
    """Each call from outside has a budget of its own, as large as that of the reading."""

    def call(*args: Any, **kwargs: Any) -> Any:
        budget = current_budget()
        if budget is not None and budget.source is reading.source:
            return _called(reading, line, run, args, kwargs)
        with spending(Budget(reading.limits, reading.source)):
            return _called(reading, line, run, args, kwargs)

    # AutoGraph would rewrite the evaluator itself.
    made: Callable[..., Any] = tf.autograph.experimental.do_not_convert(call)
    name = _free_name(name, reading)
    made.__name__ = made.__qualname__ = name
    made.__module__ = _MODULE  # Keras must find nothing by this name where it rebuilds layers
    made.__signature__ = inspect.signature(call)  # type: ignore[attr-defined]
    reading.callables[name] = made
    return made


def _free_name(name: str, reading: Reading) -> str:
    """The function's name, made unique: a wrapper finds it by name when it rebuilds a layer."""
    taken = reading.callables
    numbered = (f"{name}_{number}" for number in itertools.count(1))
    return name if name not in taken else next(n for n in numbered if n not in taken)


def _called(
    reading: Reading,
    line: int,
    run: Callable[[list[Any], dict[str, Any]], Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    from inspector.engine.reading_code.converting import to_keras

    try:
        found = run(list(args), kwargs)
        unknown = reading.unknowns(found)
        if unknown:
            raise missing(reading, needs_of(unknown))
        converted = to_keras(reading, line, found)
        if isinstance(converted, (str, bytes)):
            raise reading.error(line, "This gives Keras a text, where it takes a tensor.")
    except InspectorError:
        raise
    except Exception as error:
        raise failed(ast.Pass(lineno=line), Scope(reading), error) from error
    return converted
