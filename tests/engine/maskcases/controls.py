"""Right models, models made of models, subclassed models, and masks lost inside a layer."""

from typing import Any

import keras
import numpy as np
from keras import layers as L

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.losses import KERAS, tagger
from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    USED_UP,
    Parts,
    bi,
    case,
    classes,
    compiled,
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


def words(*layers: Any, padding: Any = None, loss: Any = "mse", width: int = 1) -> Parts:
    """A masked embedding, `layers`, and a dense head at every step."""
    x, p = tokens(padding)
    i = tok_in()
    h = emb()(i)
    for layer in layers:
        h = layer(h)
    return dict(model=finish(i, head(h, width), loss=loss), x=x, y=targets(p, width), padding=p,
                inject="emb", variable_length=True)


@case("pos-tagger-control", KERAS + "4196", "Control: ids, bidirectional LSTM, sparse cross-entropy.",
      pad_invariant=True)
def _() -> Parts:
    made = words(bi(), L.Dropout(0.5, name="drop"), width=3,
                 loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return {**made, "y": classes(made["padding"]), "y_kind": "class", "loss_kind": "logits"}


@case("gru-left-control", KERAS + "2375", "Control: GRU, left padding.", pad_invariant=True)
def _() -> Parts:
    return words(L.GRU(4, return_sequences=True, name="gru"), padding=pads(side="left"))


@case("bidirectional-sum-control", KERAS + "4594", "Control: merge_mode='sum', both sides padded.",
      pad_invariant=True)
def _() -> Parts:
    return words(bi(merge_mode="sum"), padding=pads(side="both"))


@case("bidirectional-none-control", KERAS + "4594", "Control: merge_mode=None, both added.",
      pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = L.Add(name="add")(bi(merge_mode=None)(emb()(i)))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("stacked-cells-control", KERAS + "2375", "Control: RNN of two cells, zeros at masked steps.",
      pad_invariant=True)
def _() -> Parts:
    cells = [L.LSTMCell(4), L.GRUCell(3)]
    rnn = L.RNN(cells, return_sequences=True, zero_output_for_mask=True, name="rnn")
    return words(rnn)


@case("per-step-layers-control", KERAS + "2375", "Control: everything that works on each step alone.",
      pad_invariant=True)
def _() -> Parts:
    return words(L.SpatialDropout1D(0.2, name="drop"), L.Activation("tanh", name="tanh"),
                 L.LayerNormalization(name="norm"), L.GaussianNoise(0.1, name="noise"),
                 L.TimeDistributed(L.Dense(3), name="each"), L.UnitNormalization(name="unit"))


@case("no-padding-control", KERAS + "2375", "Control: every row is full: mask all True and right.",
      pad_invariant=True)
def _() -> Parts:
    made = words(lstm(), padding=pads((6, 6, 6, 6)))
    return {**made, "coincide": ("all",)}


@case("no-padding-no-mask", KERAS + "2375", "No mask and no padding: nothing is counted that should "
      "not be.", stop_cause="no_mask_created", mask_at_loss="absent", symbolic_mask=False,
      pad_invariant=True)
def _() -> Parts:
    x, p = vectors(pads((6, 6, 6, 6)))
    i = vec_in()
    return dict(model=finish(i, head(bi()(i))), x=x, y=targets(p), padding=p, variable_length=True,
                coincide=("all",), ambiguous=("stop.cause", "mask_at_loss", "loss.divisor"))


@case("single-row-control", KERAS + "2375", "Control: one row, mostly padding.", pad_invariant=True)
def _() -> Parts:
    return words(lstm(), padding=pads((2,)))


@case("empty-row-control", KERAS + "18152", "Control: one row is padding only; recurrent layers do not "
      "mind.", pad_invariant=True)
def _() -> Parts:
    return words(bi(), padding=pads((6, 0, 2, 3)))


@case("half-precision-control", KERAS + "18416", "Control: mixed_float16.", pad_invariant=True)
def _() -> Parts:
    policy = keras.DTypePolicy("mixed_float16")
    x, p = tokens()
    i = tok_in()
    h = L.LSTM(4, return_sequences=True, dtype=policy, name="lstm")(emb(dtype=policy)(i))
    return dict(model=finish(i, L.Dense(1, dtype=policy, name="head")(h)), x=x, y=targets(p),
                padding=p, inject="emb", variable_length=True, tolerance=1e-2)


@case("transformer-block-control", KERAS + "20455", "Control: pre-norm block, functional, causal too.",
      pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = own.TokensAndPositionsWithMask(name="embed")(i)
    n = L.LayerNormalization(name="norm1")(e)
    h = L.Add(name="add1")([e, L.MultiHeadAttention(2, 4, name="mha")(n, n, use_causal_mask=True)])
    f = L.Dense(4, name="down")(L.Dense(8, activation="relu", name="up")(
        L.LayerNormalization(name="norm2")(h)))
    return dict(model=finish(i, head(L.Add(name="add2")([h, f]))), x=x, y=targets(p), padding=p,
                inject="embed", variable_length=True)


@case("explicit-masks-everywhere", KERAS + "16108", "Control: mask computed once, given to attention, "
      "pooling uses it.", stops_at="pool", stop_cause="compute_mask_returns_none",
      pad_invariant=True, **USED_UP)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    a = L.MultiHeadAttention(2, 4, name="mha")(e, e)
    h = own.MaskedPool(name="pool")(L.LayerNormalization(name="norm")(a))
    return dict(model=finish(i, head(h)), x=x, y=per_sequence(), padding=p, inject="emb",
                variable_length=True)


@case("tokens-and-positions", "https://keras.io/examples/nlp/text_classification_with_transformer/",
      "The embedding layer of the well-known example makes a mask inside and loses it at its own +.",
      stops_at="embed", stop_cause="lost_inside_layer", leaks_at="mha", pad_invariant=False,
      **LEAKS, **LOST)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = own.TokensAndPositions(name="embed")(i)
    return dict(model=finish(i, head(L.MultiHeadAttention(2, 4, name="mha")(e, e))), x=x,
                y=targets(p), padding=p, variable_length=True)


@case("tokens-and-positions-fixed-control", KERAS + "19794", "Control: the same with compute_mask.",
      pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = own.TokensAndPositionsWithMask(name="embed")(i)
    return dict(model=finish(i, head(L.MultiHeadAttention(2, 4, name="mha")(e, e))), x=x,
                y=targets(p), padding=p, inject="embed", variable_length=True)


@case("inner-model-loses-mask", KERAS + "6541", "A model used as a layer makes the mask and loses it "
      "at a convolution of its own.", stops_at="encoder", root_layer="conv",
      stop_cause="lost_inside_layer", warns=["conv"], leaks_loss=True, pad_invariant=True, **LOST)
def _() -> Parts:
    x, p = tokens()
    a = tok_in(name="inner_ids")
    inner = keras.Model(a, L.Conv1D(4, 1, name="conv")(emb()(a)), name="encoder")
    i = tok_in()
    return dict(model=finish(i, head(lstm()(inner(i)))), x=x, y=targets(p), padding=p,
                inject="emb", variable_length=True)


@case("inner-model-conv-on-mask", KERAS + "6541", "The inner model gets the mask and loses it.",
      stops_at="inner", root_layer="conv", warns=["inner"], leaks_at="inner",
      stop_cause="lost_inside_layer", pad_invariant=True, **LEAKS, **LOST)
def _() -> Parts:
    x, p = vectors()
    a = vec_in(name="inner_x")
    inner = keras.Model(a, L.Conv1D(4, 3, padding="same", name="conv")(a), name="inner")
    i = vec_in()
    return dict(model=finish(i, head(inner(masking()(i)))), x=x, y=targets(p), padding=p,
                inject="masking", variable_length=True,
                ambiguous=("stop.cause", "leak.first_layer"))


@case("inner-sequential-control", KERAS + "6541", "Control: a Sequential used as a layer; the warning "
      "is false.", symbolic_mask=False, warns=["inner"], pad_invariant=True)
def _() -> Parts:
    inner = keras.Sequential([lstm(name="inner_lstm"), L.Dense(3, name="inner_dense")],
                             name="inner")
    return words(inner)


@case("inner-model-with-embedding-control", KERAS + "3524", "Control: the mask is made inside the inner "
      "model and comes out.", symbolic_mask=False, pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    a = tok_in(name="inner_ids")
    inner = keras.Model(a, L.Dense(4, name="inner_dense")(emb()(a)), name="encoder")
    i = tok_in()
    return dict(model=finish(i, head(lstm()(inner(i)))), x=x, y=targets(p), padding=p,
                inject="emb", variable_length=True)


@case("time-distributed-model-control", KERAS + "10763", "Control: TimeDistributed around a model.",
      pad_invariant=True)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    each = keras.Sequential([keras.Input((3,)), L.Dense(4, name="one"), L.ReLU(name="two")])
    h = L.TimeDistributed(each, name="each")(masking()(i))
    return dict(model=finish(i, head(lstm()(h))), x=x, y=targets(p), padding=p, inject="masking",
                variable_length=True)


@case("lambda-drops-mask", KERAS + "12027", "Lambda without `mask=`.", stops_at="half",
      warns=["half"], stop_cause="layer_does_not_support_masking", pad_invariant=True, **LOST)
def _() -> Parts:
    return words(lstm(), L.Lambda(lambda h: h * 0.5, name="half"))


@case("lambda-with-mask-control", KERAS + "12027", "Control: Lambda with `mask=`.", pad_invariant=True)
def _() -> Parts:
    return words(L.Lambda(lambda h: h * 0.5, mask=lambda inputs, mask: mask, name="half"), lstm())


@case("own-layer-drops-mask", KERAS + "18416", "A custom layer that says nothing about masks.",
      stops_at="scale", warns=["scale"], stop_cause="layer_does_not_support_masking",
      pad_invariant=True, **LOST)
def _() -> Parts:
    return words(lstm(), own.Scale(name="scale"))


@case("operator-after-lstm", KERAS + "18416", "`h + 1` on a masked sequence.", stops_at="add",
      stop_cause="op_drops_mask", pad_invariant=True, **LOST)
def _() -> Parts:
    return words(lstm(), lambda h: h + 1.0)


@case("subclassed-tagger-control", KERAS + "18416", "Control: a subclassed model by the book.",
      symbolic_mask=False, pad_invariant=True)
def _() -> Parts:
    return subclassed()


@case("subclassed-operator", KERAS + "18416", "An operator inside call: it is no node, so any of the "
      "layer before, the layer after and the model may be named.", stops_at="multiply",
      stop_cause="op_drops_mask", leaks_loss=True, pad_invariant=True, **LOST)
def _() -> Parts:
    return {**subclassed(scale=True), "ambiguous": ("stop.layer", "stop.cause", "leak.first_layer")}


def subclassed(scale: bool = False) -> Parts:
    """A subclassed tagger on ids."""
    x, p = tokens()
    model = own.Tagger(scale, name="tagger")
    model(x)
    return dict(model=compiled(model), x=x, y=targets(p), padding=p, inject="embed",
                variable_length=True, ambiguous=("symbolic_mask",))


@case("dictionary-inputs-control", KERAS + "3524", "Control: inputs by name.")
def _() -> Parts:
    x, p = tokens()
    z, _p = tokens(p, seed=9)
    i, j = tok_in(name="words"), tok_in(name="tags")
    h = L.Concatenate(name="concat")([emb()(i), emb("tag_emb")(j)])
    model = finish({"words": i, "tags": j}, head(lstm()(h)))
    return dict(model=model, x={"words": x, "tags": z}, y=targets(p), padding=p, inject="emb")


@case("one-timestep-control", KERAS + "2375", "Control: one timestep, one row of padding.",
      pad_invariant=True)
def _() -> Parts:
    return tagger(padding=pads((1, 0, 1, 1), 1))


@case("long-padding-control", KERAS + "7244", "Control: three real steps of twenty.",
      pad_invariant=True)
def _() -> Parts:
    return tagger(padding=np.concatenate([pads((3, 2), 20), pads((3, 1), 20, "left")]))
