"""What Keras 2 computed under a name that means something else today."""

from typing import Any

import keras

from inspector.engine.model_files.keras2 import HARD_SIGMOID

_PACKAGE, _, _NAME = HARD_SIGMOID.partition(">")


@keras.saving.register_keras_serializable(_PACKAGE, _NAME)
def hard_sigmoid(x: Any) -> Any:
    """Returns clip(0.2 x + 0.5, 0, 1), the hard sigmoid of Keras 2."""
    return keras.ops.clip(x * 0.2 + 0.5, 0.0, 1.0)
