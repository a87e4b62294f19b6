"""Small services that the child imports in place of the engine."""

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inspector.errors import BatchError, Cancelled, CodeError

CALLS = 0


@dataclass(frozen=True, eq=False)
class Do:
    """Asks the service to do one of the things below."""

    what: str
    value: Any = None
    extra_seconds: float = 0.0


def answer(request: Do, *, progress: Callable[..., None], cancelled: Callable[[], bool]) -> Any:
    global CALLS
    CALLS += 1
    action = {
        "echo": lambda: request.value,
        "calls": lambda: CALLS,
        "pid": os.getpid,
        "modules": lambda: sorted({name.partition(".")[0] for name in sys.modules}),
        "main": lambda: getattr(sys.modules["__main__"], "__file__", None),
        "sleep": lambda: time.sleep(request.value) or "slept",
        "crash": lambda: os._exit(3),
        "crash in": lambda: _crash_in(request.value),
        "work": lambda: _work(request.value, progress),
        "log": lambda: logging.getLogger("library").warning(request.value),
        "exit": lambda: sys.exit("bye"),
        "eat": lambda: np.ones(request.value, np.uint8).sum() and time.sleep(20),
        "steps": lambda: _steps(request.value, progress, cancelled),
        "print": lambda: print("to standard output", flush=True) or os.write(1, b"raw\n"),
        "lambda": lambda: lambda: None,
        "writeable": lambda: request.value.flags.writeable,
        "litter": lambda: _litter(request.value),
        "raise": lambda: _raise(request.value),
    }[request.what]
    return action()


def _steps(count: int, progress: Callable[..., None], cancelled: Callable[[], bool]) -> int:
    for step in range(count):
        if cancelled():
            raise Cancelled("Stopped by the user.")
        progress(step, count, "training", 0.5)
        time.sleep(0.01)
    return count


def _crash_in(pid: int) -> str:
    """Dies in that process only, as one does that something else has killed."""
    if os.getpid() == pid:
        os._exit(3)
    return "survived"


def _work(plan: list[tuple[int, int, float]], progress: Callable[..., None]) -> str:
    """Reports (done, total) and then takes some seconds, for each part of the plan."""
    for done, total, seconds in plan:
        progress(done, total, "Working")
        time.sleep(seconds)
    return "done"


def _litter(seconds: float) -> str:
    """Leaves a file and a helper process behind; never returns where it is killed."""
    folder = tempfile.mkdtemp(prefix="inspector-")
    Path(folder, "model.keras").write_bytes(b"left")
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(tempfile.gettempdir(), "helper").write_text(str(helper.pid))
    time.sleep(seconds)
    return folder


def _raise(kind: str) -> None:
    if kind == "batch":
        raise BatchError("Two rows.", "Three rows.", "Add one.")
    if kind == "code":
        error = CodeError("A loop.", "Layers.", "Unroll it.")
        error.line = 7
        raise error
    raise {
        "value": ValueError("no such thing"),
        "memory": MemoryError(),
        "lines": ValueError("first\nERROR forged: line\x1b[31m\rred"),
        "place": ValueError("<object at 0x7f1234567890> in /srv/app/inspector/engine/run.py"),
    }[kind]


def warm_up() -> None:
    """Counts as a call, so that tests see it."""
    global CALLS
    CALLS += 1000


def slow_warm_up_answer(request: Do, **_: Any) -> Any:
    return request.value
