"""From an HDF5 file that nobody vouches for to one of ours: the same arrays, nothing else.

Runs in a process of its own (`hdf5_process.py`).
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from inspector.engine.model_files.hdf5 import (
    checked_arrays,
    names_attribute,
    opened,
    text_attribute,
)
from inspector.engine.model_files.header import Layout
from inspector.engine.model_files.limits import ModelFileLimits
from inspector.engine.model_files.messages import SAVE_AGAIN, suspicious
from inspector.errors import ModelFileError

_TEXTS = ("model_config", "training_config", "keras_version", "backend")
_LISTS = re.compile(r"(layer|weight)_names\d{0,4}")
_STATE_OF_TRAINING = ("optimizer", "optimizer_weights")


def rewrite(source: Path, target: Path, layout: Layout, limits: ModelFileLimits) -> dict[str, Any]:
    """Copies what is needed of `source` into the new file `target`.

    Args:
        source: Of a model (`h5`), or of the weights of one (`keras`).
        target: Does not exist yet.
        layout: Which of both.
        limits: What is larger is refused before it is read.

    Returns:
        `texts`, the attributes of a model by name, and `elements`, how many numbers were copied.
    """
    with opened(source) as file:
        checked_arrays(file, limits)
        texts = _texts(file, limits) if layout is Layout.HDF5 else {}
        with h5py.File(target, "x") as clean:
            elements = sum(
                _copied(file[name], clean.create_group(name))
                for name in file
                if name not in _STATE_OF_TRAINING and isinstance(file[name], h5py.Group)
            )
    return {"texts": texts, "elements": elements}


def _texts(file: h5py.File, limits: ModelFileLimits) -> dict[str, str]:
    if "model_config" not in file.attrs:
        raise _without_model(file)
    weights = file.get("model_weights")
    if not isinstance(weights, h5py.Group) or "layer_names" in file.attrs:
        raise suspicious("an HDF5 file with a model, but weights in the wrong place")
    found = {}
    for name in _TEXTS:
        most = limits.config_bytes if name.endswith("_config") else 256
        text = text_attribute(file, name, most)
        text = text_attribute(weights, name, most) if text is None else text
        found[name] = (text or b"").decode("utf-8", "replace")
    return found


def _copied(source: h5py.Group, target: h5py.Group) -> int:
    """Copies arrays and lists of names; returns how many numbers that were."""
    for name in source.attrs:
        if _LISTS.fullmatch(name):
            names = names_attribute(source, name)
            target.attrs[name] = np.array(names, h5py.string_dtype())
    elements = 0
    for name in source:
        item = source[name]
        if isinstance(item, h5py.Group):
            elements += _copied(item, target.create_group(name))
            continue
        copy = target.create_dataset(name, data=item[()])
        elements += item.size
        if item.dtype.kind == "V":
            copy.attrs["dtype"] = "bfloat16"
    return elements


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


def main() -> None:
    """Answers one request: a JSON object on standard input, the answer in a file."""
    request = json.load(sys.stdin)
    _limit_resources(request["memory"], request["seconds"])
    limits = ModelFileLimits(**request["limits"])
    try:
        answer = rewrite(
            Path(request["source"]), Path(request["target"]), Layout(request["layout"]), limits
        )
    except ModelFileError as error:
        answer = {"error": [error.got, error.expected, error.todo]}
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")


def _limit_resources(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:
        return  # Not on Windows; there, only the time is limited, from outside.
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
