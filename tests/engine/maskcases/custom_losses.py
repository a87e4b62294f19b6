"""Losses that users write, and losses whose ranks do not match the mask."""

from typing import Any

import keras
import numpy as np
from keras import ops

from tests.engine.maskcases.losses import KERAS, no_mask, tagger, unmasked
from tests.engine.maskcases.registry import (
    Parts,
    case,
    classes,
    onehot,
    pads,
    targets,
)


@case(
    "custom-function-per-step",
    KERAS + "8342",
    "Control: a function that returns one loss a step.",
    pad_invariant=True,
)
def _() -> Parts:
    def cubic(y: Any, p: Any) -> Any:
        return ops.mean(ops.abs(y - p) ** 3, axis=-1)

    return {**tagger(2, cubic), "per_step": lambda y, p: np.mean(np.abs(y - p) ** 3, -1)}


@case(
    "custom-function-elementwise",
    KERAS + "8342",
    "Control: the function forgets the mean over one feature; Keras squeezes it.",
    pad_invariant=True,
)
def _() -> Parts:
    def square(y: Any, p: Any) -> Any:
        return ops.square(y - p)

    return tagger(1, square)


@case(
    "custom-class-per-step",
    KERAS + "8342",
    "Control: a Loss subclass that returns one loss a step.",
    pad_invariant=True,
)
def _() -> Parts:
    class Weighted(keras.losses.Loss):
        def call(self, y: Any, p: Any) -> Any:
            return 3.0 * ops.mean(ops.square(y - p), axis=-1)

    return {
        **tagger(2, Weighted(name="weighted")),
        "per_step": lambda y, p: 3 * np.mean((y - p) ** 2, -1),
    }


@case(
    "custom-class-scalar",
    KERAS + "8342",
    "A Loss subclass that returns one number.",
    counted_padding=True,
    denominator="all",
    pad_invariant=True,
)
def _() -> Parts:
    class Scalar(keras.losses.Loss):
        def call(self, y: Any, p: Any) -> Any:
            return ops.mean(ops.abs(y - p))

    return {**tagger(2, Scalar(name="scalar")), "loss_kind": "mae"}


@case(
    "loss-reads-targets",
    "https://stackoverflow.com/q/79042143",
    "The cure: the loss finds padding in the targets. The mask is absent and not needed.",
    **no_mask(counted_padding=False, denominator="valid", leaks_loss=False),
)
def _() -> Parts:
    def masked(y: Any, p: Any) -> Any:
        real = ops.cast(ops.not_equal(y[..., 2], 1), p.dtype)
        loss = -ops.sum(y * ops.log(p + 1e-9), axis=-1)
        return ops.sum(loss * real) / ops.sum(real)

    made = unmasked(3, masked, activation="softmax")
    return {
        **made,
        "y": onehot(classes(made["padding"], 2, pad_class=2)),
        "y_kind": "onehot",
        "loss_kind": "cce",
        "count_method": "predictions",
    }


@case(
    "loss-reads-targets-divides-by-all",
    "https://stackoverflow.com/q/79042143",
    "A half cure: padding is multiplied by zero, and the mean goes over all steps.",
    **no_mask(counted_padding=False, denominator="all", leaks_loss=False),
)
def _() -> Parts:
    def masked(y: Any, p: Any) -> Any:
        real = ops.cast(ops.not_equal(y[..., 0], 0), p.dtype)
        return ops.mean(ops.square(y - p), axis=-1) * real

    made = unmasked(1, masked)

    def zeroed(y: Any, p: Any) -> Any:
        return np.mean(np.square(y - p), axis=-1) * (y[..., 0] != 0)

    return {**made, "count_method": "predictions", "per_step": zeroed}


@case(
    "loss-reads-mask",
    KERAS + "8342",
    "Control: a scalar loss that takes the mask off y_pred.",
    pad_invariant=True,
)
def _() -> Parts:
    def masked(y: Any, p: Any) -> Any:
        keep = ops.cast(p._keras_mask, p.dtype)
        return ops.sum(ops.mean(ops.square(y - p), axis=-1) * keep) / ops.sum(keep)

    return tagger(2, masked)


@case(
    "ignore-class-no-mask",
    KERAS + "18152",
    "ignore_class=-1 marks padding in the targets: right without any mask.",
    **no_mask(counted_padding=False, denominator="valid", leaks_loss=False),
)
def _() -> Parts:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    made = unmasked(3, loss)
    return {
        **made,
        "y": classes(made["padding"], pad_class=-1),
        "y_kind": "class",
        "loss_kind": "logits",
        "count_method": "predictions",
    }


@case(
    "ignore-class-real-class",
    KERAS + "18152",
    "ignore_class=0, and 0 is a class of real steps too.",
    real_ignored=True,
    denominator="actual_mask",
    pad_invariant=True,
)
def _() -> Parts:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
    made = tagger(3, loss)
    y = classes(made["padding"])
    return {
        **made,
        "y": y,
        "y_kind": "class",
        "loss_kind": "logits",
        "count_method": "predictions",
        "loss_mask": (y != 0) & ~made["padding"],
    }


@case(
    "loss-of-whole-rows",
    KERAS + "1382",
    "The loss keeps one number a row, (rows, 1): rows count by their length, "
    "padding counts in each. No formula of the list.",
    denominator=None,
    counted_padding=True,
    pad_invariant=True,
)
def _() -> Parts:
    def rows(y: Any, p: Any) -> Any:
        return ops.mean(ops.square(y - p), axis=(1, 2))[:, None]

    return tagger(2, rows)


@case(
    "square-targets",
    KERAS + "1382",
    "Targets (rows, timesteps) for predictions (rows, timesteps, 1): the loss is "
    "one a row, the mask one a step, and rows = timesteps.",
    counted_padding=True,
    denominator="square_broadcast",
    pad_invariant=True,
)
def _() -> Parts:
    p = pads((6, 4, 2, 3, 5, 6))
    made = tagger(padding=p)

    def square(y: Any, pred: Any, mask: Any) -> float:
        return float(np.mean(np.mean((y - pred[..., 0]) ** 2, -1) * mask * mask.size / mask.sum()))

    return {**made, "y": targets(p)[..., 0], "square": square}


@case(
    "square-mean-of-rows",
    KERAS + "1154",
    "A custom loss returns one number a row; rows = timesteps.",
    counted_padding=True,
    denominator="square_broadcast",
    pad_invariant=True,
)
def _() -> Parts:
    def rows(y: Any, p: Any) -> Any:
        return ops.mean(ops.square(y - p), axis=(1, 2))

    def square(y: Any, pred: Any, mask: Any) -> float:
        return float(np.mean(np.mean((y - pred) ** 2, (1, 2)) * mask * mask.size / mask.sum()))

    return {**tagger(2, rows, pads((6, 4, 2, 3, 5, 6))), "square": square}
