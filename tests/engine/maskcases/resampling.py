"""Layers that give the time axis another length."""

import numpy as np
from keras import layers as L

from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    Parts,
    case,
    emb,
    finish,
    head,
    lstm,
    masking,
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)
from tests.engine.maskcases.sequence_models import KERAS


@case(
    "cropping",
    KERAS + "4978",
    "Cropping1D.",
    stops_at="crop",
    warns=["crop"],
    stop_cause="layer_does_not_support_masking",
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    q = p[:, 1:-1]
    i = tok_in()
    h = L.Cropping1D((1, 1), name="crop")(lstm()(emb()(i)))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map={"crop": q, "head": q},
    )


@case(
    "zero-padding",
    KERAS + "4978",
    "ZeroPadding1D lengthens both ends.",
    stops_at="zeros",
    warns=["zeros"],
    stop_cause="layer_does_not_support_masking",
    leaks_loss=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    q = np.pad(p, ((0, 0), (1, 1)), constant_values=True)
    i = tok_in()
    h = L.ZeroPadding1D(1, name="zeros")(emb()(i))
    return dict(
        model=finish(i, head(lstm()(h))),
        x=x,
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map={"zeros": q, "lstm": q, "head": q},
    )


@case(
    "strided-conv",
    "https://github.com/keras-team/tf-keras/issues/585",
    "Strided Conv1D.",
    stops_at="conv",
    warns=["conv"],
    stop_cause="layer_does_not_support_masking",
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = vectors()
    q = p[:, ::2]
    i = vec_in()
    h = L.Conv1D(4, 3, strides=2, padding="same", name="conv")(masking()(i))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="masking",
        time_map={"conv": q, "head": q},
    )


@case(
    "max-pooling",
    KERAS + "4978",
    "MaxPooling1D over pairs of steps.",
    stops_at="pool",
    warns=["pool"],
    stop_cause="layer_does_not_support_masking",
    leaks_loss=True,
    leaks_pred=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    q = p[:, ::2]
    i = tok_in()
    h = L.MaxPooling1D(2, name="pool")(emb()(i))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map={"pool": q, "head": q},
    )


@case(
    "upsampling",
    KERAS + "4978",
    "UpSampling1D.",
    stops_at="up",
    warns=["up"],
    stop_cause="layer_does_not_support_masking",
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    q = np.repeat(p, 2, 1)
    i = tok_in()
    h = L.UpSampling1D(2, name="up")(lstm()(emb()(i)))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map={"up": q, "head": q},
    )
