"""Rows that depend on each other."""

from keras import layers as L
from keras import ops

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.leaks import KERAS, vector_tagger
from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    Parts,
    case,
    emb,
    finish,
    head,
    masking,
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)


@case(
    "batch-norm-inference",
    KERAS + "18759",
    "Control: in inference BatchNormalization uses what it has learned.",
    pad_invariant=True,
)
def _() -> Parts:
    return vector_tagger(L.BatchNormalization(name="bn"))


@case(
    "batch-norm-training-masked",
    KERAS + "18759",
    "Training: statistics of the real steps of this batch, so rows depend on each "
    "other, but not on padding.",
    pad_invariant=False,
    batch_dependent=True,
)
def _() -> Parts:
    return vector_tagger(
        L.BatchNormalization(name="bn"), mode="training", ambiguous=("stop.layer",)
    )


@case(
    "batch-norm-training-after-operator",
    "https://github.com/tensorflow/tensorflow/issues/30161",
    "The mask was lost before, so the statistics run over padding.",
    stops_at="multiply",
    stop_cause="op_drops_mask",
    leaks_at="bn",
    pad_invariant=False,
    batch_dependent=True,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = L.BatchNormalization(name="bn")(masking()(i) * 2.0)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
        mode="training",
    )


@case(
    "batch-norm-training-no-mask",
    KERAS + "18759",
    "No mask at all.",
    stop_cause="no_mask_created",
    leaks_at="bn",
    pad_invariant=False,
    batch_dependent=True,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = L.BatchNormalization(name="bn")(emb(mask_zero=False)(i))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        variable_length=True,
        mode="training",
    )


@case(
    "center-in-batch",
    KERAS + "2375",
    "A layer subtracts the mean over rows: other rows' padding and content reach every row.",
    root_layer="center",
    leaks_at="center",
    pad_invariant=False,
    batch_dependent=True,
    **LEAKS,
)
def _() -> Parts:
    return vector_tagger(own.CenterInBatch(name="center"))


@case(
    "rows-taken-for-time",
    KERAS + "2375",
    "A residual to the row before.",
    root_layer="previous",
    leaks_at="previous",
    pad_invariant=False,
    batch_dependent=True,
    **LEAKS,
)
def _() -> Parts:
    return vector_tagger(own.PreviousRow(name="previous"))


@case(
    "softmax-over-rows",
    KERAS + "19722",
    "ops.softmax over axis 0.",
    stops_at="softmax",
    stop_cause="op_drops_mask",
    leaks_at="softmax",
    pad_invariant=False,
    batch_dependent=True,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = ops.softmax(masking()(i), axis=0)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )
