"""Building the loss of a model that was never trained nor evaluated."""

from typing import Any

import keras

from inspector.engine.loss_code import GivenLoss
from inspector.engine.measuring import rows_of
from inspector.engine.requested import Arrays
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.keras import quiet


def build_loss(model: keras.Model, given: GivenLoss | None, arrays: Arrays) -> None:
    """Builds the given loss or the compiled one with its metrics, where they were not yet.

    Raises:
        Exception: Whatever the model or the loss raises.
    """
    if given is not None:
        if not given.compiled.built:
            _build(given.compiled, model, arrays)
        return
    compiled = keras_private.compile_loss(model)
    metrics = keras_private.compiled_metrics(model)
    if compiled is None:  # A `compute_loss` of the model's own is all there is.
        return
    if not compiled.built or (metrics is not None and not metrics.built):
        keras_private.build_compiled(model, arrays.x, arrays.y, arrays.sample_weight)
    if not compiled.built:  # A `compute_loss` of the model's own does not use it.
        _build(compiled, model, arrays)


def _build(compiled: Any, model: keras.Model, arrays: Arrays) -> None:
    with keras_private.stateless_scope(model), quiet():
        predictions = model(rows_of(arrays.x, slice(0, 1)))
    compiled.build(rows_of(arrays.y, slice(0, 1)), predictions)
