"""Losses, penalties, weights and metrics that are seldom seen."""

from typing import Any

import keras
import numpy as np
from keras import layers as L
from keras import ops

from tests.engine.maskcases.controls import words
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
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)
from tests.engine.maskcases.weights import random_weights


@case(
    "dice-loss",
    KERAS + "8342",
    "Dice is one number for everything: the mask has no effect, and no mean of "
    "losses per step equals it.",
    counted_padding=True,
    denominator=None,
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(1, keras.losses.Dice(), activation="sigmoid")
    return {
        **made,
        "y": classes(made["padding"], 2)[..., None].astype("float32"),
        "y_kind": "binary",
        "loss_kind": "bce",
        "ambiguous": ("loss.divisor",),
    }


@case(
    "kl-divergence-valid",
    KERAS + "15323",
    "Control: Kullback-Leibler divergence.",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(3, "kl_divergence", activation="softmax")
    y = np.random.default_rng(3).dirichlet([1, 1, 1], (4, 6)).astype("float32")

    def divergence(y: Any, p: Any) -> Any:
        y, p = np.clip(y, 1e-7, 1), np.clip(p, 1e-7, 1)
        return np.sum(y * np.log(y / p), -1)

    return {**made, "y": y, "y_kind": "onehot", "per_step": divergence}


@case(
    "cosine-similarity-valid",
    KERAS + "15323",
    "Control: cosine similarity, below zero.",
    pad_invariant=True,
)
def _() -> Parts:
    def cosine(y: Any, p: Any) -> Any:
        unit = [a / np.maximum(np.linalg.norm(a, axis=-1, keepdims=True), 1e-7) for a in (y, p)]
        return -np.sum(unit[0] * unit[1], -1)

    return {**tagger(3, "cosine_similarity"), "per_step": cosine}


@case(
    "poisson-left",
    KERAS + "15323",
    "Control: Poisson loss, both sides padded.",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(2, "poisson", pads(side="both"), activation="softplus")
    y = np.abs(made["y"])
    return {**made, "y": y, "per_step": lambda y, p: np.mean(p - y * np.log(p + 1e-7), -1)}


@case(
    "sum-without-mask",
    KERAS + "2546",
    "reduction='sum' without a mask: the sum over everything, no formula of the list.",
    **no_mask(denominator=None),
)
def _() -> Parts:
    return unmasked(loss=keras.losses.MeanSquaredError(reduction="sum"))


@case(
    "mae-exact-hits",
    KERAS + "15323",
    "Control: targets that are hit exactly, where the gradient of mae vanishes.",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(2, "mae")
    y = made["y"].copy()
    y[0, :3] = np.asarray(made["model"](made["x"]))[0, :3]
    return {**made, "y": y, "loss_kind": "mae"}


@case(
    "clipped-probabilities",
    KERAS + "15323",
    "Control: saturated sigmoids.",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger(1, "binary_crossentropy", activation="sigmoid")
    made["model"].get_layer("head").bias.assign([11.0])
    y = classes(made["padding"], 2)[..., None].astype("float32")
    return {**made, "y": y, "y_kind": "binary", "loss_kind": "bce"}


@case(
    "activity-regularization-layer",
    KERAS + "2546",
    "The ActivityRegularization layer.",
    denominator="valid_plus_penalty",
    leaks_loss=True,
    pad_invariant=True,
)
def _() -> Parts:
    return words(L.ActivityRegularization(l1=0.02, name="small"), lstm())


@case(
    "kernel-regularizer",
    KERAS + "2546",
    "A penalty on weights has nothing to do with padding; whether the divisor is "
    "then `valid` stays open.",
    denominator="valid_plus_penalty",
    pad_invariant=True,
)
def _() -> Parts:
    return {**words(lstm(kernel_regularizer="l2")), "ambiguous": ("loss.divisor",)}


@case(
    "zero-weight-rows",
    KERAS + "3554",
    "Weights (rows, 1) switch one row off.",
    real_ignored=True,
    denominator="weights_over_valid",
    pad_invariant=True,
)
def _() -> Parts:
    return {**tagger(), "sample_weight": np.array([[1.0], [0.0], [2.0], [1.0]], "float32")}


@case(
    "weights-with-wrong-mask",
    KERAS + "3554",
    "Weights of 0 at padding repair a mask that is all True: nothing at padding "
    "counts, the sum is divided by all steps.",
    root_layer="masking",
    stop_cause="mask_never_fires",
    mask_at_loss="all_true",
    denominator="weights_over_all",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors(value=-1.0)
    i = vec_in()
    return dict(
        model=finish(i, head(lstm()(masking()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        sample_weight=(~p).astype("float32"),
        variable_length=True,
    )


@case(
    "half-precision-weights",
    KERAS + "3554",
    "mixed_float16 with weights per step.",
    denominator="weights_over_valid",
    pad_invariant=True,
)
def _() -> Parts:
    policy = keras.DTypePolicy("mixed_float16")
    x, p = tokens()
    i = tok_in()
    h = L.GRU(4, return_sequences=True, dtype=policy, name="gru")(emb(dtype=policy)(i))
    return dict(
        model=finish(i, L.Dense(1, dtype=policy, name="head")(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
        tolerance=1e-2,
        sample_weight=random_weights((4, 6)),
    )


@case(
    "metrics-of-two-outputs",
    KERAS + "5572",
    "Metrics of several outputs, by name.",
    metrics={"tags_accuracy": "masked", "tags_auc": "unmasked"},
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(emb()(i))
    model = finish(
        i,
        [head(h, name="tags", activation="sigmoid"), head(h, 2, name="more")],
        loss={"tags": "binary_crossentropy", "more": "mse"},
        metrics={"tags": ["accuracy", keras.metrics.AUC(name="auc")]},
    )
    y = classes(p, 2)[..., None].astype("float32")
    return dict(
        model=model,
        x=x,
        y=[y, targets(p, 2)],
        padding=p,
        inject="emb",
        y_kind="binary",
        loss_kind="bce",
        variable_length=True,
    )


@case(
    "compute-loss-overridden",
    KERAS + "15323",
    "A model whose own compute_loss never looks at the mask.",
    counted_padding=True,
    denominator="all",
    pad_invariant=True,
)
def _() -> Parts:
    class Plain(keras.Model):
        def compute_loss(
            self,
            x: Any = None,
            y: Any = None,
            y_pred: Any = None,
            sample_weight: Any = None,
            training: bool = True,
        ) -> Any:
            return ops.mean(ops.square(ops.convert_to_tensor(y) - ops.convert_to_tensor(y_pred)))

    x, p = vectors()
    i = vec_in()
    made = finish(i, head(lstm()(masking()(i))))
    model = Plain(made.input, made.output)
    model.compile(optimizer="sgd", loss="mse")
    return dict(model=model, x=x, y=targets(p), padding=p, inject="masking", variable_length=True)


@case(
    "topk-and-cosine-metrics",
    KERAS + "5572",
    "Control: metrics built on functions are masked.",
    metrics={"top_k_categorical_accuracy": "masked", "categorical_crossentropy": "masked"},
    pad_invariant=True,
)
def _() -> Parts:
    metrics = [keras.metrics.TopKCategoricalAccuracy(k=2), keras.metrics.CategoricalCrossentropy()]
    made = tagger(3, "categorical_crossentropy", activation="softmax", metrics=metrics)
    return {**made, "y": onehot(classes(made["padding"])), "y_kind": "onehot", "loss_kind": "cce"}
