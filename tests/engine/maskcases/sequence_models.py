"""Recurrent models and models that change the time axis."""

import keras
from keras import layers as L

from tests.engine.maskcases.registry import (
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


@case(
    "lstm-classifier",
    KERAS + "2375",
    "Control: the recurrent layer used the mask.",
    stops_at="lstm",
    stop_cause="return_sequences_false",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    model = finish(i, head(lstm(4, False)(masking()(i))))
    return dict(
        model=model, x=x, y=per_sequence(), padding=p, inject="masking", variable_length=True
    )


@case(
    "bidirectional-classifier-left",
    KERAS + "4468",
    "Control, padding on the left.",
    stops_at="bi",
    stop_cause="return_sequences_false",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens(pads(side="left"))
    i = tok_in()
    model = finish(i, head(bi(sequences=False)(emb()(i))))
    return dict(model=model, x=x, y=per_sequence(), padding=p, inject="emb", variable_length=True)


@case(
    "gru-repeat-concat",
    KERAS + "957",
    "Sentence vector repeated beside nothing else.",
    stops_at="encoder",
    stop_cause="return_sequences_false",
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in(6)
    h = L.GRU(4, name="encoder")(emb()(i))
    h = L.RepeatVector(6, name="repeat")(h)
    return dict(
        model=finish(i, head(L.GRU(4, return_sequences=True, name="decoder")(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
    )


@case(
    "seq2seq-unmasked-decoder",
    "https://blog.keras.io/a-ten-minute-introduction-to-sequence-to-sequence-"
    "learning-in-keras.html",
    "The encoder ends its mask rightly, but the decoder's embedding makes none: "
    "either may be named.",
    stops_at="encoder",
    root_layer="dec_emb",
    stop_cause="return_sequences_false",
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    q = pads((3, 5, 4, 2), 5)
    z, _p = tokens(q, seed=8)
    i, j = tok_in(), tok_in(name="dec_ids")
    _, h, c = L.LSTM(4, return_state=True, name="encoder")(emb()(i))
    d = lstm(4, name="decoder")(emb("dec_emb", mask_zero=False)(j), initial_state=[h, c])
    return dict(
        model=finish([i, j], head(d)),
        x=[x, z],
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map={"dec_emb": q, "decoder": q, "head": q},
        ambiguous=("stop.layer", "stop.cause"),
    )


@case(
    "seq2seq-masked-decoder",
    "https://github.com/keras-team/keras/issues/6022",
    "Control: each side has its own mask; the mask at the loss is the decoder's. "
    "Whether the encoder's rightful end is reported as a stop stays open.",
)
def _() -> Parts:
    x, p = tokens()
    q = pads((3, 5, 4, 2), 5)
    z, _p = tokens(q, seed=8)
    i, j = tok_in(), tok_in(name="dec_ids")
    _, h, c = L.LSTM(4, return_state=True, name="encoder")(emb()(i))
    d = lstm(4, name="decoder")(emb("dec_emb")(j), initial_state=[h, c])
    return dict(
        model=finish([i, j], head(d)),
        x=[x, z],
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map={"dec_ids": q, "dec_emb": q, "decoder": q, "head": q},
        ambiguous=("stop.layer", "stop.cause"),
    )


@case(
    "sequential-tagger",
    KERAS + "4192",
    "Control: the same as a Sequential model.",
    pad_invariant=True,
)
def _() -> Parts:
    from tests.engine.maskcases.registry import compiled

    x, p = vectors()
    model = keras.Sequential(
        [vec_in(), masking(), lstm(), L.Dropout(0.3, name="drop"), L.Dense(1, name="head")]
    )
    return dict(
        model=compiled(model), x=x, y=targets(p), padding=p, inject="masking", variable_length=True
    )
