"""A ticket: the promise of one answer."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from inspector.core.requests import Progress
from inspector.errors import Cancelled, InspectorError
from inspector.worker.wire import Packed, unpack

_MOST_PARTS = 1000


class Work:
    """How far the work on a request is.

    Attributes:
        begun: When it was begun.
        advanced: When something was done last.
        share: Share (0 to 1) of it that is done, by the longest of its parts.
    """

    def __init__(self) -> None:
        """Begins now, with nothing done."""
        self.begun = self.advanced = time.monotonic()
        self.share = 0.0
        self._total = 0
        self._done: dict[str, int] = {}

    def note(self, progress: Progress) -> None:
        """Notes a report; one that says the same again is no progress."""
        if progress.done <= self._done.get(progress.what, 0) or len(self._done) > _MOST_PARTS:
            return
        self._done[progress.what] = progress.done
        self.advanced = time.monotonic()
        if progress.total < self._total:
            return  # Preparing a training in a few steps must not earn the time of many.
        share = min(progress.done / max(progress.total, 1), 1.0)
        self.share = share if progress.total > self._total else max(share, self.share)
        self._total = progress.total


class Ticket:
    """The promise of one answer; made by `Engine.submit`, safe to use from any thread.

    Attributes:
        request: The request, packed.
        digest: Number of the request's content; equal requests have equal digests.
        session: Which page asks.
        visitor: Who asks, by names from coarse to fine.
        seconds: How long the answer may take once it is begun, and how long it may go on without
            getting anything done.
        extra: How many seconds more the whole work may take; they are granted as it gets done.
        grace: How many seconds the child has to stop when the ticket is cancelled.
        patience: How many seconds the child has to give up after nobody wants the answer any
            more, before it is killed; None as long as somebody wants it.
    """

    def __init__(
        self,
        request: Packed,
        digest: bytes,
        session: str,
        seconds: float,
        grace: float = 1.0,
        *,
        extra: float = 0.0,
        visitor: tuple[str, ...] = (),
    ) -> None:
        """Makes the ticket of a request that waits."""
        self.request, self.digest, self.session, self.seconds = request, digest, session, seconds
        self.grace, self.extra, self.visitor = grace, extra, visitor or (session,)
        self.patience: float | None = None
        self._future: Future[Packed] = Future()
        self._progress: Progress | None = None
        self._work = Work()
        self._on_cancel: Callable[[Ticket], None] | None = None
        self._lock = threading.Lock()

    def result(self, timeout: float | None = None) -> Any:
        """Waits for the answer.

        Every call returns an answer of its own, so nobody can change another's.

        Raises:
            InspectorError: The request failed; `WorkerError` where the process did, ran out of
                time or memory; `Cancelled` where it was cancelled or a newer request of the same
                session took its place.
            TimeoutError: It is not there after `timeout` seconds; the request goes on.
        """
        try:
            return unpack(self._future.result(timeout))
        except FutureTimeoutError:
            raise TimeoutError from None

    def progress(self) -> Progress | None:
        """How far it is, or None where nothing is known (it waits, or does not say)."""
        return self._progress

    def done(self) -> bool:
        """There is an answer or an error."""
        return self._future.done()

    def cancel(self) -> None:
        """Gives the request up; who waits for it gets `Cancelled` at once."""
        self.give_up(self.grace, Cancelled("The request was cancelled."))

    def give_up(self, patience: float, reason: Cancelled) -> None:
        """Fails the ticket with `reason` and lets the child stop within `patience` seconds."""
        with self._lock:
            if self._future.done():
                return
            self.patience = patience
            self.fail(reason)
        if self._on_cancel is not None:
            self._on_cancel(self)

    def on_cancel(self, call: "Callable[[Ticket], None]") -> None:
        """Has `call` called with the ticket when it is given up."""
        self._on_cancel = call

    def report(self, progress: Progress) -> None:
        """Notes how far it is."""
        self._progress = progress
        self._work.note(progress)

    def begin(self) -> None:
        """Notes that the work on it begins, for the first time or anew."""
        self._work = Work()

    def out_of_time(self) -> float | None:
        """Returns after how many seconds it is to be stopped now, or None where it may go on.

        Time follows the work: beyond `seconds` a request goes on only as far as the share of it
        that is done has earned, and never for `seconds` without getting anything done.
        """
        now = time.monotonic()
        granted = self.seconds + self.extra * self._work.share
        if now - self._work.begun > granted:
            return granted
        return self.seconds if now - self._work.advanced > self.seconds else None

    def answer(self, answer: Packed) -> None:
        """Settles the ticket with an answer, unless it is settled already."""
        try:
            self._future.set_result(answer)
        except InvalidStateError:
            pass  # It was cancelled in the meantime: that stands.

    def fail(self, error: InspectorError) -> None:
        """Settles the ticket with an error, unless it is settled already."""
        try:
            self._future.set_exception(error)
        except InvalidStateError:
            pass  # As above.
