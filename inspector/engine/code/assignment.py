"""Assignments: to names, in several at once, to elements and to the few settable attributes."""

import ast
import re
from typing import Any

import keras
import numpy as np

from inspector.engine.code.array_functions import NotKept, Prices, item_shape
from inspector.engine.code.budget import pay
from inspector.engine.code.code_values import CONTAINERS, ArrayShape, Unknown, is_tensor, kind_name
from inspector.engine.code.evaluator import evaluate, items_of
from inspector.engine.code.operators import binary
from inspector.engine.code.scopes import MISSING, Scope
from inspector.engine.code.stacks import Stack
from inspector.engine.code.text import written

_PATH = re.compile(r"[^\W\d]\w*(\.\w+|\[[\w\s:,'\"-]+\])*")
_SETTABLE = frozenset({"trainable", "supports_masking"})
_KEPT_ARRAY = 10_000


def assign(target: ast.expr, value: Any, scope: Scope) -> None:
    """Binds a target of an assignment or a loop to a value."""
    if isinstance(target, ast.Name):
        _assign_name(target, value, scope)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(target, value, scope)
    elif isinstance(target, ast.Starred):
        assign(target.value, value, scope)
    elif isinstance(target, ast.Subscript):
        _assign_item(target, value, scope)
    elif isinstance(target, ast.Attribute):
        _assign_attribute(target, value, scope)
    else:
        raise scope.reading.error(target, f"`{written(target)}` cannot be assigned to.")


def _assign_name(target: ast.Name, value: Any, scope: Scope) -> None:
    reading = scope.reading
    if isinstance(value, Unknown) and not value.built:
        paths = all(_PATH.fullmatch(need.name) for need in value.needs)
        if target.id in reading.given or not paths:
            # `vocab_size = len(tokenizer.word_index) + 1`: `vocab_size` is what to ask for.
            value = reading.ask(target.id, target, value.why, value.module)
    if isinstance(value, np.ndarray) and value.size <= _KEPT_ARRAY and scope.parent is None:
        reading.arrays[target.id] = value
    scope.assign(target.id, value)


def _unpack(target: ast.Tuple | ast.List, value: Any, scope: Scope) -> None:
    reading = scope.reading
    if isinstance(value, Unknown):
        for element in target.elts:
            inner = element.value if isinstance(element, ast.Starred) else element
            if isinstance(inner, (ast.Tuple, ast.List)) or value.built:
                assign(inner, value, scope)
            else:
                named = reading.ask(written(inner), inner, value.why, value.module)
                assign(inner, named, scope)
        return
    if isinstance(value, ArrayShape):
        value = [ArrayShape.of(value.view.shape[1:])] * min(value.view.shape[0], 100)
    if is_tensor(value) or not isinstance(value, (*CONTAINERS, str, range, dict, np.ndarray)):
        raise reading.error(
            target,
            f"One value is unpacked into {len(target.elts)} names.",
            todo="Does the layer lack `return_state=True`?" if is_tensor(value) else "",
        )
    values, names = items_of(target, value, scope, "An assignment to several names"), target.elts
    star = next((i for i, name in enumerate(names) if isinstance(name, ast.Starred)), None)
    if len(values) < len(names) - (star is not None) or (
        star is None and len(values) != len(names)
    ):
        raise reading.error(target, f"{len(values)} values are unpacked into {len(names)} names.")
    if star is not None:
        after = len(names) - star - 1
        middle = values[star : len(values) - after]
        values = [*values[:star], middle, *values[len(values) - after :]]
    for name, part in zip(names, values, strict=True):
        assign(name, part, scope)


def _assign_item(target: ast.Subscript, value: Any, scope: Scope) -> None:
    """`owner[index] = value`: on lists, dictionaries and small arrays; else it is data."""
    reading = scope.reading
    owner = evaluate(target.value, scope)
    if isinstance(owner, (Unknown, ArrayShape)):
        reading.note(target, f"`{written(target)} = ...` is skipped: data.")
        return
    index = evaluate(target.slice, scope)
    if is_tensor(owner):
        raise reading.error(
            target,
            "An element of a tensor is assigned, and tensors cannot be changed.",
            todo="Use `keras.ops.where` or `keras.ops.slice_update`.",
        )
    if reading.unknowns([index]) or (isinstance(value, Unknown) and isinstance(owner, np.ndarray)):
        reading.note(target, f"`{written(target)} = ...` is skipped: data.")
        return
    if not isinstance(owner, (list, dict, np.ndarray)):
        raise reading.error(target, f"An element of a {kind_name(owner)} is assigned.")
    pay(reading.spending, target, index, value)  # a key is hashed to the bottom
    if isinstance(owner, np.ndarray):
        _assign_numbers(target, owner, index, value, scope)
        return
    if isinstance(index, slice) and isinstance(owner, list):
        value = items_of(target, value, scope, "An assignment to a part of a list")
        reading.spending.elements(target, len(owner) + len(value))
    if isinstance(owner, dict):
        reading.spending.length(target, len(owner) + 1)
    owner[index] = value


def _assign_numbers(
    target: ast.Subscript, owner: np.ndarray, index: Any, value: Any, scope: Scope
) -> None:
    """An array of plain numbers or texts stays one; what is no such value is a matter of data."""
    prices = Prices(scope.reading.spending, target)
    try:
        item_shape(prices, owner.shape, index)
        plain = prices.array(value)
    except NotKept:
        scope.reading.note(target, f"`{written(target)} = ...` is skipped: data.")
        return
    owner[index] = plain


def _assign_attribute(target: ast.Attribute, value: Any, scope: Scope) -> None:
    reading = scope.reading
    owner = evaluate(target.value, scope)
    if isinstance(owner, Unknown):
        return
    if isinstance(owner, (Stack, keras.layers.Layer)) and target.attr in _SETTABLE:
        if isinstance(value, bool) and not isinstance(owner, Stack):
            setattr(owner, target.attr, value)
        return
    raise reading.error(
        target,
        f"`{written(target)}` is set, and only `trainable` and `supports_masking` can be.",
        todo="Pass it as an argument when the layer is made.",
    )


def augmented(node: ast.AugAssign, scope: Scope) -> None:
    """`name += value`."""
    load: ast.expr
    if isinstance(node.target, ast.Name):
        load = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
        if scope.look_up(node.target.id) is MISSING:
            raise scope.reading.error(node, f"`{node.target.id}` has no value yet.")
    elif isinstance(node.target, ast.Subscript):
        load = ast.copy_location(
            ast.Subscript(node.target.value, node.target.slice, ast.Load()), node.target
        )
    else:
        raise scope.reading.error(node, f"`{written(node.target)}` cannot be changed.")
    value = binary(node, type(node.op), evaluate(load, scope), evaluate(node.value, scope), scope)
    assign(node.target, value, scope)
