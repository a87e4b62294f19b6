"""Weights: from the checked copy into the model that was built."""

from pathlib import Path

import keras

from inspector.engine import interception
from inspector.engine.model_files.messages import SAVE_AGAIN, reason
from inspector.errors import ModelFileError


def load_weights(model: keras.Model, path: Path) -> None:
    """Loads weights that were checked before.

    Raises:
        ModelFileError: They do not fit the model.
    """
    try:
        with interception.quiet():
            model.load_weights(path)
    except Exception as error:
        raise ModelFileError(
            f"The weights in the file do not fit the model in it: {reason(error)}",
            "The weights of this very model were expected.",
            SAVE_AGAIN,
        ) from None
