"""Versions that an answer depends on."""

import keras
import tensorflow as tf

from inspector.core.trace import Versions


def versions() -> Versions:
    """Versions of this package, Keras and TensorFlow."""
    from inspector import __version__

    return Versions(__version__, keras.__version__, tf.__version__)
