"""The errors a user can cause: each says what was got, what was expected and what to do."""

import re
from dataclasses import dataclass

from inspector.core.foreign_text import printable

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
_MOST = (800, 300, 300)


@dataclass(frozen=True)
class AskedName:
    """A value that the code takes from data that it does not contain.

    Attributes:
        name: As the code writes it: `vocab_size`, `X.shape[1]`; the key in `names={...}`.
        line: Where the code makes it, or first uses it.
        text: That line.
    """

    name: str
    line: int
    text: str


class InspectorError(Exception):
    """Base of every error that a user's input can cause.

    Attributes:
        got: What was received, in words.
        expected: What would have been right.
        todo: What the reader can do about it.
    """

    def __init__(self, got: str, expected: str = "", todo: str = "") -> None:
        """Joins the three parts into one message of up to three sentences.

        What is quoted may be long, name a place in the memory of the server, or hold characters
        that cannot be shown: that is left out here, wherever the message comes from.
        """
        parts = zip((got, expected, todo), _MOST, strict=True)
        got, expected, todo = (_shortened(part, most) for part, most in parts)
        self.got, self.expected, self.todo = got, expected, todo
        super().__init__(" ".join(part for part in (got, expected, todo) if part))

    def __reduce__(self) -> tuple[type, tuple[str, str, str], dict[str, object]]:
        """Keeps the three parts, and `line`, when the error crosses from the worker process."""
        return type(self), (self.got, self.expected, self.todo), dict(vars(self))


def _shortened(part: str, most: int) -> str:
    """Returns a part of a message with at most so many characters, all of them to be shown."""
    part = _ADDRESS.sub("...", part[: 4 * most])
    if not part.isprintable():
        part = "\n".join(printable(line) for line in part.split("\n"))
    return part if len(part) <= most else part[: most - 3] + "..."


class BatchError(InspectorError):
    """The sentences, arrays or targets do not form a batch."""


class TargetsMissing(BatchError):
    """Targets are to be typed, and none have been yet. Nothing is wrong so far."""


class ModelError(InspectorError):
    """The model cannot be built, called or inspected on this batch."""


class ModelFileError(ModelError):
    """A model file cannot be read."""


class NothingToMask(ModelError):
    """The model has no axis of timesteps. Nothing is wrong: there is nothing to look at."""


class FileNeeded(ModelFileError):
    """The engine does not have this model any more; its file must be sent once more."""


class CodeError(InspectorError):
    """Pasted code cannot be read; `line` is where, counted from 1, and `text` is that line."""

    line: int | None = None
    text: str = ""


class MissingNamesError(CodeError):
    """Pasted code needs values that it does not contain.

    Attributes:
        asked: What it needs (`AskedName`), in the order of the lines; `names={...}` supplies them.
    """

    asked: tuple[AskedName, ...] = ()


class WorkerError(InspectorError):
    """The engine's process failed, ran out of time or memory, or was cancelled."""


class LimitError(InspectorError):
    """The input is larger than a stated limit, or than the memory."""


class Cancelled(InspectorError):
    """The user stopped the request."""


class MaskWarning(UserWarning):
    """A model in training handles padding wrongly."""
