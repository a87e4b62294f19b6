"""What the commands write to: stdout for answers, stderr for everything else."""

import os
import sys

from inspector.errors import InspectorError

_PLAIN_SIGNS = str.maketrans({"×": "x", "·": ".", "÷": "/", "…": "...", "“": '"', "”": '"'})


def open_streams() -> None:
    """Makes stdout and stderr such that writing to them is no fault of ours."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        # Not every terminal can write every sign, and none should end in a traceback.
        getattr(getattr(sys, name), "reconfigure", lambda **_: None)(errors="replace")


def say(text: str) -> None:
    """Writes a line to stderr."""
    sys.stderr.write(f"{line_of(text)}\n")
    sys.stderr.flush()


def write(text: str) -> None:
    """Writes an answer to stdout.

    Raises:
        InspectorError: It cannot be written.
    """
    try:
        sys.stdout.write(f"{_readable(text)}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        leave_pipe()
        raise InspectorError(f"The answer cannot be written: {error.strerror}.") from None


def _readable(text: str) -> str:
    """Returns text with other signs where the terminal has not those of the map: not all as `?`."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return text.translate(_PLAIN_SIGNS)
    return text


def line_of(text: str) -> str:
    """Returns text on one line, without signs that a terminal would obey."""
    joined = " ".join(text.split())
    return "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in joined)


def leave_pipe() -> None:
    """Lets the interpreter end in peace when the reader of stdout has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
