"""Right models, models made of models, subclassed models, and masks lost inside a layer."""

from typing import Any

import keras
import numpy as np
from keras import layers as L

from tests.engine.maskcases import composite_layers as blocks
from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.losses import KERAS, tagger
from tests.engine.maskcases.registry import (
    USED_UP,
    Parts,
    bi,
    case,
    classes,
    emb,
    finish,
    head,
    lstm,
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
    return dict(
        model=finish(i, head(h, width), loss=loss),
        x=x,
        y=targets(p, width),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "pos-tagger-control",
    KERAS + "4196",
    "Control: ids, bidirectional LSTM, sparse cross-entropy.",
    pad_invariant=True,
)
def _() -> Parts:
    made = words(
        bi(),
        L.Dropout(0.5, name="drop"),
        width=3,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return {**made, "y": classes(made["padding"]), "y_kind": "class", "loss_kind": "logits"}


@case(
    "gru-left-control",
    KERAS + "2375",
    "Control: GRU, left padding.",
    pad_invariant=True,
)
def _() -> Parts:
    return words(L.GRU(4, return_sequences=True, name="gru"), padding=pads(side="left"))


@case(
    "bidirectional-sum-control",
    KERAS + "4594",
    "Control: merge_mode='sum', both sides padded.",
    pad_invariant=True,
)
def _() -> Parts:
    return words(bi(merge_mode="sum"), padding=pads(side="both"))


@case(
    "bidirectional-none-control",
    KERAS + "4594",
    "Control: merge_mode=None, both added.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = L.Add(name="add")(bi(merge_mode=None)(emb()(i)))
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "stacked-cells-control",
    KERAS + "2375",
    "Control: RNN of two cells, zeros at masked steps.",
    pad_invariant=True,
)
def _() -> Parts:
    cells = [L.LSTMCell(4), L.GRUCell(3)]
    rnn = L.RNN(cells, return_sequences=True, zero_output_for_mask=True, name="rnn")
    return words(rnn)


@case(
    "no-padding-control",
    KERAS + "2375",
    "Control: every row is full: mask all True and right.",
    pad_invariant=True,
)
def _() -> Parts:
    made = words(lstm(), padding=pads((6, 6, 6, 6)))
    return {**made, "coincide": ("all",)}


@case(
    "no-padding-no-mask",
    KERAS + "2375",
    "No mask and no padding: nothing is counted that should not be.",
    stop_cause="no_mask_created",
    mask_at_loss="absent",
    symbolic_mask=False,
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors(pads((6, 6, 6, 6)))
    i = vec_in()
    return dict(
        model=finish(i, head(bi()(i))),
        x=x,
        y=targets(p),
        padding=p,
        variable_length=True,
        coincide=("all",),
        ambiguous=("stop.cause", "mask_at_loss", "loss.divisor"),
    )


@case(
    "single-row-control",
    KERAS + "2375",
    "Control: one row, mostly padding.",
    pad_invariant=True,
)
def _() -> Parts:
    return words(lstm(), padding=pads((2,)))


@case(
    "empty-row-control",
    KERAS + "18152",
    "Control: one row is padding only; recurrent layers do not mind.",
    pad_invariant=True,
)
def _() -> Parts:
    return words(bi(), padding=pads((6, 0, 2, 3)))


@case(
    "half-precision-control",
    KERAS + "18416",
    "Control: mixed_float16.",
    pad_invariant=True,
)
def _() -> Parts:
    policy = keras.DTypePolicy("mixed_float16")
    x, p = tokens()
    i = tok_in()
    h = L.LSTM(4, return_sequences=True, dtype=policy, name="lstm")(emb(dtype=policy)(i))
    return dict(
        model=finish(i, L.Dense(1, dtype=policy, name="head")(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
        tolerance=1e-2,
    )


@case(
    "transformer-block-control",
    KERAS + "20455",
    "Control: pre-norm block, functional, causal too.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = blocks.TokensAndPositionsWithMask(name="embed")(i)
    n = L.LayerNormalization(name="norm1")(e)
    h = L.Add(name="add1")([e, L.MultiHeadAttention(2, 4, name="mha")(n, n, use_causal_mask=True)])
    f = L.Dense(4, name="down")(
        L.Dense(8, activation="relu", name="up")(L.LayerNormalization(name="norm2")(h))
    )
    return dict(
        model=finish(i, head(L.Add(name="add2")([h, f]))),
        x=x,
        y=targets(p),
        padding=p,
        inject="embed",
        variable_length=True,
    )


@case(
    "explicit-masks-everywhere",
    KERAS + "16108",
    "Control: mask computed once, given to attention, pooling uses it.",
    stops_at="pool",
    stop_cause="compute_mask_returns_none",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    e = emb()(i)
    a = L.MultiHeadAttention(2, 4, name="mha")(e, e)
    h = own.MaskedPool(name="pool")(L.LayerNormalization(name="norm")(a))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "one-timestep-control",
    KERAS + "2375",
    "Control: one timestep, one row of padding.",
    pad_invariant=True,
)
def _() -> Parts:
    return tagger(padding=pads((1, 0, 1, 1), 1))


@case(
    "long-padding-control",
    KERAS + "7244",
    "Control: three real steps of twenty.",
    pad_invariant=True,
)
def _() -> Parts:
    return tagger(padding=np.concatenate([pads((3, 2), 20), pads((3, 1), 20, "left")]))
