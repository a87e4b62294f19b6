"""The zip archive of a .keras file: its entries are checked, then read under a hard cap."""

import json
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from inspector.engine.model_files.copying import capped_copy, capped_read
from inspector.engine.model_files.limits import ModelFileLimits
from inspector.engine.model_files.messages import (
    SAVE_AGAIN,
    damaged,
    reason,
    shown,
    suspicious,
    too_many,
)
from inspector.errors import ModelFileError

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
METADATA_BYTES = 2**16
DIRECTORY_BYTES = 2**17

_END = b"PK\x05\x06"
_END_BYTES = 22
_LONGEST_COMMENT = 2**16
_ZIP64_LOCATOR = b"PK\x06\x07"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
_FILE_MANAGERS = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
"""Names that file managers add where they pack a folder; nothing of theirs is read."""

_RESAVE = f"Load it where it comes from. {SAVE_AGAIN}"
_OTHER_ARCHIVES: tuple[tuple[str, str, str], ...] = (
    ("saved_model.pb", "a SavedModel, in which masks cannot be seen", _RESAVE),
    ("keras_metadata.pb", "a SavedModel, in which masks cannot be seen", _RESAVE),
    ("data.pkl", "a PyTorch file", "Only Keras models can be read."),
    ("model.weights.npz", "a model whose weights are an NPZ file", SAVE_AGAIN),
    (".npy", "an NPZ file with arrays", "Upload it as a batch, not as a model."),
    (".keras", "an archive with a Keras file in it", "Unpack it and use the file inside."),
    (".h5", "an archive with an HDF5 file in it", "Unpack it and use the file inside."),
    ("[Content_Types].xml", "an Office document", SAVE_AGAIN),
)


@dataclass(frozen=True)
class ArchiveContent:
    """What a .keras file holds.

    Attributes:
        config: Bytes of config.json.
        version: The version of Keras that wrote it, as metadata.json says; empty if it does not.
        weights: Where model.weights.h5 was unpacked to.
        weight_bytes: Its size, unpacked.
    """

    config: bytes
    version: str
    weights: Path
    weight_bytes: int


def unpacked(path: Path, folder: Path, limits: ModelFileLimits) -> ArchiveContent:
    """Checks the archive at `path` and unpacks it into `folder`."""
    _check_directory_size(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked_entries(archive, limits)
            with archive.open(entries[METADATA]) as stream:
                version = _version(capped_read(stream, METADATA_BYTES))
            with archive.open(entries[CONFIG]) as stream:
                config = capped_read(stream, limits.config_bytes)
            target = folder / WEIGHTS
            with archive.open(entries[WEIGHTS]) as stream, target.open("xb") as file:
                size, _ = capped_copy(stream, file, limits.weight_bytes)
    except _BROKEN as error:
        raise damaged(f"the zip archive is broken ({reason(error)})") from None
    if size > limits.weight_bytes:
        raise too_many("Size of the weights, unpacked", "weight_bytes", size, limits)
    return ArchiveContent(config, version, target, size)


def _check_directory_size(path: Path) -> None:
    """Refuses a list of entries so long that reading it alone would fill memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        length = min(size, _LONGEST_COMMENT + _END_BYTES + 20)
        file.seek(size - length)
        tail = file.read(length)
    at = len(tail) - _END_BYTES
    # The same two places, in the same order, where `zipfile` looks.
    if at < 0 or tail[at : at + 4] != _END or tail[-2:] != b"\0\0":
        at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_BYTES:
        raise damaged("the end of the zip archive is missing")
    if tail[max(at - 20, 0) :].startswith(_ZIP64_LOCATOR):
        raise suspicious("a zip archive in the format for files over 4 GB")
    declared = struct.unpack("<L", tail[at + 12 : at + 16])[0]
    if declared > DIRECTORY_BYTES:
        raise suspicious("a zip archive with a huge list of entries")


def _checked_entries(
    archive: zipfile.ZipFile, limits: ModelFileLimits
) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check_entry(info)
        parts = info.filename.split("/")
        if parts[0] in _FILE_MANAGERS or parts[-1] in _FILE_MANAGERS:
            continue
        if info.filename in entries:
            raise suspicious(f"two entries named `{shown(info.filename)}`")
        entries[info.filename] = info
    if len(entries) > limits.entries:
        raise too_many("Entries in the archive", "entries", len(entries), limits)
    entries = _without_folder(entries)
    names = {name for name in entries if not name.endswith("/")}
    if not {CONFIG, METADATA, WEIGHTS} <= names:
        raise _other_archive(names)
    for name in names - {CONFIG, METADATA, WEIGHTS}:
        if name.startswith("assets/"):
            raise ModelFileError(
                f"The model carries a file of its own (`{shown(name)}`), such as a vocabulary.",
                "Models that take numbers were expected.",
                "Save the part of the model that comes after the text is turned into ids.",
            )
        raise suspicious(f"an entry `{shown(name)}`")
    _check_sizes(entries, limits)
    return entries


def _without_folder(entries: dict[str, zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Takes off the folder that holds all entries, where an unpacked one was packed again."""
    folders = {name.partition("/")[0] for name in entries}
    if len(folders) != 1 or CONFIG in folders:
        return entries
    folder = f"{folders.pop()}/"
    return {name.removeprefix(folder): info for name, info in entries.items() if name != folder}


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
        raise suspicious(f"an entry that leaves its folder, `{shown(name)}`")
    # Python shortens a name at a null byte; the name as stored tells.
    if info.orig_filename != name:
        raise suspicious(f"an entry with a disguised name, `{shown(info.orig_filename)}`")
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise suspicious(f"a link or a device, `{shown(name)}`")
    if info.flag_bits & 0x1:
        raise ModelFileError(
            f"The entry `{shown(name)}` is encrypted.", "Keras never encrypts.", SAVE_AGAIN
        )
    if info.compress_type not in _METHODS:
        raise suspicious(f"an entry `{shown(name)}` packed in an unusual way")


def _check_sizes(entries: dict[str, zipfile.ZipInfo], limits: ModelFileLimits) -> None:
    config, weights = entries[CONFIG].file_size, entries[WEIGHTS].file_size
    if config > limits.config_bytes:
        raise too_many("Size of config.json, unpacked", "config_bytes", config, limits)
    if weights > limits.weight_bytes:
        raise too_many("Size of the weights, unpacked", "weight_bytes", weights, limits)
    if entries[METADATA].file_size > METADATA_BYTES:
        raise suspicious("a metadata.json of unusual size")


def _version(content: bytes) -> str:
    try:
        metadata = json.loads(content)
    except (ValueError, RecursionError):
        raise damaged("metadata.json is not JSON") from None
    version = metadata.get("keras_version", "") if isinstance(metadata, dict) else ""
    return version if isinstance(version, str) else ""


def _other_archive(names: set[str]) -> ModelFileError:
    expected = f"A .keras file holds {CONFIG}, {METADATA} and {WEIGHTS}."
    for ending, what, todo in _OTHER_ARCHIVES:
        if any(name.endswith(ending) for name in names) and not {CONFIG, WEIGHTS} & names:
            return ModelFileError(f"The file is {what}.", expected, todo)
    if "model.weights.npz" in names:
        return ModelFileError("The weights are stored as an NPZ file.", expected, SAVE_AGAIN)
    if CONFIG in names and WEIGHTS not in names:
        return ModelFileError("The file describes a model without weights.", expected, SAVE_AGAIN)
    if WEIGHTS in names and CONFIG not in names:
        return ModelFileError(
            "The file holds weights only, without a model.",
            expected,
            'Save the whole model with `model.save("name.keras")`.',
        )
    return ModelFileError("The file is a zip archive, not a Keras model.", expected, SAVE_AGAIN)
