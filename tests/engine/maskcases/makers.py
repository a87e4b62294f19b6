"""Layers that make the mask: they never fire, hide real steps, are overwritten, or are missing."""

import numpy as np

from tests.engine.maskcases.registry import (
    LEAKS,
    LOST,
    USED_UP,
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
    per_sequence,
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)

KERAS = "https://github.com/keras-team/keras/issues/"


NEVER = dict(
    stop_cause="mask_never_fires", mask_at_loss="all_true", counted_padding=True, denominator="all"
)


@case(
    "masking-after-embedding",
    KERAS + "3676",
    "Masking(0) behind an Embedding without mask_zero: the vector of id 0 is not zero.",
    root_layer="masking",
    leaks_at="bi",
    pad_invariant=False,
    **LEAKS,
    **NEVER,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = masking()(emb(mask_zero=False)(i))
    return dict(model=finish(i, head(bi()(h))), x=x, y=targets(p), padding=p, variable_length=True)


@case(
    "masking-wrong-value",
    KERAS + "2208",
    "Padding is -1, Masking waits for 0.",
    root_layer="masking",
    leaks_at="lstm",
    pad_invariant=False,
    **LEAKS,
    **NEVER,
)
def _() -> Parts:
    x, p = vectors(pads(side="left"), value=-1.0)
    i = vec_in()
    return dict(
        model=finish(i, head(lstm()(masking()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        variable_length=True,
    )


@case(
    "standardised-padding",
    KERAS + "8342",
    "Features were standardised after padding: zeros became (0 - mean) / deviation.",
    root_layer="masking",
    pad_invariant=True,
    leaks_loss=True,
    **NEVER,
)
def _() -> Parts:
    x, p = vectors()
    x = ((x - x.mean((0, 1))) / x.std((0, 1))).astype("float32")
    i = vec_in()
    return dict(
        model=finish(i, head(lstm()(masking()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        variable_length=True,
    )


@case(
    "pad-id-is-not-zero",
    KERAS + "2208",
    "The tokenizer pads with id 11, mask_zero looks for 0.",
    root_layer="emb",
    leaks_at="bi",
    pad_invariant=False,
    **LEAKS,
    **NEVER,
)
def _() -> Parts:
    x, p = tokens(pad_id=VOCABULARY - 1, high=VOCABULARY - 1)
    i = tok_in()
    return dict(
        model=finish(i, head(bi()(emb()(i)))), x=x, y=targets(p), padding=p, variable_length=True
    )


@case(
    "masking-one-feature-padded",
    KERAS + "8342",
    "A time-stamp feature keeps running through padding, so no step is all zero.",
    root_layer="masking",
    leaks_loss=True,
    pad_invariant=True,
    **NEVER,
)
def _() -> Parts:
    x, p = vectors()
    x[..., 0] = np.arange(1, 7)
    i = vec_in()
    return dict(
        model=finish(i, head(lstm()(masking()(i)))),
        x=x,
        y=targets(p),
        padding=p,
        variable_length=True,
    )


@case(
    "classifier-mask-never-fires",
    KERAS + "8342",
    "A classifier whose mask keeps everything: no loss at padding, but predictions depend on it.",
    root_layer="masking",
    stop_cause="mask_never_fires",
    stops_at="lstm",
    leaks_at="lstm",
    pad_invariant=False,
    **LEAKS,
    **USED_UP,
)
def _() -> Parts:
    x, p = vectors(value=9.0)
    i = vec_in()
    return dict(
        model=finish(i, head(lstm(4, False)(masking()(i)))),
        x=x,
        y=per_sequence(),
        padding=p,
        variable_length=True,
    )


@case(
    "no-masking-at-all",
    KERAS + "2375",
    "Zero padded vectors into a bidirectional LSTM.",
    stop_cause="no_mask_created",
    leaks_at="bi",
    pad_invariant=False,
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    return dict(model=finish(i, head(bi()(i))), x=x, y=targets(p), padding=p, variable_length=True)


@case(
    "embedding-without-mask-zero",
    KERAS + "2375",
    "Right padding, forward LSTM: predictions at real steps are safe, the loss is not.",
    stop_cause="no_mask_created",
    pad_invariant=True,
    leaks_loss=True,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    return dict(
        model=finish(i, head(lstm()(emb(mask_zero=False)(i)))),
        x=x,
        y=targets(p),
        padding=p,
        variable_length=True,
    )


@case(
    "classifier-without-mask",
    KERAS + "2375",
    "Last state of an LSTM that read the padding.",
    stop_cause="no_mask_created",
    leaks_at="lstm",
    pad_invariant=False,
    **LEAKS,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    return dict(
        model=finish(i, head(lstm(4, False)(emb(mask_zero=False)(i)))),
        x=x,
        y=per_sequence(),
        padding=p,
        variable_length=True,
    )
