"""Which backend Keras runs on, checked before anything of the engine is loaded.

Keras chooses its backend once, when it is imported: from `KERAS_BACKEND`, else from `keras.json`
in `KERAS_HOME` (or `~/.keras`), else TensorFlow (checked on Keras 3.15.1,
`keras/src/backend/config.py`). The engine measures with TensorFlow's tracing and gradients, so
on another backend its numbers would be wrong.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

from inspector.errors import InspectorError

SUPPORTED = ("tensorflow",)


def require_supported_backend() -> None:
    """Checks that Keras runs, or would run, on a backend that the engine measures.

    Raises:
        InspectorError: Another backend is set, or the one that is set is not installed.
    """
    backend, setting = _chosen_backend()
    supported = " or ".join(f"`{name}`" for name in SUPPORTED)
    if backend not in SUPPORTED:
        raise InspectorError(
            f"Keras runs on the backend `{backend}` here ({setting}).",
            f"The inspector measures on {supported} only.",
            "Set the environment variable KERAS_BACKEND=tensorflow before Keras is imported, and "
            "start again; a model saved as .keras loads on either backend.",
        )
    if importlib.util.find_spec(backend) is None:
        raise InspectorError(
            f"Keras is to run on `{backend}` ({setting}), which is not installed here.",
            f"The inspector measures on {supported} only.",
            f"Install it: pip install {backend}",
        )


def _chosen_backend() -> tuple[str, str]:
    """Name of the backend, and where it is set, in words."""
    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "config"):
        return str(keras.config.backend()), "Keras is loaded already"
    if name := os.environ.get("KERAS_BACKEND"):
        return name, "set by KERAS_BACKEND"
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        name = json.loads((home / "keras.json").read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, AttributeError):  # Keras itself goes on without such a file.
        name = None
    return (str(name), "set in keras.json") if name else ("tensorflow", "the default")
