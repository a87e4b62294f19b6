"""What the installed Keras is too old for."""

from importlib import metadata

import pytest

opens_model_files = pytest.mark.skipif(
    tuple(map(int, metadata.version("keras").split(".")[:2])) < (3, 14),
    reason="model files are opened with Keras 3.14 or newer",
)
