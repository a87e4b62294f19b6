"""Whether each compiled metric respects the mask: changed at padding, does it move?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.engine.forward.rows import PassResult
from inspector.engine.inspection.question import Question
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import to_tensor

_ROWS = 256


@dataclass(frozen=True)
class Outputs:
    """What a model returns for a batch; sequences hold one entry for each output.

    Attributes:
        predictions: The predictions, of the first rows at least, as the model returns them.
        masks: Mask on each, or None.
        truths: The truth on its time axis, or None.
        names: What Keras calls it; where there are several, the names of its metrics start so.
        targets: Position of its targets among the arrays of `y`, or None.
    """

    predictions: Any
    masks: Sequence[AnyArray | None]
    truths: Sequence[BoolArray | None]
    names: Sequence[str]
    targets: Sequence[int | None]


@dataclass(frozen=True)
class _Data:
    """Arrays, and the structures (targets, predictions, sample weights) that they belong in."""

    structures: tuple[Any, Any, Any]
    targets: list[AnyArray]
    predictions: list[AnyArray]
    weights: list[AnyArray]


@dataclass(frozen=True)
class _Place:
    """The padding of one output, and the positions of its prediction and of its targets."""

    padding: BoolArray
    prediction: int
    targets: int


def metric_masking(question: Question, outputs: Outputs) -> dict[str, str]:
    """Says of each compiled metric whether it is `masked` or `unmasked`.

    The metric is computed on the batch, and again with other targets and predictions at padding;
    a metric that respects the mask does not move. One that finds padding in the targets moves with
    those alone, and is the same without the padding. Its variables are left alone. Metrics of
    outputs without a time axis are left out.

    Args:
        question: A compiled model, with targets.
        outputs: What the model returns.

    Raises:
        Exception: Whatever a metric raises.
    """
    compiled = keras_private.compiled_metrics(question.model)
    targets, sample_weight = question.y, question.sample_weight
    if compiled is None or targets is None:
        return {}
    weighted = [] if sample_weight is None else sample_weight
    arrays = [keras_private.flatten(part) for part in (targets, outputs.predictions, weighted)]
    # Of a large batch, only the first predictions are there.
    rows = slice(0, min([_ROWS, *map(len, arrays[1])]))
    y, leaves, weights = ([np.asarray(leaf)[rows] for leaf in part] for part in arrays)
    batch = _Data((targets, outputs.predictions, sample_weight), y, leaves, weights)
    cut = [None if mask is None else mask[rows] for mask in outputs.masks]
    first = results(compiled, batch, cut)
    respect: dict[str, str] = {}
    for position, target in enumerate(outputs.targets):
        cells = cells_to_change(
            outputs.truths[position], leaves[position], cut[position : position + 1]
        )
        if cells is None or target is None:
            continue
        masks = [*cut[:position], *cells[1], *cut[position + 1 :]]
        moved = moved_metrics(compiled, batch, masks, _Place(cells[0], position, target))
        own = [name for name in first if belongs(name, position, outputs.names)]
        respect |= {name: "unmasked" if name in moved else "masked" for name in own}
    return {name: respect[name] for name in first if name in respect}


def outputs_of(question: Question, run: PassResult) -> Outputs:
    """Returns the predictions, with the mask, the truth, the name and the targets of each."""
    y = question.y
    paths = [path for path, _ in keras_private.leaf_paths(run.predictions)]
    names = [str(path[-1]) if path else "" for path in paths]
    if not isinstance(run.predictions, dict):
        names = list(getattr(question.model, "output_names", None) or names)
    kinds = sorted(y) if isinstance(y, dict) else list(range(len(keras_private.flatten(y))))
    keys = [path[-1] for path in paths] if isinstance(y, dict) else list(range(len(paths)))
    return Outputs(
        predictions=run.predictions,
        masks=run.prediction_masks,
        truths=tuple(known.valid for known in question.truth.outputs),
        names=tuple(names),
        targets=tuple(kinds.index(key) if key in kinds else None for key in keys),
    )


def belongs(metric: str, position: int, names: Sequence[str]) -> bool:
    """True if a metric is of the output at a position: by its name, where there are several."""
    alike = [name for name in names if metric.startswith(f"{name}_")]
    return len(names) == 1 or bool(alike) and names.index(max(alike, key=len)) == position


def moved_metrics(
    compiled: Any, batch: _Data, masks: list[AnyArray | None], place: _Place
) -> set[str]:
    """The metrics that padding of one output counts in."""
    base = results(compiled, batch, masks)

    def moved(other: _Data, under: list[AnyArray | None]) -> set[str]:
        values = results(compiled, other, under)
        return {name for name in base if not np.allclose(values[name], base[name], rtol=1e-5)}

    y, leaf = batch.targets[place.targets], batch.predictions[place.prediction]
    by_predictions = moved(with_prediction(batch, place, right_at(place.padding, y, leaf)), masks)
    by_both: set[str] = set()
    for seed in range(8):
        changed, predicted = changed_at(place.padding, [y], [leaf], seed)
        other = with_prediction(batch, place, predicted[0])
        by_predictions |= moved(other, masks)
        by_both |= moved(with_targets(other, place, changed[0]), masks)
    alone = without_padding(batch, place)
    if alone is None or not by_both - by_predictions:
        return by_both | by_predictions
    bare = [None if i == place.prediction else mask for i, mask in enumerate(masks)]
    return by_predictions | (by_both & moved(alone, bare))


def with_prediction(batch: _Data, place: _Place, array: AnyArray) -> _Data:
    """The batch with another prediction of one output."""
    leaves = list(batch.predictions)
    leaves[place.prediction] = array
    return replace(batch, predictions=leaves)


def with_targets(batch: _Data, place: _Place, array: AnyArray) -> _Data:
    """The batch with other targets of one output."""
    leaves = list(batch.targets)
    leaves[place.targets] = array
    return replace(batch, targets=leaves)


def without_padding(batch: _Data, place: _Place) -> _Data | None:
    """The batch with one row for each real timestep of an output, where its targets mark padding.

    They do where padding has one value that no real timestep has; else None.
    """
    y, leaf, real = (
        batch.targets[place.targets],
        batch.predictions[place.prediction],
        ~place.padding,
    )
    if batch.weights or y.shape[:2] != real.shape or not real.any():
        return None
    mark = y[~real][0]
    same = (y == mark).reshape(*real.shape, -1).all(axis=-1)
    if not np.array_equal(same, ~real):
        return None
    return with_targets(with_prediction(batch, place, leaf[real][:, None]), place, y[real][:, None])


def right_at(padding: BoolArray, targets: AnyArray, prediction: AnyArray) -> AnyArray:
    """The prediction with the targets themselves at padding, where it can say them."""
    array, classes = prediction.copy(), prediction.shape[-1]
    ids = targets[..., 0] if targets.ndim == 3 and targets.shape[-1] == 1 else targets
    if targets.shape == prediction.shape:
        array[padding] = targets[padding]
    elif ids.shape == padding.shape and prediction.ndim == 3:
        known = padding & (ids >= 0) & (ids < classes)
        array[known] = np.eye(classes)[ids[known].astype(int)]
    return array


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


def results(compiled: Any, batch: _Data, masks: list[AnyArray | None]) -> dict[str, float]:
    """Values of all compiled metrics, computed in a scope that leaves their variables alone."""
    tensors = [to_tensor(leaf) for leaf in batch.predictions]
    for tensor, mask in zip(tensors, masks, strict=True):
        keras_private.set_mask(tensor, None if mask is None else to_tensor(mask))
    y, weights = ([to_tensor(a) for a in part] for part in (batch.targets, batch.weights))
    pack = keras_private.pack_sequence_as
    y_true, y_pred = pack(batch.structures[0], y), pack(batch.structures[1], tensors)
    sample_weight = pack(batch.structures[2], weights) if weights else None
    with keras.StatelessScope():
        compiled.reset_state()
        compiled.update_state(y_true, y_pred, sample_weight)
        return {name: float(np.mean(value)) for name, value in compiled.result().items()}
