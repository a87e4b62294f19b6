"""How large a number may be that a file or pasted code hands to Keras as a size.

TensorFlow ends the process for some sizes of 2**31 and more, and for others fills the memory long
before an output has the size that could be counted. Both readers ask here first.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LARGEST_INTEGER = 2**31 - 1
"""No size, axis or index is larger; TensorFlow computes with them in 32 bits."""
LARGEST_WINDOW = 2**20
"""Timesteps, or pixels of all axes together, that a window may span."""
MOST_REPEATS = 64
"""Times that a layer or operation may do the same thing over, each a copy in the graph."""
LONGEST_LIST = 1_024
"""Parts that one operation may make."""

LONGEST_STRIDE_BACK = 2**12
"""Strides of a transposed convolution, of all axes together: its work grows with their square."""

# What spans timesteps or pixels; the sides of one window multiply.
_WINDOWS = frozenset(
    {
        "dilation_rate",
        "dilations",
        "kernel_size",
        "ksize",
        "output_padding",
        "pool_size",
        "strides",
        "window_shape",
    }
)
# Together these say how far a kernel reaches.
_REACH = ("kernel_size", "dilation_rate")
_REPEATS = frozenset({"power_iterations"})
# Of one class or function only: there, the name says how often or how many.
_OWN_LIMITS: Mapping[tuple[str, str], int] = {
    ("diff", "n"): MOST_REPEATS,
    ("split", "indices_or_sections"): LONGEST_LIST,
    ("arraysplit", "indices_or_sections"): LONGEST_LIST,
    ("unstack", "num"): LONGEST_LIST,
}
# What seeds random numbers is no size.
_UNBOUNDED = frozenset({"seed"})
_AXES = re.compile(r"([123])d")


@dataclass(frozen=True)
class SizeFault:
    """An argument that is larger than anything that it could mean.

    Attributes:
        argument: Its name.
        size: Its value, or the product of its values.
        limit: The most that is allowed.
    """

    argument: str
    size: int
    limit: int


def size_fault(name: str, arguments: Mapping[str, object]) -> SizeFault | None:
    """Returns the first argument that is too large for a layer or operation.

    Args:
        name: Of the class or function, such as `MaxPooling1D` or `array_split`.
        arguments: By name, as plain values; what is no number, and no list of numbers, is not
            looked at.
    """
    plain_name = name.replace("_", "").lower()
    for argument, value in arguments.items():
        size = max((abs(number) for number in _integers(value, 0)), default=0)
        limit = _OWN_LIMITS.get((plain_name, argument), LARGEST_INTEGER)
        if argument in _UNBOUNDED:
            continue
        if argument in _REPEATS:
            limit = MOST_REPEATS
        elif argument in _WINDOWS:
            size = math.prod(_sides(plain_name, value))
            stride_back = argument == "strides" and "transpose" in plain_name
            limit = LONGEST_STRIDE_BACK if stride_back else LARGEST_WINDOW
        if size > limit:
            return SizeFault(argument, size, limit)
    kernel, dilation = (_sides(plain_name, arguments.get(argument, 1)) for argument in _REACH)
    reach = math.prod(kernel) * math.prod(dilation)
    return SizeFault("dilation_rate", reach, LARGEST_WINDOW) if reach > LARGEST_WINDOW else None


def _sides(plain_name: str, value: object) -> list[int]:
    """The sides of a window; one number stands for all axes that the name of a layer tells."""
    sides = [max(abs(number), 1) for number in _integers(value, 0)]
    axes = _AXES.search(plain_name)
    return sides * int(axes[1]) if len(sides) == 1 and axes is not None else sides[:8]


def _integers(value: object, depth: int) -> Iterator[int]:
    if isinstance(value, int) and not isinstance(value, bool):
        yield value
    elif isinstance(value, (list, tuple)) and depth < 4:
        for item in value:
            yield from _integers(item, depth + 1)


_COPIES = 4
"""Of its numbers, a metric holds some while it is updated: of a matrix, all of them."""
_A_THRESHOLD = 16
"""Numbers that one threshold stands for: four counts, and Python's own copies of it."""


def metric_numbers(arguments: Mapping[str, object]) -> int:
    """Returns how many numbers a metric takes, made with these arguments by name.

    A metric makes its variables when it is made, and lists of its thresholds before them.
    """
    classes = _largest(arguments.get("num_classes"))
    labels = max(_largest(arguments.get("num_labels")), 1)
    thresholds = max(_largest(arguments.get("num_thresholds")), _length(arguments, "thresholds"))
    return _COPIES * classes**2 + _A_THRESHOLD * thresholds * labels


def _largest(value: object) -> int:
    return max((abs(number) for number in _integers(value, 0)), default=0)


def _length(arguments: Mapping[str, object], name: str) -> int:
    value = arguments.get(name)
    return len(value) if isinstance(value, (list, tuple)) else 0


def state_numbers(layers: Iterable[Any], shape: Sequence[int | None]) -> int:
    """Returns how many numbers stateful recurrent layers keep between batches.

    They make their states for a fixed number of rows when they are built, past `add_weight`.

    Args:
        layers: The layer that is called, and those inside it.
        shape: Of its input: (rows, timesteps, ...).
    """
    rows = shape[0] or 0 if shape else 0
    # States of convolutions have the sides of the image, too; the channels stand before or after.
    images = (shape[2:-1], shape[3:]) if len(shape) > 3 else ((),)
    pixels = max(math.prod(side or 1 for side in image) for image in images)
    cells = [layer.cell for layer in layers if getattr(layer, "stateful", False) and _cell(layer)]
    # Cells of convolutions keep two images of `filters` channels, and do not say so.
    return sum(
        rows
        * pixels
        * max(sum(map(abs, _integers(cell.state_size, 0))), 2 * getattr(cell, "filters", 0))
        for cell in cells
    )


def _cell(layer: Any) -> bool:
    return hasattr(getattr(layer, "cell", None), "state_size")
