"""Padding that reaches real timesteps: by its content, by its amount, across rows."""

from typing import Any

import keras
import numpy as np
from keras import layers as L

from tests.engine.maskcases import composite_layers as blocks
from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    Parts,
    bi,
    case,
    emb,
    finish,
    head,
    lstm,
    masking,
    pads,
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)

KERAS = "https://github.com/keras-team/keras/issues/"


UNSUPPORTED = "layer_does_not_support_masking"


def vector_tagger(layer: L.Layer, padding: Any = None, after: Any = None, **hints: Any) -> Parts:
    """Masking, `layer`, perhaps `after`, and a dense head."""
    x, p = vectors(padding)
    i = vec_in()
    h = layer(masking()(i))
    h = h if after is None else after(h)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
        **hints,
    )


@case(
    "causal-conv-right-padding",
    "https://github.com/keras-team/tf-keras/issues/585",
    "A causal kernel never looks at padding on the right: the mask is lost, predictions are safe.",
    stops_at="conv",
    warns=["conv"],
    stop_cause=UNSUPPORTED,
    pad_invariant=True,
    leaks_loss=True,
    **LOST,
)
def _() -> Parts:
    return vector_tagger(L.Conv1D(4, 3, padding="causal", name="conv"))


@case(
    "causal-conv-left-padding",
    "https://github.com/keras-team/tf-keras/issues/585",
    "With padding on the left it does. Masking wrote zeros there, so running alone shows nothing.",
    stops_at="conv",
    warns=["conv"],
    stop_cause=UNSUPPORTED,
    pad_invariant=True,
    leaks_at="conv",
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    return vector_tagger(L.Conv1D(4, 3, padding="causal", name="conv"), pads(side="left"))


@case(
    "two-convs",
    "https://github.com/keras-team/tf-keras/issues/585",
    "The second convolution sees the first one's bias at padding.",
    stops_at="conv",
    warns=["conv"],
    stop_cause=UNSUPPORTED,
    pad_invariant=False,
    leaks_at="conv",
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    return vector_tagger(
        L.Conv1D(4, 3, padding="same", activation="relu", name="conv"),
        after=L.Conv1D(4, 3, padding="same", name="conv2"),
    )


@case(
    "separable-conv",
    KERAS + "20113",
    "SeparableConv1D.",
    stops_at="conv",
    warns=["conv"],
    stop_cause=UNSUPPORTED,
    pad_invariant=True,
    leaks_at="conv",
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    return vector_tagger(L.SeparableConv1D(4, 3, padding="same", name="conv"), pads(side="both"))


@case(
    "conv-that-claims-masking",
    KERAS + "20113",
    "A custom convolution with supports_masking: the mask goes on, and so does padding.",
    root_layer="smooth",
    pad_invariant=True,
    leaks_at="smooth",
    **LEAKS,
)
def _() -> Parts:
    return vector_tagger(own.SmoothKeepingMask(name="smooth"))


@case(
    "center-in-time",
    "https://github.com/pytorch/pytorch/issues/81985",
    "A layer subtracts the mean over time, padding included; the mask is kept.",
    root_layer="center",
    pad_invariant=False,
    leaks_at="center",
    **LEAKS,
)
def _() -> Parts:
    return vector_tagger(own.CenterInTime(name="center"))


@case(
    "layer-norm-over-time",
    "https://github.com/pytorch/pytorch/issues/81985",
    "LayerNormalization over time and features.",
    root_layer="norm",
    leaks_at="norm",
    **LEAKS,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in(6)
    h = L.LayerNormalization(axis=[1, 2], name="norm")(emb()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb")


@case(
    "unit-norm-over-time",
    "https://github.com/pytorch/pytorch/issues/81985",
    "UnitNormalization over the time axis.",
    root_layer="unit",
    pad_invariant=True,
    leaks_at="unit",
    **LEAKS,
)
def _() -> Parts:
    return vector_tagger(L.UnitNormalization(axis=1, name="unit"))


@case(
    "group-norm-after-lstm",
    "https://github.com/pytorch/pytorch/issues/81985",
    "The LSTM repeats its last output through padding: content is hidden, the amount is not.",
    root_layer="gn",
    pad_invariant=False,
)
def _() -> Parts:
    return vector_tagger(
        lstm(), after=L.GroupNormalization(groups=1, name="gn"), ambiguous=("stop.layer",)
    )


@case(
    "positions-from-padded-end",
    KERAS + "19794",
    "Positions are counted from the end of the padded row.",
    pad_invariant=False,
)
def _() -> Parts:
    return vector_tagger(own.PositionsFromTheEnd(name="left"), ambiguous=("stop.layer",))


@case(
    "absolute-positions-left-padding",
    KERAS + "19794",
    "Left padding and absolute positions: the first word's position is the amount of padding.",
    pad_invariant=False,
)
def _() -> Parts:
    x, p = tokens(pads(side="left"))
    i = tok_in()
    h = blocks.TokensAndPositionsWithMask(name="both")(i)
    return dict(
        model=finish(i, head(lstm()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="both",
        variable_length=True,
        ambiguous=("stop.layer",),
    )


@case(
    "attention-unmasked-float",
    KERAS + "16108",
    "Zero padded vectors into attention, nothing masked.",
    stop_cause="no_mask_created",
    leaks_at="mha",
    pad_invariant=False,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = vectors(pads(side="both"))
    i = vec_in()
    h = L.MultiHeadAttention(2, 4, name="mha")(i, i)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, variable_length=True)


@case(
    "gaps-bidirectional-control",
    KERAS + "7244",
    "Control: gaps inside the sequences.",
    pad_invariant=True,
)
def _() -> Parts:
    p = np.array([[0, 0, 1, 0, 1, 1], [0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, 1, 0, 0, 0, 1]])
    return vector_tagger(bi(), p.astype(bool))


@case(
    "gaps-conv",
    KERAS + "20113",
    "Gaps inside the sequences and a convolution.",
    stops_at="conv",
    warns=["conv"],
    stop_cause=UNSUPPORTED,
    leaks_at="conv",
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    p = np.array([[0, 0, 1, 0, 1, 1], [0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, 1, 0, 0, 0, 1]])
    made = vector_tagger(L.Conv1D(4, 2, padding="same", name="conv"), p.astype(bool))
    return {**made, "variable_length": False}


@case(
    "self-normalising-softmax-over-time",
    KERAS + "19722",
    "Softmax layer over time between Masking and head, axis=1, no mask given to it.",
    stops_at="softmax",
    stop_cause="op_drops_mask",
    leaks_at="softmax",
    pad_invariant=False,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = keras.ops.softmax(masking()(i), axis=1)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )
