"""Sizes that coincide, ranks that do not match, losses and metrics that are seldom seen."""

from typing import Any

import keras
import numpy as np
from keras import layers as L
from keras import ops

from tests.engine.maskcases.losses import KERAS, no_mask, tagger, unmasked
from tests.engine.maskcases.registry import (
    USED_UP,
    Parts,
    case,
    classes,
    emb,
    finish,
    head,
    lstm,
    masking,
    pads,
    per_sequence,
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)

SIX = (6, 4, 2, 3, 5, 6)


@case(
    "six-classes-of-six-steps",
    KERAS + "2375",
    "Control: (rows, 6) are the classes of a sentence of 6 steps.",
    stops_at="lstm",
    stop_cause="return_sequences_false",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    model = finish(
        i,
        head(lstm(4, False)(masking()(i)), 6, activation="softmax"),
        loss="sparse_categorical_crossentropy",
    )
    return dict(
        model=model,
        x=x,
        y=np.array([5, 0, 2, 3]),
        padding=p,
        inject="masking",
        variable_length=True,
        loss_kind="scce",
        y_kind="class",
    )


@case(
    "everything-is-six",
    KERAS + "1382",
    "Control: rows, timesteps, features and outputs are all 6; nothing is broadcast.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors(pads(SIX), 6)
    i = vec_in(features=6)
    return dict(
        model=finish(i, head(lstm(6)(masking()(i)), 6)),
        x=x,
        y=targets(p, 6),
        padding=p,
        inject="masking",
        variable_length=True,
    )


@case(
    "rows-equal-timesteps-control",
    KERAS + "1382",
    "Control: 6 rows of 6 steps.",
    pad_invariant=True,
)
def _() -> Parts:
    return tagger(padding=pads(SIX))


@case(
    "elementwise-loss-square",
    KERAS + "1382",
    "A loss that forgets the mean, rows = timesteps = outputs: the mask hides outputs, not steps.",
    counted_padding=True,
    denominator="square_broadcast",
    pad_invariant=True,
)
def _() -> Parts:
    def squared(y: Any, p: Any) -> Any:
        return ops.square(y - p)

    def square(y: Any, pred: Any, mask: Any) -> float:
        return float(np.mean((y - pred) ** 2 * mask[None] * mask.size / mask.sum()))

    return {**tagger(6, squared, pads(SIX)), "square": square, "ambiguous": ("loss.ignores_valid",)}


@case(
    "flat-binary-targets-fail",
    KERAS + "1382",
    "Labels (rows, timesteps) for sigmoids (rows, timesteps, 1).",
    raises="evaluate",
    raises_at="loss",
)
def _() -> Parts:
    made = tagger(1, "binary_crossentropy", activation="sigmoid")
    return {**made, "y": classes(made["padding"], 2).astype("float32"), "y_kind": "binary"}


@case(
    "flat-targets-without-mask",
    KERAS + "1382",
    "The same ranks without a mask: rows are averaged, which is the mean over all.",
    **no_mask(),
)
def _() -> Parts:
    made = unmasked()
    return {
        **made,
        "y": targets(made["padding"])[..., 0],
        "per_step": lambda y, p: np.square(y - p[..., 0]),
    }


@case(
    "longer-targets-fail",
    KERAS + "957",
    "Targets have one step more than predictions.",
    raises="evaluate",
    raises_at="loss",
)
def _() -> Parts:
    made = tagger()
    return {**made, "y": np.concatenate([made["y"], made["y"][:, -1:]], 1)}


@case(
    "ctc-with-mask-fails",
    KERAS + "957",
    "CTC has one loss a row, the mask one a step.",
    raises="evaluate",
    raises_at="loss",
)
def _() -> Parts:
    made = tagger(5, keras.losses.CTC())
    y = np.array([[1, 2, 3], [1, 2, 0], [3, 0, 0], [2, 0, 0]], "int32")
    return {**made, "y": y, "y_kind": "class"}


@case(
    "masking-of-frames-fails",
    KERAS + "3086",
    "Masking of (rows, timesteps, 2, 3): the mask has a rank too many for the LSTM.",
    raises="evaluate",
    raises_at="lstm",
)
def _() -> Parts:
    p = pads()
    x = np.random.default_rng(1).normal(size=(4, 6, 2, 3)).astype("float32")
    x[p] = 0
    i = keras.Input((6, 2, 3), name="frames")
    h = L.TimeDistributed(L.Flatten(), name="flat")(masking()(i))
    return dict(model=finish(i, head(lstm()(h))), x=x, y=targets(p), padding=p, inject="masking")


@case(
    "ids-with-a-last-axis",
    KERAS + "15194",
    "Ids (rows, timesteps, 1): the mask has three axes; the loss squeezes it.",
    mask_at_loss="wrong_rank",
    stop_cause="mask_wrong_rank",
    stops_at="squeeze",
)
def _() -> Parts:
    x, p = tokens()
    i = keras.Input((None, 1), dtype="int32", name="ids")
    h = L.Lambda(lambda t: t[:, :, 0], mask=lambda inputs, mask: mask, name="squeeze")(emb()(i))
    return dict(
        model=finish(i, head(h)),
        x=x[..., None],
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=("mask_at_loss", "stop.layer", "stop.cause"),
    )


@case(
    "fixed-batch-shape-control",
    KERAS + "2375",
    "Control: the model insists on 4 rows.",
)
def _() -> Parts:
    x, p = vectors()
    i = keras.Input(batch_shape=(4, 6, 3), name="x")
    return dict(
        model=finish(i, head(bi_like()(masking()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
    )


def bi_like() -> L.Layer:
    """A bidirectional GRU."""
    return L.Bidirectional(L.GRU(3, return_sequences=True, name="inner_gru"), name="bi")


@case(
    "float-ids-control",
    KERAS + "2375",
    "Control: ids as floats.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = keras.Input((None,), name="ids")
    return dict(
        model=finish(i, head(lstm()(emb()(i)))),
        x=x.astype("float32"),
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "sentence-embedding-norm",
    KERAS + "18152",
    "Control: masked mean, then unit length.",
    stops_at="pool",
    stop_cause="compute_mask_returns_none",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = L.UnitNormalization(name="unit")(L.GlobalAveragePooling1D(name="pool")(emb()(i)))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        variable_length=True,
    )
