"""Failures of evaluate and fit, and NaN."""

from typing import Any

import keras
import numpy as np
from keras import layers as L
from keras import ops

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.losses import KERAS, tagger
from tests.engine.maskcases.metrics_and_failures import binary_tagger
from tests.engine.maskcases.pooling import word_pool
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
    onehot,
    pads,
    per_sequence,
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)


def characters(width: int) -> tuple[np.ndarray, np.ndarray]:
    """Ids (rows, words, characters) with padded words and padded characters."""
    p = pads()
    x, _p = tokens(pads((width, max(width - 1, 1), 1, width), width))
    x = np.repeat(x[:, None, :], p.shape[1], 1)
    x[p] = 0
    return x, p


NAN = {**USED_UP, "denominator": None, "nan": True}


@case(
    "scalar-metric-fails",
    KERAS + "8342",
    "A metric that returns one number cannot be weighted by the mask.",
    raises="evaluate",
    raises_at="metrics",
)
def _() -> Parts:
    def error(y: Any, p: Any) -> Any:
        return ops.mean(ops.abs(y - p))

    return tagger(2, metrics=[error])


@case(
    "f1-of-sequences-fails",
    KERAS + "4575",
    "F1Score takes two dimensions only.",
    raises="evaluate",
    raises_at="metrics",
)
def _() -> Parts:
    return binary_tagger(metrics=[keras.metrics.F1Score(name="f1")])


@case(
    "weights-per-row-fail",
    KERAS + "1199",
    "One weight a row with losses (rows, timesteps).",
    raises="evaluate",
    raises_at="loss",
)
def _() -> Parts:
    return {**tagger(), "sample_weight": np.ones(4, "float32")}


@case(
    "flat-targets-fail",
    KERAS + "1154",
    "Targets (rows, timesteps): losses (rows,), mask (rows, timesteps).",
    raises="evaluate",
    raises_at="loss",
)
def _() -> Parts:
    made = tagger()
    return {**made, "y": targets(made["padding"])[..., 0]}


@case(
    "elementwise-loss-fails",
    KERAS + "1382",
    "A loss that forgets the mean over two features.",
    raises="evaluate",
    raises_at="loss",
)
def _() -> Parts:
    def square(y: Any, p: Any) -> Any:
        return ops.square(y - p)

    return tagger(2, square)


@case(
    "softmax-layer-with-mask-fails",
    KERAS + "19722",
    "keras.layers.Softmax takes the mask of timesteps for one of classes.",
    raises="evaluate",
    raises_at="softmax",
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = head(lstm()(masking()(i)), 3)
    model = finish(i, L.Softmax(name="softmax")(h), loss="categorical_crossentropy")
    return dict(
        model=model, x=x, y=onehot(classes(p)), padding=p, inject="masking", y_kind="onehot"
    )


@case(
    "layer-needs-mask-fails",
    KERAS + "18416",
    "A layer that insists on a mask, behind an operator at run time only: the mask "
    "is wired when the model is built from a masked tensor.",
    raises="evaluate",
    raises_at="needs",
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    a = L.MultiHeadAttention(2, 4, name="mha")(e, e)
    h = own.RuntimeMask(name="needs")(L.Add(name="add")([e, a]))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb")


@case(
    "characters-of-words-rank-fails",
    KERAS + "13176",
    "Ids (rows, words, characters): TimeDistributed reads the characters and hands on their mask.",
    raises="evaluate",
    raises_at="loss",
)
def _() -> Parts:
    x, p = characters(width=3)
    i = keras.Input((None, 3), dtype="int32", name="ids")
    h = L.TimeDistributed(lstm(4, False, "letters"), name="words")(emb()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb")


@case(
    "characters-of-words-embedding",
    KERAS + "3651 ; " + KERAS + "7292",
    "TimeDistributed(Embedding) makes the mask of the characters and loses it.",
    stops_at="chars",
    root_layer="chars",
    stop_cause="lost_inside_layer",
    mask_at_loss="absent",
    symbolic_mask=False,
    counted_padding=True,
    denominator="all",
    leaks_loss=True,
)
def _() -> Parts:
    x, p = characters(width=3)
    i = keras.Input((None, 3), dtype="int32", name="ids")
    h = L.TimeDistributed(emb(), name="chars")(i)
    h = L.TimeDistributed(lstm(4, False, "letters"), name="words")(h)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        ambiguous=("leak.predictions", "leak.loss", "leak.first_layer"),
    )


@case(
    "pool-keeps-mask-fails",
    KERAS + "4978",
    "A pooling layer that claims masking support keeps the mask of the timesteps on"
    " a tensor that has none.",
    raises="evaluate",
    raises_at="loss",
)
def _() -> Parts:
    return word_pool(own.PoolKeepingMask(name="pool"))


@case(
    "masked-mean-empty-row",
    KERAS + "18152",
    "Custom masked mean: nothing divided by nothing.",
    stops_at="pool",
    stop_cause="compute_mask_returns_none",
    **NAN,
)
def _() -> Parts:
    x, p = tokens(pads((6, 4, 0, 3)))
    i = tok_in()
    return dict(
        model=finish(i, head(own.MaskedMean(name="pool")(emb()(i)))),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        ambiguous=("leak.loss",),
    )


@case(
    "infinite-softmax-empty-row",
    KERAS + "16108",
    "Own attention with scores of minus infinity, and a row of padding only.",
    counted_padding=None,
    real_ignored=None,
    denominator=None,
    nan=True,
)
def _() -> Parts:
    x, p = tokens(pads((6, 0, 2, 3)))
    i = tok_in()
    return dict(
        model=finish(i, head(own.InfiniteSoftmax(name="attend")(emb()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=("loss.counts_padding", "loss.ignores_valid", "leak.loss"),
    )


@case(
    "attention-empty-row-control",
    KERAS + "16108",
    "Control: Keras's own attention survives a row of padding only.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens(pads((6, 0, 2, 3)))
    i = tok_in()
    e = emb()(i)
    return dict(
        model=finish(i, head(L.MultiHeadAttention(2, 4, name="mha")(e, e))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )
