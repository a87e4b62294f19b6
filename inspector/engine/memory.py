"""Where memory runs out or nobody waits any more: no finding about a model, and told as it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from inspector.engine.requested import message_of
from inspector.engine.seam.tensorflow import OUT_OF_MEMORY
from inspector.errors import Cancelled, LimitError

NO_FINDING: tuple[type[Exception], ...] = (Cancelled, *OUT_OF_MEMORY)
"""What goes through wherever the failures of a model are caught to be told of it."""


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
