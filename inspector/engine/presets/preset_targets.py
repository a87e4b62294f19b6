"""Targets in the form that a loss needs."""

from dataclasses import dataclass, replace

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch
from inspector.core.presets import SPARSE
from inspector.core.text.tokens import one_hot
from inspector.errors import ModelError


@dataclass(frozen=True, eq=False)
class TargetClasses:
    """Targets as classes.

    Attributes:
        ids: int (rows, target timesteps), or (rows,) for labels; None where the vectors are not
            one-hot, so that there is no one class.
        vectors: The same as vectors, one more axis; None where they were given as ids.
        count: Number of classes, the padding included.
        padding_class: Class of padding; None where it is the zero vector, or for labels.
    """

    ids: AnyArray | None
    vectors: AnyArray | None
    count: int
    padding_class: int | None


def target_classes(batch: Batch) -> TargetClasses:
    """Reads the targets of `batch` as classes, whether they are ids or vectors.

    Raises:
        ModelError: There are no targets, several of them, or their shape is not understood.
    """
    y = batch.y
    if not isinstance(y, np.ndarray):
        raise ModelError(
            "The batch has no targets." if y is None else "The batch has several targets.",
            "The preset models need one array of targets.",
            "Choose targets, or inspect a model of your own.",
        )
    axes = 1 if batch.target_valid is None else 2
    if y.ndim == axes + 1 and y.shape[-1] == 1 and np.issubdtype(y.dtype, np.integer):
        y = y[..., 0]
    if y.ndim not in (axes, axes + 1):
        raise ModelError(
            f"The targets have shape {tuple(y.shape)}.",
            "Ids have shape (rows, timesteps) or, for labels, (rows,); vectors one axis more.",
            "Reshape the targets.",
        )
    named = len(batch.target_vocabulary) if batch.target_vocabulary else 0
    if y.ndim == axes:
        ids = _whole_ids(y)
        count = max(named, int(ids.max()) + 1)
        return TargetClasses(ids, None, count, _padding_class(ids, batch, 0))
    exact = bool(((y == 0) | (y == 1)).all() and (y.sum(axis=-1) == 1).all())
    zero = axes == 2 and not exact and not y[~np.asarray(batch.target_valid)].any()
    ids = y.argmax(axis=-1).astype(np.int32)
    padding_class = None if zero else _padding_class(ids, batch, y.shape[-1] - 1)
    return TargetClasses(ids if exact else None, y, y.shape[-1], padding_class)


def converted_targets(batch: Batch, loss: str) -> Batch:
    """Returns `batch` with y as `loss` needs it: ids for the sparse loss, else vectors.

    Ids become one-hot vectors; one-hot vectors become the ids of their ones. Nothing else is
    converted, because nothing else can be without guessing.

    Raises:
        ModelError: The vectors are not one-hot and the loss needs ids.
    """
    classes = target_classes(batch)
    if loss == SPARSE:
        if classes.ids is None:
            raise ModelError(
                f"The loss `{loss}` needs one class for each target.",
                "The targets are vectors that are not one-hot.",
                "Choose `categorical_crossentropy`, `mae` or `mse`.",
            )
        return batch if classes.vectors is None else replace(batch, y=classes.ids)
    if classes.vectors is None and classes.ids is not None:
        return replace(batch, y=one_hot(classes.ids, classes.count))
    return batch


def _whole_ids(y: AnyArray) -> AnyArray:
    ids = y.astype(np.int32)
    if (ids != y).any() or ids.min() < 0:
        raise ModelError(
            f"The targets have shape {tuple(y.shape)} and hold negative or fractional numbers.",
            "Targets of this shape are classes: 0, 1, 2, ...",
            "Number the classes from 0, or give a vector for each target.",
        )
    return ids


def _padding_class(ids: AnyArray, batch: Batch, usual: int) -> int | None:
    """Returns the class of padding: what stands there, or the usual one where there is none."""
    if batch.target_valid is None:
        return None
    found = np.unique(ids[~batch.target_valid])
    if len(found) > 1:
        raise ModelError(
            f"Padding has several classes in the targets: {', '.join(map(str, found[:5]))}.",
            "All padding must have one class of its own.",
            "Give padding one class in y.",
        )
    return int(found[0]) if len(found) else usual
