"""The answers given lately, so that an equal request costs nothing."""

import threading
from collections import OrderedDict

from inspector.worker.frames import Packed


class Answers:
    """Least recently used answers, packed, up to a number of bytes; safe from any thread."""

    def __init__(self, limit_bytes: int) -> None:
        """Makes an empty store that holds up to `limit_bytes`."""
        self._limit = limit_bytes
        self._bytes = 0
        self._answers: OrderedDict[bytes, Packed] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: bytes) -> Packed | None:
        """Returns the answer to the request with this digest, or None."""
        with self._lock:
            if digest not in self._answers:
                return None
            self._answers.move_to_end(digest)
            return self._answers[digest]

    def put(self, digest: bytes, answer: Packed) -> None:
        """Keeps an answer and lets go of the oldest ones that no longer fit."""
        if answer.size > self._limit // 4:
            return  # One huge answer must not push out everything else.
        with self._lock:
            self._forget(digest)
            self._answers[digest] = answer
            self._bytes += answer.size
            while self._bytes > self._limit:
                self._forget(next(iter(self._answers)))

    def _forget(self, digest: bytes) -> None:
        old = self._answers.pop(digest, None)
        if old is not None:
            self._bytes -= old.size
