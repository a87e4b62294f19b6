"""The engine without any check: what a visitor sends is run as it is.

It stands for a reader of code and files of which every check has a hole, to show what is left.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def answer(request: object, *, progress: Callable[..., None], cancelled: Callable[[], bool]) -> str:
    """Runs a program, or loads the bytes of a model file with Keras's safe mode off."""
    try:
        if isinstance(request, bytes):
            return f"did {_loaded(request)}"
        names: dict[str, Any] = {"keras": keras, "np": np, "tf": tf}
        exec(str(request), names)
        return f"did {names['answer']!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _loaded(data: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        path.write_bytes(data)
        model = keras.saving.load_model(path, safe_mode=False)
        return repr(model(np.zeros((1, 2))))
