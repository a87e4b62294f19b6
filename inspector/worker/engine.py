"""The engine as the app sees it: submit a request, get a ticket, wait for the answer.

    engine = Engine(Limits())
    engine.start()
    inspection = engine.ask(InspectRequest(batch), session="anna")

Keras stays out of this process: Streamlit clears Keras's global state after every script run of
every user as soon as `keras` is imported beside it. One child holds the models.

Why not a library's pool. `concurrent.futures`, `pebble` and `loky` hand out a worker that may be
used for anything; we need one that keeps its models. Of the three only `pebble` kills a request
that is over its time, and none has progress, a cancel that first asks, or a line that is fair
between sessions and forgets stale requests, so all of that would be written around the pool
anyway. What remains is the transport, and there the pools are the harder way: they start their
children with `multiprocessing`, whose "spawn" imports `__main__` again, which under Streamlit is
whatever page runs at that moment. So the child is a plain `subprocess` with messages on its
pipes (`frames`), futures are those of `concurrent.futures`, and memory is measured by `psutil`:
as a watchdog, because `RLIMIT_AS` counts address space, of which TensorFlow reserves many times
what it uses, and failing there ends in an abort without a word.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from cachetools import LRUCache

from inspector.core.digest import digest
from inspector.core.requests import Progress
from inspector.errors import Cancelled, InspectorError, WorkerError
from inspector.worker.confinement import Confinement
from inspector.worker.limits import Crashed, Limits, crashed
from inspector.worker.line import WaitingLine
from inspector.worker.supervisor import Supervisor
from inspector.worker.tickets import Ticket
from inspector.worker.wire import Packed, pack

_log = logging.getLogger(__name__)
SERVICE = "inspector.engine.service:answer"
_HEARTBEAT_SECONDS = 0.1
_STALE_SECONDS = 10.0
_LOOK_SECONDS = 1.0


class Engine:
    """One child process that answers the requests of many sessions, one at a time.

    Turns go by visitor, to the one who has used least of late; among equals, in the order in which
    they came. A session has at most one request in line: a newer one takes the place of the older,
    which fails with `Cancelled`, and asks the one being worked on to stop. Equal requests are
    answered from memory. Where the process dies of itself, the request is tried once more. Safe to
    use from any thread.
    """

    def __init__(self, limits: Limits = Limits(), service: str = SERVICE) -> None:
        """Prepares an engine; `start` starts it.

        Args:
            limits: What a request may cost.
            service: What answers in the child, as `package.module:function`.
        """
        self._limits = limits
        self._answers: LRUCache[bytes, Packed] = LRUCache(
            limits.answers_bytes, getsizeof=lambda answer: answer.size
        )
        self._answers_lock = threading.Lock()
        self._closing = threading.Event()
        self._supervisor = Supervisor(service, limits, self._closing)
        self._changed = threading.Condition()
        self._line = WaitingLine(limits.waiting, limits.waiting_of_a_visitor)
        self._current: Ticket | None = None
        self._thread: threading.Thread | None = None

    @property
    def ready(self) -> bool:
        """The engine is loaded and warm, so the next answer comes quickly."""
        return self._supervisor.warm.is_set()

    @property
    def pid(self) -> int | None:
        """Number of the child's process, or None where there is none at the moment."""
        return self._supervisor.pid

    @property
    def confinement(self) -> Confinement | None:
        """What the child cannot do any more, or None before it is loaded."""
        return self._supervisor.confinement

    def start(self) -> None:
        """Starts the child and returns at once; does nothing if it is started already."""
        with self._changed:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(
                    target=self._run, name="inspector-engine", daemon=True
                )
                self._thread.start()
                atexit.register(self.close)

    def wait_until_ready(self, timeout: float) -> bool:
        """Waits until the engine is loaded and warm; returns whether it is."""
        return self._supervisor.warm.wait(timeout)

    def knows(self, request: object) -> bool:
        """Returns whether the answer to an equal request is still in memory."""
        return self._known(digest(request)) is not None

    def submit(self, request: object, *, session: str, visitor: tuple[str, ...] = ()) -> Ticket:
        """Puts a request in line and returns its ticket at once.

        Args:
            request: A value of `inspector.core.requests`.
            session: Which page asks; older requests of the same session are given up.
            visitor: Who asks, by names from coarse to fine, such as the address and the browser;
                by default each session is a visitor of its own.

        Raises:
            LimitError: Too many sessions wait.
            WorkerError: The engine is closed.
        """
        ticket = Ticket(
            pack(request),
            digest(request),
            session,
            self._limits.seconds,
            self._limits.grace_seconds,
            extra=float(getattr(request, "extra_seconds", 0.0)),
            visitor=visitor,
        )
        known = self._known(ticket.digest)
        if known is None:
            self.start()
        else:
            ticket.answer(known)
        with self._changed:
            if self._closing.is_set():
                raise WorkerError("The engine is closed.", "", "Restart the app.")
            stale = [self._line.of(session), self._current_of(session, ticket.digest)]
            if known is None:
                crowded_out = self._line.put(ticket)
                if crowded_out is not None:
                    crowded_out.fail(self._line.full_of_own(self._limits.waiting))
                ticket.on_cancel(self._forget)
                self._changed.notify_all()
        for old in stale:
            if old is not None:
                old.give_up(_STALE_SECONDS, Cancelled("A newer request took its place."))
        return ticket

    def ask(
        self,
        request: object,
        *,
        session: str,
        visitor: tuple[str, ...] = (),
        on_progress: Callable[[Progress | None], None] | None = None,
    ) -> Any:
        """Submits a request and waits for the answer.

        Args:
            request: A value of `inspector.core.requests`.
            session: Which page asks.
            visitor: Who asks, as for `submit`.
            on_progress: Called about ten times a second with how far it is (None: not known).
                It may raise, as Streamlit does where a page is left: then the request is
                cancelled.

        Raises:
            InspectorError: As `Ticket.result`.
        """
        ticket = self.submit(request, session=session, visitor=visitor)
        try:
            while True:
                try:
                    return ticket.result(None if on_progress is None else _HEARTBEAT_SECONDS)
                except TimeoutError:
                    if on_progress is not None:
                        on_progress(ticket.progress())
        except BaseException:
            ticket.cancel()  # Does nothing where the ticket itself brought the error.
            raise

    def close(self) -> None:
        """Ends the child; whoever still waits gets `Cancelled`."""
        with self._changed:
            self._closing.set()
            waiting = [*self._line.clear(), *([self._current] if self._current else [])]
            thread = self._thread
            self._changed.notify_all()
        for ticket in waiting:
            ticket.fail(Cancelled("The engine was closed."))
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        atexit.unregister(self.close)

    def _current_of(self, session: str, number: bytes) -> Ticket | None:
        """The ticket being worked on, if it is the session's and asks for something else."""
        current = self._current
        same = current is not None and current.session == session and current.digest != number
        return current if same else None

    def _forget(self, ticket: Ticket) -> None:
        with self._changed:
            self._line.remove(ticket)

    def _run(self) -> None:
        """The life of the engine's thread."""
        try:
            while not self._closing.is_set():
                self._step()
        finally:
            self._supervisor.stop(self._limits.grace_seconds)

    def _step(self) -> None:
        try:
            self._supervisor.start()
        except InspectorError as error:
            self._fail_all(error)
            return
        if self._supervisor.cold and not self._line:
            self._supervisor.warm_up()
        ticket = self._take()
        if ticket is not None:
            self._answer(ticket)

    def _fail_all(self, error: InspectorError) -> None:
        """Tells everybody in line, or waits until somebody asks; then starting is tried again."""
        with self._changed:
            if not self._line:
                self._changed.wait_for(lambda: self._line or self._closing.is_set())
                return
            waiting = self._line.clear()
        for ticket in waiting:
            ticket.fail(error)

    def _take(self) -> Ticket | None:
        """Waits for the next ticket; None when the engine closes, or the child has died."""
        with self._changed:
            while not self._line and not self._closing.is_set():
                self._changed.wait(_LOOK_SECONDS)
                if not self._line and not self._supervisor.alive:
                    return None  # Started again now, not when somebody waits for it.
            if self._closing.is_set():
                return None
            self._current = self._line.take()
            return self._current

    def _answer(self, ticket: Ticket) -> None:
        begun = time.monotonic()
        try:
            answer = self._known(ticket.digest)  # Another session may have asked meanwhile.
            if answer is None:
                answer = self._answer_of_child(ticket)
                self._remember(ticket.digest, answer)
            ticket.answer(answer)
        except InspectorError as error:
            ticket.fail(error)
        except Exception as error:
            # Ours, not the service's; without this everybody would wait for ever.
            _log.exception("The engine's client failed")
            self._supervisor.stop()
            ticket.fail(crashed(f"{type(error).__name__}: {error}"))
        finally:
            with self._changed:
                self._line.charge(ticket, time.monotonic() - begun)
                self._current = None

    def _known(self, number: bytes) -> Packed | None:
        """The answer to the request with this digest, if it was given lately."""
        with self._answers_lock:
            return self._answers.get(number)

    def _remember(self, number: bytes, answer: Packed) -> None:
        # One huge answer must not push out everything else.
        if answer.size <= self._limits.answers_bytes // 4:
            with self._answers_lock:
                self._answers[number] = answer

    def _answer_of_child(self, ticket: Ticket) -> Packed:
        self._supervisor.start()  # It may have died while nobody asked.
        try:
            return self._supervisor.answer(ticket)
        except Crashed:
            if ticket.done():  # Nobody waits for it any more.
                raise
            # It may have died of something else: of a lack of memory, or killed by hand.
            self._supervisor.start()
            return self._supervisor.answer(ticket)
