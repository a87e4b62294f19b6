"""The child process: reads requests from standard input, has the service answer, writes answers.

Started as `python -m inspector.worker.child package.module:function`. The service is called as
`function(request, progress=..., cancelled=...)`; a function `warm_up()` beside it, if there is
one, runs while nobody waits. Once the service is loaded, the child confines itself
(`confinement.py`). The main thread works; a second one reads, so that a cancelled request is
noticed while it runs, and so that the child ends with its parent: when the pipe closes, nobody
can be answered any more.
"""

import gc
import importlib
import logging
import os
import queue
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from inspector.core.foreign_text import one_line, printable
from inspector.core.requests import Progress
from inspector.errors import Cancelled, InspectorError, WorkerError
from inspector.worker.confinement import confine
from inspector.worker.wire import Message, MessageKind, Packed, pack, read, unpack, write

_log = logging.getLogger(__name__)
_PROGRESS_SECONDS = 0.05
_MESSAGE_CHARACTERS = 500


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Takes standard input and output for messages; what anybody prints goes to the log."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return requests, replies


class _Worker:
    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests, self._replies = requests, replies
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._cancelled: set[int] = set()

    def listen(self) -> None:
        """Starts to read requests."""
        threading.Thread(target=self._read, name="reader", daemon=True).start()

    def _read(self) -> None:
        try:
            while True:
                message = read(self._requests)
                if message.kind is MessageKind.CANCEL:
                    self._cancelled.add(message.request)
                else:
                    self._inbox.put(message)
        except (EOFError, OSError):
            os._exit(0)  # Not sys.exit: the main thread may be anywhere, and nobody listens.

    def reply(self, kind: MessageKind, request: int, body: Packed) -> None:
        write(self._replies, Message(kind, request, body))

    def serve(self, service: Callable[..., Any], warm_up: Callable[[], object] | None) -> None:
        while True:
            message = self._inbox.get()
            number = message.request
            try:
                if message.kind is MessageKind.WARM_UP:
                    body = pack(warm_up() if warm_up is not None else None)
                else:
                    body = pack(self._answer(service, message))
                self.reply(MessageKind.ANSWER, number, body)
            except (Exception, SystemExit) as error:
                self.reply(MessageKind.ERROR, number, packed_error(error))
            self._cancelled.discard(number)

    def _answer(self, service: Callable[..., Any], message: Message) -> Any:
        last = Progress(0, 0)
        sent = 0.0

        def progress(done: int, total: int, what: str = "", loss: float | None = None) -> None:
            nonlocal last, sent
            value, now = Progress(done, total, what, loss), time.monotonic()
            # A message a step would cost more than the step.
            if what != last.what or done >= total or now - sent > _PROGRESS_SECONDS:
                self.reply(MessageKind.PROGRESS, message.request, pack(value))
                last, sent = value, now

        def cancelled() -> bool:
            return message.request in self._cancelled

        if cancelled():
            raise Cancelled("The request was cancelled.")
        return service(unpack(message.body), progress=progress, cancelled=cancelled)


def packed_error(error: BaseException) -> Packed:
    """Returns an `InspectorError`, packed: `error` itself, or a `WorkerError` that names it.

    The traceback goes to the log: it says nothing to a user, and it can quote their data.
    """
    if isinstance(error, InspectorError):
        try:
            packed = pack(error)
            unpack(packed)
        except Exception:
            _log.exception("An error that cannot be sent to the parent")
        else:
            return packed
    else:
        _log.error("The service failed", exc_info=error)
    text = one_line(str(error), _MESSAGE_CHARACTERS)
    return pack(
        WorkerError(
            f"The engine failed with {type(error).__name__}: {text or 'no message'}",
            "It should have answered, or said what is wrong with the input.",
            "Try a smaller batch or another model; the log of the server has the details.",
        )
    )


class _OneLine(logging.Formatter):
    """Writes an event in one line: what it quotes of a visitor must not look like others."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record).strip().replace("\n", " | "))


def main(service: str) -> None:
    """Serves until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent decides.
    requests, replies = _private_streams()
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler])
    logging.captureWarnings(True)
    worker = _Worker(requests, replies)
    module_name, _, function_name = service.partition(":")
    try:
        module = importlib.import_module(module_name)
        function = getattr(module, function_name)
    except Exception as error:
        worker.reply(MessageKind.ERROR, 0, packed_error(error))
        sys.exit(1)
    # What is imported stays for ever: with it out of the way, collecting garbage takes a tenth.
    gc.collect()
    gc.freeze()
    # Before any other thread runs, TensorFlow's too, which start with the first request: it holds
    # for threads that start later.
    confinement = confine(Path(tempfile.gettempdir()))
    worker.listen()
    worker.reply(MessageKind.IMPORTED, 0, pack(confinement))
    worker.serve(function, getattr(module, "warm_up", None))


if __name__ == "__main__":
    main(sys.argv[1])
