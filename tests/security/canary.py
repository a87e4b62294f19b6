"""Files that nobody may open, watched by the kernel, and an address that nobody may call.

Python's audit events do not show what a library written in C++ opens; Linux's inotify does.
"""

import ctypes
import os
import secrets
import socket
import struct
from pathlib import Path

_OPENED, _ACCESSED, _MODIFIED, _ATTRIBUTES = 0x20, 0x1, 0x2, 0x4
_MOVED, _CREATED, _DELETED = 0xC0, 0x100, 0x200
_WATCHED = _OPENED | _ACCESSED | _MODIFIED | _ATTRIBUTES | _MOVED | _CREATED | _DELETED
_WORDS = {
    _OPENED: "opened",
    _ACCESSED: "read",
    _MODIFIED: "written",
    _ATTRIBUTES: "changed",
    0x40: "moved away",
    0x80: "moved in",
    _CREATED: "created",
    _DELETED: "deleted",
}
_EVENT = struct.Struct("iIII")


class WatchedFolder:
    """A folder that looks like a server's, with a canary in it, and notes who touches it.

    Attributes:
        folder: The folder; nothing in it may be opened, listed, written or made.
        canary: A file in it.
        secret: What stands in the file.
    """

    def __init__(self, folder: Path) -> None:
        """Fills the empty `folder` and begins to watch it.

        Raises:
            OSError: The system has no inotify.
        """
        self.folder = folder
        self.secret = f"canary-{secrets.token_hex(4)}"
        self.canary = folder / "canary.txt"
        self.canary.write_text(f"{self.secret}\n", encoding="utf-8")
        home = folder / "home"
        (home / ".keras").mkdir(parents=True)
        (home / ".keras" / "keras.json").write_text("{}", encoding="utf-8")
        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "inotify_init1"):
            raise OSError("This system has no inotify.")
        self._inotify = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._inotify < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        self._names = {}
        for watched in (folder, home, home / ".keras"):
            number = libc.inotify_add_watch(
                self._inotify, os.fsencode(watched), ctypes.c_uint32(_WATCHED)
            )
            if number < 0:
                raise OSError(ctypes.get_errno(), "inotify_add_watch")
            self._names[number] = watched

    def touched(self) -> tuple[str, ...]:
        """Returns what happened since the last call, in words, each once."""
        seen: dict[str, None] = {}
        while True:
            try:
                buffer = os.read(self._inotify, 65_536)
            except BlockingIOError:
                return tuple(seen)
            place = 0
            while place < len(buffer):
                number, mask, _, length = _EVENT.unpack_from(buffer, place)
                place += _EVENT.size
                name = buffer[place : place + length].rstrip(b"\0").decode()
                place += length
                folder = self._names.get(number, self.folder)
                path = (folder / name).relative_to(self.folder)
                for bit, word in _WORDS.items():
                    if mask & bit:
                        seen[f"{path} was {word}"] = None

    def close(self) -> None:
        """Stops watching."""
        os.close(self._inotify)


class WatchedAddress:
    """A server on this machine that answers nobody and notes who calls.

    Attributes:
        url: Its address.
    """

    def __init__(self) -> None:
        """Listens on a port of its own."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def touched(self) -> tuple[str, ...]:
        """Returns how many connections there were since the last call, in words."""
        calls = 0
        while True:
            try:
                connection, _ = self._socket.accept()
            except BlockingIOError:
                return (f"{calls} connections to {self.url}",) if calls else ()
            connection.close()
            calls += 1

    def close(self) -> None:
        """Stops listening."""
        self._socket.close()
