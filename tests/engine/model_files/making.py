"""Model files made in the test: good ones by Keras, old ones and bad ones by hand."""

import copy
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Json = dict[str, Any]
Weights = Mapping[str, Sequence[tuple[str, np.ndarray]]]


class KerasParts:
    """The three members of a good .keras file, to be put together again otherwise."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.metadata = archive.read("metadata.json")
            self.config: Json = json.loads(archive.read("config.json"))
            self.weights = archive.read("model.weights.h5")

    def write(
        self,
        path: Path,
        *,
        config: Json | bytes | None = None,
        metadata: bytes | None = None,
        weights: bytes | None = None,
        extra: Mapping[str, bytes] | None = None,
        compression: int = zipfile.ZIP_STORED,
    ) -> Path:
        """Writes a .keras file with some members replaced and others added."""
        if not isinstance(config, bytes):
            config = json.dumps(self.config if config is None else config).encode()
        members = {
            "metadata.json": self.metadata if metadata is None else metadata,
            "config.json": config,
            "model.weights.h5": self.weights if weights is None else weights,
            **(extra or {}),
        }
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path

    def edited(self, edit: Callable[[Json], object]) -> Json:
        """Returns the description after `edit` changed it, and leaves its own alone."""
        config = copy.deepcopy(self.config)
        edit(config)
        return config


def layer_of(config: Json, class_name: str) -> Json:
    """Returns the first layer of a functional or sequential model that has this class."""
    return next(layer for layer in config["config"]["layers"] if layer["class_name"] == class_name)


def write_keras2(
    path: Path,
    model_config: Json,
    weights: Weights,
    *,
    version: str | None = "2.4.0",
    backend: str = "tensorflow",
    training: Json | None = None,
) -> Path:
    """Writes a .h5 file as Keras 2 laid it out."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(model_config).encode()
        group = file.create_group("model_weights")
        for owner in (file, group):
            owner.attrs["backend"] = backend.encode()
            if version is not None:
                owner.attrs["keras_version"] = version.encode()
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for name, arrays in weights.items():
            layer = group.create_group(name)
            layer.attrs["weight_names"] = [f"{name}/{part}:0".encode() for part, _ in arrays]
            for part, array in arrays:
                layer.create_dataset(f"{name}/{part}:0", data=array)
    return path


def hdf5_bytes(write: Callable[[h5py.File], object], **options: Any) -> bytes:
    """Returns the bytes of an HDF5 file that `write` fills."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", **options) as file:
        write(file)
    return stream.getvalue()


def random_arrays(seed: int, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Returns float32 arrays of these shapes, different for each seed."""
    random = np.random.default_rng(seed)
    return [random.normal(scale=0.7, size=shape).astype(np.float32) for shape in shapes]
