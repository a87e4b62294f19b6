"""The loss of one batch, and what the weights of its timesteps are measured from.

Keras minimises a number L. With p the predictions and l the unreduced loss of each timestep, L
depends on p through l alone for every built-in loss, whatever the reduction, mask and sample
weights: L = sum(w * l) + penalties, with weights w that do not depend on p. Differentiating by p at
one timestep gives g = dL/dp and h = d(sum l)/dp = dl/dp there, so g = w * h, and

    w = <g, h> / <h, h>

with the sums over the axes of p that the timestep owns. The residual g - w*h says whether the
assumption held. Verified on Keras 3.15.1 for all built-in losses (see tests/engine).
"""

from typing import Any

import keras
import tensorflow as tf

from inspector.engine import loss_code
from inspector.engine.own_loss import is_all_there_is, own_pieces
from inspector.engine.seam import keras as keras_private


def loss_pieces(
    model: keras.Model,
    given: loss_code.GivenLoss | None,
    data: tuple[Any, Any, Any],
    predictions: Any,
    shift: Any,
    options: Any,
) -> dict[str, Any]:
    """Computes the loss of one batch through Keras's own code, and its pieces.

    Args:
        model: The model.
        given: A loss given for it, or None for the one it was compiled with.
        data: x, y, sample_weight as tensors.
        predictions: What the model returned, masks and logits attached.
        shift: The predictions are moved by about this much before differentiating.
        options: `PassOptions`.

    Returns:
        total, compiled (without penalties), weight_penalty, call_penalty: scalars;
        outputs: one dictionary per loss: value, unreduced, and, with gradients, gh, hh, gg,
        residual, each (rows, timesteps) or (rows,).
    """
    _, y, sample_weight = data
    total = loss_code.total(model, given, data, predictions)
    losses = loss_code.entries(model, given)
    penalties = sum_of(model.losses)
    weight_penalty = sum_of(keras_private.weight_penalties(model))
    # A loss without reduction gives an array; evaluate reports its mean (metrics.Mean).
    total = tf.reduce_mean(tf.cast(total, tf.float64))
    result = {
        "total": total,
        "penalty": penalties,
        "weight_penalty": weight_penalty,
    }
    # Slopes in half precision are too coarse; the losses of Keras compute in single precision.
    finer = given is not None or not keras_private.overrides_compute_loss(model)
    copies = keras_private.map_structure(lambda p: moved_copy(p, shift, finer), predictions)
    flat = keras_private.flatten(copies)

    def pieces(at: Any) -> list[dict[str, Any]]:
        if given is None and is_all_there_is(model):
            return [own_pieces(model, data, at)]
        return [output_pieces(e, y, at, sample_weight, options.flat_time) for e in losses]

    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        for leaf in flat:
            tape.watch(leaf)
        outputs = pieces(copies)
        whole = tf.reduce_mean(loss_code.total(model, given, data, copies))
    exact = pieces(predictions)
    result["outputs"] = []
    for piece, at_p in zip(outputs, exact, strict=True):
        found = {key: at_p[key] for key in ("value", "unreduced", "by_timestep")}
        if options.gradients:
            found |= projections(tape, whole, piece)
        result["outputs"].append(found)
    return result


def output_pieces(
    entry: Any, y: Any, predictions: Any, sample_weight: Any, flat_time: bool
) -> dict[str, Any]:
    """Value and unreduced loss of one output."""
    path, loss, loss_weight, _ = entry
    y_true = resolve(y, path, predictions)
    y_pred = resolve(predictions, path, predictions)
    weight = resolve(sample_weight, path, predictions) if sample_weight is not None else None
    value = tf.reduce_mean(tf.cast(loss(y_true, y_pred, weight), tf.float64))
    if loss_weight is not None:
        value = value * tf.cast(loss_weight, tf.float64)
    unreduced = loss.call(*as_loss_sees(loss, y_true, y_pred))
    return {
        "value": value,
        "unreduced": tf.cast(unreduced, tf.float64),
        "by_timestep": by_timestep(loss, (y_true, y_pred), unreduced, flat_time),
        "prediction": y_pred,
    }


def as_loss_sees(loss: Any, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Targets and predictions in the dtype of the loss, as `Loss.__call__` converts them."""
    # convert_to_tensor on the same dtype returns the tensor itself, with its logits and mask.
    return (
        keras.ops.convert_to_tensor(y_true, dtype=loss.dtype),
        keras.ops.convert_to_tensor(y_pred, dtype=loss.dtype),
    )


def by_timestep(loss: Any, pair: tuple[Any, Any], unreduced: Any, flat_time: bool) -> Any:
    """The loss of each timestep by itself, (rows, timesteps) or (rows,), float64.

    Where `loss.call` keeps the time axis it is that, averaged over further axes. A loss that
    returns one number, or one a row, is evaluated on each timestep alone.
    """
    y_true, y_pred = pair
    timed = len(y_pred.shape) >= 3 or (len(y_pred.shape) == 2 and flat_time)
    if len(unreduced.shape) >= 2 and (not timed or unreduced.shape[1] == y_pred.shape[1]):
        axes = list(range(2, len(unreduced.shape)))
        return tf.reduce_mean(tf.cast(unreduced, tf.float64), axis=axes)
    if timed:
        return sliced_loss(
            loss, *as_loss_sees(loss, y_true, y_pred), keras_private.get_mask(y_pred)
        )
    if len(unreduced.shape) == 1:
        return tf.cast(unreduced, tf.float64)
    return tf.zeros([0], tf.float64)


def sliced_loss(loss: Any, y_true: Any, y_pred: Any, mask: Any) -> Any:
    """Evaluates `loss.call` on every timestep alone; NaN where it is undefined (0/0)."""
    rows, timesteps = tf.shape(y_pred)[0], tf.shape(y_pred)[1]

    def alone(y: Any) -> Any:
        return tf.reshape(y, tf.concat([[rows * timesteps, 1, 1], tf.shape(y)[2:]], 0))

    def one(cell: Any) -> Any:
        prediction = tf.identity(cell[1])
        if mask is not None:
            keras_private.set_mask(prediction, cell[2])
        return tf.reduce_mean(tf.cast(loss.call(cell[0], prediction), tf.float64))

    cells = [alone(y_true), alone(y_pred)]
    if mask is not None:
        cells.append(alone(tf.cast(mask, tf.bool)))
    values = tf.map_fn(one, tuple(cells), fn_output_signature=tf.float64)
    return tf.reshape(values, [rows, timesteps])


def projections(tape: Any, whole: Any, piece: dict[str, Any]) -> dict[str, Any]:
    """<g, h>, <h, h>, <g, g> and the residual of each timestep, float64."""
    prediction, loss = piece["prediction"], piece["by_timestep"]
    g = tf.cast(zeros_if_none(tape.gradient(whole, prediction), prediction), tf.float64)
    undefined = loss.shape[0] == 0
    keep = 2 if len(loss.shape) == 2 or (undefined and len(prediction.shape) >= 3) else 1
    axes = list(range(keep, len(prediction.shape)))
    found = {"gg": tf.reduce_sum(g * g, axes)}
    if undefined:
        return found
    h = tf.cast(zeros_if_none(tape.gradient(loss, prediction), prediction), tf.float64)
    gh, hh = tf.reduce_sum(g * h, axes), tf.reduce_sum(h * h, axes)
    weight = tf.math.divide_no_nan(gh, hh)
    spread = tf.reshape(weight, tf.concat([tf.shape(weight), [1] * len(axes)], 0))
    residual = tf.reduce_sum(tf.square(g - spread * h), axes)
    return found | {"gh": gh, "hh": hh, "residual": residual}


def moved_copy(prediction: Any, shift: Any, finer: bool = False) -> Any:
    """A copy that is cut off from the logits behind it, with its mask, moved by about `shift`.

    Keras keeps the logits of a softmax on its output and differentiates past it otherwise.
    """
    noise = tf.random.stateless_uniform(tf.shape(prediction), seed=[3, 5], minval=0.5, maxval=1.0)
    half = prediction.dtype.is_floating and prediction.dtype.size == 2
    copy = tf.cast(prediction, tf.float32) if finer and half else tf.identity(prediction)
    copy = copy + tf.cast(shift * noise, copy.dtype)
    keras_private.set_mask(copy, keras_private.get_mask(prediction))
    return copy


def resolve(structure: Any, path: tuple[Any, ...], predictions: Any) -> Any:
    """Follows a path of `CompileLoss`; a single target of a one-output model is itself."""
    if not path:
        leaves = keras_private.flatten(structure)
        return leaves[0] if len(leaves) == 1 else structure
    if isinstance(structure, (list, tuple)) and isinstance(predictions, dict):
        structure = dict(zip(predictions, structure, strict=False))
    for key in path:
        if tf.is_tensor(structure):
            return structure
        structure = structure[key]
    return structure


def sum_of(values: Any) -> Any:
    """Sum of scalars as float64; 0 for none."""
    total = tf.zeros([], tf.float64)
    for value in values:
        total = total + tf.reduce_sum(tf.cast(value, tf.float64))
    return total


def zeros_if_none(gradient: Any, like: Any) -> Any:
    """A gradient, or zeros where nothing depends on the variable."""
    return tf.zeros_like(like) if gradient is None else tf.convert_to_tensor(gradient)
