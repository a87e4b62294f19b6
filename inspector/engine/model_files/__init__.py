"""Opening model files that nobody vouches for: checked as a whole before Keras sees any of it."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspector.engine.model_files.limits import DEFAULT_LIMITS as DEFAULT_LIMITS
    from inspector.engine.model_files.limits import ModelFileLimits as ModelFileLimits
    from inspector.engine.model_files.loading import LoadedModel as LoadedModel
    from inspector.engine.model_files.loading import load_model as load_model
    from inspector.engine.model_files.loading import read_model as read_model

_HOMES = {
    "DEFAULT_LIMITS": "limits",
    "LoadedModel": "loading",
    "ModelFileLimits": "limits",
    "load_model": "loading",
    "read_model": "loading",
}

__all__ = ["DEFAULT_LIMITS", "LoadedModel", "ModelFileLimits", "load_model", "read_model"]


def __getattr__(name: str) -> Any:
    """Loads a name on first use: the process that reads HDF5 files does without Keras."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
