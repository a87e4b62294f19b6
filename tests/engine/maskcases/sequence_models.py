"""Recurrent models and models that change the time axis."""

import keras
import numpy as np
from keras import layers as L
from keras import ops

from tests.engine.maskcases import custom_layers as own
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


@case("lstm-classifier", KERAS + "2375", "Control: the recurrent layer used the mask.",
      stops_at="lstm", stop_cause="return_sequences_false", pad_invariant=True, **USED_UP)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    model = finish(i, head(lstm(4, False)(masking()(i))))
    return dict(model=model, x=x, y=per_sequence(), padding=p, inject="masking",
                variable_length=True)


@case("bidirectional-classifier-left", KERAS + "4468", "Control, padding on the left.",
      stops_at="bi", stop_cause="return_sequences_false", pad_invariant=True, **USED_UP)
def _() -> Parts:
    x, p = tokens(pads(side="left"))
    i = tok_in()
    model = finish(i, head(bi(sequences=False)(emb()(i))))
    return dict(model=model, x=x, y=per_sequence(), padding=p, inject="emb", variable_length=True)


@case("gru-repeat-concat", KERAS + "957", "Sentence vector repeated beside nothing else.",
      stops_at="encoder", stop_cause="return_sequences_false", **LOST)
def _() -> Parts:
    x, p = tokens()
    i = tok_in(6)
    h = L.GRU(4, name="encoder")(emb()(i))
    h = L.RepeatVector(6, name="repeat")(h)
    return dict(model=finish(i, head(L.GRU(4, return_sequences=True, name="decoder")(h))), x=x,
                y=targets(p), padding=p, inject="emb")


@case("seq2seq-unmasked-decoder", "https://blog.keras.io/a-ten-minute-introduction-to-sequence-to-"
      "sequence-learning-in-keras.html", "The encoder ends its mask rightly, but the decoder's "
      "embedding makes none: either may be named.", stops_at="encoder", root_layer="dec_emb",
      stop_cause="return_sequences_false", **LOST)
def _() -> Parts:
    x, p = tokens()
    q = pads((3, 5, 4, 2), 5)
    z, _p = tokens(q, seed=8)
    i, j = tok_in(), tok_in(name="dec_ids")
    _, h, c = L.LSTM(4, return_state=True, name="encoder")(emb()(i))
    d = lstm(4, name="decoder")(emb("dec_emb", mask_zero=False)(j), initial_state=[h, c])
    return dict(model=finish([i, j], head(d)), x=[x, z], y=targets(q), padding=p, out_padding=q,
                inject="emb", time_map={"dec_emb": q, "decoder": q, "head": q},
                ambiguous=("stop.layer", "stop.cause"))


@case("seq2seq-masked-decoder", "https://github.com/keras-team/keras/issues/6022", "Control: each "
      "side has its own mask; the mask at the loss is the decoder's. Whether the encoder's rightful "
      "end is reported as a stop stays open.")
def _() -> Parts:
    x, p = tokens()
    q = pads((3, 5, 4, 2), 5)
    z, _p = tokens(q, seed=8)
    i, j = tok_in(), tok_in(name="dec_ids")
    _, h, c = L.LSTM(4, return_state=True, name="encoder")(emb()(i))
    d = lstm(4, name="decoder")(emb("dec_emb")(j), initial_state=[h, c])
    return dict(model=finish([i, j], head(d)), x=[x, z], y=targets(q), padding=p, out_padding=q,
                inject="emb", time_map={"dec_ids": q, "dec_emb": q, "decoder": q, "head": q},
                ambiguous=("stop.layer", "stop.cause"))


MISALIGNED = dict(mask_at_loss="wrong", counted_padding=True, real_ignored=True,
                  denominator="actual_mask")


@case("go-backwards-tagger", KERAS + "3737 ; " + KERAS + "6022", "go_backwards returns the sequence "
      "turned around, with the mask as it was. Targets are turned around too.", stops_at="back",
      stop_cause="mask_misaligned", **MISALIGNED)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = lstm(name="back", go_backwards=True)(masking()(i))
    turned = p[:, ::-1]
    return dict(model=finish(i, head(h)), x=x, y=targets(turned), padding=p, out_padding=turned,
                inject="masking", time_map={"back": turned, "head": turned})


@case("go-backwards-turned-back", KERAS + "1703", "The output is turned around again by a layer that "
      "turns the mask as well: now the mask is wrong.", stops_at="back", root_layer="again",
      stop_cause="mask_misaligned", **MISALIGNED)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = own.ReverseWithMask(name="again")(lstm(name="back", go_backwards=True)(masking()(i)))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="masking",
                time_map={"back": p[:, ::-1]})


@case("go-backwards-twice", KERAS + "6022", "Control: backwards, turned back, mask kept: right.",
      pad_invariant=True)
def _() -> Parts:
    x, p = vectors(pads(side="both"))
    i = vec_in()
    h = own.Reverse(name="again")(lstm(name="back", go_backwards=True)(masking()(i)))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="masking",
                variable_length=True, time_map={"back": p[:, ::-1]},
                ambiguous=("stop.layer", "stop.cause"))


@case("reverse-layer-keeps-mask", KERAS + "3281", "A layer that turns time around, mask unchanged.",
      stops_at="reverse", stop_cause="mask_misaligned", leaks_loss=True, **MISALIGNED)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    turned = p[:, ::-1]
    h = own.Reverse(name="reverse")(emb()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(turned), padding=p, out_padding=turned,
                inject="emb", time_map={"reverse": turned, "head": turned})


@case("mask-of-other-rows", "https://stackoverflow.com/q/79042143 (the check in the question)",
      "compute_mask turns rows as well as time.", stops_at="reverse", stop_cause="mask_misaligned",
      leaks_loss=True, **MISALIGNED)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    turned = p[:, ::-1]
    h = own.ReverseBothAxes(name="reverse")(emb()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(turned), padding=p, out_padding=turned,
                inject="emb", time_map={"reverse": turned, "head": turned})


@case("reverse-with-mask-control", KERAS + "418", "Control: time and mask turned together.")
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    turned = p[:, ::-1]
    h = own.ReverseWithMask(name="reverse")(emb()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(turned), padding=p, out_padding=turned,
                inject="emb", time_map={"reverse": turned, "head": turned})


@case("shift-keeps-mask", KERAS + "15194", "A custom shift by one step, mask unchanged: the last "
      "real step is hidden, the first padded one is not.", stops_at="shift",
      stop_cause="mask_misaligned", mask_at_loss="wrong", real_ignored=True, counted_padding=True,
      denominator="actual_mask")
def _() -> Parts:
    x, p = tokens(pads((5, 4, 2, 3)))
    moved = np.concatenate([np.ones((4, 1), bool), p[:, :-1]], 1)
    i = tok_in()
    h = own.Shift(name="shift")(emb()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(moved), padding=p, out_padding=moved,
                inject="emb", time_map={"shift": moved, "head": moved})


@case("next-step-targets", KERAS + "1154", "Language model: the last real step has no target, but "
      "the input's mask keeps it.", stop_cause="mask_misaligned", mask_at_loss="wrong",
      counted_padding=True, denominator="actual_mask")
def _() -> Parts:
    x, p = tokens()
    q = np.concatenate([p[:, 1:], np.ones((4, 1), bool)], 1)
    i = tok_in()
    return dict(model=finish(i, head(lstm()(emb()(i)))), x=x, y=targets(q), padding=p,
                out_padding=q, inject="emb", ambiguous=("stop.layer",))


@case("drop-first-wrong-end", KERAS + "18416", "compute_mask cuts the wrong end.", stops_at="drop",
      stop_cause="mask_misaligned", mask_at_loss="wrong", counted_padding=True,
      denominator="actual_mask", leaks_loss=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = own.DropFirstLastOfMask(name="drop")(emb()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(p[:, 1:]), padding=p,
                out_padding=p[:, 1:], inject="emb", time_map={"drop": p[:, 1:], "head": p[:, 1:]})


@case("drop-first-control", KERAS + "18416", "Control: sequence and mask cut at the same end.")
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = own.DropFirst(name="drop")(lstm()(emb()(i)))
    return dict(model=finish(i, head(h)), x=x, y=targets(p[:, 1:]), padding=p,
                out_padding=p[:, 1:], inject="emb", time_map={"drop": p[:, 1:], "head": p[:, 1:]})


@case("slice-time", KERAS + "18416", "`h[:, 1:]` on a masked sequence.", stops_at="get_item",
      stop_cause="op_drops_mask", leaks_loss=False, **LOST)
def _() -> Parts:
    x, p = tokens()
    q = p[:, 1:]
    i = tok_in()
    return dict(model=finish(i, head(lstm()(emb()(i))[:, 1:])), x=x, y=targets(q), padding=p,
                out_padding=q, inject="emb", time_map={"get_item": q, "head": q})


@case("slice-last-step", KERAS + "7244", "Control: `h[:, -1]` of a forward LSTM, which repeats its "
      "last real output through right padding.", stops_at="get_item", stop_cause="op_drops_mask",
      pad_invariant=True, **USED_UP)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    return dict(model=finish(i, head(lstm()(emb()(i))[:, -1])), x=x, y=per_sequence(), padding=p,
                inject="emb", variable_length=True)


@case("slice-last-step-bidirectional", KERAS + "7244", "`h[:, -1]` of a bidirectional layer is zero "
      "for every row with padding: no content leaks, but the amount decides.", stops_at="get_item",
      stop_cause="op_drops_mask", pad_invariant=False, **USED_UP)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    return dict(model=finish(i, head(bi()(emb()(i))[:, -1])), x=x, y=per_sequence(), padding=p,
                inject="emb", variable_length=True)


@case("cropping", KERAS + "4978", "Cropping1D.", stops_at="crop", warns=["crop"],
      stop_cause="layer_does_not_support_masking", **LOST)
def _() -> Parts:
    x, p = tokens()
    q = p[:, 1:-1]
    i = tok_in()
    h = L.Cropping1D((1, 1), name="crop")(lstm()(emb()(i)))
    return dict(model=finish(i, head(h)), x=x, y=targets(q), padding=p, out_padding=q,
                inject="emb", time_map={"crop": q, "head": q})


@case("zero-padding", KERAS + "4978", "ZeroPadding1D lengthens both ends.", stops_at="zeros",
      warns=["zeros"], stop_cause="layer_does_not_support_masking", leaks_loss=True, **LOST)
def _() -> Parts:
    x, p = tokens()
    q = np.pad(p, ((0, 0), (1, 1)), constant_values=True)
    i = tok_in()
    h = L.ZeroPadding1D(1, name="zeros")(emb()(i))
    return dict(model=finish(i, head(lstm()(h))), x=x, y=targets(q), padding=p, out_padding=q,
                inject="emb", time_map={"zeros": q, "lstm": q, "head": q})


@case("strided-conv", "https://github.com/keras-team/tf-keras/issues/585", "Strided Conv1D.",
      stops_at="conv", warns=["conv"], stop_cause="layer_does_not_support_masking", **LEAKS, **LOST)
def _() -> Parts:
    x, p = vectors()
    q = p[:, ::2]
    i = vec_in()
    h = L.Conv1D(4, 3, strides=2, padding="same", name="conv")(masking()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(q), padding=p, out_padding=q,
                inject="masking", time_map={"conv": q, "head": q})


@case("max-pooling", KERAS + "4978", "MaxPooling1D over pairs of steps.", stops_at="pool",
      warns=["pool"], stop_cause="layer_does_not_support_masking", leaks_loss=True,
      leaks_pred=True, **LOST)
def _() -> Parts:
    x, p = tokens()
    q = p[:, ::2]
    i = tok_in()
    h = L.MaxPooling1D(2, name="pool")(emb()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(q), padding=p, out_padding=q,
                inject="emb", time_map={"pool": q, "head": q})


@case("upsampling", KERAS + "4978", "UpSampling1D.", stops_at="up", warns=["up"],
      stop_cause="layer_does_not_support_masking", **LOST)
def _() -> Parts:
    x, p = tokens()
    q = np.repeat(p, 2, 1)
    i = tok_in()
    h = L.UpSampling1D(2, name="up")(lstm()(emb()(i)))
    return dict(model=finish(i, head(h)), x=x, y=targets(q), padding=p, out_padding=q,
                inject="emb", time_map={"up": q, "head": q})


@case("concatenate-in-time", KERAS + "20440", "Control: two masked sentences after one another.")
def _() -> Parts:
    x, p = tokens()
    q = pads((2, 5, 4, 1), 5)
    z, _p = tokens(q, seed=8)
    both = np.concatenate([p, q], 1)
    i, j = tok_in(), tok_in(name="second")
    e = emb()
    h = lstm()(L.Concatenate(axis=1, name="joined")([e(i), e(j)]))
    return dict(model=finish([i, j], head(h)), x=[x, z], y=targets(both), padding=p,
                out_padding=both, inject="emb",
                time_map={"second": q, "joined": both, "lstm": both, "head": both})


@case("flip-operator", KERAS + "418", "keras.ops.flip drops the mask.", stops_at="flip",
      stop_cause="op_drops_mask", leaks_loss=False, **LOST)
def _() -> Parts:
    x, p = tokens()
    turned = p[:, ::-1]
    i = tok_in()
    h = ops.flip(bi()(emb()(i)), axis=1)
    return dict(model=finish(i, head(h)), x=x, y=targets(turned), padding=p, out_padding=turned,
                inject="emb", time_map={"flip": turned, "head": turned})


@case("sequential-tagger", KERAS + "4192", "Control: the same as a Sequential model.",
      pad_invariant=True)
def _() -> Parts:
    from tests.engine.maskcases.registry import compiled

    x, p = vectors()
    model = keras.Sequential([vec_in(), masking(), lstm(), L.Dropout(0.3, name="drop"),
                              L.Dense(1, name="head")])
    return dict(model=compiled(model), x=x, y=targets(p), padding=p, inject="masking",
                variable_length=True)
