"""Who watches a long inspection.

`inspect` itself takes no `Watch`; who watches an inspection says so around the call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from inspector.core.requests import Watch

_watch: ContextVar[Watch | None] = ContextVar("inspector_watch", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Has `tell` report to `watch` what is done inside."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def tell(done: int, total: int, what: str) -> None:
    """Says that `done` of `total` rows are done, and stops where nobody wants the rest.

    Raises:
        Cancelled: The one who watches has given up.
    """
    watch = _watch.get()
    if watch is not None:
        watch.tick(f"Stopped after {done:,} of {total:,} rows.")
        watch.progress(done, total, what)


def go_on(doing: str) -> None:
    """Stops where nobody wants the answer any more.

    Raises:
        Cancelled: The one who watches has given up.
    """
    watch = _watch.get()
    if watch is not None:
        watch.tick(f"Stopped in the {doing}.")
