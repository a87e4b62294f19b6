"""Padding that reaches real timesteps: by its content, by its amount, across rows."""

from typing import Any

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
UNSUPPORTED = "layer_does_not_support_masking"


def vector_tagger(layer: L.Layer, padding: Any = None, after: Any = None, **hints: Any) -> Parts:
    """Masking, `layer`, perhaps `after`, and a dense head."""
    x, p = vectors(padding)
    i = vec_in()
    h = layer(masking()(i))
    h = h if after is None else after(h)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="masking",
                variable_length=True, **hints)


def word_pool(*layers: Any, timesteps: int | None = None, **hints: Any) -> Parts:
    """A masked embedding, `layers`, and a dense head for the sentence."""
    x, p = tokens()
    i = tok_in(timesteps)
    h = emb()(i)
    for layer in layers:
        h = layer(h)
    return dict(model=finish(i, head(h)), x=x, y=per_sequence(), padding=p, inject="emb",
                variable_length=timesteps is None, **hints)


@case("causal-conv-right-padding", "https://github.com/keras-team/tf-keras/issues/585", "A causal "
      "kernel never looks at padding on the right: the mask is lost, predictions are safe.",
      stops_at="conv", warns=["conv"], stop_cause=UNSUPPORTED, pad_invariant=True, leaks_loss=True,
      **LOST)
def _() -> Parts:
    return vector_tagger(L.Conv1D(4, 3, padding="causal", name="conv"))


@case("causal-conv-left-padding", "https://github.com/keras-team/tf-keras/issues/585", "With padding on "
      "the left it does. Masking wrote zeros there, so running alone shows nothing.",
      stops_at="conv", warns=["conv"], stop_cause=UNSUPPORTED, pad_invariant=True, leaks_at="conv",
      **LEAKS, **LOST)
def _() -> Parts:
    return vector_tagger(L.Conv1D(4, 3, padding="causal", name="conv"), pads(side="left"))


@case("two-convs", "https://github.com/keras-team/tf-keras/issues/585", "The second convolution sees "
      "the first one's bias at padding.", stops_at="conv", warns=["conv"],
      stop_cause=UNSUPPORTED, pad_invariant=False, leaks_at="conv", **LEAKS, **LOST)
def _() -> Parts:
    return vector_tagger(L.Conv1D(4, 3, padding="same", activation="relu", name="conv"),
                         after=L.Conv1D(4, 3, padding="same", name="conv2"))


@case("separable-conv", KERAS + "20113", "SeparableConv1D.", stops_at="conv", warns=["conv"],
      stop_cause=UNSUPPORTED, pad_invariant=True, leaks_at="conv", **LEAKS, **LOST)
def _() -> Parts:
    return vector_tagger(L.SeparableConv1D(4, 3, padding="same", name="conv"), pads(side="both"))


@case("conv-that-claims-masking", KERAS + "20113", "A custom convolution with supports_masking: the mask "
      "goes on, and so does padding.", root_layer="smooth", pad_invariant=True, leaks_at="smooth",
      **LEAKS)
def _() -> Parts:
    return vector_tagger(own.SmoothKeepingMask(name="smooth"))


@case("center-in-time", "https://github.com/pytorch/pytorch/issues/81985", "A layer subtracts the mean "
      "over time, padding included; the mask is kept.", root_layer="center", pad_invariant=False,
      leaks_at="center", **LEAKS)
def _() -> Parts:
    return vector_tagger(own.CenterInTime(name="center"))


@case("layer-norm-over-time", "https://github.com/pytorch/pytorch/issues/81985", "LayerNormalization "
      "over time and features.", root_layer="norm", leaks_at="norm", **LEAKS)
def _() -> Parts:
    x, p = tokens()
    i = tok_in(6)
    h = L.LayerNormalization(axis=[1, 2], name="norm")(emb()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb")


@case("unit-norm-over-time", "https://github.com/pytorch/pytorch/issues/81985", "UnitNormalization over "
      "the time axis.", root_layer="unit", pad_invariant=True, leaks_at="unit", **LEAKS)
def _() -> Parts:
    return vector_tagger(L.UnitNormalization(axis=1, name="unit"))


@case("group-norm-after-lstm", "https://github.com/pytorch/pytorch/issues/81985", "The LSTM repeats its "
      "last output through padding: content is hidden, the amount is not.", root_layer="gn",
      pad_invariant=False)
def _() -> Parts:
    return vector_tagger(lstm(), after=L.GroupNormalization(groups=1, name="gn"),
                         ambiguous=("stop.layer",))


@case("batch-norm-inference", KERAS + "18759", "Control: in inference BatchNormalization uses what it "
      "has learned.", pad_invariant=True)
def _() -> Parts:
    return vector_tagger(L.BatchNormalization(name="bn"))


@case("batch-norm-training-masked", KERAS + "18759", "Training: statistics of the real steps of this "
      "batch, so rows depend on each other, but not on padding.", pad_invariant=False,
      batch_dependent=True)
def _() -> Parts:
    return vector_tagger(L.BatchNormalization(name="bn"), mode="training",
                         ambiguous=("stop.layer",))


@case("batch-norm-training-after-operator", "https://github.com/tensorflow/tensorflow/issues/30161",
      "The mask was lost before, so the statistics run over padding.", stops_at="multiply",
      stop_cause="op_drops_mask", leaks_at="bn", pad_invariant=False, batch_dependent=True, **LEAKS,
      **LOST)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = L.BatchNormalization(name="bn")(masking()(i) * 2.0)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="masking",
                variable_length=True, mode="training")


@case("batch-norm-training-no-mask", KERAS + "18759", "No mask at all.", stop_cause="no_mask_created",
      leaks_at="bn", pad_invariant=False, batch_dependent=True, **LEAKS, **LOST)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = L.BatchNormalization(name="bn")(emb(mask_zero=False)(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, variable_length=True,
                mode="training")


@case("center-in-batch", KERAS + "2375", "A layer subtracts the mean over rows: other rows' padding "
      "and content reach every row.", root_layer="center", leaks_at="center", pad_invariant=False,
      batch_dependent=True, **LEAKS)
def _() -> Parts:
    return vector_tagger(own.CenterInBatch(name="center"))


@case("rows-taken-for-time", KERAS + "2375", "A residual to the row before.", root_layer="previous",
      leaks_at="previous", pad_invariant=False, batch_dependent=True, **LEAKS)
def _() -> Parts:
    return vector_tagger(own.PreviousRow(name="previous"))


@case("softmax-over-rows", KERAS + "19722", "ops.softmax over axis 0.", stops_at="softmax",
      stop_cause="op_drops_mask", leaks_at="softmax", pad_invariant=False, batch_dependent=True,
      **LEAKS, **LOST)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = ops.softmax(masking()(i), axis=0)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="masking",
                variable_length=True)


@case("global-max-pooling", KERAS + "4978", "GlobalMaxPooling1D knows no masks.", stops_at="pool",
      warns=["pool"], stop_cause=UNSUPPORTED, leaks_at="pool", pad_invariant=False, **LEAKS,
      **USED_UP)
def _() -> Parts:
    return word_pool(L.GlobalMaxPooling1D(name="pool"))


@case("global-max-pooling-after-lstm", KERAS + "4978", "Behind a forward LSTM with right padding the "
      "maximum is over repeated real outputs: nothing leaks.", stops_at="pool", warns=["pool"],
      stop_cause=UNSUPPORTED, pad_invariant=True, **USED_UP)
def _() -> Parts:
    return word_pool(lstm(), L.GlobalMaxPooling1D(name="pool"))


@case("global-max-pooling-after-bidirectional", KERAS + "4978", "Behind a bidirectional layer padding "
      "is zero: the maximum never falls below 0 in padded rows.", stops_at="pool", warns=["pool"],
      stop_cause=UNSUPPORTED, pad_invariant=False, **USED_UP)
def _() -> Parts:
    return word_pool(bi(), L.GlobalMaxPooling1D(name="pool"))


@case("average-without-mask", KERAS + "18152", "GlobalAveragePooling1D of an unmasked embedding.",
      stop_cause="no_mask_created", leaks_at="pool", pad_invariant=False, **LEAKS, **USED_UP)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = L.GlobalAveragePooling1D(name="pool")(emb(mask_zero=False)(i))
    return dict(model=finish(i, head(h)), x=x, y=per_sequence(), padding=p, variable_length=True)


@case("average-operator", KERAS + "18416", "ops.mean over time.", stops_at="mean",
      stop_cause="op_drops_mask", leaks_at="mean", pad_invariant=False, **LEAKS, **USED_UP)
def _() -> Parts:
    return word_pool(lambda h: ops.mean(h, axis=1))


@case("average-masked-control", KERAS + "18152", "Control: GlobalAveragePooling1D uses the mask.",
      stops_at="pool", stop_cause="compute_mask_returns_none", pad_invariant=True, **USED_UP)
def _() -> Parts:
    return word_pool(L.GlobalAveragePooling1D(name="pool"))


@case("flatten-dense", KERAS + "4978", "Flatten, then Dense over all timesteps.", stops_at="flat",
      warns=["flat"], stop_cause=UNSUPPORTED, leaks_at="flat", **LEAKS, **USED_UP)
def _() -> Parts:
    return word_pool(L.Flatten(name="flat"), timesteps=6)


@case("permute-dense", KERAS + "4978", "Permute, Dense over time, Permute back.", stops_at="permute",
      warns=["permute"], stop_cause=UNSUPPORTED, leaks_at="permute", **LEAKS, **LOST)
def _() -> Parts:
    x, p = vectors()
    i = vec_in(6)
    h = L.Permute((2, 1), name="permute")(masking()(i))
    h = L.Permute((2, 1), name="back")(L.Dense(6, name="over_time")(h))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="masking",
                ambiguous=("leak.first_layer",))


@case("reshape-same-shape", KERAS + "15194", "Reshape to the same shape: nothing moves, the mask is "
      "gone.", stops_at="reshape", warns=["reshape"], stop_cause=UNSUPPORTED, pad_invariant=True,
      **LOST)
def _() -> Parts:
    return vector_tagger(lstm(), after=L.Reshape((-1, 4), name="reshape"))


@case("own-pool-without-mask", KERAS + "4978", "Custom attention pooling without masks.",
      stops_at="pool", warns=["pool"], stop_cause=UNSUPPORTED, leaks_at="pool", pad_invariant=False,
      **LEAKS, **USED_UP)
def _() -> Parts:
    return word_pool(own.Pool(name="pool"))


@case("own-pool-masked-control", KERAS + "4978", "Control: attention pooling with the mask.",
      stops_at="pool", stop_cause="compute_mask_returns_none", pad_invariant=True, **USED_UP)
def _() -> Parts:
    return word_pool(own.MaskedPool(name="pool"))


@case("own-pool-soft-mask", KERAS + "16108", "Scores at padding are lowered by 1 only.", stops_at="pool",
      stop_cause="compute_mask_returns_none", leaks_at="pool", pad_invariant=False, **LEAKS,
      **USED_UP)
def _() -> Parts:
    return word_pool(own.LeakyPool(name="pool"))


@case("sum-over-all-timesteps", KERAS + "18152", "Padding is zeroed, the sum divided by all timesteps: "
      "the amount counts, the content does not.", stops_at="pool",
      stop_cause="compute_mask_returns_none", pad_invariant=False, **USED_UP)
def _() -> Parts:
    return word_pool(own.SumOverTimesteps(name="pool"))


@case("zeroed-then-two-convs", KERAS + "20113", "Padding is zeroed; the second convolution still sees "
      "the first one's bias there: by amount only.", stops_at="conv", warns=["conv"],
      stop_cause=UNSUPPORTED, pad_invariant=False, **LOST)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = own.ZeroPadding(name="zero")(masking()(i))
    h = L.Conv1D(4, 3, padding="same", name="conv")(h)
    h = L.Conv1D(4, 3, padding="same", name="conv2")(h)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="masking",
                variable_length=True)


@case("positions-from-padded-end", KERAS + "19794", "Positions are counted from the end of the padded "
      "row.", pad_invariant=False)
def _() -> Parts:
    return vector_tagger(own.PositionsFromTheEnd(name="left"), ambiguous=("stop.layer",))


@case("absolute-positions-left-padding", KERAS + "19794", "Left padding and absolute positions: the "
      "first word's position is the amount of padding.", pad_invariant=False)
def _() -> Parts:
    x, p = tokens(pads(side="left"))
    i = tok_in()
    h = own.TokensAndPositionsWithMask(name="both")(i)
    return dict(model=finish(i, head(lstm()(h))), x=x, y=targets(p), padding=p, inject="both",
                variable_length=True, ambiguous=("stop.layer",))


@case("attention-unmasked-float", KERAS + "16108", "Zero padded vectors into attention, nothing "
      "masked.", stop_cause="no_mask_created", leaks_at="mha", pad_invariant=False, **LEAKS, **LOST)
def _() -> Parts:
    x, p = vectors(pads(side="both"))
    i = vec_in()
    h = L.MultiHeadAttention(2, 4, name="mha")(i, i)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, variable_length=True)


@case("gaps-bidirectional-control", KERAS + "7244", "Control: gaps inside the sequences.",
      pad_invariant=True)
def _() -> Parts:
    p = np.array([[0, 0, 1, 0, 1, 1], [0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, 1, 0, 0, 0, 1]])
    return vector_tagger(bi(), p.astype(bool))


@case("gaps-conv", KERAS + "20113", "Gaps inside the sequences and a convolution.", stops_at="conv",
      warns=["conv"], stop_cause=UNSUPPORTED, leaks_at="conv", **LEAKS, **LOST)
def _() -> Parts:
    p = np.array([[0, 0, 1, 0, 1, 1], [0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, 1, 0, 0, 0, 1]])
    made = vector_tagger(L.Conv1D(4, 2, padding="same", name="conv"), p.astype(bool))
    return {**made, "variable_length": False}


@case("self-normalising-softmax-over-time", KERAS + "19722", "Softmax layer over time between Masking "
      "and head, axis=1, no mask given to it.", stops_at="softmax", stop_cause="op_drops_mask",
      leaks_at="softmax", pad_invariant=False, **LEAKS, **LOST)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = keras.ops.softmax(masking()(i), axis=1)
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="masking",
                variable_length=True)
