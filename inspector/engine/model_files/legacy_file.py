"""The .h5 file of a whole model: description, versions and arrays."""

from dataclasses import dataclass
from pathlib import Path

import h5py

from inspector.engine.model_files.hdf5 import (
    StoredArrays,
    checked_arrays,
    opened,
    text_attribute,
)
from inspector.engine.model_files.limits import ModelFileLimits
from inspector.engine.model_files.messages import SAVE_AGAIN, suspicious
from inspector.errors import ModelFileError


@dataclass(frozen=True)
class LegacyContent:
    """What a .h5 file holds.

    Attributes:
        config: Bytes of the attribute model_config.
        training: Bytes of the attribute training_config; empty if the model was not compiled.
        version: The version of Keras that wrote it; empty if it does not say.
        backend: The backend that Keras ran on; empty if it does not say.
        arrays: What it stores.
    """

    config: bytes
    training: bytes
    version: str
    backend: str
    arrays: StoredArrays


def legacy_content(path: Path, limits: ModelFileLimits) -> LegacyContent:
    """Checks the HDF5 file at `path` and reads the texts in it."""
    with opened(path) as file:
        arrays = checked_arrays(file, limits)
        config = text_attribute(file, "model_config", limits.config_bytes)
        if config is None:
            raise _without_model(file)
        if "model_weights" not in file or "layer_names" in file.attrs:
            raise suspicious("an HDF5 file with a model, but weights in the wrong place")
        training = text_attribute(file, "training_config", limits.config_bytes)
        version, backend = _text(file, "keras_version"), _text(file, "backend")
        weights = file["model_weights"]
        version = version or _text(weights, "keras_version")
        backend = backend or _text(weights, "backend")
    return LegacyContent(config, training or b"", version, backend, arrays)


def _text(item: h5py.Group, name: str) -> str:
    return (text_attribute(item, name, 256) or b"").decode("utf-8", "replace")


def _without_model(file: h5py.File) -> ModelFileError:
    weights_only = (
        "layer_names" in file.attrs
        or "_layer_checkpoint_dependencies" in file
        or {"layers", "vars"} & set(file)
    )
    if weights_only:
        return ModelFileError(
            "The file holds weights only, without a model.",
            "A whole model was expected: its layers and their weights.",
            "Build the model, load these weights with model.load_weights, then save it with "
            '`model.save("name.keras")`.',
        )
    return ModelFileError(
        "The HDF5 file holds no Keras model (it has no `model_config`).",
        "A file written by `model.save` was expected.",
        SAVE_AGAIN,
    )
