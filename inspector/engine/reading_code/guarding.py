"""Every call into Keras: sizes before, errors and sizes after, and the line that made each node."""

import ast
import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from keras.src import backend
from keras.src.backend.common import global_state

from inspector.engine.reading_code import words
from inspector.engine.reading_code.budget import Budget
from inspector.engine.reading_code.scopes import Reading
from inspector.engine.reading_code.source import line_of
from inspector.engine.reading_code.values import leaves
from inspector.errors import InspectorError

_COUNTER = "object_name_uids"  # as in engine/names.py
_EAGER = 2**20
"""Numbers of one real tensor that code may compute while it is read."""
_CALL = 50
"""Steps that a call into Keras counts for: it takes about a millisecond."""
_NO_LARGER = (ops.copy, ops.where)
"""Functions whose result, if its shape is not known, is no larger than what they are given."""
_COMPUTED = (
    keras.layers.Embedding,
    keras.layers.Dense,
    keras.layers.Masking,
    keras.layers.Dropout,
    keras.layers.LayerNormalization,
    keras.layers.Rescaling,
    keras.layers.Activation,
)


def guarded(reading: Reading, node: ast.AST, call: Callable[[], Any]) -> Any:
    """Calls into Keras on behalf of `node`.

    Raises:
        CodeError: Keras refuses, or a limit is reached.
    """
    budget = reading.spending
    budget.failure = None
    outer, budget.node = budget.node, node
    budget.check_time(node)
    budget.spend(node, _CALL)
    before = dict(_names())
    try:
        found = call()
    except InspectorError as error:
        raise (budget.failure or error) from None
    except RecursionError as error:
        raise reading.error(node, "This is nested too deeply.", todo="Split it up.") from error
    except Exception as error:
        if budget.failure is not None:
            raise budget.failure from error
        refusal = reading.error(node, *words.reason(error))
        vars(refusal)["by_keras"] = True
        raise refusal from error
    finally:
        budget.node = outer
    if budget.failure is not None:  # Keras has swallowed it, to infer a shape
        raise budget.failure
    _keep_lines(reading, node, before)
    check_outputs(budget, node, found)
    return found


class Checker:
    """Sees every call of a layer or operation while code is read, also inside models."""

    def __init__(self, budget: Budget) -> None:
        """Checks against the limits of `budget`."""
        self.budget = budget

    def observe(
        self, operation: Any, call: Callable[..., Any], args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        """Makes the call and checks the time and the size of what it gives."""
        self.budget.check_time(self.budget.node)
        found = call(operation, *args, **kwargs)
        check_outputs(self.budget, self.budget.node, found)
        return found


def _names() -> dict[str, int]:
    return global_state.get_global_attribute(_COUNTER) or {}


def _keep_lines(reading: Reading, node: ast.AST, before: dict[str, int]) -> None:
    """Notes which automatic names the call has used up: they were made on this line."""
    line = line_of(node)
    if line is None:
        return
    for name, count in _names().items():
        for index in range(before.get(name, 0), count):
            reading.lines.setdefault(name if index == 0 else f"{name}_{index}", line)


def check_outputs(budget: Budget, node: ast.AST | int | None, found: Any) -> None:
    """Checks the size of every tensor in a result."""
    for leaf in leaves(found, lambda steps: None):
        if isinstance(leaf, (keras.KerasTensor, tf.Tensor)):
            shape = leaf.shape if isinstance(leaf, keras.KerasTensor) else _known(leaf.shape)
            budget.output(node, shape)


def _known(shape: tf.TensorShape) -> Any:
    return tuple(shape.as_list()) if shape.rank is not None else None


def operate(
    reading: Reading, node: ast.AST, function: Callable[..., Any], args: Any, kwargs: Any
) -> Any:
    """Calls an operation; a real computation is tried by shape first, which takes no memory."""

    def call() -> Any:
        if tf.executing_eagerly() and not _symbolic((args, kwargs)):
            _try_by_shape(reading.spending, node, function, args, kwargs)
        return function(*args, **kwargs)

    return guarded(reading, node, call)


def _symbolic(values: Any) -> bool:
    inside = leaves(values, lambda steps: None)
    return any(isinstance(leaf, keras.KerasTensor) for leaf in inside)


def _try_by_shape(
    budget: Budget, node: ast.AST, function: Callable[..., Any], args: Any, kwargs: Any
) -> None:
    spec = backend.compute_output_spec(function, *args, **kwargs)
    inputs = list(leaves((args, kwargs), lambda steps: None))
    sizes = [int(np.prod(leaf.shape)) for leaf in inputs if hasattr(leaf, "shape")]
    limit = min(_EAGER, budget.limits.values)
    if function is ops.einsum and math.prod(sizes) > limit:  # its steps may be larger than it
        raise budget.over(node, "values", limit, "`einsum` may take much memory.")
    for leaf in leaves(spec, lambda steps: None):
        if not isinstance(leaf, keras.KerasTensor):
            continue
        if leaf.shape is None or None in leaf.shape:
            count = sum(sizes) if function in _NO_LARGER else limit + 1
        else:
            count = math.prod(leaf.shape)
        if count > limit:
            shape = f"shape {tuple(leaf.shape)}" if leaf.shape is not None else "any shape"
            raise budget.over(node, "values", limit, f"The result has {shape}: too many numbers.")
        budget.spend(node, count // 16)  # so that many of them do not fill the memory either


def call_layer(
    reading: Reading, node: ast.AST, layer: Any, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """Calls a layer or model on tensors.

    On real ones it is called by shape, which builds it; numbers are computed only by small layers,
    which position embeddings are made of. Otherwise the result is None.
    """
    if _symbolic((args, kwargs)) or not tf.executing_eagerly():
        return guarded(reading, node, lambda: layer(*args, **kwargs))
    by_shape = [_as_symbolic(value) for value in args]
    spec = guarded(reading, node, lambda: layer(*by_shape, **kwargs))
    sizes = [leaf.shape for leaf in leaves(spec, lambda steps: None) if hasattr(leaf, "shape")]
    small = all(None not in shape and math.prod(shape) <= _EAGER for shape in sizes)
    if not isinstance(layer, _COMPUTED) or not small:
        return None
    return guarded(reading, node, lambda: layer(*args, **kwargs))


def _as_symbolic(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and any(hasattr(inner, "shape") for inner in value):
        return [_as_symbolic(inner) for inner in value]
    array = value if isinstance(value, tf.Tensor) else np.asarray(value)
    dtype = backend.standardize_dtype(array.dtype)
    return keras.KerasTensor(tuple(array.shape), dtype="float32" if dtype == "float64" else dtype)
