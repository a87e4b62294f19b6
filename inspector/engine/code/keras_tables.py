"""The whitelist of Keras: layers and what belongs to them, `keras.ops` and `keras.backend`.

Names that this version of Keras does not have are left out. `keras.backend` (`K`), which Keras 3
has dropped, is read in terms of `keras.ops`.
"""

import inspect
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from inspector.engine.code.code_values import CallKind, Known, is_tensor
from inspector.engine.seam.names import (
    ACTIVATIONS,
    ALIASES,
    CONSTRAINTS,
    INITIALIZERS,
    LAYER_FUNCTIONS,
    LAYERS,
    LOSSES,
    METRICS,
    OPERATIONS,
    OPTIMIZERS,
    RANDOM,
    REDUCTIONS,
    REGULARIZERS,
    SCHEDULES,
)


def _take(module: Any, path: str, names: list[str], kind: CallKind) -> dict[str, Any]:
    found = {}
    for name in names:
        value: Callable[..., Any] | None = getattr(module, name, None)
        if value is not None:
            found[name] = Known(f"{path}.{name}", value, kind, value)
    for alias, name in ALIASES.get(path, {}).items():
        if name in found:
            found[alias] = found[name]
    return found


def keras_tables() -> dict[str, dict[str, Any]]:
    """Returns the whitelisted names of each of Keras's modules."""
    layer, thing, op = CallKind.LAYER, CallKind.OBJECT, CallKind.OP
    tables = {
        "keras.layers": _take(keras.layers, "keras.layers", LAYERS + LAYER_FUNCTIONS, layer),
        "keras.initializers": _take(keras.initializers, "keras.initializers", INITIALIZERS, thing),
        "keras.regularizers": _take(keras.regularizers, "keras.regularizers", REGULARIZERS, thing),
        "keras.constraints": _take(keras.constraints, "keras.constraints", CONSTRAINTS, thing),
        "keras.optimizers": _take(keras.optimizers, "keras.optimizers", OPTIMIZERS, thing),
        "keras.optimizers.schedules": _take(
            keras.optimizers.schedules, "keras.optimizers.schedules", SCHEDULES, thing
        ),
        "keras.losses": _take(keras.losses, "keras.losses", LOSSES, thing),
        "keras.metrics": _take(keras.metrics, "keras.metrics", METRICS, thing),
        "keras.activations": _take(keras.activations, "keras.activations", ACTIVATIONS, op),
        "keras.losses.Reduction": dict(REDUCTIONS),
    }
    for path in ("keras.losses", "keras.metrics"):
        # A function works on tensors; a class makes an object.
        tables[path] = {
            name: known if isinstance(known.function, type) else _as_operation(known)
            for name, known in tables[path].items()
        }
    return tables


def _as_operation(known: Known) -> Known:
    return Known(known.path, known.function, CallKind.OP, known.function)


_RENAMED = {"reduction_indices": "axis", "keep_dims": "keepdims", "dim": "axis", "tensor": "x"}
_DROPPED = frozenset({"name", "validate_indices", "parallel_iterations"})


def operations() -> dict[str, Known]:
    """Returns the whitelisted functions of `keras.ops`."""
    return {
        name: Known(f"keras.ops.{name}", getattr(ops, name), CallKind.OP, getattr(ops, name))
        for name in OPERATIONS
        if hasattr(ops, name)
    }


def random_operations() -> dict[str, Known]:
    """Returns the whitelisted functions of `keras.random`."""
    return {
        name: Known(f"keras.random.{name}", getattr(keras.random, name), CallKind.OP)
        for name in RANDOM
    }


def translated(path: str, table: str) -> dict[str, Known]:
    """Reads a table of functions that `keras.ops` has under another name.

    Args:
        path: Module of the functions.
        table: Lines `name: arguments -> name in keras.ops: arguments`; the same arguments are
            left out on the right, and the same name too.
    """
    found = {}
    for line in filter(str.strip, table.splitlines()):
        left, _, right = line.partition("->")
        name, _, theirs = left.partition(":")
        other, _, ours = right.partition(":")
        name, other = name.strip(), other.strip() or name.strip()
        parameters = tuple(theirs.split())
        renamed = dict(zip(parameters, ours.split() or parameters, strict=True))
        function = getattr(ops, other, None)
        if function is not None:
            known = _renaming(function, parameters, renamed)
            found[name] = Known(f"{path}.{name}", known, CallKind.OP, function)
    return found


def _renaming(
    function: Callable[..., Any], parameters: tuple[str, ...], renamed: dict[str, str]
) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > len(parameters):
            raise TypeError(f"takes {len(parameters)} arguments but {len(args)} were given")
        given = dict(zip(parameters, args, strict=False))
        for name, value in kwargs.items():
            name = name if name in renamed else _RENAMED.get(name, name)
            if name in renamed:
                given[name] = value
            elif name not in _DROPPED:
                raise TypeError(f"got an unexpected keyword argument '{name}'")
        return function(**{renamed[name]: value for name, value in given.items()})

    call.__name__ = getattr(function, "__name__", "call")
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    sides = [inspect.Parameter(name, kind, default=None) for name in parameters]
    more = inspect.Parameter("more", inspect.Parameter.VAR_KEYWORD)
    call.__signature__ = inspect.Signature([*sides, more])  # type: ignore[attr-defined]
    return call


def own(path: str, functions: dict[str, Callable[..., Any]]) -> dict[str, Known]:
    """Returns functions of ours under the names they stand for."""
    return {name: Known(f"{path}.{name}", made, CallKind.OP) for name, made in functions.items()}


_TABLE = """
abs: x
all: x axis keepdims
any: x axis keepdims
argmax: x axis
argmin: x axis
binary_crossentropy: target output from_logits
cast: x dtype
categorical_crossentropy: target output from_logits axis
clip: x min_value max_value -> clip: x x_min x_max
concatenate: tensors axis -> concatenate: xs axis
cos: x
cumprod: x axis
cumsum: x axis
dot: x y -> dot: x1 x2
elu: x alpha
equal: x y -> equal: x1 x2
exp: x
expand_dims: x axis
eye: size dtype -> eye: N dtype
gather: reference indices -> take: x indices
greater: x y -> greater: x1 x2
greater_equal: x y -> greater_equal: x1 x2
hard_sigmoid: x
less: x y -> less: x1 x2
less_equal: x y -> less_equal: x1 x2
log: x
logsumexp: x axis keepdims
max: x axis keepdims
maximum: x y -> maximum: x1 x2
mean: x axis keepdims
min: x axis keepdims
minimum: x y -> minimum: x1 x2
ndim: x
not_equal: x y -> not_equal: x1 x2
one_hot: indices num_classes -> one_hot: x num_classes
ones: shape dtype
ones_like: x dtype
permute_dimensions: x pattern -> transpose: x axes
pow: x a -> power: x1 x2
prod: x axis keepdims
relu: x
repeat_elements: x rep axis -> repeat: x repeats axis
reshape: x shape -> reshape: x newshape
reverse: x axes -> flip: x axis
round: x
shape: x
sigmoid: x
sign: x
sin: x
softmax: x axis
softplus: x
softsign: x
sparse_categorical_crossentropy: target output from_logits axis
sqrt: x
square: x
squeeze: x axis
stack: x axis
std: x axis keepdims
stop_gradient: variables -> stop_gradient: variable
sum: x axis keepdims
tanh: x
tile: x n -> tile: x repeats
transpose: x
var: x axis keepdims
zeros: shape dtype
zeros_like: x dtype
"""


def backend_functions() -> dict[str, Known | Any]:
    """Returns the whitelisted names of `keras.backend`."""
    return {
        **translated("keras.backend", _TABLE),
        **own(
            "keras.backend",
            {
                "arange": _arange,
                "batch_dot": _batch_dot,
                "batch_flatten": lambda x: ops.reshape(x, (ops.shape(x)[0], -1)),
                "constant": _constant,
                "dtype": lambda x: keras.backend.standardize_dtype(x.dtype),
                "epsilon": keras.backend.epsilon,
                "flatten": lambda x: ops.reshape(x, (-1,)),
                "floatx": keras.backend.floatx,
                "image_data_format": keras.backend.image_data_format,
                "int_shape": lambda x: tuple(x.shape),
                "is_keras_tensor": keras.backend.is_keras_tensor,
                "is_tensor": is_tensor,
                "l2_normalize": lambda x, axis=-1: ops.normalize(x, axis=axis),
                "random_normal": _random_normal,
                "random_uniform": _random_uniform,
                "repeat": lambda x, n: ops.repeat(ops.expand_dims(x, 1), n, axis=1),
                "switch": lambda condition, then_expression, else_expression: ops.where(
                    condition, then_expression, else_expression
                ),
                "variable": variable,
            },
        ),
    }


def variable(
    value: Any, dtype: Any = None, name: Any = None, constraint: Any = None, trainable: bool = True
) -> keras.Variable:
    """Makes a variable that is a constant for our purposes, as `K.variable` does in a loss."""
    dtype = keras.backend.standardize_dtype(dtype) if dtype is not None else keras.backend.floatx()
    return keras.Variable(ops.convert_to_tensor(value, dtype=dtype), dtype=dtype, trainable=False)


def _constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:
    made = ops.convert_to_tensor(value, dtype=dtype or keras.backend.floatx())
    return made if shape is None else ops.broadcast_to(made, shape)


def _arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = "int32") -> Any:
    return ops.arange(start, stop, step, dtype=dtype)


def _batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    layer = keras.layers.Dot(axes=axes if axes is not None else (len(x.shape) - 1, 1))
    return layer([x, y])


def _random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    return keras.random.normal(shape, mean, stddev, dtype=dtype, seed=seed)


def _random_uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    return keras.random.uniform(shape, minval, maxval, dtype=dtype, seed=seed)
