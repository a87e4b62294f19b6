"""Files that are no good .keras archive, and what must be said of each."""

import io
import json
import os
import pickle
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.engine.model_files.making import KerasParts

Make = Callable[[Path, KerasParts], Path | str]


class _Canary:
    """Would make a folder if it were unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder / "canary"),)


def _bytes(name: str, content: bytes) -> Make:
    def make(folder: Path, parts: KerasParts) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def _zip(name: str, **members: bytes) -> Make:
    def make(folder: Path, parts: KerasParts) -> Path:
        with zipfile.ZipFile(folder / name, "w") as archive:
            for member, content in members.items():
                archive.writestr(member.replace("__", "/").replace("_dot_", "."), content)
        return folder / name

    return make


def _extra(name: str, content: bytes = b"x") -> Make:
    return lambda folder, parts: parts.write(folder / "m.keras", extra={name: content})


def _pickled(protocol: int) -> Make:
    def make(folder: Path, parts: KerasParts) -> Path:
        path = folder / "model.h5"
        path.write_bytes(pickle.dumps(_Canary(folder), protocol))
        return path

    return make


def _patched(edit: Callable[[bytearray], object]) -> Make:
    """A good archive whose bytes were changed afterwards."""

    def make(folder: Path, parts: KerasParts) -> Path:
        path = parts.write(folder / "m.keras")
        content = bytearray(path.read_bytes())
        edit(content)
        path.write_bytes(content)
        return path

    return make


def _link(folder: Path, parts: KerasParts) -> Path:
    path = parts.write(folder / "m.keras", extra={})
    info = zipfile.ZipInfo("assets")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, "/etc")
    return path


def _twice(folder: Path, parts: KerasParts) -> Path:
    path = parts.write(folder / "m.keras")
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("config.json", "{}")
    return path


def _declares_less(content: bytearray) -> None:
    # The size of config.json, unpacked, in the central directory: packed bytes stay.
    entry = content.rfind(b"config.json") - 46
    content[entry + 24 : entry + 28] = struct.pack("<L", 10)


def _encrypted(content: bytearray) -> None:
    entry = content.rfind(b"config.json") - 46
    content[entry + 8] |= 1


def _other_directory_size(content: bytearray) -> None:
    content[-10:-6] = struct.pack("<L", 2**30)


def _zip64(content: bytearray) -> None:
    content[-22:-22] = b"PK\x06\x07" + bytes(16)


def _flip_weights(content: bytearray) -> None:
    at = content.find(b"\x89HDF") + 4000
    content[at] ^= 0xFF


def _null_in_name(content: bytearray) -> None:
    for start in (content.find(b"assetsXx"), content.rfind(b"assetsXx")):
        content[start + 6] = 0


def _folder(*files: str) -> Make:
    def make(folder: Path, parts: KerasParts) -> Path:
        (folder / "model").mkdir()
        for name in files:
            (folder / "model" / name).write_bytes(b"x")
        return folder / "model"

    return make


def _pipe(folder: Path, parts: KerasParts) -> Path:
    os.mkfifo(folder / "m.keras")
    return folder / "m.keras"


def _tar(folder: Path, parts: KerasParts) -> Path:
    with tarfile.open(folder / "m.keras", "w") as archive:
        info = tarfile.TarInfo("config.json")
        info.size = 2
        archive.addfile(info, io.BytesIO(b"{}"))
    return folder / "m.keras"


def _npz(folder: Path, parts: KerasParts) -> Path:
    np.savez(folder / "m.npz", x=np.zeros(3))
    return folder / "m.npz"


def _config(content: bytes) -> Make:
    return lambda folder, parts: parts.write(folder / "m.keras", config=content)


def _deflated(**members: bytes) -> Make:
    return lambda folder, parts: parts.write(
        folder / "m.keras", compression=zipfile.ZIP_DEFLATED, **members
    )


NOT_KERAS: dict[str, tuple[Make, str]] = {
    "an empty file": (_bytes("m.keras", b""), "is empty"),
    "random bytes": (_bytes("m.keras", b"\x01\x9c\xfe" * 99), "not a Keras file"),
    "random bytes named .h5": (_bytes("m.h5", b"\x01\x9c\xfe" * 99), "not an HDF5 file"),
    "text": (_bytes("m.h5", b"import keras\n" * 9), "is a text file"),
    "a picture": (_bytes("m.keras", b"\x89PNG\r\n\x1a\n\0\0\0"), "not a Keras file"),
    "a pickle": (_pickled(4), "is a Python pickle"),
    "an old pickle": (_pickled(2), "is a Python pickle"),
    "a pickle in text": (_pickled(0), "is a Python pickle"),
    "gzip": (_bytes("m.keras", b"\x1f\x8b\x08" + bytes(30)), "gzip archive.*Unpack it"),
    "tar": (_tar, "is a tar archive"),
    "TensorFlow Lite": (_bytes("m.tflite", bytes(4) + b"TFL3" + bytes(9)), "TensorFlow Lite"),
    "a NumPy array": (_bytes("m.npy", b"\x93NUMPY\x01\0"), "as a batch, not as a model"),
    "NPZ": (_npz, "an NPZ file with arrays.*as a batch"),
    "JSON of a model": (
        _bytes("m.json", json.dumps({"class_name": "Model", "config": {}}).encode()),
        "without its weights",
    ),
    "a web page": (_bytes("m.h5", b"<!DOCTYPE html><html>"), "Download the file itself"),
    "a Git LFS pointer": (
        _bytes("m.h5", b"version https://git-lfs.github.com/spec/v1\n"),
        "git lfs pull",
    ),
    "a part of a SavedModel": (_bytes("saved_model.pb", b"\x08\x01\x12\xff"), "SavedModel"),
    "PyTorch": (_zip("m.pt", archive__data_dot_pkl=b"\x80\x02."), "a PyTorch file"),
    "a SavedModel as zip": (_zip("m.zip", m__saved_model_dot_pb=b"\x08"), "SavedModel"),
    "another zip": (_zip("m.keras", notes=b"x"), "a zip archive, not a Keras model"),
    "a zip in a zip": (_zip("m.zip", model_dot_keras=b"PK"), "use the file inside"),
    "a missing file": (lambda folder, parts: folder / "no.keras", "No such file"),
    "a web address": (lambda *_: "https://example.org/m.keras", "Nothing is downloaded"),
    "a hub address": (lambda *_: "hf://someone/model", "Nothing is downloaded"),
    "a path with a null": (lambda *_: "m\0.keras", "A path in text was expected"),
    "a path that is a number": (lambda *_: 5, "A path in text was expected"),
    "a folder": (_folder(), "is a folder"),
    "a SavedModel folder": (_folder("saved_model.pb"), "SavedModel folder"),
    "an unpacked .keras": (_folder("config.json"), "unpacked .keras folder"),
    "a pipe": (_pipe, "a device or a pipe"),
}

BAD_ARCHIVES: dict[str, tuple[Make, str]] = {
    "cut off": (_patched(lambda content: content.__delitem__(slice(900, None))), "is missing"),
    "weights only": (_zip("m.keras", model_dot_weights_dot_h5=b"x"), "weights only"),
    "without weights": (
        _zip("m.keras", config_dot_json=b"{}", metadata_dot_json=b"{}"),
        "a model without weights",
    ),
    "weights as NPZ": (
        _zip("m.keras", config_dot_json=b"{}", model_dot_weights_dot_npz=b"PK"),
        "weights are stored as an NPZ",
    ),
    "leaves its folder": (_extra("../../canary"), "leaves its folder"),
    "leaves it with backslashes": (_extra("..\\canary"), "leaves its folder"),
    "an absolute name": (_extra("/tmp/canary"), "leaves its folder"),
    "a drive letter": (_extra("C:/canary"), "leaves its folder"),
    "an entry twice": (_twice, "two entries named `config.json`"),
    "a link": (_link, "a link or a device"),
    "a null in a name": (
        lambda folder, parts: _patched_extra(folder, parts, "assetsXx", _null_in_name),
        "disguised name",
    ),
    "encrypted": (_patched(_encrypted), "is encrypted"),
    "packed by LZMA": (
        lambda folder, parts: parts.write(folder / "m.keras", compression=zipfile.ZIP_LZMA),
        "unusual way",
    ),
    "an unknown entry": (_extra("run.py"), "an entry `run.py`"),
    "a vocabulary": (_extra("assets/layers/text/vocab.txt"), "such as a vocabulary"),
    "many entries": (
        lambda folder, parts: parts.write(
            folder / "m.keras", extra={f"assets/{n}": b"" for n in range(100)}
        ),
        "Entries in the archive: 103",
    ),
    "a huge list of entries": (_patched(_other_directory_size), "huge list of entries"),
    "the format for 4 GB": (_patched(_zip64), "files over 4 GB"),
    "a flipped byte": (_patched(_flip_weights), "Bad CRC"),
    "declares less than it holds": (_patched(_declares_less), "damaged"),
    "metadata that is no JSON": (
        lambda folder, parts: parts.write(folder / "m.keras", metadata=b"\xff"),
        "metadata.json is not JSON",
    ),
    "a config that is no JSON": (_config(b"{'class_name': 'Model'}"), "is not JSON"),
    "a config in another encoding": (_config('{"ä": 1}'.encode("latin-1")), "is not JSON"),
    "a config that is a list": (_config(b"[1, 2]"), "config.json is not an object"),
    "a config with a number of 9,000 digits": (_config(b"1" * 9_000), "is not JSON"),
    "a config nested 100,000 deep": (_config(b"[" * 100_000), "Depth of config.json"),
    "a config of a million lists": (
        _config(b"[" + b"[]," * 1_000_000 + b"[]]"),
        "Lists and objects in config.json: 1,000,002",
    ),
    "a config bomb": (
        _deflated(config=b" " * 60_000_000),
        "Size of config.json, unpacked: 60 MB",
    ),
    "a metadata bomb": (_deflated(metadata=b" " * 60_000_000), "metadata.json of unusual size"),
}


def _patched_extra(
    folder: Path, parts: KerasParts, name: str, edit: Callable[[bytearray], object]
) -> Path:
    path = parts.write(folder / "m.keras", extra={name: b"x"})
    content = bytearray(path.read_bytes())
    edit(content)
    path.write_bytes(content)
    return path
