"""Opening model files that nobody vouches for: checked as a whole before Keras sees any of it."""

from inspector.engine.model_files.limits import DEFAULT_LIMITS, ModelFileLimits
from inspector.engine.model_files.loading import LoadedModel, load_model, read_model

__all__ = ["DEFAULT_LIMITS", "LoadedModel", "ModelFileLimits", "load_model", "read_model"]
