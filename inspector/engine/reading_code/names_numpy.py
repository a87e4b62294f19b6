"""The whitelist of NumPy: literal arrays, whose shapes the model comes from, and their data.

Random and large arrays are known by their shape only (`ArrayShape`).
"""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from inspector.engine.reading_code.values import ArrayShape, Kind, Known

KEPT = 100_000
"""Numbers of an array that is kept with its values; a larger one is known by its shape."""

_ALIKE = (
    "abs absolute all any argmax argmin argsort asarray ceil concatenate cumsum diff dot exp "
    "expand_dims flip fliplr flipud floor greater greater_equal hstack less less_equal log log10 "
    "log2 logical_and logical_not logical_or matmul max maximum mean median min minimum ndim "
    "not_equal equal prod ravel round shape sign size sqrt square squeeze stack std sum swapaxes "
    "transpose tril triu unique var vstack where zeros_like ones_like array_equal"
).split()
DTYPES = (
    "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 bool_ str_ double"
).split()


class NotKept(Exception):  # Control flow inside this package.
    """The result is too large to be kept, and its shape is not known either."""


def numpy_functions() -> dict[str, Any]:
    """Returns the whitelisted names of `numpy`."""
    found: dict[str, Any] = {
        name: Known(f"numpy.{name}", getattr(np, name), Kind.ARRAY) for name in _ALIKE
    }
    made: dict[str, Callable[..., Any]] = {
        "arange": _arange,
        "array": _array,
        "empty": lambda shape, dtype=np.float64: _filled(shape, 0, dtype),
        "eye": _eye,
        "full": lambda shape, fill_value, dtype=None: _filled(shape, fill_value, dtype),
        "identity": lambda n, dtype=np.float64: _eye(n, dtype=dtype),
        "linspace": lambda start, stop, num=50: np.linspace(start, stop, _kept(num)),
        "ones": lambda shape, dtype=np.float64: _filled(shape, 1, dtype),
        "pad": _pad,
        "repeat": _repeat,
        "reshape": _reshape,
        "tile": _tile,
        "zeros": lambda shape, dtype=np.float64: _filled(shape, 0, dtype),
    }
    found |= {name: Known(f"numpy.{name}", call, Kind.ARRAY) for name, call in made.items()}
    found |= {name: np.dtype(name.rstrip("_")).name for name in DTYPES if name != "str_"}
    found |= {"float": "float64", "int": "int64", "bool": "bool", "object": "object"}
    return found | {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None}


def random_functions() -> dict[str, Known]:
    """Returns the functions of `numpy.random` that make arrays, by shape only."""
    made: dict[str, Callable[..., Any]] = {
        "rand": lambda *shape: ArrayShape.of(_shape(shape)),
        "randn": lambda *shape: ArrayShape.of(_shape(shape)),
        "random": lambda size=(): ArrayShape.of(_shape(size)),
        "random_sample": lambda size=(): ArrayShape.of(_shape(size)),
        "randint": lambda low, high=None, size=(), dtype=np.int64: ArrayShape.of(
            _shape(size), np.int64
        ),
        "normal": lambda loc=0.0, scale=1.0, size=(): ArrayShape.of(_shape(size)),
        "uniform": lambda low=0.0, high=1.0, size=(): ArrayShape.of(_shape(size)),
        "choice": lambda a, size=(), replace=True, p=None: ArrayShape.of(_shape(size)),
        "permutation": lambda x: ArrayShape.of((x,) if isinstance(x, int) else np.shape(x)),
    }
    return {name: Known(f"numpy.random.{name}", call, Kind.ARRAY) for name, call in made.items()}


def data_functions() -> dict[str, Known]:
    """Returns Keras's functions that prepare data, for literal data."""
    return {
        "to_categorical": Known("keras.utils.to_categorical", _to_categorical, Kind.ARRAY),
        "pad_sequences": Known("keras.utils.pad_sequences", _pad_sequences, Kind.ARRAY),
    }


def array_value(known: Known, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Calls a NumPy function on values of the code; what knows shapes only gives a shape."""
    if any(isinstance(value, ArrayShape) for value in (*args, *kwargs.values())):
        if known.name not in ("expand_dims", "transpose", "squeeze", "swapaxes", "shape", "ndim"):
            raise NotKept
        args = [value.view if isinstance(value, ArrayShape) else value for value in args]
        found = known.function(*args, **kwargs)
        return ArrayShape(found) if isinstance(found, np.ndarray) else found
    for value in (*args, *kwargs.values()):
        _check_text(value)
    with np.errstate(all="ignore"):
        found = known.function(*args, **kwargs)
    if isinstance(found, np.generic):
        return found.item()
    if isinstance(found, np.ndarray) and found.dtype.hasobject:
        raise NotKept
    return found


def _check_text(value: Any) -> None:
    """No long texts, and no types whose single elements are large (`U1000000`)."""
    if isinstance(value, str):
        check_dtype(value)
    for text in value if isinstance(value, (list, tuple)) else ():
        if isinstance(text, str) and len(text) > 1000:
            raise NotKept


def check_dtype(dtype: Any) -> None:
    """Raises `NotKept` for a type of elements that is no plain number."""
    try:
        large = np.dtype(dtype).itemsize > 16
    except (TypeError, ValueError):
        return
    if large:
        raise NotKept


def _shape(shape: Any) -> tuple[int, ...]:
    sides = tuple(int(side) for side in (shape if isinstance(shape, (tuple, list)) else (shape,)))
    if len(sides) > 16 or min(sides, default=0) < 0 or math.prod(sides) >= 2**62:
        raise NotKept
    return sides


def _kept(count: Any) -> int:
    if int(count) > KEPT:
        raise NotKept
    return int(count)


def _array(object: Any, dtype: Any = None, ndmin: int = 0, copy: bool = True) -> Any:
    return np.array(object, dtype=dtype, ndmin=min(int(ndmin), 8))


def _filled(shape: Any, value: Any, dtype: Any) -> Any:
    sides = _shape(shape)
    if math.prod(sides) > KEPT:
        return ArrayShape.of(sides, dtype or np.asarray(value).dtype)
    return np.full(sides, value, dtype)


def _eye(N: Any, M: Any = None, k: int = 0, dtype: Any = np.float64) -> Any:
    rows, columns = int(N), int(N if M is None else M)
    _kept(rows * columns)
    return np.eye(rows, columns, k, dtype)


def _arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    first, last = (0, start) if stop is None else (start, stop)
    _kept(abs((last - first) / step) + 1)
    made: Any = np.arange(first, last, step)
    return made if dtype is None else made.astype(dtype)


def _pad(array: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    if mode != "constant":
        raise NotKept
    widths = np.broadcast_to(np.asarray(pad_width), (np.ndim(array), 2))
    _kept(math.prod(int(s + sum(w)) for s, w in zip(np.shape(array), widths, strict=True)))
    return np.pad(array, pad_width, constant_values=constant_values)


def _repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    _kept(np.size(a) * int(np.max(repeats)))
    return np.repeat(a, repeats, axis)


def _tile(A: Any, reps: Any) -> Any:
    _kept(np.size(A) * int(np.prod(reps, dtype=float)))
    return np.tile(A, reps)


def _reshape(a: Any, newshape: Any = None, shape: Any = None) -> Any:
    return np.reshape(a, newshape if newshape is not None else shape)


def _to_categorical(x: Any = None, num_classes: Any = None, y: Any = None) -> Any:
    ids = np.asarray(x if y is None else y)
    classes = int(num_classes) if num_classes is not None else int(ids.max()) + 1
    _kept(ids.size * classes)
    return keras.utils.to_categorical(ids, classes)


def _pad_sequences(
    sequences: Any,
    maxlen: Any = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Any:
    longest = max((len(row) for row in sequences), default=0) if maxlen is None else int(maxlen)
    _kept(len(sequences) * longest)
    return keras.utils.pad_sequences(sequences, maxlen, dtype, padding, truncating, value)
