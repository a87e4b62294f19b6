"""Layers with several inputs: merges, attention, encoder-decoder, shared layers."""

import numpy as np
from keras import layers as L
from keras import ops

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

KERAS = "https://github.com/keras-team/keras/issues/"
# Whether noise at the *second* sentence's padding, where the first is real, is a leak stays open.
OTHER_PADDING = ("leak.predictions", "leak.loss", "leak.first_layer")
OTHER = pads((3, 6, 1, 5))  # a second padding, neither inside the first nor around it
UNION = dict(mask_at_loss="wrong", counted_padding=True, denominator="actual_mask")


def two_sentences(side: str = "right") -> tuple[list[np.ndarray], np.ndarray]:
    """Ids of two sentences that are padded differently, and the padding of the first."""
    x, p = tokens(pads(side=side))
    z, _p = tokens(OTHER if side == "right" else OTHER[:, ::-1], seed=8)
    return [x, z], p


@case("add-two-masks", KERAS + "3205", "Add of two sentences of different length: OR of the masks.",
      stops_at="add", stop_cause="merge_union", leaks_loss=True, **UNION)
def _() -> Parts:
    x, p = two_sentences()
    i, j = tok_in(), tok_in(name="second")
    h = L.Add(name="add")([emb()(i), emb("emb2")(j)])
    return dict(model=finish([i, j], head(h)), x=x, y=targets(p), padding=p, inject="emb",
                ambiguous=OTHER_PADDING)


@case("concatenate-two-masks", KERAS + "5388", "Concatenate of features, both masked differently.",
      stops_at="concat", stop_cause="merge_union", leaks_at="bi", **LEAKS, **UNION)
def _() -> Parts:
    x, p = two_sentences()
    i, j = tok_in(), tok_in(name="second")
    h = L.Concatenate(name="concat")([emb()(i), emb("emb2")(j)])
    return dict(model=finish([i, j], head(bi()(h))), x=x, y=targets(p), padding=p, inject="emb",
                ambiguous=OTHER_PADDING)


@case("multiply-two-masks", KERAS + "3205", "Multiply puts 1 for masked steps, so no content leaks; "
      "the mask is the union all the same.", stops_at="times", stop_cause="merge_union", **UNION)
def _() -> Parts:
    x, p = two_sentences("left")
    i, j = tok_in(), tok_in(name="second")
    h = L.Multiply(name="times")([emb()(i), emb("emb2")(j)])
    return dict(model=finish([i, j], head(lstm()(h))), x=x, y=targets(p), padding=p, inject="emb",
                ambiguous=OTHER_PADDING)


@case("average-two-masks-left", KERAS + "3205", "Left padding: what the union lets through is seen by "
      "every later step.", stops_at="mean", stop_cause="merge_union", leaks_at="lstm", **LEAKS,
      **UNION)
def _() -> Parts:
    x, p = two_sentences("left")
    i, j = tok_in(), tok_in(name="second")
    h = L.Average(name="mean")([emb()(i), emb("emb2")(j)])
    return dict(model=finish([i, j], head(lstm()(h))), x=x, y=targets(p), padding=p, inject="emb",
                ambiguous=OTHER_PADDING)


@case("residual-add-control", KERAS + "19794", "Control: both branches carry the mask.",
      pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    h = L.Add(name="add")([e, lstm()(e)])
    return dict(model=finish(i, head(L.LayerNormalization(name="norm")(h))), x=x, y=targets(p),
                padding=p, inject="emb", variable_length=True)


@case("gate-from-unmasked-input", KERAS + "19794", "Multiply by a gate computed from another, unmasked "
      "input.", stops_at="gated", stop_cause="merge_partial", pad_invariant=True, **LOST)
def _() -> Parts:
    x, p = tokens()
    extra = np.random.default_rng(5).normal(size=(4, 6, 2)).astype("float32")
    i, j = tok_in(), vec_in(features=2, name="extra")
    gate = L.Dense(4, activation="sigmoid", name="gate")(j)
    h = L.Multiply(name="gated")([emb()(i), gate])
    return dict(model=finish([i, j], head(h)), x=[x, extra], y=targets(p), padding=p,
                inject="emb", variable_length=True,
                ambiguous=("leak.loss",))


@case("add-context-vector", KERAS + "19794", "Add of a (rows, 1, features) context to every step.",
      stops_at="plus", stop_cause="merge_partial", leaks_at="bi", pad_invariant=False, **LEAKS,
      **LOST)
def _() -> Parts:
    x, p = tokens()
    context = np.random.default_rng(5).normal(size=(4, 1, 4)).astype("float32")
    i, j = tok_in(), vec_in(1, 4, name="context")
    h = L.Add(name="plus")([emb()(i), j])
    return dict(model=finish([i, j], head(bi()(h))), x=[x, context], y=targets(p), padding=p,
                inject="emb", variable_length=True)


@case("residual-around-conv", KERAS + "20113", "Residual: the branch lost the mask at the Conv1D, the "
      "Add then loses it for both. The first stop is the Conv1D.", stops_at="conv", warns=["conv"],
      root_layer="conv", stop_cause="layer_does_not_support_masking", leaks_at="conv",
      pad_invariant=False, **LEAKS, **LOST)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    h = L.Add(name="add")([e, L.Conv1D(4, 3, padding="same", name="conv")(e)])
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("dot-product-similarity", KERAS + "10895", "Dot of a masked sentence with itself: word-by-word "
      "scores without a mask. Whether Dot uses the mask on purpose stays open.", stops_at="dot",
      stop_cause="compute_mask_returns_none", leaks_at="dot", **LEAKS, **LOST)
def _() -> Parts:
    x, p = tokens()
    i = tok_in(6)
    e = emb()(i)
    h = L.Dot(axes=(2, 2), name="dot")([e, e])
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                ambiguous=("stop.cause",))


@case("concatenate-repeated-state", KERAS + "3205", "A sentence vector repeated beside every step: the "
      "unmasked part makes the mask all True. The encoder's own end is rightful, so it is the "
      "Concatenate that is to blame.", stops_at="concat", stop_cause="merge_all_true",
      mask_at_loss="all_true", counted_padding=True, denominator="all", leaks_loss=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in(6)
    e = emb()(i)
    state = L.RepeatVector(6, name="repeat")(L.GRU(3, name="encoder")(e))
    h = L.Concatenate(name="concat")([e, state])
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                ambiguous=("stop.layer", "stop.cause"))


@case("concatenate-casing-feature", KERAS + "5388", "Words plus a casing feature from an unmasked "
      "embedding, left padding.", stops_at="concat", stop_cause="merge_all_true",
      mask_at_loss="all_true", counted_padding=True, denominator="all", leaks_at="lstm",
      pad_invariant=False, **LEAKS)
def _() -> Parts:
    x, p = tokens(pads(side="left"))
    casing, _p = tokens(p, low=0, high=3, seed=9)
    i, j = tok_in(), tok_in(name="casing")
    h = L.Concatenate(name="concat")([emb()(i), emb("casing_emb", mask_zero=False, width=2)(j)])
    return dict(model=finish([i, j], head(lstm()(h))), x=[x, casing], y=targets(p), padding=p,
                inject="emb", variable_length=True)


@case("concatenate-both-masked-control", KERAS + "5388", "Control: both parts carry the same mask.",
      pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    z, _p = tokens(p, seed=9)
    i, j = tok_in(), tok_in(name="tag")
    h = L.Concatenate(name="concat")([emb()(i), emb("tag_emb", width=2)(j)])
    return dict(model=finish([i, j], head(bi()(h))), x=[x, z], y=targets(p), padding=p,
                inject="emb", variable_length=True)


@case("class-token-before-sentence", KERAS + "20440", "An unmasked class token put before the masked "
      "sentence: the token is real, and the mask is right.")
def _() -> Parts:
    x, p = tokens()
    q = np.concatenate([np.zeros((4, 1), bool), p], 1)
    start = np.ones((4, 1), "int32")
    i, j = tok_in(), tok_in(1, name="start")
    h = L.Concatenate(axis=1, name="joined")([emb("start_emb", mask_zero=False)(j), emb()(i)])
    return dict(model=finish([i, j], head(lstm()(h))), x=[x, start], y=targets(q), padding=p,
                out_padding=q, inject="emb", time_map={"joined": q, "lstm": q, "head": q})


@case("shared-encoder-siamese", KERAS + "3524", "Control: one encoder for two sentences.",
      stops_at="encoder", stop_cause="return_sequences_false", **USED_UP)
def _() -> Parts:
    x, p = two_sentences()
    i, j = tok_in(), tok_in(name="second")
    e, encoder = emb(), L.GRU(4, name="encoder")
    h = L.Concatenate(name="pair")([encoder(e(i)), encoder(e(j))])
    return dict(model=finish([i, j], head(h)), x=x, y=per_sequence(), padding=p,
                inject={"emb": p & OTHER})


@case("shared-lstm-called-twice", KERAS + "3524", "Control: the same LSTM twice in a row.",
      pad_invariant=True)
def _() -> Parts:
    x, p = vectors(features=4)
    i = vec_in(features=4)
    shared = lstm()
    return dict(model=finish(i, head(shared(shared(masking()(i))))), x=x, y=targets(p), padding=p,
                inject="masking", variable_length=True)


@case("attention-layer-masked-control", KERAS + "10895", "Control: keras.layers.Attention gets the "
      "mask of its values and hands on that of its queries.", pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    return dict(model=finish(i, head(L.Attention(name="attention")([e, e]))), x=x, y=targets(p),
                padding=p, inject="emb", variable_length=True)


@case("pre-norm-attention-control", KERAS + "20455", "Control: attention takes the mask off the normed "
      "tensor; the residual uses the tensor before the norm.", pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    n = L.LayerNormalization(name="norm")(e)
    h = L.Add(name="add")([e, L.MultiHeadAttention(2, 4, name="mha")(n, n)])
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("attention-then-dense-on-input", KERAS + "20455", "A gate computed from the tensor that attention "
      "has used before: its mask is gone.", stops_at="mix", root_layer="mha",
      stop_cause="mask_stripped_in_place", mask_at_loss="absent", counted_padding=True,
      denominator="all", leaks_loss=True, pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    a = L.MultiHeadAttention(2, 4, name="mha")(e, e)
    gate = L.Dense(4, activation="sigmoid", name="gate")(e)
    return dict(model=finish(i, head(L.Multiply(name="mix")([a, gate]))), x=x, y=targets(p),
                padding=p, inject="emb", variable_length=True, ambiguous=("stop.layer",))


@case("cross-attention-residual", KERAS + "20455", "Decoder block: Add of the queries and the cross "
      "attention that took the mask off them.", stops_at="add", root_layer="cross",
      stop_cause="mask_stripped_in_place", mask_at_loss="absent", counted_padding=True,
      denominator="all", leaks_loss=True)
def _() -> Parts:
    x, p = tokens()
    q = pads((3, 5, 4, 2), 5)
    z, _p = tokens(q, seed=8)
    i, j = tok_in(), tok_in(name="dec_ids")
    memory, d = emb()(i), lstm(name="decoder")(emb("dec_emb")(j))
    h = L.Add(name="add")([d, L.MultiHeadAttention(2, 4, name="cross")(d, memory)])
    later = dict.fromkeys(("dec_ids", "dec_emb", "decoder", "cross", "add", "head"), q)
    return dict(model=finish([i, j], head(h)), x=[x, z], y=targets(q), padding=p, out_padding=q,
                inject="emb", time_map=later)


@case("cross-attention-control", KERAS + "16108", "Control: queries and values of different length, "
      "both masked.")
def _() -> Parts:
    x, p = tokens()
    q = pads((3, 5, 4, 2), 5)
    z, _p = tokens(q, seed=8)
    i, j = tok_in(), tok_in(name="dec_ids")
    h = L.MultiHeadAttention(2, 4, name="cross")(emb("dec_emb")(j), emb()(i))
    later = dict.fromkeys(("dec_ids", "dec_emb", "cross", "head"), q)
    return dict(model=finish([i, j], head(h)), x=[x, z], y=targets(q), padding=p, out_padding=q,
                inject="emb", time_map=later, ambiguous=("stop.layer", "stop.cause"))


@case("attention-mask-argument", KERAS + "16108", "Control: the mask of attention is given by hand, "
      "the embedding makes none; only the loss counts padding.", stop_cause="no_mask_created",
      pad_invariant=True, leaks_loss=True, **LOST)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb(mask_zero=False)(i)
    keep = ops.expand_dims(ops.not_equal(i, 0), 1)
    h = L.MultiHeadAttention(2, 4, name="mha")(e, e, attention_mask=keep)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("causal-attention-right-padding", KERAS + "16108", "No mask, but causal attention never looks at "
      "padding on the right.", stop_cause="no_mask_created", pad_invariant=True, leaks_loss=True,
      **LOST)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb(mask_zero=False)(i)
    h = L.MultiHeadAttention(2, 4, name="mha")(e, e, use_causal_mask=True)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, variable_length=True)


@case("two-float-streams", KERAS + "3205", "Average of two masked sensors, one of them shorter.",
      stops_at="mean", stop_cause="merge_union", leaks_loss=True, **UNION)
def _() -> Parts:
    x, p = vectors()
    z, _p = vectors(OTHER, seed=6)
    i, j = vec_in(), vec_in(name="z")
    h = L.Average(name="mean")([masking()(i), masking(name="masking2")(j)])
    return dict(model=finish([i, j], head(h)), x=[x, z], y=targets(p), padding=p,
                inject="masking",
                ambiguous=OTHER_PADDING)
