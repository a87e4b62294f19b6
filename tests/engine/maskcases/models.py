"""Whole models as people build them: blocks, hand-made attention, masks made by hand."""

from keras import layers as L

from tests.engine.maskcases import composite_layers as blocks
from tests.engine.maskcases.controls import words
from tests.engine.maskcases.losses import KERAS
from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    USED_UP,
    Parts,
    case,
    emb,
    finish,
    head,
    pads,
    per_sequence,
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)

EXAMPLE = "https://keras.io/examples/nlp/text_classification_with_transformer/"


@case(
    "transformer-example-block",
    EXAMPLE,
    "The block of the well-known example adds with operators and does not support masking.",
    stops_at="block",
    warns=["block"],
    stop_cause="layer_does_not_support_masking",
    pad_invariant=True,
    leaks_loss=True,
    **LOST,
)
def _() -> Parts:
    return words(blocks.ExampleBlock(name="block"))


@case(
    "transformer-example-two-blocks",
    EXAMPLE,
    "The second block no longer sees a mask.",
    stops_at="block1",
    warns=["block1"],
    stop_cause="layer_does_not_support_masking",
    leaks_at="block2",
    pad_invariant=False,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    return words(blocks.ExampleBlock(name="block1"), blocks.ExampleBlock(name="block2"))


@case(
    "block-false-warning-control",
    KERAS + "18416",
    "Control: Keras warns of a block that says nothing about masks, but its last "
    "layer puts the mask on.",
    symbolic_mask=False,
    warns=["block"],
    pad_invariant=True,
)
def _() -> Parts:
    return words(blocks.RecurrentBlock(name="block"))


@case(
    "block-composite-control",
    KERAS + "18416",
    "Control: a composite block with supports_masking.",
    pad_invariant=True,
)
def _() -> Parts:
    return words(blocks.MaskedBlock(name="block1"), blocks.MaskedBlock(name="block2"))


@case(
    "block-with-embedding-inside",
    KERAS + "18416",
    "Embedding and LSTM inside a layer that takes ids: the mask comes out of it.",
    symbolic_mask=False,
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    return dict(
        model=finish(i, head(blocks.Encoder(name="encoder")(i))),
        x=x,
        y=targets(p),
        padding=p,
        inject="tokens",
        variable_length=True,
        ambiguous=("symbolic_mask",),
    )


@case(
    "block-with-embedding-and-conv",
    KERAS + "6541",
    "The same with a convolution behind it.",
    stops_at="encoder",
    root_layer="mix",
    stop_cause="lost_inside_layer",
    warns=["mix"],
    leaks_at="encoder",
    pad_invariant=False,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = blocks.Encoder(convolve=True, name="encoder")(i)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="tokens",
        variable_length=True,
        ambiguous=("leak.first_layer",),
    )


@case(
    "residual-operator",
    KERAS + "20455",
    "`e + attention(e, e)` with an operator.",
    stops_at="add",
    stop_cause="op_drops_mask",
    leaks_loss=True,
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    h = e + L.MultiHeadAttention(2, 4, name="mha")(e, e)
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "grouped-query-attention",
    KERAS + "20455",
    "Residual around GroupQueryAttention.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    g = L.GroupQueryAttention(4, 2, 1, name="gqa")(e, e)
    return dict(
        model=finish(i, head(L.Add(name="add")([e, g]))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "additive-attention-control",
    KERAS + "10895",
    "Control: AdditiveAttention, left padding.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens(pads(side="left"))
    i = tok_in()
    e = emb()(i)
    return dict(
        model=finish(i, head(L.AdditiveAttention(name="attention")([e, e]))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "attention-unmasked-queries",
    KERAS + "10895",
    "Queries without a mask attend to masked values: what comes out is on the "
    "queries' axis and has no mask.",
    stops_at="attention",
    stop_cause="compute_mask_returns_none",
    mask_at_loss="absent",
    symbolic_mask=False,
    counted_padding=True,
    denominator="all",
    leaks_loss=False,
)
def _() -> Parts:
    x, p = tokens()
    q = pads((3, 5, 4, 2), 5)
    z, _p = vectors(q, 4, seed=8)
    i, j = tok_in(), vec_in(features=4, name="queries")
    h = L.Attention(name="attention")([j, emb()(i)])
    return dict(
        model=finish([i, j], head(h)),
        x=[x, z],
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map={"queries": q, "attention": q, "head": q},
        ambiguous=("stop.layer", "leak.loss"),
    )


@case(
    "latents-read-tokens-control",
    KERAS + "10895",
    "Control: learned queries read masked tokens.",
    stops_at="read",
    stop_cause="compute_mask_returns_none",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = blocks.Latents(name="read")(emb()(i))
    return dict(
        model=finish(i, head(L.Flatten(name="flat")(h))),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "pooled-after-attention-control",
    KERAS + "20455",
    "Control: pooling of the tensor that attention took the mask off is wired to "
    "the mask when the model is built.",
    stops_at="pool",
    stop_cause="compute_mask_returns_none",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    a = L.GlobalAveragePooling1D(name="pool_attended")(L.MultiHeadAttention(2, 4, name="mha")(e, e))
    h = L.Concatenate(name="both")([a, L.GlobalAveragePooling1D(name="pool")(e)])
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        variable_length=True,
        ambiguous=("stop.layer", "stop.cause"),
    )
