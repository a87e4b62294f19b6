"""A private copy of the file: nothing can change between the checks and the loading."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from inspector.engine.model_files.header import HEAD_BYTES, Layout, checked_path, layout_of
from inspector.engine.model_files.limits import ModelFileLimits
from inspector.engine.model_files.messages import damaged, shown, too_many
from inspector.errors import ModelFileError

BLOCK = 2**20


class Readable(Protocol):
    """A stream to read from."""

    def read(self, size: int, /) -> bytes:
        """Returns up to `size` bytes."""


class Writable(Protocol):
    """A stream to write to."""

    def write(self, data: bytes, /) -> object:
        """Writes all of `data`."""


@dataclass(frozen=True)
class PrivateCopy:
    """A copy of a model file in a temporary folder.

    Attributes:
        path: Where it lies; `model.zip` or `model.h5`.
        name: Name of the file that it is a copy of.
        layout: What its first bytes say that it is.
        size: In bytes.
        digest: SHA-256 of its bytes, in hexadecimal.
    """

    path: Path
    name: str
    layout: Layout
    size: int
    digest: str


def private_copy(path: object, folder: Path, limits: ModelFileLimits) -> PrivateCopy:
    """Copies a model file into `folder`, up to the limit on its size."""
    source = checked_path(path)
    size = source.stat().st_size
    if size > limits.file_bytes:
        raise too_many(f"Size of `{shown(source.name)}`", "file_bytes", size, limits)
    try:
        with source.open("rb") as stream:
            layout = layout_of(stream.read(HEAD_BYTES), source.name)
            stream.seek(0)
            target = folder / ("model.zip" if layout is Layout.KERAS else "model.h5")
            with target.open("xb") as copy:
                written, digest = capped_copy(stream, copy, limits.file_bytes)
    except OSError as error:
        raise ModelFileError(
            f"`{shown(source.name)}` cannot be read: {error.strerror or 'input error'}.",
            "A readable file was expected.",
            "Check the file and the rights on it.",
        ) from None
    if written > limits.file_bytes:
        raise too_many(f"Size of `{shown(source.name)}`", "file_bytes", written, limits)
    return PrivateCopy(target, source.name, layout, written, digest)


def capped_copy(source: Readable, target: Writable, most: int) -> tuple[int, str]:
    """Copies up to `most` bytes and a block; returns how many it saw and their SHA-256."""
    state, written = hashlib.sha256(), 0
    while written <= most and (block := source.read(BLOCK)):
        written += len(block)
        state.update(block)
        if written <= most:
            target.write(block)
    return written, state.hexdigest()


def capped_read(source: Readable, most: int) -> bytes:
    """Reads a stream of at most `most` bytes.

    Raises:
        ModelFileError: It holds more.
    """
    content = source.read(most + 1)
    if len(content) > most:
        raise damaged("a part of it is larger than it declares")
    return content
