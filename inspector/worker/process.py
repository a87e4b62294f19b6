"""The child process as the parent sees it: start, send, receive, measure, end, clean up.

Its temporary files are in a folder of its own, which goes when the child goes: a child that is
killed in the middle of a request cannot clean up after itself.
"""

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import BinaryIO, cast

import psutil

from inspector.core.foreign_text import printable
from inspector.worker.wire import Message, MessageKind, read, write

_MOST_LOGGED = 2000
_LOG_SECONDS = 0.5
_ENDED = Message(MessageKind.ENDED)


def _environment(folder: Path) -> dict[str, str]:
    """The parent's environment, with its import path, a quiet TensorFlow and its own folder.

    The engine measures on TensorFlow only, so its own process runs Keras on that, whatever the
    parent has set for itself.
    """
    root = str(Path(__file__).resolve().parents[2])
    paths = dict.fromkeys([root, *(path or os.getcwd() for path in sys.path)])
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    own = {"PYTHONPATH": os.pathsep.join(paths), "KERAS_BACKEND": "tensorflow"}
    return quiet | os.environ | own | in_folder(folder)


def _forward_log(stream: BinaryIO, pid: int) -> None:
    """Writes what the child and its libraries log into our log, each line marked as the child's.

    It may quote a visitor, who must not write lines or colours of their own into it.
    """
    with stream:
        # Read in pieces: a line may have no end.
        while line := stream.readline(_MOST_LOGGED):
            text = printable(line.decode("utf-8", "replace").rstrip())
            if text:
                sys.stderr.write(f"engine {pid}: {text}\n")


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.Error:
        pass  # It has ended by itself.


class Child:
    """A running `inspector.worker.child`.

    Messages come in through a thread that reads them into a queue, because no wait with a
    timeout on a pipe works on every platform.
    """

    def __init__(self, service: str) -> None:
        """Starts the process; it answers with `MessageKind.IMPORTED` when it can be asked."""
        sweep()
        self._folder = temporary_folder()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "inspector.worker.child", service],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(self._folder),
            )
        except OSError:
            remove(self._folder)
            raise
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._read, name="inspector-reader", daemon=True)
        self._reader.start()
        self._log_reader = threading.Thread(
            target=_forward_log, args=(self._process.stderr, self.pid), daemon=True
        )
        self._log_reader.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """The process runs and its pipe is open."""
        return not self._ended.is_set() and self._process.poll() is None

    def send(self, message: Message) -> bool:
        """Sends a message; returns False where the child is gone."""
        try:
            write(cast(BinaryIO, self._process.stdin), message)
        except (OSError, ValueError):  # ValueError: the pipe is closed.
            return False
        return True

    def receive(self, timeout: float) -> Message | None:
        """Returns the next message, `ENDED` after the last one, or None after `timeout`."""
        try:
            return self._inbox.get(timeout=timeout)
        except queue.Empty:
            return None

    def memory(self) -> int:
        """Resident memory in bytes, 0 where the process is gone."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def end(self, patience: float = 0.0) -> str:
        """Ends the process: asked by closing its pipe, killed after `patience` seconds.

        Returns:
            How it ended, in a few words.
        """
        # Before the pipe closes: a child that ends by itself has no children any more.
        helpers = self._helpers()
        try:
            cast(BinaryIO, self._process.stdin).close()
        except OSError:
            pass  # Something unsent was left in the pipe of a dead process.
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        for helper in helpers:
            _kill(helper)
        self._reader.join()
        self._log_reader.join(_LOG_SECONDS)  # A helper that outlives us may hold it open.
        remove(self._folder)
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _helpers(self) -> list[psutil.Process]:
        """The processes that the child has started, such as the one that reads HDF5."""
        try:
            return list(psutil.Process(self.pid).children(recursive=True))
        except psutil.Error:
            return []

    def _read(self) -> None:
        stream = cast(BinaryIO, self._process.stdout)
        try:
            while True:
                self._inbox.put(read(stream))
        except (EOFError, OSError, ValueError):
            self._ended.set()
            self._inbox.put(_ENDED)
        finally:
            stream.close()


_PREFIX = "inspector-worker-"
_NAME = re.compile(rf"{_PREFIX}(\d+)-\w+")
_VARIABLES = ("TMPDIR", "TEMP", "TMP")  # Unix reads the first, Windows the others.


def temporary_folder() -> Path:
    """Makes a folder for one child; its name says which process made it."""
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def in_folder(folder: Path) -> dict[str, str]:
    """Returns the environment that makes a child put its temporary files there."""
    return dict.fromkeys(_VARIABLES, str(folder))


def remove(folder: Path) -> None:
    """Removes a child's folder with all that is left in it."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Removes what servers have left that were killed themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        match = _NAME.fullmatch(folder.name)
        if match and not folder.is_symlink() and not psutil.pid_exists(int(match.group(1))):
            remove(folder)
