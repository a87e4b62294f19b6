"""The whitelist of NumPy: literal arrays, whose shapes the model comes from, and their data.

Every function says, from the shapes of its arguments, how many numbers it makes; that is paid for
before it is called. Arguments are bound by name, and only what the table names can be given: no
`out`, no `where`, no types of elements but plain ones. Random and large arrays are known by their
shape only (`ArrayShape`).

"""

import ast
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from inspector.engine.code.budget import Budget
from inspector.engine.code.code_values import ArrayShape, CallKind, Known

KEPT = 100_000
"""Numbers of an array that is kept with its values; a larger one is known by its shape."""
ANY_AXIS = 32
"""Axes of an array."""
_LONGEST_TEXT = 1_000
_MOST_WORK = 2**26
"""Products that one `matmul` may add up."""
_MOST_DIFFERENCES = 16

# First the arrays, in NumPy's order; after `:` what else can be given, by name.
_TABLE = """
abs x
absolute x
all a : axis keepdims
any a : axis keepdims
argmax a : axis
argmin a : axis
argsort a : axis
ceil x
cumsum a : axis
exp x
expand_dims a : axis
flip m : axis
fliplr m
flipud m
floor x
log x
log10 x
log2 x
logical_not x
max a : axis keepdims
mean a : axis keepdims
median a : axis keepdims
min a : axis keepdims
ndim a
ones_like a : dtype
prod a : axis keepdims
ravel a
round a : decimals
shape a
sign x
size a : axis
sqrt x
square x
squeeze a : axis
std a : axis ddof keepdims
sum a : axis keepdims
swapaxes a : axis1 axis2
transpose a : axes
tril m : k
triu m : k
unique ar : return_index return_inverse return_counts
var a : axis ddof keepdims
zeros_like a : dtype
array_equal a1 a2
equal x1 x2
greater x1 x2
greater_equal x1 x2
less x1 x2
less_equal x1 x2
logical_and x1 x2
logical_or x1 x2
maximum x1 x2
minimum x1 x2
not_equal x1 x2
"""
_DTYPES = (
    "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool float int "
    "double str f4 f8 i4 i8 f d i l"
).split()
DTYPES = (
    "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 bool_ str_ double"
).split()


class NotKept(Exception):  # Control flow inside this package.
    """The result is too large to be kept, and its shape is not known either."""


class Prices:
    """What an array costs, for one call.

    Attributes:
        budget: What pays.
        node: Where the call stands.
    """

    def __init__(self, budget: Budget, node: ast.AST) -> None:
        """Pays from `budget` for what is done at `node`."""
        self.budget, self.node = budget, node

    def array(self, value: Any) -> np.ndarray:
        """Returns nested lists of plain values as an array; nothing else becomes one.

        Raises:
            NotKept: There are objects among them, or texts that would widen it.
        """
        if isinstance(value, np.ndarray):
            self.size(value.size, value)
            return value
        if isinstance(value, (bool, int, float)):
            return np.asarray(value)
        numbers, longest = self._counted(value)
        self.size(numbers * max(1, longest // 4))
        made = np.array(value)
        if made.dtype.kind not in "biufU":
            raise NotKept
        return made

    def _counted(self, value: Any) -> tuple[int, int]:
        """The numbers in nested lists, and the letters of the longest text."""
        numbers = longest = 0
        pending = [value]
        while pending:
            self.budget.spend(self.node)  # lists may hold each other
            part = pending.pop()
            if isinstance(part, (list, tuple)):
                pending.extend(part)
            elif isinstance(part, (range, np.ndarray)):
                numbers += len(part) if isinstance(part, range) else part.size
            elif isinstance(part, (bool, int, float, str)):
                numbers += 1
                longest = max(longest, len(part)) if isinstance(part, str) else longest
                if longest > _LONGEST_TEXT:
                    raise NotKept
            else:
                raise NotKept
        return numbers, longest

    def size(self, count: int, *arrays: np.ndarray) -> None:
        """Pays for an array of so many elements, each as large as the largest of `arrays`."""
        width = max((array.dtype.itemsize for array in arrays), default=8)
        self.budget.elements(self.node, count * max(1, width // 16))

    def product(self, left: np.ndarray, right: np.ndarray) -> None:
        """Pays for a product of matrices, and for the sums in it."""
        rows = left.shape[:-1]
        columns = right.shape[:-2] + right.shape[-1:] if right.ndim > 1 else ()
        count = math.prod(rows) * math.prod(columns)
        self.size(count)
        if count * (left.shape[-1] if left.ndim else 1) > _MOST_WORK:
            raise NotKept


def array_value(
    budget: Budget, node: ast.AST, known: Known, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    """Calls a NumPy function on values of the code; what knows shapes only gives a shape."""
    if any(isinstance(value, ArrayShape) for value in (*args, *kwargs.values())):
        if known.name not in ("expand_dims", "transpose", "squeeze", "swapaxes", "shape", "ndim"):
            raise NotKept
        args = [value.view if isinstance(value, ArrayShape) else value for value in args]
        found = getattr(np, known.name)(*args, **_options(known.name, kwargs))
        return ArrayShape(found) if isinstance(found, np.ndarray) else found
    with np.errstate(all="ignore"):
        found = known.function(Prices(budget, node), *args, **kwargs)
    if isinstance(found, np.generic):
        return found.item()
    if isinstance(found, np.ndarray) and found.dtype.kind not in "biufU":
        raise NotKept
    return found


def _options(name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    for option, value in kwargs.items():
        if option in ("axis", "axes", "axis1", "axis2"):
            sides = value if isinstance(value, (tuple, list)) else (value,)
            if len(sides) > ANY_AXIS or not all(isinstance(s, (int, type(None))) for s in sides):
                raise NotKept
        elif option == "dtype":
            kwargs = {**kwargs, option: check_dtype(value)}
        elif not isinstance(value, (bool, int, type(None))) or abs(value or 0) > KEPT:
            raise NotKept
    return kwargs


def check_dtype(dtype: Any) -> np.dtype:
    """Returns a type of elements, if it is one of plain numbers or texts.

    Raises:
        NotKept: It is one of objects or records, or its elements are large (`U1000000`).
    """
    name = dtype.name if isinstance(dtype, Known) else dtype
    if name is None:
        return np.dtype(np.float64)
    if not isinstance(name, str) or name not in _DTYPES:
        raise NotKept
    return np.dtype(name)


def numpy_functions() -> dict[str, Any]:
    """Returns the whitelisted names of `numpy`."""
    found: dict[str, Any] = {}
    for line in filter(None, _TABLE.splitlines()):
        left, _, options = line.partition(":")
        name, *arrays = left.split()
        call = _of_table(getattr(np, name), tuple(arrays), tuple(options.split()))
        found[name] = Known(f"numpy.{name}", call, CallKind.ARRAY)
    found |= {name: Known(f"numpy.{name}", call, CallKind.ARRAY) for name, call in _MADE.items()}
    found |= {name: np.dtype(name.rstrip("_")).name for name in DTYPES if name != "str_"}
    found |= {"float": "float64", "int": "int64", "bool": "bool", "object": "object"}
    return found | {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None}


def _of_table(
    function: Callable[..., Any], arrays: tuple[str, ...], options: tuple[str, ...]
) -> Callable[..., Any]:
    ufunc = isinstance(function, np.ufunc)
    order = arrays if ufunc else tuple(inspect.signature(function).parameters)

    def call(prices: Prices, *args: Any, **kwargs: Any) -> Any:
        if len(args) > len(order) or set(kwargs) & set(order[: len(args)]):
            raise NotKept
        named = {**dict(zip(order, args, strict=False)), **kwargs}
        named = {name: value for name, value in named.items() if value is not None}
        if set(named) - {*arrays, *options} or not set(arrays) <= set(named):
            raise NotKept
        given = [prices.array(named.pop(name)) for name in arrays]
        prices.size(math.prod(np.broadcast_shapes(*(array.shape for array in given))), *given)
        return function(*given, **_options(function.__name__, named))

    return call


def _array(
    prices: Prices, object: Any, dtype: Any = None, ndmin: int = 0, copy: bool = True
) -> Any:
    made = prices.array(object)
    if dtype is not None:
        wanted = check_dtype(dtype)
        prices.size(made.size * max(1, wanted.itemsize // 16))
        made = made.astype(wanted)
    return np.array(made, ndmin=min(int(ndmin), 8))


def _filled(prices: Prices, shape: Any, value: Any, dtype: Any) -> Any:
    sides = _shape(shape)
    filled = prices.array(value)
    if filled.ndim or filled.dtype.kind == "U":
        raise NotKept
    dtype = check_dtype(dtype) if dtype is not None else filled.dtype
    if math.prod(sides) > KEPT:
        return ArrayShape.of(sides, dtype)
    prices.size(math.prod(sides))
    return np.full(sides, filled, dtype)


def _eye(prices: Prices, N: Any, M: Any = None, k: int = 0, dtype: Any = None) -> Any:
    rows, columns = int(N), int(N if M is None else M)
    prices.size(rows * columns)
    if abs(k) > KEPT:
        raise NotKept
    return np.eye(rows, columns, int(k), check_dtype(dtype))


def _arange(prices: Prices, start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    first, last = (0, start) if stop is None else (start, stop)
    if not all(isinstance(side, (int, float)) for side in (first, last, step)):
        raise NotKept
    prices.size(_kept(abs((last - first) / step) + 1))
    made: Any = np.arange(first, last, step)
    return made if dtype is None else made.astype(check_dtype(dtype))


def _linspace(prices: Prices, start: Any, stop: Any, num: Any = 50) -> Any:
    if not all(isinstance(side, (int, float)) for side in (start, stop)):
        raise NotKept
    prices.size(_kept(num))
    return np.linspace(start, stop, int(num))


def _pad(
    prices: Prices, array: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0
) -> Any:
    array, widths = prices.array(array), prices.array(pad_width)
    if mode != "constant" or not isinstance(constant_values, (int, float)):
        raise NotKept
    sides = np.broadcast_to(widths, (array.ndim, 2)).astype(np.float64)
    count = math.prod(int(s + sum(w)) for s, w in zip(array.shape, sides, strict=True))
    prices.size(_kept(count), array)
    return np.pad(array, widths, constant_values=constant_values)


def _repeat(prices: Prices, a: Any, repeats: Any, axis: Any = None) -> Any:
    array, counts = prices.array(a), prices.array(repeats)
    prices.size(_kept(array.size * int(counts.max(initial=0))), array)
    return np.repeat(array, counts, **_options("repeat", {"axis": axis}))


def _tile(prices: Prices, A: Any, reps: Any) -> Any:
    array, counts = prices.array(A), prices.array(reps)
    if counts.size > ANY_AXIS:
        raise NotKept
    prices.size(_kept(array.size * math.prod(int(count) for count in counts.ravel())), array)
    return np.tile(array, tuple(int(count) for count in counts.ravel()))


def _reshape(prices: Prices, a: Any, newshape: Any = None, shape: Any = None) -> Any:
    sides = newshape if newshape is not None else shape
    sides = tuple(sides) if isinstance(sides, (list, tuple)) else (sides,)
    if len(sides) > ANY_AXIS or not all(isinstance(side, int) for side in sides):
        raise NotKept
    return np.reshape(prices.array(a), sides)


def _parts(prices: Prices, arrays: Any) -> list[np.ndarray]:
    """The arrays that are joined; one that is joined a thousand times is paid for so often."""
    if isinstance(arrays, np.ndarray) and arrays.ndim:
        return list(prices.array(arrays))
    parts = [prices.array(part) for part in arrays] if isinstance(arrays, (list, tuple)) else []
    if not parts:
        raise NotKept
    prices.size(sum(part.size for part in parts), *parts)
    return parts


def _concatenate(prices: Prices, arrays: Any, axis: Any = 0) -> Any:
    parts = _parts(prices, arrays)
    return np.concatenate(parts, **_options("", {"axis": axis}))


def _stack(prices: Prices, arrays: Any, axis: Any = 0) -> Any:
    parts = _parts(prices, arrays)
    return np.stack(parts, **_options("", {"axis": axis}))


def _hstack(prices: Prices, tup: Any) -> Any:
    parts = _parts(prices, tup)
    return np.hstack(parts)


def _vstack(prices: Prices, tup: Any) -> Any:
    parts = _parts(prices, tup)
    return np.vstack(parts)


def _where(prices: Prices, condition: Any, x: Any = None, y: Any = None) -> Any:
    test = prices.array(condition)
    if x is None or y is None:
        prices.size(test.size * max(test.ndim, 1))
        return np.where(test)
    given = [test, prices.array(x), prices.array(y)]
    prices.size(math.prod(np.broadcast_shapes(*(array.shape for array in given))), *given)
    return np.where(*given)


def _matmul(prices: Prices, x1: Any, x2: Any) -> Any:
    left, right = prices.array(x1), prices.array(x2)
    prices.product(left, right)
    return np.matmul(left, right)


def _dot(prices: Prices, a: Any, b: Any) -> Any:
    left, right = prices.array(a), prices.array(b)
    prices.product(left, right)
    return np.dot(left, right)


def _diff(prices: Prices, a: Any, n: Any = 1, axis: Any = -1) -> Any:
    if not isinstance(n, int) or n > _MOST_DIFFERENCES:
        raise NotKept
    return np.diff(prices.array(a), n, **_options("diff", {"axis": axis}))


_MADE: dict[str, Callable[..., Any]] = {
    "arange": _arange,
    "array": _array,
    "asarray": _array,
    "concatenate": _concatenate,
    "diff": _diff,
    "dot": _dot,
    "empty": lambda prices, shape, dtype="float64": _filled(prices, shape, 0, dtype),
    "eye": _eye,
    "full": lambda prices, shape, fill_value, dtype=None: _filled(prices, shape, fill_value, dtype),
    "hstack": _hstack,
    "identity": lambda prices, n, dtype=None: _eye(prices, n, dtype=dtype),
    "linspace": _linspace,
    "matmul": _matmul,
    "ones": lambda prices, shape, dtype="float64": _filled(prices, shape, 1, dtype),
    "pad": _pad,
    "repeat": _repeat,
    "reshape": _reshape,
    "stack": _stack,
    "tile": _tile,
    "vstack": _vstack,
    "where": _where,
    "zeros": lambda prices, shape, dtype="float64": _filled(prices, shape, 0, dtype),
}


def random_functions() -> dict[str, Known]:
    """Returns the functions of `numpy.random` that make arrays, by shape only."""

    def permuted(prices: Prices, x: Any) -> ArrayShape:
        return ArrayShape.of(_shape((x,)) if isinstance(x, int) else prices.array(x).shape)

    made: dict[str, Callable[..., Any]] = {
        "rand": lambda prices, *shape: ArrayShape.of(_shape(shape)),
        "randn": lambda prices, *shape: ArrayShape.of(_shape(shape)),
        "random": lambda prices, size=(): ArrayShape.of(_shape(size)),
        "random_sample": lambda prices, size=(): ArrayShape.of(_shape(size)),
        "randint": lambda prices, low, high=None, size=(), dtype=None: ArrayShape.of(
            _shape(size), np.int64
        ),
        "normal": lambda prices, loc=0.0, scale=1.0, size=(): ArrayShape.of(_shape(size)),
        "uniform": lambda prices, low=0.0, high=1.0, size=(): ArrayShape.of(_shape(size)),
        "choice": lambda prices, a, size=(), replace=True, p=None: ArrayShape.of(_shape(size)),
        "permutation": permuted,
    }
    return {
        name: Known(f"numpy.random.{name}", call, CallKind.ARRAY) for name, call in made.items()
    }


def data_functions() -> dict[str, Known]:
    """Returns Keras's functions that prepare data, for literal data."""
    return {
        "to_categorical": Known("keras.utils.to_categorical", _to_categorical, CallKind.ARRAY),
        "pad_sequences": Known("keras.utils.pad_sequences", _pad_sequences, CallKind.ARRAY),
    }


def item_shape(prices: Prices, shape: Sequence[int], index: Any) -> None:
    """Pays for `array[index]`, as far as it is no view: lists and masks copy what they choose."""
    parts = list(index) if isinstance(index, tuple) else [index]
    chosen = [prices.array(p) for p in parts if isinstance(p, (list, np.ndarray))]
    if not chosen:
        return
    axes = list(shape)
    shapes = [a.shape if a.dtype.kind != "b" else (int(a.sum()),) for a in chosen]
    count = math.prod(np.broadcast_shapes(*shapes))
    position = 0
    for number, part in enumerate(parts):
        if part is None:
            continue
        if part is Ellipsis:
            position = len(axes) - sum(other is not None for other in parts[number + 1 :])
            continue
        taken = part if isinstance(part, np.ndarray) and part.dtype.kind == "b" else None
        for _ in range(taken.ndim if taken is not None else 1):
            if position < len(axes) and not isinstance(part, slice):
                axes[position] = 1
            position += 1
    prices.size(int(count) * math.prod(axes))


def _shape(shape: Any) -> tuple[int, ...]:
    sides = shape if isinstance(shape, (tuple, list)) else (shape,)
    if len(sides) > 16 or not all(isinstance(side, int) for side in sides):
        raise NotKept
    if min(sides, default=0) < 0 or math.prod(sides) >= 2**62:
        raise NotKept
    return tuple(int(side) for side in sides)


def _kept(count: Any) -> int:
    if not int(count) <= KEPT:
        raise NotKept
    return int(count)


def _to_categorical(prices: Prices, x: Any = None, num_classes: Any = None, y: Any = None) -> Any:
    ids = prices.array(x if y is None else y)
    classes = int(num_classes) if num_classes is not None else int(ids.max()) + 1
    prices.size(_kept(ids.size * classes))
    return keras.utils.to_categorical(ids, classes)


def _pad_sequences(
    prices: Prices,
    sequences: Any,
    maxlen: Any = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Any:
    if not isinstance(sequences, (list, tuple, np.ndarray)) or not isinstance(value, (int, float)):
        raise NotKept
    rows = [prices.array(row) for row in sequences]
    longest = max((len(row) for row in rows), default=0) if maxlen is None else int(maxlen)
    inner = max((math.prod(row.shape[1:]) for row in rows), default=1)
    prices.size(_kept(len(rows) * longest * inner), *rows)
    return keras.utils.pad_sequences(
        rows, None if maxlen is None else longest, check_dtype(dtype), padding, truncating, value
    )
