"""Weights: from the checked copy into the model that was built."""

from pathlib import Path

import keras
import numpy as np

from inspector.engine.model_files.building import UNSET
from inspector.engine.model_files.messages import SAVE_AGAIN, reason, shown
from inspector.engine.seam.keras import quiet
from inspector.errors import ModelFileError


def load_weights(model: keras.Model, path: Path) -> None:
    """Loads weights that were checked before.

    Raises:
        ModelFileError: They do not fit the model.
    """
    try:
        with quiet():
            model.load_weights(path)
    except Exception as error:
        raise ModelFileError(
            f"The weights in the file do not fit the model in it: {reason(error)}",
            "The weights of this very model were expected.",
            SAVE_AGAIN,
        ) from None
    unset = [weight.path for weight in model.weights if _is_unset(weight)]
    if unset:
        raise ModelFileError(
            f"The file holds no values for `{shown(unset[0])}` ({len(unset)} weights in all).",
            "The weights of this very model were expected.",
            SAVE_AGAIN,
        )


def _is_unset(weight: keras.Variable) -> bool:
    values = weight.numpy()
    unset = np.asarray(UNSET).astype(values.dtype)
    # One number is enough to know of nearly all weights that they were loaded.
    return values.size > 0 and values.flat[0] == unset and bool(np.all(values == unset))
