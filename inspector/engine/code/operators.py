"""Arithmetic, comparisons and indexing, on numbers, arrays and tensors, with sizes checked."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from inspector.engine.code.array_functions import Prices, item_shape
from inspector.engine.code.budget import pay
from inspector.engine.code.code_values import (
    CONTAINERS,
    PLAIN,
    ArrayShape,
    Unknown,
    is_tensor,
    kind_name,
)
from inspector.engine.code.evaluator import evaluate, evaluates, plain, truth
from inspector.engine.code.guard import guarded, operate
from inspector.engine.code.scopes import Scope
from inspector.engine.code.text import written
from inspector.engine.code.texts import percent

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}
_UNARY: dict[type, Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


@evaluates(ast.BinOp)
def _binary(node: ast.BinOp, scope: Scope) -> Any:
    return binary(
        node, type(node.op), evaluate(node.left, scope), evaluate(node.right, scope), scope
    )


def binary(node: ast.AST, kind: type, left: Any, right: Any, scope: Scope) -> Any:
    """Applies one arithmetic operator to two values."""
    reading = scope.reading
    unknown = [*_shallow(left), *_shallow(right)]
    if unknown:
        return reading.derived(node, unknown, built=is_tensor(left) or is_tensor(right))
    function = _BINARY[kind]
    if is_tensor(left) or is_tensor(right):
        _check_operands(node, left, right, scope)
        return operate(reading, node, function, (left, right), {})
    if isinstance(left, ArrayShape) or isinstance(right, ArrayShape):
        shapes = [_shape(node, value, scope) for value in (left, right)]
        return ArrayShape.of(np.broadcast_shapes(*shapes))
    _check_operands(node, left, right, scope)
    if isinstance(left, str) and kind is ast.Mod:
        return percent(reading.spending, node, left, right)
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        left, right = _arrays(node, kind, left, right, scope)
    else:
        _check_size(node, kind, left, right, scope)
    with np.errstate(all="ignore"):
        return plain(node, function(left, right), scope)


def _shallow(value: Any) -> list[Unknown]:
    if isinstance(value, (list, tuple)):
        return [inner for inner in value if isinstance(inner, Unknown)]
    return [value] if isinstance(value, Unknown) else []


def _check_operands(node: ast.AST, left: Any, right: Any, scope: Scope) -> None:
    for value in (left, right):
        if not isinstance(value, (*PLAIN, *CONTAINERS, dict, np.ndarray)) and not is_tensor(value):
            raise scope.reading.error(
                node,
                f"`{written(node)}` computes with a {_kind(value)}.",
                "Operators work on numbers and tensors.",
                "Call the layer or model on a tensor first, and use its result."
                if callable(value)
                else "",
            )


def _kind(value: Any) -> str:
    return "layer" if isinstance(value, keras.layers.Layer) else kind_name(value).lower()


def _shape(node: ast.AST, value: Any, scope: Scope) -> tuple[int, ...]:
    if isinstance(value, ArrayShape):
        return value.view.shape
    return Prices(scope.reading.spending, node).array(value).shape


def _arrays(
    node: ast.AST, kind: type, left: Any, right: Any, scope: Scope
) -> tuple[np.ndarray, np.ndarray]:
    """Both sides as arrays of numbers, once the size of what they make is paid for."""
    prices = Prices(scope.reading.spending, node)
    first, second = prices.array(left), prices.array(right)
    if kind not in _COMPARE and "U" in (first.dtype.kind, second.dtype.kind):
        raise TypeError("arrays of texts are not computed with")
    if kind is ast.MatMult:
        prices.product(first, second)
    else:
        count = math.prod(np.broadcast_shapes(first.shape, second.shape))
        prices.size(count, first, second)
    return first, second


def _check_size(node: ast.AST, kind: type, left: Any, right: Any, scope: Scope) -> None:
    """Checks the size of what an operator makes, before it is made."""
    budget = scope.reading.spending
    sizes = [_length(value) for value in (left, right)]
    whole = isinstance(left, int) and isinstance(right, int)
    if kind is ast.Mult and not whole:
        for size, other in zip(sizes, (right, left), strict=True):
            if size is not None and isinstance(other, int):
                budget.elements(node, size * max(other, 0))
    elif None not in sizes:
        budget.elements(node, sum(size for size in sizes if size is not None))
    if isinstance(left, bytes) and kind is ast.Mod:
        raise TypeError("only texts are formatted")
    if whole and (
        (kind is ast.Pow and right > 0 and abs(left) > 1 and right * left.bit_length() > 128)
        or (kind is ast.LShift and right > 64)
    ):
        raise OverflowError


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, (str, bytes, *CONTAINERS, dict)) else None


@evaluates(ast.UnaryOp)
def _unary(node: ast.UnaryOp, scope: Scope) -> Any:
    value = evaluate(node.operand, scope)
    if isinstance(value, Unknown):
        return scope.reading.derived(node, [value])
    if isinstance(node.op, ast.Not):
        return not truth(node, value, scope)
    function = _UNARY[type(node.op)]
    if is_tensor(value):
        return operate(scope.reading, node, function, (value,), {})
    if isinstance(value, ArrayShape):
        return value
    _check_operands(node, value, 0, scope)
    return plain(node, function(value), scope)


@evaluates(ast.Compare)
def _compare(node: ast.Compare, scope: Scope) -> Any:
    left = evaluate(node.left, scope)
    found: Any = True
    for kind, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(right_node, scope)
        found = _compared(node, type(kind), left, right, scope)
        if isinstance(found, Unknown) or len(node.ops) == 1:
            return found
        if not truth(node, found, scope):
            return False
        left = right
    return found


def _compared(node: ast.Compare, kind: type, left: Any, right: Any, scope: Scope) -> Any:
    reading = scope.reading
    if kind in (ast.Is, ast.IsNot):
        if right is None and isinstance(left, Unknown):
            return reading.derived(node, [left])
        same = left is right
        return same if kind is ast.Is else not same
    unknown = [*_shallow(left), *_shallow(right)]
    if unknown:
        return reading.derived(node, unknown)
    if is_tensor(left) or is_tensor(right):
        return _compared_tensors(node, kind, left, right, scope)
    pay(reading.spending, node, left, right)  # comparing goes to the bottom of nested lists
    if kind in (ast.In, ast.NotIn):
        inside = _contains(left, right)
        return inside if kind is ast.In else not inside
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        if left is None or right is None:
            return kind is ast.NotEq
        left, right = _arrays(node, kind, left, right, scope)
    return plain(node, _COMPARE[kind](left, right), scope)


def _contains(value: Any, among: Any) -> bool:
    """`value in among`; a range is not gone through."""
    if isinstance(among, np.ndarray):
        raise TypeError("`in` does not look into arrays")
    if isinstance(among, range):
        return isinstance(value, (int, float)) and value == value // 1 and int(value) in among
    return value in among


def _compared_tensors(node: ast.Compare, kind: type, left: Any, right: Any, scope: Scope) -> Any:
    if kind in (ast.In, ast.NotIn):
        raise scope.reading.error(node, "`in` does not look into tensors.")
    symbolic = isinstance(left, keras.KerasTensor) or isinstance(right, keras.KerasTensor)
    if kind is ast.Eq and symbolic:
        if left is None or right is None:
            return False
        raise scope.reading.error(
            node,
            "`==` on a Keras tensor is always False: Keras compares the objects.",
            "Elements are compared by a function.",
            "Use `keras.ops.equal(a, b)`.",
        )
    if kind is ast.Eq or kind is ast.NotEq:
        name = keras.ops.equal if kind is ast.Eq else keras.ops.not_equal
        return operate(scope.reading, node, name, (left, right), {})
    return operate(scope.reading, node, _COMPARE[kind], (left, right), {})


@evaluates(ast.Subscript)
def _subscript(node: ast.Subscript, scope: Scope) -> Any:
    owner = evaluate(node.value, scope)
    if isinstance(owner, Unknown):
        return (
            scope.reading.derived(node, [owner])
            if owner.built
            else scope.reading.unknown(node, owner.why, owner.module)
        )
    index = evaluate(node.slice, scope)
    unknown = scope.reading.unknowns(index)
    if unknown:
        return scope.reading.derived(node, unknown, built=is_tensor(owner))
    return item(node, owner, index, scope)


def item(node: ast.AST, owner: Any, index: Any, scope: Scope) -> Any:
    """Returns `owner[index]`."""
    if is_tensor(owner):
        return guarded(scope.reading, node, lambda: owner[index])
    budget = scope.reading.spending
    pay(budget, node, index)  # a key is hashed to the bottom
    if isinstance(owner, ArrayShape):
        item_shape(Prices(budget, node), owner.view.shape, index)
        found = owner.view[index]
        return ArrayShape(found) if isinstance(found, np.ndarray) else ArrayShape.of(())
    if isinstance(owner, np.ndarray):
        item_shape(Prices(budget, node), owner.shape, index)
        found = owner[index]
        return found.item() if isinstance(found, np.generic) else found
    if isinstance(owner, (list, tuple, str, bytes, range, dict)):
        if isinstance(index, slice) and not isinstance(owner, dict):
            budget.elements(node, len(range(*index.indices(len(owner)))))
        return owner[index]
    raise scope.reading.error(node, f"A {_kind(owner)} has no elements.")


@evaluates(ast.Slice)
def _slice(node: ast.Slice, scope: Scope) -> slice:
    parts = (node.lower, node.upper, node.step)
    return slice(*(evaluate(part, scope) if part is not None else None for part in parts))
