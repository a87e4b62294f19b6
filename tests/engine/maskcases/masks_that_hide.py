"""Mask makers that take real steps for padding, and some that only look so."""

from keras import layers as L

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.makers import KERAS
from tests.engine.maskcases.registry import (
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
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)

HIDES = dict(
    stop_cause="masks_real_steps",
    mask_at_loss="wrong",
    real_ignored=True,
    denominator="actual_mask",
)


@case(
    "real-zero-vectors",
    KERAS + "9002",
    "A silent frame inside the sequence is all zero: Masking takes it for padding.",
    root_layer="masking",
    pad_invariant=True,
    **HIDES,
)
def _() -> Parts:
    x, p = vectors()
    x[0, 2] = x[1, 1] = 0.0
    i = vec_in()
    return dict(
        model=finish(i, head(lstm()(masking()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )


@case(
    "id-zero-is-a-word",
    KERAS + "3489",
    "Ids were not shifted: 0 is also the most frequent word.",
    root_layer="emb",
    pad_invariant=True,
    **HIDES,
)
def _() -> Parts:
    x, p = tokens(low=0, high=4)
    i = tok_in()
    return dict(
        model=finish(i, head(bi()(emb()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "masking-after-relu",
    KERAS + "9002",
    "Masking(0) behind a ReLU: steps where every unit is off are hidden, and "
    "padding (a bias) is not.",
    root_layer="masking",
    counted_padding=True,
    leaks_loss=True,
    pad_invariant=True,
    **HIDES,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = L.Dense(2, activation="relu", name="units")(i)
    model = finish(i, head(lstm()(masking()(h))))
    model.get_layer("units").bias.assign([0.4, -0.2])
    return dict(model=model, x=x, y=targets(p), padding=p, inject="masking", variable_length=True)


@case(
    "inverted-mask",
    KERAS + "8342",
    "A hand-made mask upside down: True at padding.",
    root_layer="emb",
    counted_padding=True,
    pad_invariant=True,
    leaks_loss=True,
    **HIDES,
)
def _() -> Parts:
    x, p = tokens(pads((6, 4, 2, 3)))
    i = tok_in()
    h = lstm()(own.PadMask(0, inverted=True, name="emb")(i))
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "onehot-zero-vector-control",
    "https://stackoverflow.com/q/79042143",
    "Control: one-hot letters, padding is the zero vector.",
    pad_invariant=True,
)
def _() -> Parts:
    ids, p = tokens(pads(side="left"), low=0, high=5)
    x = onehot(ids, 5)
    x[p] = 0
    i = vec_in(features=5)
    return dict(
        model=finish(i, head(lstm()(masking()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )


@case(
    "mask-value-minus-one-control",
    KERAS + "8342",
    "Control: padding is -1 and so is mask_value; real zero vectors stay real.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors(pads(side="both"), value=-1.0)
    x[0, 2] = 0.0
    i = vec_in()
    return dict(
        model=finish(i, head(bi()(masking(-1.0)(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )
