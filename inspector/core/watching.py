"""Telling a long computation's caller how far it is, and asking whether to go on."""

from collections.abc import Callable
from dataclasses import dataclass

from inspector.errors import Cancelled


def _silent(done: int, total: int, what: str) -> None:
    """Reports nothing."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Watch:
    """Who looks on.

    Attributes:
        progress: Called with units of work done, units in all, and what is being done.
        cancelled: Returns whether nobody wants the answer any more.
    """

    progress: Callable[..., None] = _silent
    cancelled: Callable[[], bool] = _never

    def tick(self, stopped: str = "The comparison was stopped.") -> None:
        """Raises `Cancelled`, which says `stopped`, where nobody wants the answer any more."""
        if self.cancelled():
            raise Cancelled(stopped)
