"""What a request may cost, and what the user is told when it costs more."""

from dataclasses import dataclass

from inspector.errors import WorkerError


@dataclass(frozen=True)
class Limits:
    """What a request may cost.

    Attributes:
        seconds: How long an answer may take, not counting the time spent waiting in line, and how
            long it may go on without getting anything done. A request with an attribute
            `extra_seconds` may take that much more, as its steps or rows get done: half of it when
            half of them are.
        memory_bytes: How much memory the child may hold while it answers, TensorFlow (about
            600 MB) included.
        start_seconds: How long the child may take until it can be asked.
        grace_seconds: How long a cancelled request may take to stop by itself.
        answers_bytes: How much memory the answers take that are kept for equal requests.
        waiting: How many sessions may wait in line.
        waiting_of_a_visitor: How many of them may be of one visitor.
    """

    seconds: float = 60.0
    memory_bytes: int = 3 * 1024**3
    start_seconds: float = 180.0
    grace_seconds: float = 1.0
    answers_bytes: int = 64 * 1024**2
    waiting: int = 200
    waiting_of_a_visitor: int = 8


def too_slow(seconds: float, usual: float) -> WorkerError:
    """The error of a request that ran out of the `seconds` that it had by then."""
    return WorkerError(
        f"The request took longer than {seconds:.3g} s and was stopped.",
        f"An answer may take {usual:g} s, and more only as training steps or rows get done.",
        "Use fewer rows, fewer timesteps, smaller layers or fewer training steps.",
    )


def too_large(limit_bytes: int) -> WorkerError:
    """The error of a request that ran out of memory."""
    return WorkerError(
        f"The request needed more than {limit_bytes / 1024**2:,.0f} MB of memory and was stopped.",
        f"The engine may use {limit_bytes / 1024**2:,.0f} MB.",
        "Use fewer rows, fewer timesteps, a smaller vocabulary or smaller layers.",
    )


class Crashed(WorkerError):
    """The child ended by itself while it worked on a request."""


def crashed(how: str) -> Crashed:
    """The error of a request during which the child ended by itself."""
    return Crashed(
        f"The engine's process ended while it worked on this request ({how}).",
        "It should have answered.",
        "It is started again by itself: try once more, and if it happens again, use a smaller "
        "batch or model.",
    )
