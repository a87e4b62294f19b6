"""A ticket: the promise of one answer."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from inspector.core.requests import Progress
from inspector.errors import Cancelled, InspectorError
from inspector.worker.frames import Packed, unpack


class Ticket:
    """The promise of one answer; made by `Engine.submit`, safe to use from any thread.

    Attributes:
        request: The request, packed.
        digest: Number of the request's content; equal requests have equal digests.
        session: Who asks.
        seconds: How long the answer may take once it is begun.
        grace: How many seconds the child has to stop when the ticket is cancelled.
        patience: How many seconds the child has to give up after nobody wants the answer any
            more, before it is killed; None as long as somebody wants it.
    """

    def __init__(
        self, request: Packed, digest: bytes, session: str, seconds: float, grace: float = 1.0
    ) -> None:
        """Makes the ticket of a request that waits."""
        self.request, self.digest, self.session, self.seconds = request, digest, session, seconds
        self.grace = grace
        self.patience: float | None = None
        self._future: Future[Packed] = Future()
        self._progress: Progress | None = None
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
