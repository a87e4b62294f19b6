"""Whether each compiled metric respects the mask: changed at padding, does it move?"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from inspector.core.arrays import AnyArray, BoolArray
from inspector.engine import keras_private

_ROWS = 256


def metric_masking(
    model: keras.Model,
    data: tuple[Any, Any],
    predictions: Any,
    masks: list[AnyArray | None],
    truth: BoolArray | None,
) -> dict[str, str]:
    """Says of each compiled metric whether it is `masked` or `unmasked`.

    The metric is computed on the batch, and again with other targets and predictions at padding;
    a metric that respects the mask does not move. Its variables are left alone.

    Args:
        model: A compiled model.
        data: Targets and sample weights.
        predictions: The model's predictions, of the first rows at least.
        masks: Mask on each output, or None.
        truth: The truth on the output's time axis.

    Raises:
        Exception: Whatever a metric raises.
    """
    compiled = keras_private.compiled_metrics(model)
    y, sample_weight = data
    if compiled is None or y is None:
        return {}
    # Of a large batch, only the first predictions are there.
    rows = slice(0, min([_ROWS, *map(len, keras_private.flatten(predictions))]))
    leaves = [np.asarray(leaf)[rows] for leaf in keras_private.flatten(predictions)]
    targets = [np.asarray(leaf)[rows] for leaf in keras_private.flatten(y)]
    cut = [None if mask is None else mask[rows] for mask in masks]
    first = results(compiled, (y, targets), (predictions, leaves), cut, (sample_weight, rows))
    cells = cells_to_change(truth, leaves[0], cut)
    if cells is None:
        return {}
    padding, cut = cells
    base = results(compiled, (y, targets), (predictions, leaves), cut, (sample_weight, rows))
    moved: set[str] = set()
    for seed in range(8):
        changed = changed_at(padding, targets, leaves, seed)
        other = results(
            compiled, (y, changed[0]), (predictions, changed[1]), cut, (sample_weight, rows)
        )
        moved |= {name for name in base if not np.allclose(other[name], base[name], rtol=1e-5)}
    return {name: "unmasked" if name in moved else "masked" for name in first}


def cells_to_change(
    truth: BoolArray | None, prediction: AnyArray, masks: list[AnyArray | None]
) -> tuple[BoolArray, list[AnyArray | None]] | None:
    """The padding to change; in a batch without padding, the last timestep is declared padding."""
    if truth is None or prediction.ndim < 2 or prediction.shape[1] != truth.shape[1]:
        return None
    valid = truth[: len(prediction)]
    if not valid.all():
        return ~valid, masks
    if valid.shape[1] < 2:
        return None
    padding = np.zeros(valid.shape, bool)
    padding[:, -1] = True
    return padding, [None if mask is None else mask & ~padding for mask in masks]


def changed_at(
    padding: BoolArray, targets: list[AnyArray], predictions: list[AnyArray], seed: int
) -> tuple[list[AnyArray], list[AnyArray]]:
    """Targets and predictions with other ones at padding, taken from real timesteps.

    Predictions and targets come from different timesteps, or from the same; every other time each
    value that occurs is equally likely as a target, since a rare class may decide a metric, and
    predictions are the largest and smallest ones.
    """
    random = np.random.default_rng(seed)
    real = np.argwhere(~padding)
    if not len(real):
        return targets, predictions
    count = int(padding.sum())
    first = real[random.integers(0, len(real), count)]
    second = first if seed % 4 == 1 else real[random.integers(0, len(real), count)]

    def put(arrays: list[AnyArray], cells: AnyArray) -> list[AnyArray]:
        result = []
        for array in arrays:
            array = array.copy()
            if array.ndim >= 2 and array.shape[:2] == padding.shape:
                array[padding] = array[cells[:, 0], cells[:, 1]]
            result.append(array)
        return result

    changed, predicted = put(targets, first), put(predictions, second)
    if seed % 2 == 0:
        for array in [a for a in changed if a.shape[:2] == padding.shape and a.ndim == 2]:
            array[padding] = random.choice(np.unique(array[~padding]), count)
        for array in [a for a in predicted if a.shape[:2] == padding.shape and a.shape[-1] == 1]:
            extremes = np.array([array[~padding].min(), array[~padding].max()])
            array[padding] = random.choice(extremes, array[padding].shape)
    return changed, predicted


def results(
    compiled: Any,
    y: tuple[Any, list[AnyArray]],
    predictions: tuple[Any, list[AnyArray]],
    masks: list[AnyArray | None],
    weights: tuple[Any, slice],
) -> dict[str, float]:
    """Values of all compiled metrics, computed in a scope that leaves their variables alone."""
    tensors = [tf.convert_to_tensor(leaf) for leaf in predictions[1]]
    for tensor, mask in zip(tensors, masks, strict=True):
        keras_private.set_mask(tensor, None if mask is None else tf.convert_to_tensor(mask))
    y_pred = keras_private.pack_sequence_as(predictions[0], tensors)
    y_true = keras_private.pack_sequence_as(y[0], [tf.convert_to_tensor(t) for t in y[1]])
    sample_weight = weights[0]
    if sample_weight is not None:
        sample_weight = keras_private.map_structure(
            lambda array: tf.convert_to_tensor(array[weights[1]]), sample_weight
        )
    with keras.StatelessScope():
        compiled.reset_state()
        compiled.update_state(y_true, y_pred, sample_weight)
        return {name: float(np.mean(value)) for name, value in compiled.result().items()}
