"""Which targets a loss takes: classes, or vectors as wide as the prediction."""

from dataclasses import dataclass
from typing import Any

import keras

from inspector.core.presets import SPARSE
from inspector.engine.fitting.ports import Port
from inspector.engine.seam.keras import output_spec


@dataclass(frozen=True)
class LossKind:
    """What is known of the loss of one output.

    Attributes:
        name: Its name, or an empty text.
        takes_ids: It takes one class for each prediction, not a vector.
    """

    name: str
    takes_ids: bool

    @property
    def binary(self) -> bool:
        """Its targets are numbers between 0 and 1."""
        return self.name.lower().startswith("binary")


def loss_kind(model: keras.Model, port: Port, position: int) -> LossKind | None:
    """Returns the kind of loss of one output; None where it has none."""
    loss = _of_output(getattr(model, "loss", None), port.name, position)
    if loss is None:
        return None
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    name = str(getattr(loss, "name", None) or getattr(loss, "__name__", ""))
    if name in (SPARSE, "sparse_categorical_focal_crossentropy"):
        return LossKind(name, True)
    if (getattr(loss, "__module__", None) or type(loss).__module__).startswith("keras."):
        return LossKind(name, isinstance(loss, keras.losses.SparseCategoricalCrossentropy))
    return LossKind(name, _only_takes_ids(loss, port))


def _of_output(loss: Any, name: str, position: int) -> Any:
    if isinstance(loss, dict):
        return loss.get(name)
    if isinstance(loss, (list, tuple)):
        return loss[position] if position < len(loss) else None
    return loss


def _only_takes_ids(loss: Any, port: Port) -> bool:
    """True for a loss of the user's own that fails for vectors and works for classes."""
    prediction = keras.KerasTensor(port.shape, port.dtype)
    vectors = keras.KerasTensor(port.shape, "float32")
    classes = keras.KerasTensor(port.shape[:-1], "int32")
    return not _works(loss, vectors, prediction) and _works(loss, classes, prediction)


def _works(loss: Any, target: Any, prediction: Any) -> bool:
    try:
        output_spec(loss, target, prediction)
    except Exception:
        return False
    return True
