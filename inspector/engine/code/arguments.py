"""Are these the arguments of this layer? Asked before Keras, to answer in our words."""

import ast
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from inspector.engine.code.code_values import CallKind, CodeFunction, Known, is_tensor, kind_name
from inspector.engine.code.refusals import nearest
from inspector.engine.code.scopes import Reading
from inspector.engine.code.text import quoted
from inspector.engine.seam import names
from inspector.engine.size_bounds import metric_numbers, size_fault

_OF_ALL_LAYERS = frozenset("name dtype trainable autocast activity_regularizer".split())
_MOST_SHOWN, _DEEPEST = 8, 2  # elements of a list in a message, and lists in lists
_RECURRENT = frozenset("go_backwards stateful return_sequences return_state unroll".split())
_WHOLE = frozenset(
    "units filters output_dim input_dim n num_heads key_dim value_dim pool_size strides "
    "size target_shape num_tokens max_tokens".split()
)
# These compute the same in TensorFlow, in `keras.ops` and in `keras.backend`.
_SAME_IN_ALL = frozenset(
    "elu linear log_softmax relu relu6 selu sigmoid silu softmax softplus softsign swish "
    "tanh".split()
)
_CHOICES = (
    ("activation", names.ACTIVATIONS),
    ("initializer", [*names.INITIALIZERS, "uniform", "normal", "one", "zero"]),
    ("regularizer", names.REGULARIZERS),
    ("constraint", names.CONSTRAINTS),
)


@functools.cache
def accepted(made: Callable[..., Any]) -> tuple[dict[str, inspect.Parameter], bool]:
    """Returns the parameters of a class or function, and whether it takes any other keyword."""
    if not isinstance(made, type):
        parameters = dict(inspect.signature(made).parameters)
        return parameters, any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    parameters = {}
    for owner in made.__mro__:
        if "__init__" not in vars(owner):
            continue
        own = dict(inspect.signature(vars(owner)["__init__"]).parameters)
        own.pop("self", None)
        for name, parameter in own.items():
            parameters.setdefault(name, parameter)
        if not any(p.kind is p.VAR_KEYWORD for p in own.values()) or owner is keras.layers.Layer:
            break
    return parameters, False


def by_name(
    known: Known, args: list[Any], kwargs: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Gives Keras its own activations by their names, so that it looks them up itself."""
    try:
        names = list(accepted(known.function)[0])
    except (TypeError, ValueError):
        names = []
    names += [""] * len(args)
    found = [_activation(name, value) for name, value in zip(names, args, strict=False)]
    return found, {name: _activation(name, value) for name, value in kwargs.items()}


def _activation(argument: str, value: Any) -> Any:
    if not isinstance(value, Known) or not argument.endswith("activation"):
        return value
    of_keras = value.path == f"keras.activations.{value.name}"
    named = value.name in names.ACTIVATIONS and (of_keras or value.name in _SAME_IN_ALL)
    return value.name if named else value


def check(
    reading: Reading, node: ast.AST, known: Known, args: list[Any], kwargs: dict[str, Any]
) -> None:
    """Raises `CodeError` for a keyword that does not exist, or an argument that is missing."""
    try:
        parameters, open_ended = accepted(known.function)
    except (TypeError, ValueError):
        return
    named = {
        n for n, p in parameters.items() if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)
    }
    if isinstance(known.function, type) and issubclass(known.function, keras.layers.Layer):
        named |= _OF_ALL_LAYERS
        named |= {"implementation"} if known.name in ("LSTM", "GRU", "SimpleRNN") else set()
    for name in kwargs:
        if name not in named and not open_ended:
            raise _no_such_argument(reading, node, known, name, named)
    _check_required(reading, node, known, args, kwargs)
    _check_values(reading, node, known, args, kwargs)


def _no_such_argument(
    reading: Reading, node: ast.AST, known: Known, name: str, named: set[str]
) -> Exception:
    alike = nearest(name, named)
    todo = f"Did you mean `{alike}`?" if alike else f"Delete `{quoted(name)}=...`."
    return reading.error(
        _argument(node, name), f"`{known.name}` has no argument `{quoted(name)}`.", todo=todo
    )


def _argument(node: ast.AST, name: str) -> ast.AST:
    """The node of one keyword argument, which may stand on a line of its own."""
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == name:
                return keyword
    return node


def _check_required(
    reading: Reading, node: ast.AST, known: Known, args: list[Any], kwargs: dict[str, Any]
) -> None:
    function = known.function
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except ValueError:
        return
    except TypeError as error:
        reason = str(error)
        if "missing a required" in reason:
            name = reason.rpartition(": ")[2].strip("'")
            raise reading.error(
                node, f"`{known.name}` needs the argument `{name}`.", todo=f"Add `{name}=...`."
            ) from error
        if "too many positional" in reason:
            raise reading.error(
                node,
                f"`{known.name}` gets {len(args)} arguments, more than it takes.",
                todo="Write the later ones with their names.",
            ) from error
        if "multiple values" in reason:
            name = reason.rpartition("argument ")[2].strip("'")
            raise reading.error(
                node, f"`{known.name}` gets `{name}` twice.", todo="Delete one of the two."
            ) from error
        raise reading.error(
            node, f"`{known.name}` cannot be called like this: {reason}."
        ) from error


def _check_values(
    reading: Reading, node: ast.AST, known: Known, args: list[Any], kwargs: dict[str, Any]
) -> None:
    if not isinstance(known.function, type):
        return
    names = inspect.signature(known.function).parameters
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    for name, value in given.items():
        where = _argument(node, name)
        if name in _WHOLE:
            for side in value if isinstance(value, (tuple, list)) else (value,):
                _check_whole(reading, where, known, name, side)
        for ending, choices in _CHOICES:
            if name.endswith(ending) and isinstance(value, str):
                _check_choice(reading, where, name, value, choices)


def _check_whole(reading: Reading, node: ast.AST, known: Known, name: str, value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, np.integer))):
        half = isinstance(value, float) and value == value // 1
        raise reading.error(
            node,
            f"`{name}` of `{known.name}` is {described(value)}.",
            "It must be a whole number.",
            "Divide with `//`, or wrap it in `int(...)`." if half else "Pass a whole number.",
        )


def described(value: Any) -> str:
    """Names a value in a message: plain ones as they are, others by their kind."""
    return _described(value, _DEEPEST)


def _described(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return repr(quoted(value))
    if isinstance(value, (int, float, bool, type(None))):
        return repr(value)
    if isinstance(value, (list, tuple)) and depth:
        inside = ", ".join(_described(inner, depth - 1) for inner in value[:_MOST_SHOWN])
        inside += ", ..." if len(value) > _MOST_SHOWN else ""
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if isinstance(value, (CodeFunction, Known)) or (callable(value) and isinstance(value, type)):
        return f"`{getattr(value, 'name', None) or getattr(value, '__name__', 'a function')}`"
    if isinstance(value, keras.layers.Layer):
        return f"the layer `{value.name}`"
    return "a tensor" if is_tensor(value) else f"a {kind_name(value)}"


def check_shape(reading: Reading, node: ast.AST, name: str, shape: Any) -> None:
    """Raises `CodeError` unless `shape` holds whole numbers and None."""
    right = isinstance(shape, (tuple, list)) and all(
        side is None or (isinstance(side, (int, np.integer)) and not isinstance(side, bool))
        for side in shape
    )
    if not right:
        raise reading.error(
            _argument(node, name),
            f"`{name}` is {described(shape)}.",
            "A shape is a tuple of whole numbers; an open axis is None.",
            "For example `(timesteps, features)`.",
        )


def _check_choice(
    reading: Reading, node: ast.AST, name: str, value: str, choices: list[str]
) -> None:
    if value in choices:
        return
    alike = nearest(value, choices)
    raise reading.error(
        node,
        f"`{name}` is {quoted(value)!r}, which Keras does not know.",
        todo=f"Did you mean {alike!r}?" if alike else f"One that it knows is {choices[-1]!r}.",
    )


_FILES = frozenset(
    "cache_dir checkpoint directory dir file file_path filename filepath files fname idf_weights "
    "log_dir origin path paths uri url urls vocabulary weights".split()
)
_LISTS = frozenset({"vocabulary", "idf_weights"})
# Of an operation: what is computed with, and no size.
_COMPUTED = frozenset(
    "a b clip_value_max clip_value_min constant_values delta fill_value initial_value input "
    "input_tensor max_value maxval mean min_value minval start step stop stddev t tensor value "
    "values x x1 x2 x_max x_min y".split()
)
_WINDOWS = frozenset({"pool_size", "strides", "dilation_rate"})
_LARGEST_WINDOW_OF_OPERATION = 2**12
_LISTED = frozenset({"num_oov_indices", "num_bins", "groups", "output_size", "k", "num_heads"})
_MOST_LISTED = 100_000


def check_bounds(
    reading: Reading, node: ast.AST, known: Known, args: list[Any], kwargs: dict[str, Any]
) -> None:
    """Refuses what would open a file, fill the memory before it is counted, or end the process.

    Raises:
        CodeError: An argument names a file or an address, or is a size beyond what it can mean.
    """
    named = _named(known, args, kwargs)
    for name, value in named.items():
        if is_file(name, value):
            raise file_error(reading, node, name)
    budget = reading.spending
    if known.path.startswith("keras.metrics."):
        budget.numbers(node, metric_numbers(named))
    sizes = {
        name: _whole(value)
        for name, value in named.items()
        if known.kind is not CallKind.OP or name not in _COMPUTED
    }
    fault = size_fault(known.name, sizes)
    largest = fault.size if fault else _largest(known, sizes)
    if fault is not None or largest:
        argument = f"`{fault.argument}` of `{known.name}`" if fault else f"A size of `{known.name}`"
        limit = fault.limit if fault else _limit(known)
        raise reading.error(
            node,
            f"{argument} is {largest:,}.",
            f"It is at most {limit:,} here.",
            "Make it smaller.",
        )


def _named(known: Known, args: list[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    try:
        names = list(accepted(known.function)[0])
    except (TypeError, ValueError):
        names = []
    names += [str(number) for number in range(len(names), len(args))]
    return {**dict(zip(names, args, strict=False)), **kwargs}


def _whole(value: Any) -> Any:
    """Whole numbers of NumPy are numbers, too."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.size <= 64:
        return value.ravel().tolist()
    return value


def _limit(known: Known) -> int:
    return _LARGEST_WINDOW_OF_OPERATION if known.kind is CallKind.OP else _MOST_LISTED


def _largest(known: Known, sizes: Mapping[str, Any]) -> int:
    names = _WINDOWS if known.kind is CallKind.OP else _LISTED
    found = 0
    for name in names & set(sizes):
        sides = sizes[name] if isinstance(sizes[name], (list, tuple)) else [sizes[name]]
        found = max([found, *(abs(side) for side in sides if isinstance(side, int))])
    return found if found > _limit(known) else 0


def is_file(name: Any, value: Any) -> bool:
    """True for a text where an argument could name a file or an address.

    Whether there is such a file is never looked at: the answer is the same for all.
    """
    if name not in _FILES:
        return False
    if isinstance(value, (str, bytes)):
        return True
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind not in "biuf"
    if is_tensor(value):
        return keras.backend.standardize_dtype(value.dtype) == "string"
    return name in _LISTS and not isinstance(value, (list, tuple, type(None)))


def file_error(reading: Reading, node: ast.AST | int, name: str) -> Exception:
    """The error for an argument that would name a file."""
    return reading.error(
        node,
        f"`{name}` names a file, and pasted code opens none.",
        todo=f"Give the {name} as a list.",
    )
