"""Layers that make the mask: they never fire, hide real steps, are overwritten, or are missing."""

import keras
import numpy as np
from keras import layers as L
from keras import ops

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    USED_UP,
    VOCABULARY,
    Parts,
    bi,
    case,
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

KERAS = "https://github.com/keras-team/keras/issues/"
NEVER = dict(stop_cause="mask_never_fires", mask_at_loss="all_true", counted_padding=True,
             denominator="all")
HIDES = dict(stop_cause="masks_real_steps", mask_at_loss="wrong", real_ignored=True,
             denominator="actual_mask")


@case("masking-after-embedding", KERAS + "3676", "Masking(0) behind an Embedding without mask_zero: "
      "the vector of id 0 is not zero.", root_layer="masking", leaks_at="bi", pad_invariant=False,
      **LEAKS, **NEVER)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = masking()(emb(mask_zero=False)(i))
    return dict(model=finish(i, head(bi()(h))), x=x, y=targets(p), padding=p, variable_length=True)


@case("masking-wrong-value", KERAS + "2208", "Padding is -1, Masking waits for 0.",
      root_layer="masking", leaks_at="lstm", pad_invariant=False, **LEAKS, **NEVER)
def _() -> Parts:
    x, p = vectors(pads(side="left"), value=-1.0)
    i = vec_in()
    return dict(model=finish(i, head(lstm()(masking()(i)))), x=x, y=targets(p), padding=p,
                variable_length=True)


@case("standardised-padding", KERAS + "8342", "Features were standardised after padding: zeros became "
      "(0 - mean) / deviation.", root_layer="masking", pad_invariant=True, leaks_loss=True, **NEVER)
def _() -> Parts:
    x, p = vectors()
    x = ((x - x.mean((0, 1))) / x.std((0, 1))).astype("float32")
    i = vec_in()
    return dict(model=finish(i, head(lstm()(masking()(i)))), x=x, y=targets(p), padding=p,
                variable_length=True)


@case("pad-id-is-not-zero", KERAS + "2208", "The tokenizer pads with id 11, mask_zero looks for 0.",
      root_layer="emb", leaks_at="bi", pad_invariant=False, **LEAKS, **NEVER)
def _() -> Parts:
    x, p = tokens(pad_id=VOCABULARY - 1, high=VOCABULARY - 1)
    i = tok_in()
    return dict(model=finish(i, head(bi()(emb()(i)))), x=x, y=targets(p), padding=p,
                variable_length=True)


@case("masking-one-feature-padded", KERAS + "8342", "A time-stamp feature keeps running through "
      "padding, so no step is all zero.", root_layer="masking", leaks_loss=True,
      pad_invariant=True, **NEVER)
def _() -> Parts:
    x, p = vectors()
    x[..., 0] = np.arange(1, 7)
    i = vec_in()
    return dict(model=finish(i, head(lstm()(masking()(i)))), x=x, y=targets(p), padding=p,
                variable_length=True)


@case("classifier-mask-never-fires", KERAS + "8342", "A classifier whose mask keeps everything: no "
      "loss at padding, but predictions depend on it.", root_layer="masking",
      stop_cause="mask_never_fires", stops_at="lstm", leaks_at="lstm", pad_invariant=False, **LEAKS,
      **USED_UP)
def _() -> Parts:
    x, p = vectors(value=9.0)
    i = vec_in()
    return dict(model=finish(i, head(lstm(4, False)(masking()(i)))), x=x, y=per_sequence(),
                padding=p, variable_length=True)


@case("real-zero-vectors", KERAS + "9002", "A silent frame inside the sequence is all zero: Masking "
      "takes it for padding.", root_layer="masking", pad_invariant=True, **HIDES)
def _() -> Parts:
    x, p = vectors()
    x[0, 2] = x[1, 1] = 0.0
    i = vec_in()
    return dict(model=finish(i, head(lstm()(masking()(i)))), x=x, y=targets(p), padding=p,
                inject="masking", variable_length=True)


@case("id-zero-is-a-word", KERAS + "3489", "Ids were not shifted: 0 is also the most frequent word.",
      root_layer="emb", pad_invariant=True, **HIDES)
def _() -> Parts:
    x, p = tokens(low=0, high=4)
    i = tok_in()
    return dict(model=finish(i, head(bi()(emb()(i)))), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("masking-after-relu", KERAS + "9002", "Masking(0) behind a ReLU: steps where every unit is off "
      "are hidden, and padding (a bias) is not.", root_layer="masking", counted_padding=True,
      leaks_loss=True, pad_invariant=True, **HIDES)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = L.Dense(2, activation="relu", name="units")(i)
    model = finish(i, head(lstm()(masking()(h))))
    model.get_layer("units").bias.assign([0.4, -0.2])
    return dict(model=model, x=x, y=targets(p), padding=p, inject="masking", variable_length=True)


@case("inverted-mask", KERAS + "8342", "A hand-made mask upside down: True at padding.",
      root_layer="emb", counted_padding=True, pad_invariant=True, leaks_loss=True, **HIDES)
def _() -> Parts:
    x, p = tokens(pads((6, 4, 2, 3)))
    i = tok_in()
    h = lstm()(own.PadMask(0, inverted=True, name="emb")(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("second-masking-keeps-all", KERAS + "3676", "A second Masking behind a Dense with a bias finds "
      "no zero step and replaces the right mask.", stops_at="masking2",
      stop_cause="mask_overwritten", mask_at_loss="all_true", counted_padding=True,
      denominator="all", leaks_at="bi", pad_invariant=False, **LEAKS)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = L.Dense(4, name="dense")(masking()(i))
    h = masking(name="masking2")(h)
    return dict(model=finish(i, head(bi()(h))), x=x, y=targets(p), padding=p, inject="masking",
                variable_length=True)


@case("second-masking-hides-real", KERAS + "3676", "A second Masking behind a ReLU.",
      stops_at="masking2", stop_cause="mask_overwritten", mask_at_loss="wrong",
      counted_padding=True, real_ignored=True, denominator="actual_mask", leaks_loss=True,
      pad_invariant=True)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = L.Dense(2, activation="relu", name="units")(masking()(i))
    model = finish(i, head(lstm()(masking(name="masking2")(h))))
    model.get_layer("units").bias.assign([0.4, -0.2])
    return dict(model=model, x=x, y=targets(p), padding=p, inject="masking", variable_length=True)


@case("own-mask-of-ones", KERAS + "8342", "A custom layer computes a mask of its own.",
      stops_at="ones", stop_cause="mask_overwritten", mask_at_loss="all_true",
      counted_padding=True, denominator="all", leaks_loss=True, pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = own.MaskOfOnes(name="ones")(emb()(i))
    return dict(model=finish(i, head(lstm()(h))), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("two-maskings-agree-control", KERAS + "3676", "Control: two Masking layers that say the same.",
      pad_invariant=True)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = masking(name="masking2")(L.Dropout(0.2, name="drop")(masking()(i)))
    return dict(model=finish(i, head(lstm()(h))), x=x, y=targets(p), padding=p, inject="masking2",
                variable_length=True, ambiguous=("leak.loss",))


@case("no-masking-at-all", KERAS + "2375", "Zero padded vectors into a bidirectional LSTM.",
      stop_cause="no_mask_created", leaks_at="bi", pad_invariant=False, **LEAKS, **LOST)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    return dict(model=finish(i, head(bi()(i))), x=x, y=targets(p), padding=p, variable_length=True)


@case("embedding-without-mask-zero", KERAS + "2375", "Right padding, forward LSTM: predictions at "
      "real steps are safe, the loss is not.", stop_cause="no_mask_created", pad_invariant=True,
      leaks_loss=True, **LOST)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    return dict(model=finish(i, head(lstm()(emb(mask_zero=False)(i)))), x=x, y=targets(p),
                padding=p, variable_length=True)


@case("classifier-without-mask", KERAS + "2375", "Last state of an LSTM that read the padding.",
      stop_cause="no_mask_created", leaks_at="lstm", pad_invariant=False, **LEAKS, **USED_UP)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    return dict(model=finish(i, head(lstm(4, False)(emb(mask_zero=False)(i)))), x=x,
                y=per_sequence(), padding=p, variable_length=True)


@case("onehot-zero-vector-control", "https://stackoverflow.com/q/79042143", "Control: one-hot letters, "
      "padding is the zero vector.", pad_invariant=True)
def _() -> Parts:
    ids, p = tokens(pads(side="left"), low=0, high=5)
    x = onehot(ids, 5)
    x[p] = 0
    i = vec_in(features=5)
    return dict(model=finish(i, head(lstm()(masking()(i)))), x=x, y=targets(p), padding=p,
                inject="masking", variable_length=True)


@case("mask-value-minus-one-control", KERAS + "8342", "Control: padding is -1 and so is mask_value; "
      "real zero vectors stay real.", pad_invariant=True)
def _() -> Parts:
    x, p = vectors(pads(side="both"), value=-1.0)
    x[0, 2] = 0.0
    i = vec_in()
    return dict(model=finish(i, head(bi()(masking(-1.0)(i)))), x=x, y=targets(p), padding=p,
                inject="masking", variable_length=True)


@case("own-pad-id-control", KERAS + "2208", "Control: a custom layer that masks id 11.",
      pad_invariant=True)
def _() -> Parts:
    x, p = tokens(pad_id=VOCABULARY - 1, low=0, high=VOCABULARY - 1)
    i = tok_in()
    h = lstm()(own.PadMask(VOCABULARY - 1, name="emb")(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("mask-argument-control", KERAS + "12027", "Control: no layer makes a mask; it is computed from "
      "the ids and given to the LSTM by hand.", pad_invariant=True)
def _() -> Parts:
    x, p = tokens(pads(side="left"))
    i = tok_in()
    keep = ops.not_equal(i, 0)
    h = lstm()(emb(mask_zero=False)(i), mask=keep)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("mask-argument-inverted", KERAS + "12027", "The mask given by hand is `ids == 0`.",
      root_layer="lstm", counted_padding=True, leaks_loss=True, **HIDES)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(emb(mask_zero=False)(i), mask=ops.equal(i, 0))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                ambiguous=("stop.layer",))


@case("half-precision-mask-value", KERAS + "8342", "mixed_float16: the input is rounded to half "
      "precision, mask_value -99.9 is not, and nothing is ever equal.", root_layer="masking",
      leaks_loss=True, pad_invariant=True, **NEVER)
def _() -> Parts:
    x, p = vectors(value=-99.9)
    i = vec_in()
    policy = keras.DTypePolicy("mixed_float16")
    h = L.Masking(mask_value=-99.9, dtype=policy, name="masking")(i)
    h = L.LSTM(4, return_sequences=True, dtype=policy, name="lstm")(h)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, variable_length=True,
                tolerance=1e-2)


@case("identity-takes-no-mask-off", KERAS + "4978", "The well-known NonMasking layer returns its very "
      "input: at run time the mask stays on it, though the symbolic model has none.",
      symbolic_mask=False, pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = own.NoMask(name="non_masking")(lstm()(emb()(i)))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True)


@case("identity-makes-a-mask", KERAS + "8342", "A layer that returns its very input and computes a "
      "mask: the tensor keeps the old one, the LSTM is wired to the new one.", stops_at="lstm",
      root_layer="ones", stop_cause="mask_overwritten", mask_at_loss="all_true",
      counted_padding=True, denominator="all", leaks_loss=True, pad_invariant=True)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = own.IdentityMaskOfOnes(name="ones")(emb()(i))
    return dict(model=finish(i, head(lstm()(h))), x=x, y=targets(p), padding=p, inject="emb",
                variable_length=True, ambiguous=("stop.layer",))
