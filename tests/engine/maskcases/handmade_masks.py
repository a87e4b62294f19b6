"""Masks, attention and pooling made by hand from ids and operators."""

from typing import Any

import keras
import numpy as np
from keras import layers as L
from keras import ops

from tests.engine.maskcases import composite_layers as blocks
from tests.engine.maskcases.controls import words
from tests.engine.maskcases.losses import KERAS
from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    USED_UP,
    Parts,
    bi,
    case,
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


@case(
    "attention-by-hand",
    KERAS + "4962",
    "The often copied recipe: Dense, Flatten, softmax, RepeatVector, Permute, Multiply, sum.",
    stops_at="flat",
    warns=["flat"],
    stop_cause="layer_does_not_support_masking",
    leaks_at=None,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in(6)
    h = lstm()(emb()(i))
    a = L.Flatten(name="flat")(L.Dense(1, activation="tanh", name="score")(h))
    a = L.Activation("softmax", name="share")(a)
    a = L.Permute((2, 1), name="turned")(L.RepeatVector(4, name="repeat")(a))
    h = L.Multiply(name="weighted")([h, a])
    h = L.Lambda(lambda t: keras.ops.sum(t, axis=1), output_shape=(4,), name="sum")(h)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        ambiguous=("stop.layer",),
    )


@case(
    "pooling-by-hand-control",
    KERAS + "18152",
    "Control: the mask is computed from the ids and used by operators; no layer makes one.",
    stop_cause="no_mask_created",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = emb(mask_zero=False)(i)
    real = ops.expand_dims(ops.cast(ops.not_equal(i, 0), "float32"), -1)
    h = ops.sum(h * real, axis=1) / ops.sum(real, axis=1)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        variable_length=True,
        ambiguous=("stop.cause",),
    )


@case(
    "mask-as-an-input-control",
    KERAS + "12027",
    "Control: the mask is an input of the model.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors(pads(side="left"), value=7.0)
    i, m = vec_in(), keras.Input((None,), dtype="bool", name="keep")
    return dict(
        model=finish([i, m], head(lstm()(i, mask=m))),
        x=[x, ~p],
        y=targets(p),
        padding=p,
        variable_length=True,
    )


@case(
    "lengths-as-an-input-control",
    KERAS + "12027",
    "Control: lengths are an input, the mask is made of them.",
)
def _() -> Parts:
    x, p = vectors(value=7.0)
    i, n = vec_in(), keras.Input((1,), dtype="int32", name="lengths")
    keep = ops.less(ops.arange(6)[None, :], n)
    lengths = (~p).sum(1, keepdims=True).astype("int32")
    return dict(
        model=finish([i, n], head(bi()(i, mask=keep))), x=[x, lengths], y=targets(p), padding=p
    )


@case(
    "two-directions-by-hand",
    KERAS + "3281",
    "A forward and a backward LSTM, the second turned back by an operator, then "
    "Concatenate: all True.",
    stops_at="flip",
    root_layer="concat",
    stop_cause="op_drops_mask",
    mask_at_loss="all_true",
    counted_padding=True,
    denominator="all",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    back = ops.flip(lstm(name="back", go_backwards=True)(e), axis=1)
    h = L.Concatenate(name="concat")([lstm(name="forward")(e), back])
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        time_map={"back": p[:, ::-1]},
        variable_length=True,
        ambiguous=("stop.layer", "stop.cause"),
    )


@case(
    "squeeze-and-excite",
    KERAS + "19794",
    "The masked mean of the sentence gates every step: the gate has no mask.",
    stops_at="pool",
    root_layer="gated",
    stop_cause="merge_partial",
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    gate = L.Dense(4, activation="sigmoid", name="gate")(L.GlobalAveragePooling1D(name="pool")(e))
    h = L.Multiply(name="gated")([e, L.Reshape((1, 4), name="wide")(gate)])
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
        ambiguous=("stop.cause", "stop.layer"),
    )


@case(
    "normalization-before-masking",
    KERAS + "8342",
    "A Normalization layer in the model moves the zeros before Masking looks for them.",
    root_layer="masking",
    stop_cause="mask_never_fires",
    mask_at_loss="all_true",
    counted_padding=True,
    denominator="all",
    leaks_at="bi",
    pad_invariant=False,
    **LEAKS,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    scale = L.Normalization(mean=[0.4, 0.3, 0.5], variance=[1.0, 2.0, 0.5], name="scale")
    return dict(
        model=finish(i, head(bi()(masking()(scale(i))))),
        x=x,
        y=targets(p),
        padding=p,
        variable_length=True,
    )


@case(
    "scaling-after-masking-control",
    KERAS + "8342",
    "Control: Masking first, then Rescaling.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = L.Rescaling(0.5, offset=1.0, name="scale")(masking()(i))
    return dict(
        model=finish(i, head(bi()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )


@case(
    "forecast-horizon",
    KERAS + "957",
    "Two steps ahead: every target is real, the encoder ends the mask rightly.",
    stops_at="encoder",
    stop_cause="return_sequences_false",
    mask_at_loss="absent",
    symbolic_mask=False,
)
def _() -> Parts:
    x, p = vectors()
    q = np.zeros((4, 2), bool)
    i = vec_in()
    h = L.RepeatVector(2, name="ahead")(lstm(4, False, "encoder")(masking()(i)))
    return dict(
        model=finish(i, head(lstm(name="decoder")(h))),
        x=x,
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="masking",
        coincide=("all",),
        time_map={"ahead": q, "decoder": q, "head": q},
        ambiguous=("loss.divisor",),
    )


@case(
    "float-mask-control",
    KERAS + "8342",
    "Control: compute_mask returns 0. and 1.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(blocks.FloatMask(name="emb")(i))
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "einsum-dense",
    KERAS + "20594",
    "EinsumDense works on each step alone and destroys the mask.",
    stops_at="einsum",
    warns=["einsum"],
    stop_cause="layer_does_not_support_masking",
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    layer: Any = L.EinsumDense("btf,fg->btg", (None, 3), bias_axes="g", name="einsum")
    return words(lstm(), layer)
