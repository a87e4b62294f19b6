"""How far a long inspection is, and whether anybody still wants it.

`inspect` itself takes neither; who watches an inspection says so around the call.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from inspector.errors import Cancelled


@dataclass(frozen=True)
class _Watcher:
    progress: Callable[[int, int, str], None]
    cancelled: Callable[[], bool]


_watcher: ContextVar[_Watcher | None] = ContextVar("inspector_watcher", default=None)


@contextmanager
def watched(
    progress: Callable[[int, int, str], None], cancelled: Callable[[], bool]
) -> Iterator[None]:
    """Has `tell` call `progress` and ask `cancelled` for what is done inside."""
    token = _watcher.set(_Watcher(progress, cancelled))
    try:
        yield
    finally:
        _watcher.reset(token)


def tell(done: int, total: int, what: str) -> None:
    """Says that `done` of `total` rows are done, and stops where nobody wants the rest.

    Raises:
        Cancelled: The one who watches has given up.
    """
    watcher = _watcher.get()
    if watcher is None:
        return
    if watcher.cancelled():
        raise Cancelled(f"Stopped after {done:,} of {total:,} rows.")
    watcher.progress(done, total, what)
