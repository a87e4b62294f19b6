"""Versions that an answer depends on."""

import keras

from inspector.core.trace import Versions
from inspector.engine.seam import tensorflow as backend


def versions() -> Versions:
    """Versions of this package, Keras and TensorFlow."""
    from inspector import __version__

    return Versions(__version__, keras.__version__, backend.VERSION)
