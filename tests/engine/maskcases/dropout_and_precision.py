"""Recurrent layers with dropout, half precision, losses of a model's own, encoders that end."""

from typing import Any

import keras
from keras import layers as L
from keras import ops

from tests.engine.maskcases.losses import KERAS, no_mask, unmasked
from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    USED_UP,
    Parts,
    case,
    compiled,
    emb,
    finish,
    head,
    lstm,
    pads,
    per_sequence,
    targets,
    tok_in,
    tokens,
)


@case(
    "recurrent-dropout-control",
    KERAS + "7244",
    "Control: a recurrent layer with dropout draws in inference too, and uses nothing of it.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = lstm(dropout=0.2, recurrent_dropout=0.1)(emb()(i))
    return dict(
        model=finish(i, head(h)), x=x, y=targets(p), padding=p, inject="emb", variable_length=True
    )


@case(
    "recurrent-dropout-no-mask",
    KERAS + "7244",
    "The same without a mask, in both directions.",
    stop_cause="no_mask_created",
    pad_invariant=False,
    leaks_at="bi",
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    inner = L.GRU(3, return_sequences=True, recurrent_dropout=0.2, name="inner")
    h = L.Bidirectional(inner, name="bi")(emb(mask_zero=False)(i))
    return dict(model=finish(i, head(h)), x=x, y=targets(p), padding=p, variable_length=True)


@case(
    "bfloat16-control",
    KERAS + "18416",
    "Control: mixed_bfloat16, whose slopes are too coarse to weigh timesteps by.",
    pad_invariant=True,
)
def _() -> Parts:
    policy = keras.DTypePolicy("mixed_bfloat16")
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
    "half-precision-no-mask-left",
    KERAS + "18416",
    "mixed_float16 without a mask: the change by padding is larger than the error of the type.",
    stop_cause="no_mask_created",
    pad_invariant=False,
    leaks_at="lstm",
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    policy = keras.DTypePolicy("mixed_float16")
    x, p = tokens(pads(side="left"))
    i = tok_in()
    e = emb(mask_zero=False, dtype=policy)(i)
    h = L.LSTM(4, return_sequences=True, dtype=policy, name="lstm")(e)
    return dict(
        model=finish(i, L.Dense(1, dtype=policy, name="head")(h)),
        x=x,
        y=targets(p),
        padding=p,
        variable_length=True,
        tolerance=1e-2,
    )


class MaskedByInput(keras.Model):
    """Its own loss finds padding in the input; it is compiled without another."""

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The masked mean squared error."""
        real = ops.cast(ops.not_equal(x, 0), "float32")
        return ops.sum(ops.mean(ops.square(y - y_pred), -1) * real) / ops.sum(real)


class Plain(keras.Model):
    """Its own loss looks at no mask; it is compiled without another."""

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The plain mean squared error."""
        return ops.mean(ops.square(y - y_pred))


def own_loss(kind: type[keras.Model], mask_zero: bool) -> Parts:
    """A tagger of this kind, compiled without a loss."""
    x, p = tokens()
    i = tok_in()
    model = kind(i, head(lstm()(emb(mask_zero=mask_zero)(i))))
    return dict(
        model=compiled(model, None),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb" if mask_zero else None,
        variable_length=True,
    )


@case(
    "own-compute-loss-only",
    KERAS + "15323",
    "`compute_loss` is the model's own and nothing else was compiled: the mask has no effect.",
    counted_padding=True,
    denominator="all",
    pad_invariant=True,
)
def _() -> Parts:
    return own_loss(Plain, True)


@case(
    "own-compute-loss-finds-padding",
    KERAS + "15323",
    "The same, where that loss finds padding in the input.",
    **no_mask(counted_padding=False, denominator="valid"),
)
def _() -> Parts:
    # Other ids at padding are real ones to this loss: whether that is a leak stays open.
    return {**own_loss(MaskedByInput, False), "ambiguous": ("leak.loss",)}


@case(
    "inner-encoder-classifier-control",
    KERAS + "3524",
    "Control: an inner model makes the mask and uses it up.",
    stops_at="encoder",
    stop_cause="lost_inside_layer",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    a = tok_in(name="inner_ids")
    encoder = keras.Model(a, lstm(4, False)(emb()(a)), name="encoder")
    i = tok_in()
    return dict(
        model=finish(i, head(encoder(i))),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "loss-divides-by-mean-of-mask",
    KERAS + "8342",
    "Control: the loss finds padding in the targets and divides by the mean of that mask.",
    **no_mask(counted_padding=False, denominator="valid", leaks_loss=False),
)
def _() -> Parts:
    def masked(y: Any, p: Any) -> Any:
        real = ops.cast(ops.not_equal(y[..., 0], 0), p.dtype)
        return ops.mean(ops.square(y - p), axis=-1) * real / ops.mean(real)

    return {**unmasked(1, masked), "count_method": "predictions"}


@case(
    "wrong-mask-in-batches",
    KERAS + "2546",
    "A real word has the id of padding, and each batch is divided by its own mask.",
    root_layer="emb",
    stop_cause="masks_real_steps",
    mask_at_loss="wrong",
    real_ignored=True,
    denominator="batchwise",
)
def _() -> Parts:
    x, p = tokens()
    x[0, 1] = 0
    i = tok_in()
    return dict(
        model=finish(i, head(lstm()(emb()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        batch_size=2,
    )
