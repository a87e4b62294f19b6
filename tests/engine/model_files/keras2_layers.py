"""Layers and models as Keras 2 described them, and what a file with them gives."""

from pathlib import Path
from typing import Any

import numpy as np

from inspector.engine.model_files import read_model
from tests.engine.model_files.making import random_arrays

Json = dict[str, Any]
(X,) = random_arrays(1, (2, 4, 3))
IDS = np.array([[1, 2, 0, 0], [3, 1, 4, 0]])
LSTM_SHAPES = ((3, 8), (2, 8), (8,))
PARTS = ("kernel", "recurrent_kernel", "bias")


def layer(class_name: str, **config: Any) -> Json:
    """A layer as Keras 2 described it: no module, and arguments that Keras 3 does not have."""
    config.setdefault("name", class_name.lower())
    if class_name != "InputLayer":
        config.setdefault("trainable", True)
    config.setdefault("dtype", "float32")
    return {"class_name": class_name, "config": config}


def recurrent(class_name: str = "LSTM", **config: Any) -> Json:
    config = {
        "return_sequences": True,
        "return_state": False,
        "go_backwards": False,
        "stateful": False,
        "unroll": False,
        "time_major": False,
        "units": 2,
        "activation": "tanh",
        "recurrent_activation": "sigmoid",
        "use_bias": True,
        "kernel_initializer": {
            "class_name": "GlorotUniform",
            "config": {"seed": None, "dtype": "float32"},
        },
        "implementation": 2,
        **({"unit_forget_bias": True} if class_name == "LSTM" else {}),
        **config,
    }
    return layer(class_name, **config)


def sequential(*layers: Json) -> Json:
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": list(layers)}}


def functional(layers: list[tuple[Json, list[Any]]], inputs: list[str], output: str) -> Json:
    entries = [
        {**entry, "name": entry["config"]["name"], "inbound_nodes": nodes}
        for entry, nodes in layers
    ]
    ends = {"input_layers": [[i, 0, 0] for i in inputs], "output_layers": [[output, 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "m", "layers": entries, **ends}}


def input_layer(name: str, *shape: int | None) -> Json:
    return layer(
        "InputLayer", name=name, batch_input_shape=[None, *shape], sparse=False, ragged=False
    )


def named(*arrays: np.ndarray, parts: tuple[str, ...] = PARTS) -> list[tuple[str, np.ndarray]]:
    return list(zip(parts, arrays, strict=True))


def predicted(path: Path, x: Any) -> np.ndarray:
    return np.asarray(read_model(path).model(x))


def notes(path: Path) -> str:
    return " ".join(read_model(path).notes)
