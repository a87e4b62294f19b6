"""Losses: which formula Keras's value is, and who sees the mask."""

from typing import Any

import keras
import numpy as np
from keras import layers as L
from keras import ops

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
    return dict(model=model, x=x, y=targets(p, width), padding=p, inject="masking",
                variable_length=True)


def unmasked(width: int = 1, loss: Any = "mse", **options: Any) -> Parts:
    """The same without a mask maker."""
    x, p = vectors()
    i = vec_in()
    activation = options.pop("activation", None)
    out = head(lstm()(i), width, activation=activation)
    return dict(model=finish(i, out, loss=loss, **options), x=x, y=targets(p, width), padding=p,
                variable_length=True)


def no_mask(**changes: Any) -> dict[str, Any]:
    """Expectation of `unmasked`: right padding, forward LSTM."""
    return {**LOST, "stop_cause": "no_mask_created", "pad_invariant": True, "leaks_loss": True,
            **changes}


@case("mae-valid", KERAS + "15323", "Control: mean absolute error.", pad_invariant=True)
def _() -> Parts:
    return {**tagger(2, "mae"), "loss_kind": "mae"}


@case("categorical-crossentropy-pad-class", "https://stackoverflow.com/q/79042143", "Control: padding "
      "has its own one-hot class in the targets, and does not count.", pad_invariant=True)
def _() -> Parts:
    made = tagger(3, "categorical_crossentropy", activation="softmax")
    return {**made, "y": onehot(classes(made["padding"], pad_class=2)), "y_kind": "onehot",
            "loss_kind": "cce"}


@case("sparse-logits", KERAS + "34491", "Control: sparse cross-entropy from logits.",
      pad_invariant=True)
def _() -> Parts:
    made = tagger(3, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return {**made, "y": classes(made["padding"]), "y_kind": "class", "loss_kind": "logits"}


@case("binary-crossentropy-unmasked", "https://github.com/tensorflow/tensorflow/issues/34491",
      "Loss counts padding, no mask anywhere.", **no_mask())
def _() -> Parts:
    made = unmasked(1, "binary_crossentropy", activation="sigmoid")
    y = classes(made["padding"], 2)[..., None].astype("float32")
    return {**made, "y": y, "y_kind": "binary", "loss_kind": "bce"}


@case("huber-valid", KERAS + "15323", "Control: Huber loss, left padding.", pad_invariant=True)
def _() -> Parts:
    made = tagger(2, keras.losses.Huber(), pads(side="left"))

    def huber(y: Any, p: Any) -> Any:
        e = np.abs(y - p)
        return np.mean(np.where(e <= 1, 0.5 * e**2, e - 0.5), -1)

    return {**made, "per_step": huber}


@case("reduction-sum", KERAS + "2546", "reduction='sum': masked, and not divided.",
      denominator="sum_valid", pad_invariant=True)
def _() -> Parts:
    return tagger(loss=keras.losses.MeanSquaredError(reduction="sum"))


@case("reduction-sum-classes", KERAS + "2546", "The same with sparse cross-entropy.",
      denominator="sum_valid", pad_invariant=True)
def _() -> Parts:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    made = tagger(3, loss)
    return {**made, "y": classes(made["padding"]), "y_kind": "class", "loss_kind": "logits"}


@case("reduction-none", KERAS + "2546", "reduction='none': masked, then the plain mean over all "
      "timesteps is reported: no formula of the list.", denominator=None, pad_invariant=True)
def _() -> Parts:
    return tagger(loss=keras.losses.MeanSquaredError(reduction="none"))


@case("reduction-mean-with-weights-unweighted", KERAS + "15323", "mean_with_sample_weight without "
      "sample weights: the mask is the weight.", pad_invariant=True)
def _() -> Parts:
    return tagger(loss=keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"))


@case("custom-function-per-step", KERAS + "8342", "Control: a function that returns one loss a step.",
      pad_invariant=True)
def _() -> Parts:
    def cubic(y: Any, p: Any) -> Any:
        return ops.mean(ops.abs(y - p) ** 3, axis=-1)

    return {**tagger(2, cubic), "per_step": lambda y, p: np.mean(np.abs(y - p) ** 3, -1)}


@case("custom-function-elementwise", KERAS + "8342", "Control: the function forgets the mean over one "
      "feature; Keras squeezes it.", pad_invariant=True)
def _() -> Parts:
    def square(y: Any, p: Any) -> Any:
        return ops.square(y - p)

    return tagger(1, square)


@case("custom-class-per-step", KERAS + "8342", "Control: a Loss subclass that returns one loss a step.",
      pad_invariant=True)
def _() -> Parts:
    class Weighted(keras.losses.Loss):
        def call(self, y: Any, p: Any) -> Any:
            return 3.0 * ops.mean(ops.square(y - p), axis=-1)

    return {**tagger(2, Weighted(name="weighted")),
            "per_step": lambda y, p: 3 * np.mean((y - p) ** 2, -1)}


@case("custom-class-scalar", KERAS + "8342", "A Loss subclass that returns one number.",
      counted_padding=True, denominator="all", pad_invariant=True)
def _() -> Parts:
    class Scalar(keras.losses.Loss):
        def call(self, y: Any, p: Any) -> Any:
            return ops.mean(ops.abs(y - p))

    return {**tagger(2, Scalar(name="scalar")), "loss_kind": "mae"}


@case("loss-reads-targets", "https://stackoverflow.com/q/79042143", "The cure: the loss finds padding "
      "in the targets. The mask is absent and not needed.",
      **no_mask(counted_padding=False, denominator="valid", leaks_loss=False))
def _() -> Parts:
    def masked(y: Any, p: Any) -> Any:
        real = ops.cast(ops.not_equal(y[..., 2], 1), p.dtype)
        loss = -ops.sum(y * ops.log(p + 1e-9), axis=-1)
        return ops.sum(loss * real) / ops.sum(real)

    made = unmasked(3, masked, activation="softmax")
    return {**made, "y": onehot(classes(made["padding"], 2, pad_class=2)), "y_kind": "onehot",
            "loss_kind": "cce", "count_method": "predictions"}


@case("loss-reads-targets-divides-by-all", "https://stackoverflow.com/q/79042143", "A half cure: padding "
      "is multiplied by zero, and the mean goes over all steps: 0/1 weights over all.",
      **no_mask(counted_padding=False, denominator=None, leaks_loss=False))
def _() -> Parts:
    def masked(y: Any, p: Any) -> Any:
        real = ops.cast(ops.not_equal(y[..., 0], 0), p.dtype)
        return ops.mean(ops.square(y - p), axis=-1) * real

    made = unmasked(1, masked)
    # With the zeroed loss as the loss of a timestep, `all` is as true a name.
    return {**made, "count_method": "predictions", "ambiguous": ("loss.divisor",)}


@case("loss-reads-mask", KERAS + "8342", "Control: a scalar loss that takes the mask off y_pred.",
      pad_invariant=True)
def _() -> Parts:
    def masked(y: Any, p: Any) -> Any:
        keep = ops.cast(p._keras_mask, p.dtype)
        return ops.sum(ops.mean(ops.square(y - p), axis=-1) * keep) / ops.sum(keep)

    return tagger(2, masked)


@case("ignore-class-no-mask", KERAS + "18152", "ignore_class=-1 marks padding in the targets: right "
      "without any mask.", **no_mask(counted_padding=False, denominator="valid", leaks_loss=False))
def _() -> Parts:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    made = unmasked(3, loss)
    return {**made, "y": classes(made["padding"], pad_class=-1), "y_kind": "class",
            "loss_kind": "logits", "count_method": "predictions"}


@case("ignore-class-real-class", KERAS + "18152", "ignore_class=0, and 0 is a class of real steps "
      "too.", real_ignored=True, denominator="actual_mask", pad_invariant=True)
def _() -> Parts:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
    made = tagger(3, loss)
    y = classes(made["padding"])
    return {**made, "y": y, "y_kind": "class", "loss_kind": "logits",
            "count_method": "predictions", "loss_mask": (y != 0) & ~made["padding"]}


@case("loss-of-whole-rows", KERAS + "1382", "The loss keeps one number a row, (rows, 1): rows count "
      "by their length, padding counts in each. No formula of the list.", denominator=None,
      counted_padding=True, pad_invariant=True)
def _() -> Parts:
    def rows(y: Any, p: Any) -> Any:
        return ops.mean(ops.square(y - p), axis=(1, 2))[:, None]

    return tagger(2, rows)


@case("square-targets", KERAS + "1382", "Targets (rows, timesteps) for predictions (rows, timesteps, "
      "1): the loss is one a row, the mask one a step, and rows = timesteps.", counted_padding=True,
      denominator="square_broadcast", pad_invariant=True)
def _() -> Parts:
    p = pads((6, 4, 2, 3, 5, 6))
    made = tagger(padding=p)

    def square(y: Any, pred: Any, mask: Any) -> float:
        return float(np.mean(np.mean((y - pred[..., 0]) ** 2, -1) * mask * mask.size / mask.sum()))

    return {**made, "y": targets(p)[..., 0], "square": square}


@case("square-mean-of-rows", KERAS + "1154", "A custom loss returns one number a row; rows = "
      "timesteps.", counted_padding=True, denominator="square_broadcast", pad_invariant=True)
def _() -> Parts:
    def rows(y: Any, p: Any) -> Any:
        return ops.mean(ops.square(y - p), axis=(1, 2))

    def square(y: Any, pred: Any, mask: Any) -> float:
        return float(np.mean(np.mean((y - pred) ** 2, (1, 2)) * mask * mask.size / mask.sum()))

    return {**tagger(2, rows, pads((6, 4, 2, 3, 5, 6))), "square": square}


@case("activity-regularizer", KERAS + "2546", "An activity regularizer sums over padding too.",
      denominator="valid_plus_penalty", pad_invariant=True)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = lstm(activity_regularizer=keras.regularizers.L2(0.05))(masking()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="masking",
                variable_length=True)


@case("add-loss-over-padding", KERAS + "2546", "add_loss in a layer sees whatever is at padding.",
      denominator="valid_plus_penalty", leaks_loss=True, pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(own.Penalty(name="penalty")(emb()(i)))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("batchwise-empty-row", KERAS + "2546", "Batches of one row, one of them all padding: its loss "
      "of 0 is averaged in.", denominator="batchwise", pad_invariant=True)
def _() -> Parts:
    return {**tagger(padding=pads((6, 0, 2, 3))), "batch_size": 1}


@case("batchwise-last-batch-short", KERAS + "34158", "Five rows in batches of two.",
      denominator="batchwise", pad_invariant=True)
def _() -> Parts:
    return {**tagger(padding=pads((6, 1, 2, 5, 3))), "batch_size": 2}


@case("batches-without-mask", KERAS + "34158", "Without a mask the batch size changes nothing.",
      **no_mask())
def _() -> Parts:
    return {**unmasked(), "batch_size": 3}


@case("two-outputs-loss-weights", KERAS + "15323", "Two outputs with loss weights; the first one's "
      "mask is right.", pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(emb()(i))
    state = L.GlobalAveragePooling1D(name="pool")(h)
    model = finish(i, [head(h, name="tags"), head(state, name="topic")],
                   loss=["mse", "mse"], loss_weights=[0.5, 2.0])
    y = [targets(p), np.random.default_rng(4).normal(size=(4, 1)).astype("float32")]
    return dict(model=model, x=x, y=y, padding=p, inject="emb", variable_length=True,
                ambiguous=("stop.layer", "stop.cause"))


@case("two-outputs-first-unmasked", KERAS + "15323", "Two outputs: the first one lost its mask at an "
      "operator, the second kept it.", stops_at="multiply", stop_cause="op_drops_mask",
      leaks_loss=False, pad_invariant=True, **LOST)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(emb()(i))
    model = finish(i, [head(h * 0.5, name="scaled"), head(h, name="plain")],
                   loss={"scaled": "mse", "plain": "mae"})
    return dict(model=model, x=x, y=[targets(p), targets(p, seed=5)], padding=p, inject="emb",
                variable_length=True)
