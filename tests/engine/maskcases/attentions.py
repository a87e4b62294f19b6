"""Attention: masks taken, kept, stripped and given by hand."""

from keras import layers as L
from keras import ops

from tests.engine.maskcases.merges import KERAS
from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    Parts,
    case,
    emb,
    finish,
    head,
    lstm,
    pads,
    targets,
    tok_in,
    tokens,
)


@case(
    "dot-product-similarity",
    KERAS + "10895",
    "Dot of a masked sentence with itself: word-by-word scores without a mask. "
    "Whether Dot uses the mask on purpose stays open.",
    stops_at="dot",
    stop_cause="compute_mask_returns_none",
    leaks_at="dot",
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in(6)
    e = emb()(i)
    h = L.Dot(axes=(2, 2), name="dot")([e, e])
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=("stop.cause",),
    )


@case(
    "attention-layer-masked-control",
    KERAS + "10895",
    "Control: keras.layers.Attention gets the mask of its values and hands on that of its queries.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    return dict(
        model=finish(i, head(L.Attention(name="attention")([e, e]))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "pre-norm-attention-control",
    KERAS + "20455",
    "Control: attention takes the mask off the normed tensor; the residual uses the"
    " tensor before the norm.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    n = L.LayerNormalization(name="norm")(e)
    h = L.Add(name="add")([e, L.MultiHeadAttention(2, 4, name="mha")(n, n)])
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "attention-then-dense-on-input",
    KERAS + "20455",
    "A gate computed from the tensor that attention has used before: its mask is gone.",
    stops_at="mix",
    root_layer="mha",
    stop_cause="mask_stripped_in_place",
    mask_at_loss="absent",
    counted_padding=True,
    denominator="all",
    leaks_loss=True,
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    a = L.MultiHeadAttention(2, 4, name="mha")(e, e)
    gate = L.Dense(4, activation="sigmoid", name="gate")(e)
    return dict(
        model=finish(i, head(L.Multiply(name="mix")([a, gate]))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
        ambiguous=("stop.layer",),
    )


@case(
    "cross-attention-residual",
    KERAS + "20455",
    "Decoder block: Add of the queries and the cross attention that took the mask off them.",
    stops_at="add",
    root_layer="cross",
    stop_cause="mask_stripped_in_place",
    mask_at_loss="absent",
    counted_padding=True,
    denominator="all",
    leaks_loss=True,
)
def _() -> Parts:
    x, p = tokens()
    q = pads((3, 5, 4, 2), 5)
    z, _p = tokens(q, seed=8)
    i, j = tok_in(), tok_in(name="dec_ids")
    memory, d = emb()(i), lstm(name="decoder")(emb("dec_emb")(j))
    h = L.Add(name="add")([d, L.MultiHeadAttention(2, 4, name="cross")(d, memory)])
    later = dict.fromkeys(("dec_ids", "dec_emb", "decoder", "cross", "add", "head"), q)
    return dict(
        model=finish([i, j], head(h)),
        x=[x, z],
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map=later,
    )


@case(
    "cross-attention-control",
    KERAS + "16108",
    "Control: queries and values of different length, both masked.",
)
def _() -> Parts:
    x, p = tokens()
    q = pads((3, 5, 4, 2), 5)
    z, _p = tokens(q, seed=8)
    i, j = tok_in(), tok_in(name="dec_ids")
    h = L.MultiHeadAttention(2, 4, name="cross")(emb("dec_emb")(j), emb()(i))
    later = dict.fromkeys(("dec_ids", "dec_emb", "cross", "head"), q)
    return dict(
        model=finish([i, j], head(h)),
        x=[x, z],
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map=later,
        ambiguous=("stop.layer", "stop.cause"),
    )


@case(
    "attention-mask-argument",
    KERAS + "16108",
    "Control: the mask of attention is given by hand, the embedding makes none; "
    "only the loss counts padding.",
    stop_cause="no_mask_created",
    pad_invariant=True,
    leaks_loss=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb(mask_zero=False)(i)
    keep = ops.expand_dims(ops.not_equal(i, 0), 1)
    h = L.MultiHeadAttention(2, 4, name="mha")(e, e, attention_mask=keep)
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "causal-attention-right-padding",
    KERAS + "16108",
    "No mask, but causal attention never looks at padding on the right.",
    stop_cause="no_mask_created",
    pad_invariant=True,
    leaks_loss=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb(mask_zero=False)(i)
    h = L.MultiHeadAttention(2, 4, name="mha")(e, e, use_causal_mask=True)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, variable_length=True)
