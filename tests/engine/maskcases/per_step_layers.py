"""Layers and operators that work on each step alone."""

from keras import layers as L

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.controls import words
from tests.engine.maskcases.losses import KERAS
from tests.engine.maskcases.registry import (
    LOST,
    Parts,
    case,
    lstm,
)


@case(
    "per-step-layers-control",
    KERAS + "2375",
    "Control: everything that works on each step alone.",
    pad_invariant=True,
)
def _() -> Parts:
    return words(
        L.SpatialDropout1D(0.2, name="drop"),
        L.Activation("tanh", name="tanh"),
        L.LayerNormalization(name="norm"),
        L.GaussianNoise(0.1, name="noise"),
        L.TimeDistributed(L.Dense(3), name="each"),
        L.UnitNormalization(name="unit"),
    )


@case(
    "lambda-drops-mask",
    KERAS + "12027",
    "Lambda without `mask=`.",
    stops_at="half",
    warns=["half"],
    stop_cause="layer_does_not_support_masking",
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    return words(lstm(), L.Lambda(lambda h: h * 0.5, name="half"))


@case(
    "lambda-with-mask-control",
    KERAS + "12027",
    "Control: Lambda with `mask=`.",
    pad_invariant=True,
)
def _() -> Parts:
    return words(L.Lambda(lambda h: h * 0.5, mask=lambda inputs, mask: mask, name="half"), lstm())


@case(
    "own-layer-drops-mask",
    KERAS + "18416",
    "A custom layer that says nothing about masks.",
    stops_at="scale",
    warns=["scale"],
    stop_cause="layer_does_not_support_masking",
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    return words(lstm(), own.Scale(name="scale"))


@case(
    "operator-after-lstm",
    KERAS + "18416",
    "`h + 1` on a masked sequence.",
    stops_at="add",
    stop_cause="op_drops_mask",
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    return words(lstm(), lambda h: h + 1.0)
