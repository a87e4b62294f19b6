"""A loss from pasted code, read by the code reader and never run."""

from collections import OrderedDict
from typing import Any

from inspector.core.compare_requests import PastedLoss
from inspector.engine.code.read import model_from_code
from inspector.engine.seam import keras as keras_private
from inspector.errors import CodeError

_MODEL = """
model_of_the_loss = keras.Sequential([keras.Input((1, 2)), keras.layers.Dense(2)])
model_of_the_loss.compile(loss={name})
"""
_IMPORT = "import keras"
_MOST_KEPT = 16

_kept: OrderedDict[PastedLoss, Any] = OrderedDict()


def pasted_loss(pasted: PastedLoss) -> Any:
    """Returns the loss that pasted code defines; the same object for the same code.

    Raises:
        CodeError: The code cannot be read, or defines no loss; `line` says where.
    """
    if pasted not in _kept:
        _kept[pasted] = _read(pasted)
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(pasted)
    return _kept[pasted]


def _read(pasted: PastedLoss) -> Any:
    name = pasted.defined
    if not name:
        raise CodeError(
            "The code defines no function.",
            "It must define a loss: `def loss(y_true, y_pred): ...`.",
        )
    # The code first, so that its lines keep their numbers; it may import Keras by another name.
    source = f"{pasted.source.rstrip()}\n{_IMPORT}\n{_MODEL.format(name=name)}"
    model = model_from_code(source).model
    loss = keras_private.user_loss(model)
    if not callable(loss):
        raise CodeError(f"`{name}` is no loss.", "It must be a function of y_true and y_pred.")
    return loss
