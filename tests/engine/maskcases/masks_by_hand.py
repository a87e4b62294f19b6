"""Masks that are overwritten, given as an argument, or made by a layer of the user's."""

import keras
from keras import layers as L
from keras import ops

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.makers import KERAS, NEVER
from tests.engine.maskcases.masks_that_hide import HIDES
from tests.engine.maskcases.registry import (
    LEAKS,
    VOCABULARY,
    Parts,
    bi,
    case,
    emb,
    finish,
    head,
    lstm,
    masking,
    pads,
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)


@case(
    "second-masking-keeps-all",
    KERAS + "3676",
    "A second Masking behind a Dense with a bias finds no zero step and replaces the right mask.",
    stops_at="masking2",
    stop_cause="mask_overwritten",
    mask_at_loss="all_true",
    counted_padding=True,
    denominator="all",
    leaks_at="bi",
    pad_invariant=False,
    **LEAKS,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = L.Dense(4, name="dense")(masking()(i))
    h = masking(name="masking2")(h)
    return dict(
        model=finish(i, head(bi()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )


@case(
    "second-masking-hides-real",
    KERAS + "3676",
    "A second Masking behind a ReLU.",
    stops_at="masking2",
    stop_cause="mask_overwritten",
    mask_at_loss="wrong",
    counted_padding=True,
    real_ignored=True,
    denominator="actual_mask",
    leaks_loss=True,
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = L.Dense(2, activation="relu", name="units")(masking()(i))
    model = finish(i, head(lstm()(masking(name="masking2")(h))))
    model.get_layer("units").bias.assign([0.4, -0.2])
    return dict(model=model, x=x, y=targets(p), padding=p, inject="masking", variable_length=True)


@case(
    "own-mask-of-ones",
    KERAS + "8342",
    "A custom layer computes a mask of its own.",
    stops_at="ones",
    stop_cause="mask_overwritten",
    mask_at_loss="all_true",
    counted_padding=True,
    denominator="all",
    leaks_loss=True,
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = own.MaskOfOnes(name="ones")(emb()(i))
    return dict(
        model=finish(i, head(lstm()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "two-maskings-agree-control",
    KERAS + "3676",
    "Control: two Masking layers that say the same.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = masking(name="masking2")(L.Dropout(0.2, name="drop")(masking()(i)))
    return dict(
        model=finish(i, head(lstm()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking2",
        variable_length=True,
        ambiguous=("leak.loss",),
    )


@case(
    "own-pad-id-control",
    KERAS + "2208",
    "Control: a custom layer that masks id 11.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens(pad_id=VOCABULARY - 1, low=0, high=VOCABULARY - 1)
    i = tok_in()
    h = lstm()(own.PadMask(VOCABULARY - 1, name="emb")(i))
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "mask-argument-control",
    KERAS + "12027",
    "Control: no layer makes a mask; it is computed from the ids and given to the LSTM by hand.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens(pads(side="left"))
    i = tok_in()
    keep = ops.not_equal(i, 0)
    h = lstm()(emb(mask_zero=False)(i), mask=keep)
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "mask-argument-inverted",
    KERAS + "12027",
    "The mask given by hand is `ids == 0`.",
    root_layer="lstm",
    counted_padding=True,
    leaks_loss=True,
    **HIDES,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(emb(mask_zero=False)(i), mask=ops.equal(i, 0))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=("stop.layer",),
    )


@case(
    "half-precision-mask-value",
    KERAS + "8342",
    "mixed_float16: the input is rounded to half precision, mask_value -99.9 is "
    "not, and nothing is ever equal.",
    root_layer="masking",
    leaks_loss=True,
    pad_invariant=True,
    **NEVER,
)
def _() -> Parts:
    x, p = vectors(value=-99.9)
    i = vec_in()
    policy = keras.DTypePolicy("mixed_float16")
    h = L.Masking(mask_value=-99.9, dtype=policy, name="masking")(i)
    h = L.LSTM(4, return_sequences=True, dtype=policy, name="lstm")(h)
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, variable_length=True, tolerance=1e-2
    )


@case(
    "identity-takes-no-mask-off",
    KERAS + "4978",
    "The well-known NonMasking layer returns its very input: at run time the mask "
    "stays on it, though the symbolic model has none.",
    symbolic_mask=False,
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = own.NoMask(name="non_masking")(lstm()(emb()(i)))
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "identity-makes-a-mask",
    KERAS + "8342",
    "A layer that returns its very input and computes a mask: the tensor keeps the "
    "old one, the LSTM is wired to the new one.",
    stops_at="lstm",
    root_layer="ones",
    stop_cause="mask_overwritten",
    mask_at_loss="all_true",
    counted_padding=True,
    denominator="all",
    leaks_loss=True,
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = own.IdentityMaskOfOnes(name="ones")(emb()(i))
    return dict(
        model=finish(i, head(lstm()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        variable_length=True,
        ambiguous=("stop.layer",),
    )
