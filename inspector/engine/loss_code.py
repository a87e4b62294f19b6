"""Which loss is measured: the one the model was compiled with, or another one given for it."""

import threading
import weakref
from typing import Any

import keras

from inspector.engine.own_loss import is_all_there_is
from inspector.engine.seam import keras as keras_private


class GivenLoss:
    """A loss that the model was not compiled with, computed by Keras's own `CompileLoss`."""

    def __init__(self, model: keras.Model, loss: Any) -> None:
        """Wraps `loss` (name, function, `Loss`, or a structure of them) for this model."""
        # Kept, so that the id of the loss stays taken as long as this wrapper is known by it.
        self.source = loss
        self.compiled = keras_private.CompileLoss(
            loss, output_names=getattr(model, "output_names", None)
        )

    def total(self, model: keras.Model, y: Any, predictions: Any, sample_weight: Any) -> Any:
        """Loss plus penalties, as `Trainer.compute_loss` adds them up."""
        value = self.compiled(y, predictions, sample_weight)
        for penalty in model.losses:
            value = value + keras.ops.sum(keras.ops.cast(penalty, value.dtype))
        return value


_given: "weakref.WeakKeyDictionary[keras.Model, dict[Any, GivenLoss]]" = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def given_loss(model: keras.Model, loss: Any) -> GivenLoss:
    """Returns the wrapper of `loss` for this model, the same one for the same loss."""
    key = loss if isinstance(loss, str) else id(loss)
    with _lock:
        known = _given.setdefault(model, {})
        if key not in known:
            known[key] = GivenLoss(model, loss)
        return known[key]


def total(model: keras.Model, given: GivenLoss | None, data: Any, predictions: Any) -> Any:
    """The number that Keras minimises for this batch."""
    x, y, sample_weight = data
    if given is None:
        return keras_private.total_loss(model, x, y, predictions, sample_weight)
    return given.total(model, y, predictions, sample_weight)


def entries(model: keras.Model, given: GivenLoss | None) -> list[Any]:
    """The losses of the outputs: (path, loss, loss weight, name)."""
    if given is None and is_all_there_is(model):
        names = getattr(model, "output_names", None) or [""]
        return [((), None, None, str(names[0]))]
    compiled = keras_private.compile_loss(model) if given is None else given.compiled
    return keras_private.flat_losses(compiled)
