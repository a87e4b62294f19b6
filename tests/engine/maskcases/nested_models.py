"""Models and embeddings inside layers, subclassed models."""

import keras
from keras import layers as L

from tests.engine.maskcases import composite_layers as blocks
from tests.engine.maskcases.controls import words
from tests.engine.maskcases.losses import KERAS
from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    Parts,
    case,
    compiled,
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


def subclassed(scale: bool = False) -> Parts:
    """A subclassed tagger on ids."""
    x, p = tokens()
    model = blocks.Tagger(scale, name="tagger")
    model(x)
    return dict(
        model=compiled(model),
        x=x,
        y=targets(p),
        padding=p,
        inject="embed",
        variable_length=True,
        ambiguous=("symbolic_mask",),
    )


@case(
    "tokens-and-positions",
    "https://keras.io/examples/nlp/text_classification_with_transformer/",
    "The embedding layer of the well-known example makes a mask inside and loses it at its own +.",
    stops_at="embed",
    stop_cause="lost_inside_layer",
    leaks_at="mha",
    pad_invariant=False,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = blocks.TokensAndPositions(name="embed")(i)
    return dict(
        model=finish(i, head(L.MultiHeadAttention(2, 4, name="mha")(e, e))),
        x=x,
        y=targets(p),
        padding=p,
        variable_length=True,
    )


@case(
    "tokens-and-positions-fixed-control",
    KERAS + "19794",
    "Control: the same with compute_mask.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = blocks.TokensAndPositionsWithMask(name="embed")(i)
    return dict(
        model=finish(i, head(L.MultiHeadAttention(2, 4, name="mha")(e, e))),
        x=x,
        y=targets(p),
        padding=p,
        inject="embed",
        variable_length=True,
    )


@case(
    "inner-model-loses-mask",
    KERAS + "6541",
    "A model used as a layer makes the mask and loses it at a convolution of its own.",
    stops_at="encoder",
    root_layer="conv",
    stop_cause="lost_inside_layer",
    warns=["conv"],
    leaks_loss=True,
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    a = tok_in(name="inner_ids")
    inner = keras.Model(a, L.Conv1D(4, 1, name="conv")(emb()(a)), name="encoder")
    i = tok_in()
    return dict(
        model=finish(i, head(lstm()(inner(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "inner-model-conv-on-mask",
    KERAS + "6541",
    "The inner model gets the mask and loses it.",
    stops_at="inner",
    root_layer="conv",
    warns=["inner"],
    leaks_at="inner",
    stop_cause="lost_inside_layer",
    pad_invariant=True,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = vectors()
    a = vec_in(name="inner_x")
    inner = keras.Model(a, L.Conv1D(4, 3, padding="same", name="conv")(a), name="inner")
    i = vec_in()
    return dict(
        model=finish(i, head(inner(masking()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
        ambiguous=("stop.cause", "leak.first_layer"),
    )


@case(
    "inner-sequential-control",
    KERAS + "6541",
    "Control: a Sequential used as a layer; the warning is false.",
    symbolic_mask=False,
    warns=["inner"],
    pad_invariant=True,
)
def _() -> Parts:
    inner = keras.Sequential(
        [lstm(name="inner_lstm"), L.Dense(3, name="inner_dense")], name="inner"
    )
    return words(inner)


@case(
    "inner-model-with-embedding-control",
    KERAS + "3524",
    "Control: the mask is made inside the inner model and comes out.",
    symbolic_mask=False,
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    a = tok_in(name="inner_ids")
    inner = keras.Model(a, L.Dense(4, name="inner_dense")(emb()(a)), name="encoder")
    i = tok_in()
    return dict(
        model=finish(i, head(lstm()(inner(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "time-distributed-model-control",
    KERAS + "10763",
    "Control: TimeDistributed around a model.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    each = keras.Sequential([keras.Input((3,)), L.Dense(4, name="one"), L.ReLU(name="two")])
    h = L.TimeDistributed(each, name="each")(masking()(i))
    return dict(
        model=finish(i, head(lstm()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )


@case(
    "subclassed-tagger-control",
    KERAS + "18416",
    "Control: a subclassed model by the book.",
    symbolic_mask=False,
    pad_invariant=True,
)
def _() -> Parts:
    return subclassed()


@case(
    "subclassed-operator",
    KERAS + "18416",
    "An operator inside call: it is no node, so any of the layer before, the layer "
    "after and the model may be named.",
    stops_at="multiply",
    stop_cause="op_drops_mask",
    leaks_loss=True,
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    return {**subclassed(scale=True), "ambiguous": ("stop.layer", "stop.cause", "leak.first_layer")}


@case(
    "dictionary-inputs-control",
    KERAS + "3524",
    "Control: inputs by name.",
)
def _() -> Parts:
    x, p = tokens()
    z, _p = tokens(p, seed=9)
    i, j = tok_in(name="words"), tok_in(name="tags")
    h = L.Concatenate(name="concat")([emb()(i), emb("tag_emb")(j)])
    model = finish({"words": i, "tags": j}, head(lstm()(h)))
    return dict(model=model, x={"words": x, "tags": z}, y=targets(p), padding=p, inject="emb")
