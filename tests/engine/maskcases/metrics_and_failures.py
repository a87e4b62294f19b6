"""Metrics that see the mask or do not, failures of evaluate and fit, NaN, masks of another rank."""

from typing import Any

import keras
import numpy as np
from keras import layers as L
from keras import ops

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.losses import KERAS, no_mask, tagger, unmasked
from tests.engine.maskcases.registry import (
    Parts,
    case,
    classes,
    emb,
    finish,
    head,
    lstm,
    masking,
    onehot,
    pads,
    per_sequence,
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)


def binary_tagger(maker: Any = tagger, **options: Any) -> Parts:
    """A tagger of two classes with one sigmoid."""
    made = maker(1, "binary_crossentropy", activation="sigmoid", **options)
    y = classes(made["padding"], 2)[..., None].astype("float32")
    return {**made, "y": y, "y_kind": "binary", "loss_kind": "bce"}


@case(
    "accuracy-masked",
    KERAS + "5572",
    "Control: accuracy is a function per step, and masked.",
    metrics={"accuracy": "masked"},
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(3, "sparse_categorical_crossentropy", activation="softmax", metrics=["accuracy"])
    return {**made, "y": classes(made["padding"]), "y_kind": "class", "loss_kind": "scce"}


@case(
    "counting-metrics-unmasked",
    KERAS + "4575",
    "AUC, Precision and Recall never look at the mask.",
    metrics={
        "auc": "unmasked",
        "precision": "unmasked",
        "recall": "unmasked",
        "binary_accuracy": "masked",
    },
    pad_invariant=True,
)
def _() -> Parts:
    metrics = [
        keras.metrics.AUC(name="auc"),
        keras.metrics.Precision(name="precision"),
        keras.metrics.Recall(0.6, name="recall"),
        "binary_accuracy",
    ]
    return binary_tagger(metrics=metrics)


@case(
    "mean-iou-unmasked",
    KERAS + "4752",
    "MeanIoU builds its confusion matrix from everything.",
    metrics={"mean_io_u": "unmasked"},
    pad_invariant=True,
)
def _() -> Parts:
    metric = keras.metrics.MeanIoU(3, sparse_y_pred=False, name="mean_io_u")
    made = tagger(3, "sparse_categorical_crossentropy", activation="softmax", metrics=[metric])
    return {**made, "y": classes(made["padding"]), "y_kind": "class", "loss_kind": "scce"}


@case(
    "own-metric-class-unmasked",
    KERAS + "2301",
    "A Metric subclass gets no mask.",
    metrics={"exact": "unmasked", "categorical_accuracy": "masked"},
    pad_invariant=True,
)
def _() -> Parts:
    class Exact(keras.metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="exact")
            self.hits = self.add_weight(name="hits", initializer="zeros")
            self.seen = self.add_weight(name="seen", initializer="zeros")

        def update_state(self, y: Any, p: Any, sample_weight: Any = None) -> None:
            hit = ops.equal(ops.argmax(y, -1), ops.argmax(p, -1))
            self.hits.assign_add(ops.sum(ops.cast(hit, "float32")))
            self.seen.assign_add(ops.cast(ops.size(hit), "float32"))

        def result(self) -> Any:
            return self.hits / self.seen

    made = tagger(
        3,
        "categorical_crossentropy",
        activation="softmax",
        metrics=[Exact(), "categorical_accuracy"],
    )
    return {**made, "y": onehot(classes(made["padding"])), "y_kind": "onehot", "loss_kind": "cce"}


@case(
    "metric-function-masked",
    KERAS + "2260",
    "Control: an own function with one value a step.",
    metrics={"error": "masked"},
    pad_invariant=True,
)
def _() -> Parts:
    def error(y: Any, p: Any) -> Any:
        return ops.mean(ops.abs(y - p), axis=-1)

    return tagger(2, metrics=[error])


@case(
    "metrics-without-mask",
    KERAS + "34158",
    "No mask: every metric counts padding.",
    **no_mask(metrics={"mean_absolute_error": "unmasked", "root": "unmasked"}),
)
def _() -> Parts:
    root = keras.metrics.RootMeanSquaredError(name="root")
    return unmasked(metrics=["mean_absolute_error", root])


@case(
    "root-mean-squared-error",
    KERAS + "34158",
    "RootMeanSquaredError overrides update_state and loses the mask that its base "
    "class would apply.",
    metrics={"root": "unmasked", "mean_squared_error": "masked"},
    pad_invariant=True,
)
def _() -> Parts:
    root = keras.metrics.RootMeanSquaredError(name="root")
    return tagger(metrics=[root, keras.metrics.MeanSquaredError()])


@case(
    "weighted-and-plain-metrics",
    KERAS + "361",
    "Weights of 0 at padding instead of a mask: only weighted_metrics see them.",
    **no_mask(
        counted_padding=False,
        denominator="weights_over_all",
        leaks_loss=False,
        metrics={"mean_absolute_error": "unmasked", "mean_squared_error": "masked"},
    ),
)
def _() -> Parts:
    made = unmasked(metrics=["mean_absolute_error"], weighted_metrics=["mean_squared_error"])
    return {**made, "sample_weight": (~made["padding"]).astype("float32")}


RANK = dict(
    stops_at="pool",
    stop_cause="mask_wrong_rank",
    mask_at_loss="wrong_rank",
    counted_padding=None,
    real_ignored=None,
    denominator="square_broadcast",
)


@case(
    "pool-keeps-mask-square",
    KERAS + "4978",
    "The same with rows = timesteps: one loss a row, times a mask of steps.",
    leaks_pred=True,
    leaks_loss=True,
    leaks_at="pool",
    pad_invariant=False,
    **RANK,
)
def _() -> Parts:
    return square_pool(own.PoolKeepingMask(name="pool"))


@case(
    "lambda-last-step-keeps-mask-square",
    KERAS + "12027",
    "Lambda takes the last step and is told to hand the mask on.",
    pad_invariant=True,
    **RANK,
)
def _() -> Parts:
    step = L.Lambda(lambda h: h[:, -1], mask=lambda inputs, mask: mask, name="pool")
    return square_pool(step, before=lstm())


def square_pool(pool: L.Layer, before: Any = None) -> Parts:
    """A sentence model whose mask stays on, with rows = timesteps."""
    x, p = tokens(pads((6, 4, 2, 3, 5, 6)))
    i = tok_in()
    h = emb()(i)
    h = pool(h if before is None else before(h))

    def square(y: Any, pred: Any, mask: Any) -> float:
        return float(np.mean(np.mean((y - pred) ** 2, -1) * mask * mask.size / mask.sum()))

    return dict(
        model=finish(i, head(h)),
        x=x,
        y=per_sequence(6),
        padding=p,
        inject="emb",
        variable_length=True,
        square=square,
    )


@case(
    "squeezed-output-keeps-mask",
    KERAS + "1382",
    "The head's one feature is squeezed away, the mask stays: rows = timesteps.",
    counted_padding=True,
    denominator="square_broadcast",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors(pads((6, 4, 2, 3, 5, 6)))
    i = vec_in()
    out = head(lstm()(masking()(i)))
    out = L.Lambda(lambda h: h[..., 0], mask=lambda inputs, mask: mask, name="squeezed")(out)

    def square(y: Any, pred: Any, mask: Any) -> float:
        return float(np.mean(np.mean((y - pred) ** 2, -1) * mask * mask.size / mask.sum()))

    return dict(
        model=finish(i, out),
        x=x,
        y=targets(p)[..., 0],
        padding=p,
        inject="masking",
        variable_length=True,
        square=square,
    )
