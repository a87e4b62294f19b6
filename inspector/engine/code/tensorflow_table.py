"""The whitelist of TensorFlow's functions, in terms of `keras.ops`.

TensorFlow's own fail on a Keras tensor; those of `keras.ops` work while a model is built, in a
`Lambda` and in a loss.

"""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from inspector.engine.code.code_values import Known, is_tensor
from inspector.engine.code.keras_tables import own, translated, variable

_TABLE = """
abs: x
add: x y -> add: x1 x2
argmax: input axis -> argmax: x axis
argmin: input axis -> argmin: x axis
argsort: values axis -> argsort: x axis
broadcast_to: input shape -> broadcast_to: x shape
cast: x dtype
clip_by_value: t clip_value_min clip_value_max -> clip: x x_min x_max
concat: values axis -> concatenate: xs axis
cos: x
cumprod: x axis
cumsum: x axis
divide: x y -> divide: x1 x2
divide_no_nan: x y -> divide_no_nan: x1 x2
elu: features -> elu: x
equal: x y -> equal: x1 x2
erf: x
exp: x
expand_dims: input axis -> expand_dims: x axis
eye: num_rows num_columns dtype -> eye: N M dtype
fill: dims value -> full: shape fill_value
floor: x
floormod: x y -> mod: x1 x2
gather: params indices axis -> take: x indices axis
gelu: features approximate -> gelu: x approximate
greater: x y -> greater: x1 x2
greater_equal: x y -> greater_equal: x1 x2
identity: input -> copy: x
is_nan: x -> isnan: x
leaky_relu: features alpha -> leaky_relu: x negative_slope
less: x y -> less: x1 x2
less_equal: x y -> less_equal: x1 x2
linspace: start stop num
log: x
log_sigmoid: x
log_softmax: logits axis -> log_softmax: x axis
logical_and: x y -> logical_and: x1 x2
logical_not: x -> logical_not: x
logical_or: x y -> logical_or: x1 x2
maximum: x y -> maximum: x1 x2
minimum: x y -> minimum: x1 x2
mod: x y -> mod: x1 x2
multiply: x y -> multiply: x1 x2
negative: x
not_equal: x y -> not_equal: x1 x2
ones: shape dtype
ones_like: input dtype -> ones_like: x dtype
pad: tensor paddings mode constant_values -> pad: x pad_width mode constant_values
pow: x y -> power: x1 x2
range: start limit delta -> arange: start stop step
rank: input -> ndim: x
reciprocal: x
reduce_all: input_tensor axis keepdims -> all: x axis keepdims
reduce_any: input_tensor axis keepdims -> any: x axis keepdims
reduce_logsumexp: input_tensor axis keepdims -> logsumexp: x axis keepdims
reduce_max: input_tensor axis keepdims -> max: x axis keepdims
reduce_mean: input_tensor axis keepdims -> mean: x axis keepdims
reduce_min: input_tensor axis keepdims -> min: x axis keepdims
reduce_prod: input_tensor axis keepdims -> prod: x axis keepdims
reduce_std: input_tensor axis keepdims -> std: x axis keepdims
reduce_sum: input_tensor axis keepdims -> sum: x axis keepdims
reduce_variance: input_tensor axis keepdims -> var: x axis keepdims
relu: features -> relu: x
relu6: features -> relu6: x
repeat: input repeats axis -> repeat: x repeats axis
reshape: tensor shape -> reshape: x newshape
roll: input shift axis -> roll: x shift axis
round: x
rsqrt: x
selu: features -> selu: x
shape: input -> shape: x
sigmoid: x
sign: x
silu: features -> silu: x
sin: x
size: input -> size: x
softmax: logits axis -> softmax: x axis
softplus: features -> softplus: x
softsign: features -> softsign: x
sort: values axis -> sort: x axis
sqrt: x
square: x
squeeze: input axis -> squeeze: x axis
stack: values axis -> stack: x axis
stop_gradient: input -> stop_gradient: variable
subtract: x y -> subtract: x1 x2
swish: features -> swish: x
tanh: x
tensordot: a b axes -> tensordot: x1 x2 axes
tile: input multiples -> tile: x repeats
top_k: input k -> top_k: x k
transpose: a perm -> transpose: x axes
unstack: value num axis -> unstack: x num axis
where: condition x y -> where: condition x1 x2
zeros: shape dtype
zeros_like: input dtype -> zeros_like: x dtype
"""

DTYPES = "float16 float32 float64 bfloat16 int8 int16 int32 int64 uint8 uint16 bool string".split()


def tensorflow_functions() -> dict[str, Known]:
    """Returns the whitelisted functions of `tf`, `tf.math`, `tf.nn` and `tf.linalg` together."""
    return {
        **translated("tf", _TABLE),
        **own(
            "tf",
            {
                "Variable": lambda initial_value, trainable=True, name=None, dtype=None: variable(
                    initial_value, dtype
                ),
                "band_part": _band_part,
                "boolean_mask": _boolean_mask,
                "constant": _constant,
                "convert_to_tensor": lambda value, dtype=None: ops.convert_to_tensor(value, dtype),
                "is_tensor": is_tensor,
                "l2_normalize": lambda x, axis=-1: ops.normalize(x, axis=axis),
                "matmul": _matmul,
                "norm": lambda tensor, ord=None, axis=None: ops.norm(tensor, ord, axis),
                "one_hot": lambda indices, depth, dtype=None: ops.one_hot(
                    indices, depth, dtype=dtype
                ),
                "reverse": lambda tensor, axis: ops.flip(tensor, tuple(_as_list(axis))),
                "sequence_mask": _sequence_mask,
                "sigmoid_cross_entropy_with_logits": lambda labels, logits: ops.binary_crossentropy(
                    labels, logits, from_logits=True
                ),
                "softmax_cross_entropy_with_logits": _softmax_crossentropy,
                "sparse_softmax_cross_entropy_with_logits": _sparse_softmax_crossentropy,
                "split": _split,
                "squared_difference": lambda x, y: ops.square(ops.subtract(x, y)),
            },
        ),
    }


def random_functions() -> dict[str, Known]:
    """Returns the whitelisted functions of `tf.random`."""
    return own(
        "tf.random",
        {
            "normal": lambda shape, mean=0.0, stddev=1.0, dtype="float32", seed=None: (
                keras.random.normal(shape, mean, stddev, dtype=dtype, seed=seed)
            ),
            "uniform": lambda shape, minval=0.0, maxval=1.0, dtype="float32", seed=None: (
                keras.random.uniform(shape, minval, maxval, dtype=dtype, seed=seed)
            ),
        },
    )


def _as_list(axis: Any) -> list[Any]:
    return list(axis) if isinstance(axis, (list, tuple)) else [axis]


def _constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:
    made = ops.convert_to_tensor(value, dtype=dtype)
    return made if shape is None else ops.broadcast_to(made, shape)


def _boolean_mask(tensor: Any, mask: Any, axis: Any = None) -> Any:
    return tf.boolean_mask(ops.convert_to_tensor(tensor), ops.convert_to_tensor(mask), axis=axis)


def _matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    a = ops.swapaxes(a, -1, -2) if transpose_a else a
    return ops.matmul(a, ops.swapaxes(b, -1, -2) if transpose_b else b)


def _sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = "bool") -> Any:
    maxlen = ops.max(lengths) if maxlen is None else maxlen
    steps = ops.arange(maxlen, dtype="int32")
    return ops.cast(steps < ops.expand_dims(ops.cast(lengths, "int32"), -1), dtype)


def _split(value: Any, num_or_size_splits: Any, axis: int = 0) -> Any:
    if isinstance(num_or_size_splits, int):
        return ops.split(value, num_or_size_splits, axis=axis)
    ends = [sum(num_or_size_splits[: i + 1]) for i in range(len(num_or_size_splits) - 1)]
    return ops.split(value, ends, axis=axis)


def _band_part(input: Any, num_lower: int, num_upper: int) -> Any:
    made = input if num_lower < 0 else ops.triu(input, -num_lower)
    return made if num_upper < 0 else ops.tril(made, num_upper)


def _softmax_crossentropy(labels: Any, logits: Any, axis: int = -1) -> Any:
    return ops.categorical_crossentropy(labels, logits, from_logits=True, axis=axis)


def _sparse_softmax_crossentropy(labels: Any, logits: Any) -> Any:
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)
