"""Every call into Keras: sizes before, errors and sizes after, and the line that made each node."""

import ast
import math
import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from inspector.engine.code.budget import Budget
from inspector.engine.code.code_values import is_tensor, leaves
from inspector.engine.code.scopes import Reading
from inspector.engine.code.text import line_of
from inspector.engine.seam import keras as seam
from inspector.engine.size_bounds import state_numbers
from inspector.errors import InspectorError

_EAGER = 2**20
"""Numbers of one real tensor that code may compute while it is read."""
_CALL = 50
"""Steps that a call into Keras counts for: it takes about a millisecond."""
_INNER_CALL = 10
"""Steps for each layer and operation that is called inside."""
_FOR_A_STEP = 256
"""Numbers that an operation reads, for one step."""
_MOST_PRODUCTS = 2**26
"""Products that one operation on real tensors may add up."""
_TERMS = "_inspector_terms"  # where a tensor says how many terms its sum has
_PRODUCTS = frozenset(
    "matmul dot tensordot einsum vdot outer conv conv_transpose separable_conv depthwise_conv "
    "dot_product_attention".split()
)
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
    before = seam.name_counts()
    try:
        found = call()
    except InspectorError as error:
        raise (budget.failure or error) from None
    except RecursionError as error:
        raise reading.error(node, "This is nested too deeply.", todo="Split it up.") from error
    except Exception as error:
        if budget.failure is not None:
            raise budget.failure from error
        refusal = reading.error(node, *reason(error))
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
        budget = self.budget
        budget.check_time(budget.node)
        budget.spend(None, _INNER_CALL)
        tensors = _tensors((args, kwargs))
        if isinstance(operation, keras.layers.Layer):
            check_states(budget, operation, [tuple(tensor.shape) for tensor in tensors[:1]])
        _check_window(budget, operation, tensors)
        outer, terms = budget.terms_of_inputs, [_terms(budget, tensor) for tensor in tensors]
        budget.terms_of_inputs, budget.terms_of_result = max(terms, default=1), 0
        try:
            found = call(operation, *args, **kwargs)
        finally:
            budget.terms_of_inputs = outer
        check_outputs(budget, budget.node, found)
        _note_terms(budget, found, _terms_of(budget, operation, terms))
        return found


def _tensors(values: Any) -> list[Any]:
    return [leaf for leaf in leaves(values, lambda steps: None) if is_tensor(leaf)]


def check_states(budget: Budget, layer: Any, shapes: list[tuple[Any, ...]]) -> None:
    """Counts the states that stateful recurrent layers keep, before they are made."""
    if layer.built and not isinstance(layer, keras.Model):
        return
    for shape in shapes:
        inside = [layer, *seam.inner_layers(layer)]
        budget.numbers(budget.node, state_numbers(inside, shape))


def _check_window(budget: Budget, operation: Any, tensors: list[Any]) -> None:
    """Checks the size of an image that is padded for a window as large as itself."""
    window = getattr(operation, "pool_size", None) or getattr(operation, "kernel_size", None)
    if not window or not tensors or len(tensors[0].shape) < 3:
        return
    sides = window if isinstance(window, (tuple, list)) else (window,)
    dilation = getattr(operation, "dilation_rate", 1)
    spread = dilation if isinstance(dilation, (tuple, list)) else (dilation,) * len(sides)
    shape = list(tensors[0].shape)
    first = 2 if getattr(operation, "data_format", "") == "channels_first" else 1
    for axis, (side, step) in enumerate(zip(sides, spread, strict=False), first):
        if axis < len(shape) and isinstance(side, int) and isinstance(step, int):
            shape[axis] = (shape[axis] or budget.limits.timesteps) + side * step
    budget.output(budget.node, shape)


def _terms(budget: Budget, tensor: Any) -> int:
    return int(getattr(tensor, _TERMS, budget.terms_of_inputs))


def _terms_of(budget: Budget, operation: Any, terms: list[int]) -> int:
    """How many terms the sum has that an operation returns, each written out.

    Only what adds makes more; what computes with weights of its own begins anew.
    """
    inner = budget.terms_of_result
    if type(operation).__name__ == "Add":
        return sum(terms)
    if inner and isinstance(operation, (keras.Model, keras.layers.Lambda)):
        return inner
    own = isinstance(operation, keras.layers.Layer) and operation.weights
    return 1 if own and not isinstance(operation, keras.Model) else max(terms, default=1)


def _note_terms(budget: Budget, found: Any, count: int) -> None:
    budget.terms(budget.node, count)
    budget.terms_of_result = count
    if count > 1:
        for tensor in _tensors(found):
            if not isinstance(tensor, (tf.Variable, keras.Variable)):
                setattr(tensor, _TERMS, count)


def _keep_lines(reading: Reading, node: ast.AST, before: dict[str, int]) -> None:
    """Notes which automatic names the call has used up: they were made on this line."""
    line = line_of(node)
    if line is None:
        return
    for name, count in seam.name_counts().items():
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
    budget = reading.spending
    tensors = _tensors((args, kwargs))

    def call() -> Any:
        _check_einsum(budget, node, function, args, tensors)
        if tf.executing_eagerly() and not _symbolic((args, kwargs)):
            _try_by_shape(budget, node, function, args, kwargs)
        return function(*args, **kwargs)

    found = guarded(reading, node, call)
    terms = [_terms(budget, tensor) for tensor in tensors]
    adds = getattr(function, "__name__", "") == "add"
    _note_terms(budget, found, sum(terms) if adds else max(terms, default=1))
    return found


def _check_einsum(
    budget: Budget, node: ast.AST, function: Callable[..., Any], args: Any, tensors: list[Any]
) -> None:
    """Checks the whole space that `einsum` goes through: its steps may be as large."""
    if function is not ops.einsum or not args or not isinstance(args[0], str):
        return
    sides: dict[str, int | None] = {}
    for labels, tensor in zip(args[0].partition("->")[0].split(","), tensors, strict=False):
        for label, side in zip(reversed(labels.strip()), reversed(tensor.shape), strict=False):
            sides[label] = max(sides.get(label) or 0, side or 0) or None
    if len(sides) > 2:
        open_side = budget.limits.timesteps
        if math.prod(side or open_side for side in sides.values()) > budget.limits.values:
            limit = budget.limits.values
            raise budget.over(node, "values", limit, "`einsum` may take much memory.")


def _symbolic(values: Any) -> bool:
    inside = leaves(values, lambda steps: None)
    return any(isinstance(leaf, keras.KerasTensor) for leaf in inside)


def _try_by_shape(
    budget: Budget, node: ast.AST, function: Callable[..., Any], args: Any, kwargs: Any
) -> None:
    inputs = list(leaves((args, kwargs), lambda steps: None))
    sizes = [int(np.prod(leaf.shape)) for leaf in inputs if hasattr(leaf, "shape")]
    budget.spend(node, sum(sizes) // _FOR_A_STEP)
    spec = seam.output_spec(function, *args, **kwargs)
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
        # What adds up products takes each number of the one for many of the other.
        least = min(sizes, default=0) if len(sizes) > 1 else 0
        if getattr(function, "__name__", "") in _PRODUCTS and count * least > _MOST_PRODUCTS:
            raise budget.over(node, "values", limit, "This adds up too many products.")


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
    dtype = seam.dtype_name(array.dtype)
    return keras.KerasTensor(tuple(array.shape), dtype="float32" if dtype == "float64" else dtype)


_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_CALLING = re.compile(r"Exception encountered when calling [^\n]*\n+")
_RECEIVED = re.compile(r"\n+Arguments received by .*", re.DOTALL)
_RANK = re.compile(
    r"Input \d+(?: with name '[^']*')? of layer [\"'](?P<layer>[^\"']+)[\"'] "
    r"is incompatible with the layer: "
    r"expected (?P<least>min_)?ndim=(?P<want>\d+), found ndim=(?P<got>\d+)\. "
    r"Full shape received: (?P<shape>\([^)]*\))"
)
_SIDE = re.compile(
    r"expected axis (?P<axis>-?\d+) of input shape to have value (?P<want>\d+), "
    r"but received input with shape (?P<shape>\([^)]*\))"
)
_OPEN = re.compile(r"fully-defined \(no `None` dimensions\)\. Received: shape=(?P<shape>\([^)]*\))")
_NOISE = (
    (re.compile(r" at 0x[0-9a-f]+"), ""),
    (re.compile(r"<class '(?:[\w.]+\.)?(\w+)'>"), r"\1"),
    (re.compile(r", dtype=\w+, sparse=\w+, ragged=\w+, name=\w+>"), ">"),
)
_AXES = {2: "(rows, features)", 3: "(rows, timesteps, features)", 4: "(rows, height, width, ...)"}
_LONGEST = 300
_READ = 20_000  # of a message that may quote long texts


def reason(error: BaseException) -> tuple[str, str, str]:
    """Returns what is wrong, what would be right and what to do, as sentences."""
    message = _cleaned(str(error)[:_READ])
    rank = _RANK.search(message)
    if rank:
        wanted = int(rank["want"])
        shape = _AXES.get(wanted, f"{wanted} axes")
        at_least = "at least " if rank["least"] else ""
        return (
            f"`{rank['layer']}` receives shape {rank['shape']}.",
            f"It needs {at_least}{wanted} axes: {shape}.",
            _way_to_rank(int(rank["got"]), wanted),
        )
    side = _SIDE.search(message)
    if side:
        return (
            f"A layer receives shape {side['shape']}, and was made for {side['want']} "
            f"on axis {side['axis']}.",
            "",
            "Use a layer of its own for each size.",
        )
    if _OPEN.search(message):
        return (
            "A layer needs to know how many features it receives, and its input leaves that open.",
            "Only timesteps may be None.",
            "Give `Input` the shape (timesteps, features) with a number for the features.",
        )
    if "is not connected to `inputs`" in message:
        return (
            "An output of the model does not depend on its inputs.",
            "Every output is made from the inputs by layers.",
            "Pass the `Input` that the output was made from.",
        )
    if isinstance(error, MemoryError):
        return "This takes more memory than there is.", "", "Make it smaller."
    return f"Keras refuses this: {_first_sentences(message)}", "", ""


def _way_to_rank(got: int, wanted: int) -> str:
    if got == wanted - 1 == 2:
        return (
            "Give `Input` the shape (timesteps, features), or does the recurrent layer before it "
            "lack `return_sequences=True`?"
        )
    if got == 1 or wanted == 3:
        return "Give `Input` the shape (timesteps, features), without the rows."
    return "Change the shape in front of it, for example with `Reshape` or pooling."


def _cleaned(message: str) -> str:
    return _RECEIVED.sub("", _CALLING.sub("", _STYLE.sub("", message))).strip()


def _first_sentences(message: str) -> str:
    text = " ".join(message.split()) or "it gives no reason"
    for noise, kept in _NOISE:
        text = noise.sub(kept, text)
    text = text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " ..."
    return text if text.endswith((".", "...", "?")) else text + "."
