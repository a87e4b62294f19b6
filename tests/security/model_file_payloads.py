"""Model files for attacks: good ones that Keras wrote, and the same with something else in them."""

import copy
import functools
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from inspector.engine.seam.keras import quiet

Json = dict[str, Any]
Edit = Callable[[Json], object]
Payload = Callable[[Path], bytes | Path]


@functools.cache
def members(kind: str = "tagger") -> Mapping[str, bytes]:
    """The members of a good .keras file, by name."""
    keras.utils.clear_session()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "good.keras")
        with quiet():
            _MODELS[kind]().save(path)
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def _tagger() -> keras.Model:
    ids = keras.Input((None,), name="ids")
    hidden = keras.layers.Embedding(9, 3, mask_zero=True, name="embedding")(ids)
    hidden = keras.layers.MaxPooling1D(1, name="pool")(hidden)
    hidden = keras.layers.Conv1D(3, 1, padding="same", name="conv")(hidden)
    hidden = keras.layers.LSTM(3, return_sequences=True, name="lstm")(hidden)
    hidden = hidden + hidden
    outputs = keras.layers.Dense(9, activation="softmax", name="dense")(hidden)
    model = keras.Model(ids, outputs, name="tagger")
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _sequential() -> keras.Model:
    return keras.Sequential(
        [keras.Input((None,)), keras.layers.Embedding(9, 3), keras.layers.Dense(9, name="dense")],
        name="line",
    )


_MODELS: Mapping[str, Callable[[], keras.Model]] = {"tagger": _tagger, "sequential": _sequential}


def written(folder: Path, config: bytes, kind: str = "tagger", **others: bytes) -> Path:
    """Writes a .keras file with this description."""
    path = folder / "attack.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members(kind), "config.json": config, **others}.items():
            archive.writestr(name, content)
    return path


def edited(*edits: Edit, kind: str = "tagger") -> Payload:
    """A good file whose description was changed."""

    def make(folder: Path) -> Path:
        config = json.loads(members(kind)["config.json"])
        for edit in edits:
            edit(config)
        return written(folder, json.dumps(config).encode(), kind)

    return make


def raw(replace: Callable[[bytes], bytes]) -> Payload:
    """A good file whose description was changed as text."""
    return lambda folder: written(folder, replace(members()["config.json"]))


def layer(class_name: str, module: str = "keras.layers", **config: Any) -> Json:
    """The description of a layer."""
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def layer_named(config: Json, name: str) -> Json:
    """The layer of this name."""
    return next(entry for entry in config["config"]["layers"] if entry["config"]["name"] == name)


def set_in(name: str, **values: Any) -> Edit:
    """Sets arguments of a layer."""
    return lambda config: layer_named(config, name)["config"].update(values)


def becomes(name: str, class_name: str, module: str = "keras.layers", **arguments: Any) -> Edit:
    """Makes a layer one of another class; it keeps its name and its calls."""

    def edit(config: Json) -> None:
        entry = layer_named(config, name)
        entry.update(module=module, class_name=class_name, registered_name=None, build_config=None)
        entry["config"] = {"name": name, **arguments}

    return edit


def operation(class_name: str, module: str = "numpy", **arguments: Any) -> Edit:
    """Makes the sum in the good model another operation, called on the same tensor."""

    def edit(config: Json) -> None:
        entry = next(e for e in config["config"]["layers"] if e["class_name"] == "Add")
        entry.update(
            module=f"keras.src.ops.{module}", class_name=class_name, registered_name=class_name
        )
        entry["config"] = {"name": entry["name"], **arguments}
        call = entry["inbound_nodes"][0]
        entry["inbound_nodes"] = [{"args": call["args"][:1], "kwargs": {}}]

    return edit


def compiled(key: str, value: Any) -> Edit:
    """Sets how the model was compiled."""
    return lambda config: config["compile_config"].update({key: value})


def sequential(*layers: Json) -> Edit:
    """Makes the whole model these layers, one after the other."""

    def edit(config: Json) -> None:
        config.update(
            module="keras", class_name="Sequential", config={"name": "s", "layers": list(layers)}
        )

    return edit


def history(name: str, node: int = 0) -> Json:
    """The tensor that a call of a layer returned."""
    config = {"shape": [None, 4, 3], "dtype": "float32", "keras_history": [name, node, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def functional(*layers: Json, output: str, name: str = "model") -> Json:
    """A functional model with the input `x` and these layers."""
    first = layer("InputLayer", batch_shape=[None, 4, 3], dtype="float32", name="x")
    entries = [{**first, "name": "x", "inbound_nodes": []}, *layers]
    return {
        "module": "keras",
        "class_name": "Functional",
        "registered_name": None,
        "config": {
            "name": name,
            "layers": entries,
            "input_layers": [["x", 0, 0]],
            "output_layers": [[output, 0, 0]],
        },
    }


def called(description: Json, name: str, *tensors: Json) -> Json:
    """A layer of a functional model, called on tensors one after the other."""
    entry = copy.deepcopy(description)
    entry["config"]["name"] = entry["name"] = name
    return {**entry, "inbound_nodes": [{"args": [one], "kwargs": {}} for one in tensors]}


def whole(model: Json) -> Edit:
    """Makes the whole file another model."""

    def edit(config: Json) -> None:
        config.update(module="keras", class_name="Functional", config=model["config"])

    return edit


MODEL_OF_DENSE: Json = {
    "class_name": "Sequential",
    "config": {
        "name": "s",
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 3], "name": "x"}},
            {"class_name": "Dense", "config": {"name": "d", "trainable": True, "units": 2}},
        ],
    },
}


def hdf5(edit: Callable[[h5py.File], object], model: Json = MODEL_OF_DENSE) -> Payload:
    """An old file of one Dense, changed."""

    def make(folder: Path) -> Path:
        path = folder / "attack.h5"
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(model)
            file.attrs["keras_version"] = "3.15.0"
            weights = file.create_group("model_weights")
            weights.attrs["layer_names"] = ["d"]
            group = weights.create_group("d")
            group.attrs["weight_names"] = ["kernel", "bias"]
            group.create_dataset("kernel", data=np.ones((3, 2), np.float32))
            group.create_dataset("bias", data=np.zeros(2, np.float32))
            edit(file)
        return path

    return make


def kernel_from(link: object) -> Callable[[h5py.File], None]:
    """Puts a link in the place of the kernel."""

    def edit(file: h5py.File) -> None:
        del file["model_weights/d/kernel"]
        file["model_weights/d"]["kernel"] = link

    return edit


def kernel_of(*shape: int, **options: Any) -> Callable[[h5py.File], None]:
    """Puts another array in the place of the kernel."""

    def edit(file: h5py.File) -> None:
        del file["model_weights/d/kernel"]
        file["model_weights/d"].create_dataset("kernel", shape, "f4", **options)

    return edit
