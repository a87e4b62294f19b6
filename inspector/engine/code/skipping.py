"""Lines that have nothing to do with how the model is built: skipped, with a note each."""

import ast
from typing import Any

import keras

from inspector.engine.code import tables
from inspector.engine.code.code_values import (
    CallKind,
    CodeFunction,
    Known,
    Namespace,
    Partial,
    Unknown,
    is_tensor,
    leaves,
)
from inspector.engine.code.scopes import MISSING, Scope
from inspector.engine.code.stacks import Stack
from inspector.engine.code.text import written

_PLOTTING = ("matplotlib", "seaborn", "plotly", "plt", "sns", "bokeh", "pydot", "graphviz")
_SETTINGS = ("warnings", "logging", "os", "sys", "random", "keras.config", "keras.mixed_precision")
_DEVICES = "it says where the model runs"
_BY_PART = {
    "callbacks": "training",
    "seed": "settings",
    "set_seed": "settings",
    "set_random_seed": "settings",
    "distribute": _DEVICES,
    "distribution": _DEVICES,
    "scope": _DEVICES,
}
_TRAINING = frozenset(("fit", "fit_generator", "train_on_batch"))
_FILLED = (list, dict, set)
_FILLING = frozenset(
    "append extend insert add update setdefault pop popitem remove discard clear".split()
)
_REASONS = {
    "data": "data",
    "name": "it has no value here",
    "module": "its module is not read",
}


def skipped_call(node: ast.Call, why: str, scope: Scope, callee: Unknown | None = None) -> Any:
    """Notes that a call is skipped; its value is unknown."""
    module = callee.module if callee is not None else ""
    called = written(node.func)
    scope.reading.note(node, f"`{called}(...)` is skipped: {_reason(why, module, called)}.")
    return scope.reading.unknown(node, why, module)


def _reason(why: str, module: str, called: str) -> str:
    root = "" if module else called.partition(".")[0]  # `plt.plot` where no import stands
    if module.startswith(_PLOTTING) or root in _PLOTTING:
        return "plotting"
    if module.startswith(_SETTINGS) or root in _SETTINGS:
        return "settings"
    if why != "data":
        return _REASONS.get(why, why)
    parts = [*module.split("."), *called.split(".")]
    return next((_BY_PART[part] for part in parts if part in _BY_PART), _REASONS[why])


def skip_block(node: ast.stmt, why: list[Unknown], scope: Scope) -> None:
    """Skips a block that depends on something unknown; what it assigns becomes unknown.

    So does what it fills: a list that it appends to. A `Sequential` that the block adds to, and a
    tensor that it replaces, become unknown as built from `why`, so that the block's condition is
    asked for.
    """
    reading = scope.reading
    reading.note(node, f"Skipped: it depends on `{why[0].text}`, which has no value here.")
    for inner in ast.walk(node):
        reading.spending.spend(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            _forget(inner, why, scope)
        elif isinstance(inner, (ast.FunctionDef, ast.ClassDef)) and inner is not node:
            scope.assign(inner.name, reading.ask(inner.name, inner, "data"))
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            owner = scope.look_up(inner.value.id)
            if isinstance(owner, Stack) and inner.attr in ("add", "pop"):
                owner.unknown.append(reading.derived(node, why, built=True))
            elif isinstance(owner, _FILLED) and inner.attr in _FILLING:
                _forget(inner.value, why, scope)
        elif isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store):
            if isinstance(inner.value, ast.Name):
                _forget(inner.value, why, scope)


def trains(loop: ast.For | ast.While, scope: Scope) -> bool:
    """True for a loop that trains a model made before it, and notes that it is read once.

    One pass says all: what follows the first is the same on other data.
    """
    scope.reading.spending.spend(loop, sum(1 for _ in ast.walk(loop)))
    called = [
        (inner.value.id, inner.attr)
        for inner in ast.walk(loop)
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name)
    ]
    made = {name for name, _ in called if isinstance(scope.look_up(name), (Stack, keras.Model))}
    names = [inner for inner in ast.walk(loop) if isinstance(inner, ast.Name)]
    changed = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    changed |= {name for name, method in called if method in ("add", "pop", "compile")}
    trained = {name for name, method in called if method in _TRAINING} & made
    if not trained or made & changed:
        return False
    scope.reading.note(loop, "The loop is read once: training.")
    return True


def _forget(name: ast.Name, why: list[Unknown], scope: Scope) -> None:
    before = scope.look_up(name.id)
    if before is not MISSING and is_of_keras(before):
        scope.assign(name.id, scope.reading.derived(name, why, built=True))
    else:
        scope.assign(name.id, scope.reading.ask(name.id, name, "data"))


_DATA = (CallKind.PYTHON, CallKind.ARRAY)


def touches_keras(function: CodeFunction, args: list[Any], kwargs: dict[str, Any]) -> bool:
    """True if a function names anything of Keras, or is given some."""
    reading = function.scope.reading
    given = leaves([args, kwargs], lambda steps: reading.spending.spend(None, steps))
    if any(is_of_keras(value) for value in given):
        return True
    return _mentions(function, set())


def _mentions(function: CodeFunction, seen: set[int]) -> bool:
    if id(function) in seen:
        return False
    seen.add(id(function))
    body = function.body if isinstance(function.body, list) else [function.body]
    for part in body:
        for node in ast.walk(part):
            function.scope.reading.spending.spend(None)
            if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
                continue
            value = function.scope.look_up(node.id)
            if value is MISSING:
                value = tables.fragment_names().get(node.id)
            if isinstance(value, CodeFunction) and _mentions(value, seen):
                return True
            if not isinstance(value, CodeFunction) and is_of_keras(value):
                return True
    return False


def is_of_keras(value: Any) -> bool:
    """True for tensors, layers, models and what makes them."""
    if isinstance(value, Namespace):
        return value.path.partition(".")[0] in ("keras", "tensorflow")
    if isinstance(value, Known):
        return value.kind not in _DATA
    if isinstance(value, Partial):
        return is_of_keras(value.function)
    return is_tensor(value) or isinstance(value, (Stack, CodeFunction, keras.layers.Layer))
