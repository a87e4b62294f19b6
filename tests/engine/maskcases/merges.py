"""Layers with several inputs: merges, attention, encoder-decoder, shared layers."""

import numpy as np
from keras import layers as L

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


OTHER = pads((3, 6, 1, 5))  # a second padding, neither inside the first nor around it


@case(
    "residual-add-control",
    KERAS + "19794",
    "Control: both branches carry the mask.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    h = L.Add(name="add")([e, lstm()(e)])
    return dict(
        model=finish(i, head(L.LayerNormalization(name="norm")(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "gate-from-unmasked-input",
    KERAS + "19794",
    "Multiply by a gate computed from another, unmasked input.",
    stops_at="gated",
    stop_cause="merge_partial",
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    extra = np.random.default_rng(5).normal(size=(4, 6, 2)).astype("float32")
    i, j = tok_in(), vec_in(features=2, name="extra")
    gate = L.Dense(4, activation="sigmoid", name="gate")(j)
    h = L.Multiply(name="gated")([emb()(i), gate])
    return dict(
        model=finish([i, j], head(h)),
        x=[x, extra],
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
        ambiguous=("leak.loss",),
    )


@case(
    "add-context-vector",
    KERAS + "19794",
    "Add of a (rows, 1, features) context to every step.",
    stops_at="plus",
    stop_cause="merge_partial",
    leaks_at="bi",
    pad_invariant=False,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    context = np.random.default_rng(5).normal(size=(4, 1, 4)).astype("float32")
    i, j = tok_in(), vec_in(1, 4, name="context")
    h = L.Add(name="plus")([emb()(i), j])
    return dict(
        model=finish([i, j], head(bi()(h))),
        x=[x, context],
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "residual-around-conv",
    KERAS + "20113",
    "Residual: the branch lost the mask at the Conv1D, the Add then loses it for "
    "both. The first stop is the Conv1D.",
    stops_at="conv",
    warns=["conv"],
    root_layer="conv",
    stop_cause="layer_does_not_support_masking",
    leaks_at="conv",
    pad_invariant=False,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    h = L.Add(name="add")([e, L.Conv1D(4, 3, padding="same", name="conv")(e)])
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "concatenate-repeated-state",
    KERAS + "3205",
    "A sentence vector repeated beside every step: the unmasked part makes the mask"
    " all True. The encoder's own end is rightful, so it is the Concatenate that is"
    " to blame.",
    stops_at="concat",
    stop_cause="merge_all_true",
    mask_at_loss="all_true",
    counted_padding=True,
    denominator="all",
    leaks_loss=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in(6)
    e = emb()(i)
    state = L.RepeatVector(6, name="repeat")(L.GRU(3, name="encoder")(e))
    h = L.Concatenate(name="concat")([e, state])
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=("stop.layer", "stop.cause"),
    )


@case(
    "concatenate-casing-feature",
    KERAS + "5388",
    "Words plus a casing feature from an unmasked embedding, left padding.",
    stops_at="concat",
    stop_cause="merge_all_true",
    mask_at_loss="all_true",
    counted_padding=True,
    denominator="all",
    leaks_at="lstm",
    pad_invariant=False,
    **LEAKS,
)
def _() -> Parts:
    x, p = tokens(pads(side="left"))
    casing, _p = tokens(p, low=0, high=3, seed=9)
    i, j = tok_in(), tok_in(name="casing")
    h = L.Concatenate(name="concat")([emb()(i), emb("casing_emb", mask_zero=False, width=2)(j)])
    return dict(
        model=finish([i, j], head(lstm()(h))),
        x=[x, casing],
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "concatenate-both-masked-control",
    KERAS + "5388",
    "Control: both parts carry the same mask.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    z, _p = tokens(p, seed=9)
    i, j = tok_in(), tok_in(name="tag")
    h = L.Concatenate(name="concat")([emb()(i), emb("tag_emb", width=2)(j)])
    return dict(
        model=finish([i, j], head(bi()(h))),
        x=[x, z],
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "class-token-before-sentence",
    KERAS + "20440",
    "An unmasked class token put before the masked sentence: the token is real, and"
    " the mask is right.",
)
def _() -> Parts:
    x, p = tokens()
    q = np.concatenate([np.zeros((4, 1), bool), p], 1)
    start = np.ones((4, 1), "int32")
    i, j = tok_in(), tok_in(1, name="start")
    h = L.Concatenate(axis=1, name="joined")([emb("start_emb", mask_zero=False)(j), emb()(i)])
    return dict(
        model=finish([i, j], head(lstm()(h))),
        x=[x, start],
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map={"joined": q, "lstm": q, "head": q},
    )


@case(
    "shared-lstm-called-twice",
    KERAS + "3524",
    "Control: the same LSTM twice in a row.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors(features=4)
    i = vec_in(features=4)
    shared = lstm()
    return dict(
        model=finish(i, head(shared(shared(masking()(i))))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )
