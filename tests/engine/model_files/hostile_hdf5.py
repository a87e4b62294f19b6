"""HDF5 files that Keras did not write, and what must be said of each."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Edit = Callable[[h5py.File], object]

MODEL: dict[str, Any] = {
    "class_name": "Sequential",
    "config": {
        "name": "s",
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 3], "name": "x"}},
            {"class_name": "Dense", "config": {"name": "d", "trainable": True, "units": 2}},
        ],
    },
}


def write_good(file: h5py.File) -> None:
    """Writes a model of one Dense, as Keras 3 lays it out."""
    file.attrs["model_config"] = json.dumps(MODEL)
    file.attrs["keras_version"] = "3.15.0"
    weights = file.create_group("model_weights")
    weights.attrs["layer_names"] = ["d"]
    layer = weights.create_group("d")
    layer.attrs["weight_names"] = ["kernel", "bias"]
    layer.create_dataset("kernel", data=np.ones((3, 2), np.float32))
    layer.create_dataset("bias", data=np.zeros(2, np.float32))


def _replaced(*args: Any, **kwargs: Any) -> Edit:
    """The array `kernel`, made otherwise."""

    def edit(file: h5py.File) -> None:
        del file["model_weights/d/kernel"]
        file["model_weights/d"].create_dataset("kernel", *args, **kwargs)

    return edit


def _linked(link: object) -> Edit:
    def edit(file: h5py.File) -> None:
        del file["model_weights/d/kernel"]
        file["model_weights/d"]["kernel"] = link

    return edit


def _attribute(name: str, value: object, where: str = "/") -> Edit:
    return lambda file: file[where].attrs.__setitem__(name, value)


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3, 2), np.float32)
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (3, 2))
    del file["model_weights/d/kernel"]
    file["model_weights/d"].create_virtual_dataset("kernel", layout)


def _cycle(file: h5py.File) -> None:
    file["model_weights/d/again"] = file["model_weights"]


def _deep(file: h5py.File) -> None:
    group = file["model_weights"]
    for _ in range(100):
        group = group.create_group("g")


def _many(file: h5py.File) -> None:
    for number in range(17_000):
        file["model_weights"][f"g{number}"] = file["model_weights/d"]


REFERENCE = h5py.special_dtype(ref=h5py.Reference)

BAD: dict[str, tuple[Edit, str]] = {
    "weights alone": (lambda file: file.attrs.__delitem__("model_config"), "no Keras model"),
    "old weights alone": (
        lambda file: (
            file.attrs.__delitem__("model_config"),
            file.attrs.__setitem__("layer_names", ["d"]),
        ),
        "weights only",
    ),
    "new weights alone": (
        lambda file: (file.attrs.__delitem__("model_config"), file.create_group("layers")),
        "weights only",
    ),
    "no weights": (lambda file: file.__delitem__("model_weights"), "weights in the wrong place"),
    "weights at the top": (_attribute("layer_names", ["d"]), "weights in the wrong place"),
    "a config that is a number": (
        _attribute("model_config", 7),
        "`model_config`, which is no text",
    ),
    "a config that is a list": (
        _attribute("model_config", ["a", "b"]),
        "`model_config`, which is no text",
    ),
    "a config that is no JSON": (_attribute("model_config", "{"), "`model_config` is not JSON"),
    "a config that is null": (_attribute("model_config", "null"), "is not an object"),
    "names that are numbers": (
        _attribute("layer_names", [1, 2], "model_weights"),
        "no list of names",
    ),
    "an empty name": (_attribute("layer_names", [""], "model_weights"), "a name without an end"),
    "a name of 5,000 letters": (
        _attribute("layer_names", ["n" * 5_000], "model_weights"),
        "a name without an end",
    ),
    "names of layers that are not there": (
        _attribute("layer_names", ["ghost"], "model_weights"),
        "do not fit the model",
    ),
    "a link to another file": (
        _linked(h5py.ExternalLink("/etc/passwd", "/x")),
        "a link out of the file",
    ),
    "a link to another name": (
        _linked(h5py.SoftLink("/model_weights/d/bias")),
        "to another name, `kernel`",
    ),
    "an array in another file": (
        _replaced(shape=(3, 2), dtype="f4", external=[("/etc/passwd", 0, 24)]),
        "lies in another file",
    ),
    "an array made of other arrays": (_virtual, "lies in another file"),
    "gigabytes that are not stored": (
        _replaced(shape=(2**14, 2**13), dtype="f4"),
        "declares 537 MB and stores 0 bytes",
    ),
    "terabytes that are not stored": (
        _replaced(shape=(2**20, 2**18), dtype="f4"),
        "Size of the arrays that the file declares",
    ),
    "a chunk of gigabytes": (
        _replaced(shape=(3, 2), maxshape=(None, None), chunks=(2**13, 2**14), dtype="f4"),
        "in chunks of 537 MB",
    ),
    "references": (_replaced(shape=(3, 2), dtype=REFERENCE), "something else than numbers"),
    "texts": (_replaced(data=np.array([b"a", b"b"])), "something else than numbers"),
    "texts of any length": (
        _replaced(data=["a", "b"], dtype=h5py.string_dtype()),
        "something else than numbers",
    ),
    "records": (
        _replaced(data=np.zeros(3, [("a", "f4"), ("b", "f4")])),
        "something else than numbers",
    ),
    "an array without a shape": (_replaced(data=h5py.Empty("f4")), "something else than numbers"),
    "a type with a name": (
        lambda file: file.__setitem__("t", np.dtype("f8")),
        "neither a group nor an array",
    ),
    "a circle of groups": (_cycle, "a link back"),
    "groups 100 deep": (_deep, "more than 64 deep"),
    "a number of names over the limit": (_many, "Names in the HDF5 file: 16"),
    "an array of the wrong shape": (
        _replaced(data=np.ones((5, 5), np.float32)),
        "do not fit the model",
    ),
    "a missing array": (
        lambda file: file.__delitem__("model_weights/d/kernel"),
        "needs 8 weights, and the file stores 2",
    ),
    "a huge attribute": (
        lambda file: [file.attrs.__setitem__(f"a{n}", 1) for n in range(1_100)],
        "1,10[0-9] attributes",
    ),
}


def endless(good: bytes) -> bytes:
    """A file on which HDF5 1.14 never stops reading: free space of no size in its text heap."""
    content = bytearray(good)
    heap = content.find(b"GCOL")
    end = heap + struct.unpack("<Q", content[heap + 8 : heap + 16])[0]
    at = heap + 16
    while at < end:
        index, _, _, size = struct.unpack("<HHIQ", content[at : at + 16])
        if index == 0:
            break
        at += 16 + (size + 7) // 8 * 8
    content[at + 8 : at + 16] = bytes(8)
    return bytes(content)


def write(path: Path, edit: Edit, **options: Any) -> Path:
    """Writes the good file and edits it."""
    with h5py.File(path, "w", **options) as file:
        write_good(file)
        edit(file)
    return path
