"""Lines that have nothing to do with how the model is built: skipped, with a note each."""

import ast
from typing import Any

from inspector.engine.reading_code.scopes import MISSING, Scope
from inspector.engine.reading_code.source import written
from inspector.engine.reading_code.stacks import Stack
from inspector.engine.reading_code.values import Unknown

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

    A `Sequential` that the block adds to, and a tensor that it replaces, become unknown as built
    from `why`, so that the block's condition is asked for.
    """
    reading = scope.reading
    reading.note(node, f"Skipped: it depends on `{why[0].text}`, which has no value here.")
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            _forget(inner, why, scope)
        elif isinstance(inner, (ast.FunctionDef, ast.ClassDef)) and inner is not node:
            scope.assign(inner.name, reading.ask(inner.name, inner, "data"))
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            owner = scope.look_up(inner.value.id)
            if isinstance(owner, Stack) and inner.attr in ("add", "pop"):
                owner.unknown.append(reading.derived(node, why, built=True))


def _forget(name: ast.Name, why: list[Unknown], scope: Scope) -> None:
    from inspector.engine.reading_code.touching import is_of_keras

    before = scope.look_up(name.id)
    if before is not MISSING and is_of_keras(before):
        scope.assign(name.id, scope.reading.derived(name, why, built=True))
    else:
        scope.assign(name.id, scope.reading.ask(name.id, name, "data"))
