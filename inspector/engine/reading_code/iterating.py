"""Going through a value: the one way in which a loop, a `*` or a function takes its elements."""

import ast
import operator
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from inspector.engine.reading_code.guarding import guarded
from inspector.engine.reading_code.scopes import Scope
from inspector.engine.reading_code.values import ArrayShape

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
    named = (
        "tensor" if isinstance(values, (keras.KerasTensor, tf.Tensor)) else type(values).__name__
    )
    raise scope.reading.error(
        node,
        f"{what} goes through a {named}.",
        "It can go through a range, a list, a tuple, a dictionary or a text.",
    )
