"""The loss of a model that computes it in `compute_loss` and was compiled without another."""

from typing import Any

import keras
import tensorflow as tf

from inspector.engine.seam import keras as keras_private


def is_all_there_is(model: keras.Model) -> bool:
    """True if `compute_loss` is the model's own and there is no compiled loss beside it."""
    compiled = keras_private.compile_loss(model)
    return compiled is None and keras_private.overrides_compute_loss(model)


def own_pieces(model: keras.Model, data: tuple[Any, Any, Any], predictions: Any) -> dict[str, Any]:
    """What `loss_pieces.output_pieces` gives, for the model's own loss and its first output."""
    x, y, sample_weight = data
    value = keras_private.total_loss(model, x, y, predictions, sample_weight)
    prediction = keras_private.flatten(predictions)[0]
    loss = by_cell(model, x, y, predictions)
    return {
        "value": tf.reduce_mean(tf.cast(value, tf.float64)),
        "unreduced": loss,
        "by_timestep": loss,
        "prediction": prediction,
    }


def by_cell(model: keras.Model, x: Any, y: Any, predictions: Any) -> Any:
    """The model's own loss of each timestep alone, or of each row where there is no time axis.

    NaN where it is undefined (0/0); empty where the model's code does not take a cell alone.
    """
    prediction = keras_private.flatten(predictions)[0]
    timed = len(prediction.shape) >= 3
    unknown = tf.zeros([0] * (2 if timed else 1), tf.float64)
    if prediction is not predictions:
        return unknown  # Several outputs have one loss together.
    shape = tf.shape(prediction)[: 2 if timed else 1]
    mask = keras_private.get_mask(prediction)

    def cells(tensor: Any) -> Any:
        """Every timestep (or row) as a batch of its own; rows where there are no timesteps."""
        own = timed and len(tensor.shape) >= 2 and tensor.shape[1] == prediction.shape[1]
        if own:
            return tf.reshape(tensor, tf.concat([[-1, 1, 1], tf.shape(tensor)[2:]], 0))
        each = tensor[:, None]
        return tf.repeat(each, shape[1], axis=0) if timed else each

    def one(cell: Any) -> Any:
        copy = tf.identity(cell[2])
        if mask is not None:
            keras_private.set_mask(copy, cell[3])
        # What `compute_loss` notes in metrics of its own must not leave this loop.
        with keras.StatelessScope():
            value = keras_private.total_loss(model, cell[0], cell[1], copy, None)
        return tf.reduce_mean(tf.cast(value, tf.float64))

    parts = [keras_private.map_structure(cells, part) for part in (x, y, prediction)]
    if mask is not None:
        parts.append(cells(tf.cast(mask, tf.bool)))
    try:
        values = tf.map_fn(one, tuple(parts), fn_output_signature=tf.float64)
    except Exception:  # The model's own code, which may want whole sentences or batches.
        return unknown
    return tf.reshape(values, shape)
