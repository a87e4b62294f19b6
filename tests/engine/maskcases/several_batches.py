"""Several batches and several outputs."""

import keras
import numpy as np
from keras import layers as L

from tests.engine.maskcases.losses import KERAS, no_mask, tagger, unmasked
from tests.engine.maskcases.registry import (
    LOST,
    Parts,
    case,
    emb,
    finish,
    head,
    lstm,
    pads,
    targets,
    tok_in,
    tokens,
)


@case(
    "batchwise-empty-row",
    KERAS + "2546",
    "Batches of one row, one of them all padding: its loss of 0 is averaged in.",
    denominator="batchwise",
    pad_invariant=True,
)
def _() -> Parts:
    return {**tagger(padding=pads((6, 0, 2, 3))), "batch_size": 1}


@case(
    "batchwise-last-batch-short",
    KERAS + "34158",
    "Five rows in batches of two.",
    denominator="batchwise",
    pad_invariant=True,
)
def _() -> Parts:
    return {**tagger(padding=pads((6, 1, 2, 5, 3))), "batch_size": 2}


@case(
    "batches-without-mask",
    KERAS + "34158",
    "Without a mask the batch size changes nothing.",
    **no_mask(),
)
def _() -> Parts:
    return {**unmasked(), "batch_size": 3}


@case(
    "two-outputs-loss-weights",
    KERAS + "15323",
    "Two outputs with loss weights; the first one's mask is right.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(emb()(i))
    state = L.GlobalAveragePooling1D(name="pool")(h)
    model = finish(
        i,
        [head(h, name="tags"), head(state, name="topic")],
        loss=["mse", "mse"],
        loss_weights=[0.5, 2.0],
    )
    y = [targets(p), np.random.default_rng(4).normal(size=(4, 1)).astype("float32")]
    return dict(
        model=model,
        x=x,
        y=y,
        padding=p,
        inject="emb",
        variable_length=True,
        ambiguous=("stop.layer", "stop.cause"),
    )


@case(
    "two-outputs-first-unmasked",
    KERAS + "15323",
    "Two outputs: the first one lost its mask at an operator, the second kept it.",
    stops_at="multiply",
    stop_cause="op_drops_mask",
    leaks_loss=False,
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm()(emb()(i))
    model = finish(
        i,
        [head(h * 0.5, name="scaled"), head(h, name="plain")],
        loss={"scaled": "mse", "plain": "mae"},
    )
    return dict(
        model=model,
        x=x,
        y=[targets(p), targets(p, seed=5)],
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "sum-in-batches",
    KERAS + "2546",
    "reduction='sum' in batches of two: the mean of two sums. No formula of the list.",
    denominator=None,
    pad_invariant=True,
)
def _() -> Parts:
    return {**tagger(loss=keras.losses.MeanSquaredError(reduction="sum")), "batch_size": 2}


@case(
    "integer-targets-control",
    KERAS + "15323",
    "Control: integer targets for mean squared error.",
    pad_invariant=True,
)
def _() -> Parts:
    made = tagger()
    y = np.random.default_rng(3).integers(-3, 4, made["y"].shape).astype("int64")
    return {**made, "y": y, "count_method": "predictions"}
