"""Ending the process where reading hangs inside a library, which no check of ours interrupts."""

import faulthandler
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


def _descriptor() -> int | None:
    """Where tracebacks go; None for a program without a terminal, which then is not watched."""
    try:
        return sys.__stderr__.fileno() if sys.__stderr__ is not None else None
    except (OSError, ValueError):
        return None


_stderr = _descriptor()
_lock = threading.Lock()
_deadlines: list[float] = []


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Ends the process, exit code 1, with a traceback, where the block takes longer.

    What code may do is paid for before it is done, and the clock is looked at between any two
    calls. This is for what holds neither: a call that does not come back. It works without
    Python's lock, so that code of C cannot hold it up.
    """
    deadline = time.monotonic() + seconds
    with _lock:
        _deadlines.append(deadline)
        _watch()
    try:
        yield
    finally:
        with _lock:
            _deadlines.remove(deadline)
            _watch()


def _watch() -> None:
    """Sets the one timer that there is to the first deadline."""
    if not _deadlines:
        faulthandler.cancel_dump_traceback_later()
    elif _stderr is not None:
        left = max(min(_deadlines) - time.monotonic(), 0.001)
        faulthandler.dump_traceback_later(left, exit=True, file=_stderr)
