"""Structures that are seldom seen: outputs by name, states, tied weights, models in models."""

from typing import Any

import keras
from keras import layers as L

from tests.engine.maskcases.controls import words
from tests.engine.maskcases.losses import KERAS
from tests.engine.maskcases.registry import (
    LOST,
    USED_UP,
    Parts,
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


@case(
    "outputs-by-name",
    KERAS + "3524",
    "Control: outputs and targets are dictionaries.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(emb()(i))
    model = finish(
        i,
        {"more": head(h, 2, name="more"), "tags": head(h, name="tags")},
        loss={"more": "mse", "tags": "mse"},
    )
    return dict(
        model=model,
        x=x,
        y={"more": targets(p, 2), "tags": targets(p)},
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "target-by-name-fails",
    KERAS + "3524",
    "One output, targets as a dictionary: Keras 3 looks for the name among the rows.",
    raises="evaluate",
    raises_at="loss",
)
def _() -> Parts:
    made = words(lstm(), loss={"head": "mse"})
    return {**made, "y": {"head": made["y"]}}


@case(
    "stateful-control",
    KERAS + "2375",
    "Control: a stateful LSTM; calls must not be compared with one another's state.",
)
def _() -> Parts:
    x, p = vectors()
    i = keras.Input(batch_shape=(4, 6, 3), name="x")
    return dict(
        model=finish(i, head(lstm(stateful=True)(masking()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        ambiguous=("loss.divisor",),
    )


@case(
    "unrolled-control",
    KERAS + "2375",
    "Control: an unrolled GRU, left padding.",
)
def _() -> Parts:
    x, p = vectors(pads(side="left"))
    i = vec_in(6)
    h = L.GRU(4, return_sequences=True, unroll=True, name="gru")(masking()(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="masking")


@case(
    "bidirectional-with-states-control",
    KERAS + "4594",
    "Control: return_state, the states unused.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h, *_states = L.Bidirectional(lstm(3, name="l", return_state=True), name="bi")(emb()(i))
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "three-models-deep-control",
    KERAS + "6541",
    "Control: a Sequential in a model in a model.",
    symbolic_mask=False,
    warns=["outer"],
    pad_invariant=True,
)
def _() -> Parts:
    core = keras.Sequential([lstm(name="core_lstm")], name="core")
    a = vec_in(features=4, name="a")
    middle = keras.Model(a, core(a), name="middle")
    b = vec_in(features=4, name="b")
    return words(keras.Model(b, middle(b), name="outer"))


@case(
    "inner-model-twice-control",
    KERAS + "3524",
    "Control: one inner model reads both sentences.",
    symbolic_mask=False,
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    z, _p = tokens(p, seed=9)
    a = tok_in(name="a")
    reader = keras.Model(a, lstm(name="read")(emb()(a)), name="reader")
    i, j = tok_in(), tok_in(name="second")
    h = L.Add(name="add")([reader(i), reader(j)])
    return dict(
        model=finish([i, j], head(h)),
        x=[x, z],
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "tied-embedding",
    KERAS + "18416",
    "The embedding also turns states back into logits: asked for the mask of its second call, it "
    "has none. Noise behind its first call does not reach the loss, behind both it does.",
    stops_at="tied",
    stop_cause="compute_mask_returns_none",
    pad_invariant=True,
    leaks_loss=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    tied = L.ReversibleEmbedding(12, 4, mask_zero=True, name="tied")
    out = tied(lstm()(tied(i)), reverse=True)
    model = finish(i, out, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    hints = {"y_kind": "class", "loss_kind": "logits", "variable_length": True}
    made = dict(model=model, x=x, y=classes(p, 12), padding=p, inject="tied", **hints)
    return {**made, "ambiguous": ("leak.loss", "stop.cause")}


@case(
    "spectral-norm-false-warning-control",
    KERAS + "18416",
    "Control: Keras warns of the SpectralNormalization wrapper, but the layer inside puts the mask "
    "on the output.",
    symbolic_mask=False,
    warns=["spectral"],
    pad_invariant=True,
)
def _() -> Parts:
    return words(lstm(), L.SpectralNormalization(L.Dense(3), name="spectral"))


@case(
    "frames-of-pixels-lost",
    KERAS + "3086",
    "TimeDistributed pooling of masked frames, then Reshape.",
    stops_at="reshape",
    warns=["reshape"],
    stop_cause="layer_does_not_support_masking",
    leaks_loss=True,
    **LOST,
)
def _() -> Parts:
    x, p = vectors(features=8)
    i = vec_in(6, 8)
    h = L.Reshape((6, 4, 2), name="reshape")(masking()(i))
    h = L.TimeDistributed(L.GlobalAveragePooling1D(), name="frames")(h)
    return dict(
        model=finish(i, head(lstm()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        ambiguous=("leak.loss",),
    )


@case(
    "mean-of-sentences",
    KERAS + "18152",
    "Control: a list of sentences, each (words,), averaged: the model sees one text a row.",
    stops_at="pool",
    stop_cause="compute_mask_returns_none",
    pad_invariant=True,
    metrics={"mae": "masked"},
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens(pads(side="both"))
    i = tok_in()
    h = L.GlobalAveragePooling1D(name="pool")(lstm()(emb()(i)))
    return dict(
        model=finish(i, head(h), metrics=["mae"]),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        variable_length=True,
        ambiguous=("metrics",),
    )


@case(
    "custom-training-step",
    KERAS + "15323",
    "Control: a Functional subclass with a train_step of its own evaluates as usual.",
    pad_invariant=True,
)
def _() -> Parts:
    class Stepping(keras.Model):
        def train_step(self, data: Any) -> Any:
            return super().train_step(data)

    x, p = vectors()
    i = vec_in()
    made = finish(i, head(lstm()(masking()(i))))
    return dict(
        model=compiled(Stepping(made.input, made.output)),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )


@case(
    "nan-as-padding",
    KERAS + "16108",
    "Masking(mask_value=nan): nothing equals nan, so the mask never fires and every"
    " padded row is NaN.",
    root_layer="masking",
    stop_cause="mask_never_fires",
    mask_at_loss="all_true",
    counted_padding=None,
    real_ignored=None,
    denominator=None,
    nan=True,
)
def _() -> Parts:
    x, p = vectors(value=float("nan"))
    i = vec_in()
    return dict(
        model=finish(i, head(lstm()(masking(float("nan"))(i)))),
        x=x,
        y=targets(p),
        padding=p,
        ambiguous=(
            "loss.counts_padding",
            "loss.ignores_valid",
            "leak.predictions",
            "leak.loss",
            "leak.first_layer",
        ),
    )
