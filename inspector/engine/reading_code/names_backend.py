"""The whitelist of `keras.backend` (`K`), which Keras 3 has dropped, in terms of `keras.ops`."""

from typing import Any

import keras
from keras import ops

from inspector.engine.reading_code.names_operations import own, translated
from inspector.engine.reading_code.values import Known, is_tensor

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
