"""Losses: which formula Keras's value is, and who sees the mask."""

from typing import Any

import keras
import numpy as np

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.registry import (
    LOST,
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
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)

KERAS = "https://github.com/keras-team/keras/issues/"


def tagger(width: int = 1, loss: Any = "mse", padding: Any = None, **options: Any) -> Parts:
    """Masking, LSTM and a dense head: the mask reaches the loss."""
    x, p = vectors(padding)
    i = vec_in()
    activation = options.pop("activation", None)
    out = head(lstm()(masking()(i)), width, activation=activation)
    model = finish(i, out, loss=loss, **options)
    return dict(
        model=model, x=x, y=targets(p, width), padding=p, inject="masking", variable_length=True
    )


def unmasked(width: int = 1, loss: Any = "mse", **options: Any) -> Parts:
    """The same without a mask maker."""
    x, p = vectors()
    i = vec_in()
    activation = options.pop("activation", None)
    out = head(lstm()(i), width, activation=activation)
    return dict(
        model=finish(i, out, loss=loss, **options),
        x=x,
        y=targets(p, width),
        padding=p,
        variable_length=True,
    )


def no_mask(**changes: Any) -> dict[str, Any]:
    """Expectation of `unmasked`: right padding, forward LSTM."""
    return {
        **LOST,
        "stop_cause": "no_mask_created",
        "pad_invariant": True,
        "leaks_loss": True,
        **changes,
    }


@case(
    "mae-valid",
    KERAS + "15323",
    "Control: mean absolute error.",
    pad_invariant=True,
)
def _() -> Parts:
    return {**tagger(2, "mae"), "loss_kind": "mae"}


@case(
    "categorical-crossentropy-pad-class",
    "https://stackoverflow.com/q/79042143",
    "Control: padding has its own one-hot class in the targets, and does not count.",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(3, "categorical_crossentropy", activation="softmax")
    return {
        **made,
        "y": onehot(classes(made["padding"], pad_class=2)),
        "y_kind": "onehot",
        "loss_kind": "cce",
    }


@case(
    "sparse-logits",
    KERAS + "34491",
    "Control: sparse cross-entropy from logits.",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(3, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return {**made, "y": classes(made["padding"]), "y_kind": "class", "loss_kind": "logits"}


@case(
    "binary-crossentropy-unmasked",
    "https://github.com/tensorflow/tensorflow/issues/34491",
    "Loss counts padding, no mask anywhere.",
    **no_mask(),
)
def _() -> Parts:
    made = unmasked(1, "binary_crossentropy", activation="sigmoid")
    y = classes(made["padding"], 2)[..., None].astype("float32")
    return {**made, "y": y, "y_kind": "binary", "loss_kind": "bce"}


@case(
    "huber-valid",
    KERAS + "15323",
    "Control: Huber loss, left padding.",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(2, keras.losses.Huber(), pads(side="left"))

    def huber(y: Any, p: Any) -> Any:
        e = np.abs(y - p)
        return np.mean(np.where(e <= 1, 0.5 * e**2, e - 0.5), -1)

    return {**made, "per_step": huber}


@case(
    "reduction-sum",
    KERAS + "2546",
    "reduction='sum': masked, and not divided.",
    denominator="sum_valid",
    pad_invariant=True,
)
def _() -> Parts:
    return tagger(loss=keras.losses.MeanSquaredError(reduction="sum"))


@case(
    "reduction-sum-classes",
    KERAS + "2546",
    "The same with sparse cross-entropy.",
    denominator="sum_valid",
    pad_invariant=True,
)
def _() -> Parts:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    made = tagger(3, loss)
    return {**made, "y": classes(made["padding"]), "y_kind": "class", "loss_kind": "logits"}


@case(
    "reduction-none",
    KERAS + "2546",
    "reduction='none': masked, then the plain mean over all timesteps is reported: "
    "no formula of the list.",
    denominator=None,
    pad_invariant=True,
)
def _() -> Parts:
    return tagger(loss=keras.losses.MeanSquaredError(reduction="none"))


@case(
    "reduction-mean-with-weights-unweighted",
    KERAS + "15323",
    "mean_with_sample_weight without sample weights: the mask is the weight.",
    pad_invariant=True,
)
def _() -> Parts:
    return tagger(loss=keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"))


@case(
    "activity-regularizer",
    KERAS + "2546",
    "An activity regularizer sums over padding too.",
    denominator="valid_plus_penalty",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = lstm(activity_regularizer=keras.regularizers.L2(0.05))(masking()(i))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )


@case(
    "add-loss-over-padding",
    KERAS + "2546",
    "add_loss in a layer sees whatever is at padding.",
    denominator="valid_plus_penalty",
    leaks_loss=True,
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(own.Penalty(name="penalty")(emb()(i)))
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )
