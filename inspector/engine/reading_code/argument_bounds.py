"""What no argument of Keras may be, whatever takes it: the name of a file, or a size beyond use."""

import ast
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from inspector.engine.reading_code import arguments
from inspector.engine.reading_code.scopes import Reading
from inspector.engine.reading_code.values import Kind, Known, is_tensor
from inspector.engine.size_bounds import metric_numbers, size_fault

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
        if known.kind is not Kind.OP or name not in _COMPUTED
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
        names = list(arguments.accepted(known.function)[0])
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
    return _LARGEST_WINDOW_OF_OPERATION if known.kind is Kind.OP else _MOST_LISTED


def _largest(known: Known, sizes: Mapping[str, Any]) -> int:
    names = _WINDOWS if known.kind is Kind.OP else _LISTED
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
