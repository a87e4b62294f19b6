"""What an answer depends on: versions, and the digests that a model is known by."""

import hashlib
import json
from typing import Any

import keras

from inspector.core.digest import ModelDigests, digest
from inspector.core.trace import Versions
from inspector.engine.seam import tensorflow as backend

# Keras writes the address of an object that it meets twice, which differs from run to run.
_ADDRESSES = "shared_object_id"


def model_digests(model: keras.Model) -> ModelDigests:
    """Returns SHA-256 digests that tell whether two models are the same.

    Equal configurations and equal weights give equal digests, in any process. A subclassed model
    that cannot be described by a configuration has no digest of it.
    """
    weights = digest(tuple(variable.numpy() for variable in model.weights)).hex()
    return ModelDigests(_config_digest(model), weights)


def _config_digest(model: keras.Model) -> str:
    try:
        config = json.loads(model.to_json())
    except Exception:  # `get_config` of a layer may be the user's own code, and raise anything.
        return ""
    text = json.dumps(_without_addresses(config), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _without_addresses(config: Any) -> Any:
    if isinstance(config, dict):
        kept = {name: value for name, value in config.items() if name != _ADDRESSES}
        return {name: _without_addresses(value) for name, value in kept.items()}
    if isinstance(config, list):
        return [_without_addresses(value) for value in config]
    return config


def versions() -> Versions:
    """Versions of this package, Keras and TensorFlow."""
    from inspector import __version__

    return Versions(__version__, keras.__version__, backend.VERSION)
