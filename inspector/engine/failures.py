"""Failures of a model in words; and what is no finding about a model at all."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from inspector.engine.seam.tensorflow import OUT_OF_MEMORY
from inspector.errors import Cancelled, LimitError

NO_FINDING: tuple[type[Exception], ...] = (Cancelled, *OUT_OF_MEMORY)
"""Memory runs out, or nobody waits any more: passes wherever failures of a model are caught."""

# Keras sets the first line of some messages in bold, for terminals.
_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# What TensorFlow says of itself around a message: the function, the device, the operation.
_MACHINERY = re.compile(r"\{\{function_node .*?\}\}\s*|\s*\[Op:\w+\]( name:)?")


def message_of(error: Exception) -> str:
    """Returns the first lines of an exception, on one line."""
    text = _MACHINERY.sub("", _TERMINAL_COLOURS.sub("", str(error))).strip()
    lines = [line for line in text.splitlines() if line.strip()]
    text = " ".join(lines[:3]) if lines else type(error).__name__
    return text[:400]


@contextmanager
def memory_told() -> Iterator[None]:
    """Says in words that there was not enough memory; also a decorator.

    Raises:
        LimitError: There was not.
    """
    try:
        yield
    except OUT_OF_MEMORY as error:
        raise LimitError(
            f"There is not enough memory: {message_of(error)}",
            "Model and batch must fit into the memory.",
            "Use fewer rows, fewer timesteps, a smaller vocabulary or smaller layers.",
        ) from error
