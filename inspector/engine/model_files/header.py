"""What a file is, judged by its first bytes: the name of a file proves nothing."""

import os
import stat
from enum import Enum
from pathlib import Path

from inspector.engine.model_files.messages import SAVE_AGAIN, shown
from inspector.errors import ModelFileError

ZIP = b"PK\x03\x04"
HDF5 = b"\x89HDF\r\n\x1a\n"
HEAD_BYTES = 4096

_RESAVE = f"Load it where it comes from. {SAVE_AGAIN}"
_NOT_EXECUTED = f"It is not opened, since opening one runs code. {_RESAVE}"

_SIGNATURES: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"PK\x05\x06", "an empty zip archive", SAVE_AGAIN),
    (0, b"\x80\x02", "a Python pickle", _NOT_EXECUTED),
    (0, b"\x80\x03", "a Python pickle", _NOT_EXECUTED),
    (0, b"\x80\x04", "a Python pickle", _NOT_EXECUTED),
    (0, b"\x80\x05", "a Python pickle", _NOT_EXECUTED),
    (0, b"(dp", "a Python pickle", _NOT_EXECUTED),
    (0, b"(lp", "a Python pickle", _NOT_EXECUTED),
    (0, b"ccopy_reg", "a Python pickle", _NOT_EXECUTED),
    (0, b"cos\n", "a Python pickle", _NOT_EXECUTED),
    (0, b"cposix\n", "a Python pickle", _NOT_EXECUTED),
    (0, b"\x1f\x8b", "a gzip archive", "Unpack it and use the file inside."),
    (0, b"\xfd7zXZ", "an xz archive", "Unpack it and use the file inside."),
    (0, b"BZh", "a bzip2 archive", "Unpack it and use the file inside."),
    (0, b"7z\xbc\xaf", "a 7z archive", "Unpack it and use the file inside."),
    (0, b"Rar!", "a rar archive", "Unpack it and use the file inside."),
    (257, b"ustar", "a tar archive", "Unpack it and use the file inside."),
    (4, b"TFL3", "a TensorFlow Lite model", f"It holds no layers or masks any more. {SAVE_AGAIN}"),
    (0, b"\x93NUMPY", "a NumPy array", "Upload it as a batch, not as a model."),
    (0, b"PAR1", "a Parquet table", "Upload it as a batch, not as a model."),
    (0, b"%PDF", "a PDF document", SAVE_AGAIN),
    (0, b"\x7fELF", "a program", SAVE_AGAIN),
    (0, b"MZ", "a program", SAVE_AGAIN),
    (0, b"GGUF", "a GGUF language model", "Only Keras models can be read."),
    (
        0,
        b"version https://git-lfs",
        "a Git LFS pointer, not the file itself",
        "Fetch the file with `git lfs pull`.",
    ),
    (0, b"<!DOCTYPE", "a web page", "Download the file itself, not the page that shows it."),
    (0, b"<html", "a web page", "Download the file itself, not the page that shows it."),
)


class Layout(str, Enum):
    """The two kinds of files that hold a whole Keras model."""

    KERAS = "keras"
    """A zip archive with config.json and model.weights.h5."""
    HDF5 = "h5"
    """An HDF5 file with the attribute model_config."""


def checked_path(path: object) -> Path:
    """Returns the path of a regular file on this machine.

    Raises:
        ModelFileError: There is none; nothing is fetched because a name asks for it.
    """
    name = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(name, str) or "\0" in name:
        raise ModelFileError(
            f"The path is {shown(repr(name))}.", "A path in text was expected.", "Pass a string."
        )
    if "://" in name:
        raise ModelFileError(
            f"`{shown(name)}` is an address, not a file.",
            "Nothing is downloaded.",
            "Download the file yourself and pass its path.",
        )
    found = Path(name)
    try:
        mode = found.stat().st_mode
    except ValueError:
        raise ModelFileError(
            f"`{shown(found.name)}` is no name that a file can have.",
            "A .keras or .h5 file was expected.",
            "Check the path.",
        ) from None
    except OSError as error:
        raise ModelFileError(
            f"`{shown(found.name)}` cannot be opened: {error.strerror or 'no such file'}.",
            "A .keras or .h5 file was expected.",
            "Check the path.",
        ) from None
    if stat.S_ISDIR(mode):
        raise _folder(found)
    if not stat.S_ISREG(mode):
        raise ModelFileError(
            f"`{shown(found.name)}` is a device or a pipe.",
            "A regular file was expected.",
            "Write the model to a file first.",
        )
    return found


def layout_of(head: bytes, name: str) -> Layout:
    """Returns what kind of model file starts with `head`.

    Raises:
        ModelFileError: None; it says what it is and the way out.
    """
    if head.startswith(ZIP):
        return Layout.KERAS
    if head.startswith(HDF5):
        return Layout.HDF5
    what, todo = _described(head, name)
    expected = "A Keras file starts with a zip header (.keras) or an HDF5 signature (.h5)."
    raise ModelFileError(f"`{shown(name)}` is {what}.", expected, todo)


def _described(head: bytes, name: str) -> tuple[str, str]:
    if not head:
        return "empty", SAVE_AGAIN
    for offset, signature, what, todo in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return what, todo
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"{", b"[")) and (b'"class_name"' in head or b"'class_name'" in head):
        return (
            "the description of a model as JSON, without its weights",
            f"Build it with keras.models.model_from_json, load its weights. {SAVE_AGAIN}",
        )
    if name.lower().endswith(".pb") or b"saved_model_schema" in head:
        return "part of a SavedModel, in which masks cannot be seen", _RESAVE
    if _is_text(head):
        return "a text file", "For code that builds a model, paste it where code is read."
    if name.lower().endswith((".h5", ".hdf5")):
        return "not an HDF5 file (it has no HDF5 signature)", SAVE_AGAIN
    return "not a Keras file (it has no zip header)", SAVE_AGAIN


def _is_text(head: bytes) -> bool:
    try:
        text = head[: HEAD_BYTES - 4].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n" for character in text)


def _folder(folder: Path) -> ModelFileError:
    if (folder / "saved_model.pb").exists() or (folder / "keras_metadata.pb").exists():
        return ModelFileError(
            f"`{shown(folder.name)}` is a SavedModel folder.",
            "Masks cannot be seen inside a SavedModel.",
            _RESAVE,
        )
    if (folder / "config.json").exists():
        return ModelFileError(
            f"`{shown(folder.name)}` is an unpacked .keras folder.",
            "One file was expected.",
            'Load it with keras.saving.load_model and save it with `model.save("name.keras")`.',
        )
    return ModelFileError(
        f"`{shown(folder.name)}` is a folder.",
        "A .keras or .h5 file was expected.",
        "Pass the path of the file.",
    )
