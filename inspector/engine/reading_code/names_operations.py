"""The whitelist of `keras.ops`, and functions of other modules in terms of it."""

import inspect
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from inspector.engine.reading_code.values import Kind, Known

# Left out: what loops while it runs (scan, while_loop, map), calls back (custom_gradient), reads
# values (convert_to_numpy) or hands out uninitialised memory (empty).
OPERATIONS = (
    "abs absolute add all amax amin any append arange arccos arccosh arcsin arcsinh arctan arctan2 "
    "arctanh argmax argmin argsort array average average_pool batch_normalization "
    "binary_crossentropy broadcast_to cast categorical_crossentropy ceil celu clip concatenate "
    "cond conj conv convert_to_tensor copy cos cosh count_nonzero cross cumprod cumsum diag "
    "diagonal digitize divide divide_no_nan dot dot_product_attention dtype einsum elu equal "
    "erf exp exp2 expand_dims expm1 eye flip floor floor_divide full full_like gelu get_item glu "
    "greater greater_equal hard_sigmoid hard_silu hard_swish hard_tanh hstack identity isfinite "
    "isinf isnan layer_normalization leaky_relu less less_equal linspace log log10 log1p log2 "
    "log_sigmoid log_softmax logaddexp logical_and logical_not logical_or logical_xor logsumexp "
    "matmul max max_pool maximum mean meshgrid min minimum mod moments moveaxis multi_hot multiply "
    "nan_to_num ndim negative norm normalize not_equal one_hot ones ones_like outer pad power prod "
    "ravel reciprocal relu relu6 repeat reshape roll round rsqrt scatter scatter_update select "
    "selu separable_conv shape sigmoid sign silu sin sinh size slice slice_update softmax softplus "
    "softsign sort sparse_categorical_crossentropy split sqrt square squeeze stack std "
    "stop_gradient subtract sum swapaxes swish take take_along_axis tan tanh tensordot tile top_k "
    "transpose tri tril triu true_divide trunc unstack var vdot vstack where zeros zeros_like"
).split()
RANDOM = "normal uniform truncated_normal randint dropout".split()

_RENAMED = {"reduction_indices": "axis", "keep_dims": "keepdims", "dim": "axis", "tensor": "x"}
_DROPPED = frozenset({"name", "validate_indices", "parallel_iterations"})


def operations() -> dict[str, Known]:
    """Returns the whitelisted functions of `keras.ops`."""
    return {
        name: Known(f"keras.ops.{name}", getattr(ops, name), Kind.OP, getattr(ops, name))
        for name in OPERATIONS
        if hasattr(ops, name)
    }


def random_operations() -> dict[str, Known]:
    """Returns the whitelisted functions of `keras.random`."""
    return {
        name: Known(f"keras.random.{name}", getattr(keras.random, name), Kind.OP) for name in RANDOM
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
            found[name] = Known(f"{path}.{name}", known, Kind.OP, function)
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
    return {name: Known(f"{path}.{name}", made, Kind.OP) for name, made in functions.items()}
