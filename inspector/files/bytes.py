"""Bytes of a file become text: sizes and encodings are checked here."""

import codecs
import os
from pathlib import Path

from inspector.core.foreign_text import one_line
from inspector.errors import BatchError, LimitError
from inspector.files.choices import EncodingError

MAX_TEXT_BYTES = 64 * 2**20
MAX_ARRAY_BYTES = 2**30

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "ZIP", b"\xfd7zXZ": "xz", b"BZh": "bzip2"}
_LOOKED_AT = 4096


def file_bytes(path: Path, limit: int = MAX_TEXT_BYTES) -> bytes:
    """Returns what the file holds, unless it is larger than `limit` bytes.

    Raises:
        BatchError: There is no such file, or it cannot be read.
        LimitError: It is too large; then it is not read.
    """
    try:
        if path.stat().st_size > limit:
            raise too_large(path.name, limit)
        with path.open("rb") as stream:
            # Once more than allowed: a pipe has no size, and a file may grow.
            content = stream.read(limit + 1)
    except OSError as error:
        raise BatchError(
            f"`{path.name}` cannot be read: {error.strerror or type(error).__name__}.",
            "The path must lead to a file that you may read.",
            "Check the path.",
        ) from error
    except ValueError as error:  # A null character.
        raise BatchError("This is no path.", "A path leads to a file.", "Check it.") from error
    if len(content) > limit:
        raise too_large(path.name, limit)
    return content


def given_path(path: object) -> Path:
    """Returns the path that a user gave.

    Raises:
        BatchError: It is none.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise BatchError(f"The path is {path!r:.40}.", "A path in text was expected.")
    return Path(path)


def check_no_folder(path: Path, expected: str) -> None:
    """Refuses a folder.

    Args:
        path: What was given.
        expected: What was expected in its place, one sentence.

    Raises:
        BatchError: It is a folder.
    """
    if path.is_dir():
        raise BatchError(
            f"`{path.name or path}` is a folder.", expected, "Pass the path of a file in it."
        )


def too_large(name: str, limit: int) -> LimitError:
    """Returns the error of a file with more than `limit` bytes."""
    return LimitError(
        f"`{name}` is larger than {limit // 2**20:,} MiB.",
        f"At most {limit // 2**20:,} MiB are read.",
        "Split the file.",
    )


def decoded(content: bytes, encoding: str | None = None) -> str:
    """Returns the text that bytes hold.

    Args:
        content: The bytes.
        encoding: Its encoding, as Python names it; None for UTF-8, with or without a mark, for
            UTF-16, which shows by its mark or its zeros, or for UTF-32 with a mark.

    Raises:
        EncodingError: It is none of these, or not in the encoding that was named.
        BatchError: It is packed.
    """
    for mark, kind in _PACKED.items():
        if content.startswith(mark) and encoding is None:
            raise BatchError(
                f"The file is packed ({kind}).",
                "Files are read as they are; nothing is unpacked.",
                "Unpack it first.",
            )
    name = encoding or _encoding_of(content)
    try:
        return content.decode(name).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    except UnicodeDecodeError as error:
        raise EncodingError(
            f"The file is not {_shown(name)}: byte {error.start:,} does not fit.",
            "Text must be UTF-8 or UTF-16, or you say what it is.",
            "Save it as UTF-8, or name its encoding.",
        ) from error
    except (LookupError, ValueError) as error:
        raise EncodingError(
            f"There is no encoding `{name[:40]}` of text.",
            "It must be one that Python knows, such as `utf-8`, `cp1252` or `gb18030`.",
            "Name another one.",
        ) from error


def _encoding_of(content: bytes) -> str:
    """The encoding by the mark at the start; else UTF-16 where every other byte is mostly 0."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    start = content[:_LOOKED_AT]
    if len(content) % 2 or b"\0" not in start:
        return "utf-8"
    half = len(start) // 2
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > half // 2 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > half // 2 and not odd else "utf-8"


def reason_of(error: BaseException) -> str:
    """Returns what a library says in an error: one short line, nothing of this machine."""
    return one_line(str(error), 200).rstrip(". ") or type(error).__name__


def _shown(encoding: str) -> str:
    return encoding.removesuffix("-sig").upper()
