"""Bytes of a file become text: sizes and encodings are checked here."""

import codecs
from pathlib import Path

from inspector.errors import BatchError, LimitError

MAX_TEXT_BYTES = 64 * 2**20
MAX_ARRAY_BYTES = 2**30

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def file_bytes(path: Path, limit: int = MAX_TEXT_BYTES) -> bytes:
    """Returns what the file holds, unless it is larger than `limit` bytes.

    Raises:
        BatchError: There is no such file, or it cannot be read.
        LimitError: It is too large.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise BatchError(
            f"`{path.name}` cannot be read: {error.strerror or type(error).__name__}.",
            "The path must lead to a file that you may read.",
            "Check the path.",
        ) from error
    if len(content) > limit:
        raise LimitError(
            f"`{path.name}` is larger than {limit // 2**20:,} MiB.",
            f"At most {limit // 2**20:,} MiB are read.",
            "Split the file.",
        )
    return content


def decoded(content: bytes) -> str:
    """Returns text that is UTF-8, with or without a mark, or UTF-16 or UTF-32 with one.

    Raises:
        BatchError: It is none of these.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BatchError(
            f"The file is not {encoding.removesuffix('-sig').upper()}: byte {error.start:,} does "
            "not fit.",
            "Text must be UTF-8, or UTF-16 with a byte order mark.",
            "Save it as UTF-8.",
        ) from error
