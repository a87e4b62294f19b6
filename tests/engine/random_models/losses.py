"""Losses of an output with their parts in NumPy, and targets that fit them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from tests.engine.random_models.subject import Array

CLASSES = 5
PerStep = Callable[[Array, Array], Array]


@dataclass(frozen=True, eq=False)
class LossChoice:
    """A loss, the targets for it, and what it is made of.

    Attributes:
        kind: A word for it.
        loss: What goes into `compile`.
        target: The targets.
        per_step: Its parts in NumPy, or None.
        open_loss: Why its counts and formulas are not judged, or "".
    """

    kind: str
    loss: Any
    target: Array
    per_step: PerStep | None
    open_loss: str = ""


def _last(values: Array) -> Array:
    return np.asarray(values.mean(axis=-1))


def _normed(p: Array) -> Array:
    return np.clip(p / p.sum(-1, keepdims=True), 1e-7, 1 - 1e-7)


def _softmax(p: Array) -> Array:
    e = np.exp(p - p.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


def sparse(y: Array, p: Array) -> Array:
    """Cross-entropy of class ids; ids outside the classes count as class 0."""
    known = np.where((y >= 0) & (y < p.shape[-1]), y, 0).astype(int)
    return np.asarray(-np.log(np.take_along_axis(_normed(p), known[..., None], -1))[..., 0])


def sparse_logits(y: Array, p: Array) -> Array:
    """The same of logits."""
    return sparse(y, _softmax(p))


def categorical(y: Array, p: Array) -> Array:
    """Cross-entropy of one-hot vectors."""
    return np.asarray(-(y * np.log(_normed(p))).sum(-1))


def binary(y: Array, p: Array) -> Array:
    """Binary cross-entropy."""
    q = np.clip(p, 1e-7, 1 - 1e-7)
    return _last(-(y * np.log(q) + (1 - y) * np.log(1 - q)))


def squares(y: Array, p: Array) -> Array:
    """Squared error."""
    return _last((p - y) ** 2)


def absolutes(y: Array, p: Array) -> Array:
    """Absolute error."""
    return _last(np.abs(p - y))


def hubers(y: Array, p: Array) -> Array:
    """Huber loss with delta 1."""
    error = np.abs(p - y)
    return _last(np.where(error <= 1, 0.5 * error**2, error - 0.5))


def divergence(y: Array, p: Array) -> Array:
    """Kullback-Leibler divergence."""
    y, p = np.clip(y, 1e-7, 1), np.clip(p, 1e-7, 1)
    return np.asarray((y * np.log(y / p)).sum(-1))


NUMPY: dict[str, PerStep] = {
    "mean_squared_error": squares,
    "mean_absolute_error": absolutes,
    "huber": hubers,
    "binary_crossentropy": binary,
    "kl_divergence": divergence,
    "categorical_crossentropy": categorical,
    "sparse_categorical_crossentropy": sparse,
}
CLASS_OF = {
    "mean_squared_error": keras.losses.MeanSquaredError,
    "mean_absolute_error": keras.losses.MeanAbsoluteError,
    "huber": keras.losses.Huber,
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "kl_divergence": keras.losses.KLDivergence,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
}


def built_in(rng: np.random.Generator, name: str, **options: Any) -> tuple[str, Any]:
    """A built-in loss, by name or as an object with some reduction."""
    draw = rng.random()
    if draw < 0.5 and not options:
        return name, name
    reduction = str(
        rng.choice(["sum_over_batch_size"] * 4 + ["sum", "mean", "mean_with_sample_weight", "none"])
    )
    reduction_argument = None if reduction == "none" else reduction
    return f"{name}/{reduction}", CLASS_OF[name](reduction=reduction_argument, **options)


def _own(kind: str, per_step: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A function over batches that leaves out where the targets are 0, in one of the usual ways."""

    def loss(y_true: Any, y_pred: Any) -> Any:
        each = per_step(y_true, y_pred)
        real = ops.not_equal(y_true, 0)
        keep = ops.cast(real if len(y_true.shape) == 2 else ops.any(real, axis=-1), each.dtype)
        if kind == "scalar":
            return ops.sum(each * keep) / ops.sum(keep)
        if kind == "zeros":
            return each * keep
        if kind == "scaled":
            return each * keep / ops.mean(keep)
        if kind == "sum":
            return ops.sum(each * keep)
        if kind == "plain_scalar":
            return ops.mean(each)
        if kind == "rows":
            return ops.mean(each, axis=1)
        return ops.sum(each * keep, axis=1) / ops.sum(keep, axis=1)

    loss.__name__ = f"own_{kind}"
    return loss


def class_targets(rng: np.random.Generator, shape: tuple[int, ...], valid: Array | None) -> Array:
    """Class ids: 0 at padding alone, else any class."""
    y = rng.integers(1, CLASSES, shape)
    return (y if valid is None else np.where(valid, y, 0)).astype("int32")


def for_classes(
    rng: np.random.Generator, shape: tuple[int, ...], valid: Array | None, logits: bool
) -> LossChoice:
    """A loss over classes; predictions (..., 5)."""
    y = class_targets(rng, shape, valid)
    timed = valid is not None
    per_step = sparse_logits if logits else sparse
    draw = rng.random()
    if timed and draw < 0.3:
        kind = str(
            rng.choice(["scalar", "zeros", "scaled", "sum", "plain_scalar", "rows", "row_means"])
        )

        def each(y_true: Any, y_pred: Any) -> Any:
            return keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=logits)

        zeros = kind in ("zeros", "scaled")
        return LossChoice(
            f"own_{kind}", _own(kind, each), y, _zeroed(per_step) if zeros else per_step
        )
    if timed and draw < 0.42:
        ignored = int(rng.choice([0, -1, -100]))
        y = np.where(valid, y, ignored).astype("int32")
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits, ignore_class=ignored)
        return LossChoice(f"ignore_class {ignored}", loss, y, _without(per_step, ignored))
    if timed and rng.random() < 0.4:
        y = np.where(valid, y, rng.integers(0, CLASSES, shape)).astype("int32")
    if logits or draw < 0.75:
        options = {"from_logits": True} if logits else {}
        kind, loss = built_in(rng, "sparse_categorical_crossentropy", **options)
        return LossChoice(kind, loss, y, per_step)
    name = str(rng.choice(["categorical_crossentropy", "kl_divergence"]))
    kind, loss = built_in(rng, name)
    return LossChoice(kind, loss, np.eye(CLASSES, dtype="float32")[y], NUMPY[name])


def _zeroed(per_step: PerStep) -> PerStep:
    return lambda y, p: per_step(y, p) * (y != 0)


def _without(per_step: PerStep, ignored: int) -> PerStep:
    return lambda y, p: np.where(y == ignored, 0.0, per_step(np.where(y == ignored, 0, y), p))


def for_values(rng: np.random.Generator, shape: tuple[int, ...], valid: Array | None) -> LossChoice:
    """A loss of numbers; predictions and targets have the same shape."""
    y = rng.normal(0, 1, shape).astype("float32")
    flat = valid is not None and len(shape) == 2
    name = str(rng.choice(["mean_squared_error", "mean_absolute_error", "huber"]))
    if valid is not None and not flat and rng.random() < 0.25:
        y[~valid] = 0.0
        kind = str(rng.choice(["scalar", "zeros", "scaled", "rows", "row_means"]))

        def each(y_true: Any, y_pred: Any) -> Any:
            return ops.mean(ops.square(y_true - y_pred), axis=-1)

        found = _zeroed_values if kind in ("zeros", "scaled") else squares
        return LossChoice(f"own_{kind}", _own(kind, each), y, found)
    if valid is not None and rng.random() < 0.7:
        y[~valid] = 0.0
    kind, loss = built_in(rng, name)
    return LossChoice(kind, loss, y, _flat(NUMPY[name]) if flat else NUMPY[name])


def _zeroed_values(y: Array, p: Array) -> Array:
    return np.asarray(squares(y, p) * (y != 0).any(-1))


def _flat(per_step: PerStep) -> PerStep:
    return lambda y, p: per_step(y[..., None], p[..., None])


def for_binary(rng: np.random.Generator, shape: tuple[int, ...], valid: Array | None) -> LossChoice:
    """A binary loss; predictions (..., 1) between 0 and 1."""
    y = rng.integers(0, 2, shape).astype("float32")
    if valid is not None:
        y[~valid] = 0.0
    kind, loss = built_in(rng, "binary_crossentropy")
    return LossChoice(kind, loss, y, binary)
