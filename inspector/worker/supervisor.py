"""Has the child answer one request at a time, within limits, and starts it again."""

import logging
import threading
import time

from inspector.core.foreign_text import one_line
from inspector.errors import Cancelled, InspectorError, WorkerError
from inspector.worker.confinement import Confinement
from inspector.worker.limits import Limits, crashed, too_large, too_slow
from inspector.worker.process import Child
from inspector.worker.tickets import Ticket
from inspector.worker.wire import Message, MessageKind, Packed, unpack

_log = logging.getLogger(__name__)
_TICK_SECONDS = 0.02
_MEMORY_SECONDS = 0.1
_END_SECONDS = 0.5


class Supervisor:
    """The owner of the child; only one thread may call it; others read its state.

    Attributes:
        warm: The child is loaded and has answered something, so the next answer comes quickly.
        confinement: What the child cannot do any more; None before the first child is loaded.
    """

    def __init__(self, service: str, limits: Limits, closing: threading.Event) -> None:
        """Names the service; `start` starts the child."""
        self._service, self._limits, self._closing = service, limits, closing
        self._child: Child | None = None
        self._number = 0
        self.confinement: Confinement | None = None
        self._warmed_up = False
        self.warm = threading.Event()

    @property
    def pid(self) -> int | None:
        """Number of the child's process, or None where there is none."""
        child = self._child
        return child.pid if child is not None else None

    @property
    def alive(self) -> bool:
        """There is a child, and it runs."""
        child = self._child
        return child is not None and child.alive

    @property
    def cold(self) -> bool:
        """The child has not been warmed up yet."""
        return not self._warmed_up

    def start(self) -> None:
        """Makes sure that there is a child which can be asked.

        Raises:
            WorkerError: It does not start.
            InspectorError: The service says why it does not start.
        """
        if self._child is not None and self._child.alive:
            return
        self.stop()
        try:
            self._child = Child(self._service)
        except OSError as error:
            raise crashed(f"it could not be started: {error}") from error
        deadline = time.monotonic() + self._limits.start_seconds
        while True:
            message = self._child.receive(_TICK_SECONDS)
            if message is not None and message.kind is MessageKind.IMPORTED:
                self.confinement = unpack(message.body)
                return
            if message is not None and message.kind is MessageKind.ERROR:
                self.stop()
                raise unpack(message.body)
            if message is not None and message.kind is MessageKind.ENDED:
                raise crashed(self.stop())
            if self._closing.is_set() or time.monotonic() > deadline:
                self.stop()
                raise WorkerError(
                    f"The engine's process did not start within {self._limits.start_seconds:g} s.",
                    "Importing TensorFlow takes a few seconds.",
                    "Try again, or look into the log of the server.",
                )

    def stop(self, patience: float = 0.0) -> str:
        """Ends the child, if there is one; returns how it ended."""
        child, self._child = self._child, None
        self._warmed_up = False
        self.warm.clear()
        return child.end(patience) if child is not None else "it did not run"

    def warm_up(self) -> None:
        """Has the child do what makes the first answer quick."""
        try:
            self._converse(
                MessageKind.WARM_UP, Ticket(Packed(()), b"", "", self._limits.start_seconds)
            )
        except Cancelled:
            return
        except InspectorError as error:
            _log.error("The engine could not be warmed up: %s", one_line(str(error), 500))
        self._warmed_up = True
        self.warm.set()  # Also after an error: trying again would not help.

    def answer(self, ticket: Ticket) -> Packed:
        """Returns the child's answer.

        Raises:
            InspectorError: The child's own error, or a `WorkerError` where it crashed or a limit
                was reached; the child is then gone, and `start` makes the next one.
        """
        answer = self._converse(MessageKind.ASK, ticket)
        self.warm.set()
        return answer

    def _converse(self, kind: MessageKind, ticket: Ticket) -> Packed:
        child = self._child
        assert child is not None, "start() comes first"
        self._number += 1
        ticket.begin()
        watch = _Watch(self._limits, ticket, child)
        child.send(Message(kind, self._number, ticket.request))
        while True:
            message = child.receive(_TICK_SECONDS)
            if message is not None and message.kind is MessageKind.ENDED:
                raise crashed(self.stop(_END_SECONDS))
            if message is not None and message.request == self._number:
                if message.kind is MessageKind.ANSWER:
                    return message.body
                if message.kind is MessageKind.ERROR:
                    raise unpack(message.body)
                ticket.report(unpack(message.body))
            if watch.should_say_cancelled():
                child.send(Message(MessageKind.CANCEL, self._number))
            error = watch.verdict()
            if self._closing.is_set():
                error = Cancelled("The engine was closed.")
            if error is not None:
                self.stop()
                raise error


class _Watch:
    """Watches over one request: time, memory, and whether anybody still wants the answer."""

    def __init__(self, limits: Limits, ticket: Ticket, child: Child) -> None:
        self._limits, self._ticket, self._child = limits, ticket, child
        self._measured = time.monotonic()
        self._told: float | None = None

    def should_say_cancelled(self) -> bool:
        """Is true once, when the ticket is given up."""
        if self._ticket.patience is None or self._told is not None:
            return False
        self._told = time.monotonic()
        return True

    def verdict(self) -> InspectorError | None:
        """Returns why the child must be killed now, or None."""
        now = time.monotonic()
        patience = self._ticket.patience
        if self._told is not None and patience is not None and now - self._told > patience:
            return Cancelled("The request was cancelled.")
        seconds = self._ticket.out_of_time()
        if seconds is not None:
            return too_slow(seconds, self._ticket.seconds)
        if now - self._measured > _MEMORY_SECONDS:
            self._measured = now
            if self._child.memory() > self._limits.memory_bytes:
                return too_large(self._limits.memory_bytes)
        return None
