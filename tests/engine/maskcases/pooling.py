"""Layers that fold the time axis away."""

from typing import Any

from keras import layers as L
from keras import ops

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.leaks import KERAS, UNSUPPORTED, vector_tagger
from tests.engine.maskcases.registry import (
    LEAKS,
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
    per_sequence,
    targets,
    tok_in,
    tokens,
    vec_in,
    vectors,
)


def word_pool(*layers: Any, timesteps: int | None = None, **hints: Any) -> Parts:
    """A masked embedding, `layers`, and a dense head for the sentence."""
    x, p = tokens()
    i = tok_in(timesteps)
    h = emb()(i)
    for layer in layers:
        h = layer(h)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        variable_length=timesteps is None,
        **hints,
    )


@case(
    "global-max-pooling",
    KERAS + "4978",
    "GlobalMaxPooling1D knows no masks.",
    stops_at="pool",
    warns=["pool"],
    stop_cause=UNSUPPORTED,
    leaks_at="pool",
    pad_invariant=False,
    **LEAKS,
    **USED_UP,
)
def _() -> Parts:
    return word_pool(L.GlobalMaxPooling1D(name="pool"))


@case(
    "global-max-pooling-after-lstm",
    KERAS + "4978",
    "Behind a forward LSTM with right padding the maximum is over repeated real "
    "outputs: nothing leaks.",
    stops_at="pool",
    warns=["pool"],
    stop_cause=UNSUPPORTED,
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    return word_pool(lstm(), L.GlobalMaxPooling1D(name="pool"))


@case(
    "global-max-pooling-after-bidirectional",
    KERAS + "4978",
    "Behind a bidirectional layer padding is zero: the maximum never falls below 0 in padded rows.",
    stops_at="pool",
    warns=["pool"],
    stop_cause=UNSUPPORTED,
    pad_invariant=False,
    **USED_UP,
)
def _() -> Parts:
    return word_pool(bi(), L.GlobalMaxPooling1D(name="pool"))


@case(
    "average-without-mask",
    KERAS + "18152",
    "GlobalAveragePooling1D of an unmasked embedding.",
    stop_cause="no_mask_created",
    leaks_at="pool",
    pad_invariant=False,
    **LEAKS,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = L.GlobalAveragePooling1D(name="pool")(emb(mask_zero=False)(i))
    return dict(model=finish(i, head(h)), x=x, y=per_sequence(), padding=p, variable_length=True)


@case(
    "average-operator",
    KERAS + "18416",
    "ops.mean over time.",
    stops_at="mean",
    stop_cause="op_drops_mask",
    leaks_at="mean",
    pad_invariant=False,
    **LEAKS,
    **USED_UP,
)
def _() -> Parts:
    return word_pool(lambda h: ops.mean(h, axis=1))


@case(
    "average-masked-control",
    KERAS + "18152",
    "Control: GlobalAveragePooling1D uses the mask.",
    stops_at="pool",
    stop_cause="compute_mask_returns_none",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    return word_pool(L.GlobalAveragePooling1D(name="pool"))


@case(
    "flatten-dense",
    KERAS + "4978",
    "Flatten, then Dense over all timesteps.",
    stops_at="flat",
    warns=["flat"],
    stop_cause=UNSUPPORTED,
    leaks_at="flat",
    **LEAKS,
    **USED_UP,
)
def _() -> Parts:
    return word_pool(L.Flatten(name="flat"), timesteps=6)


@case(
    "permute-dense",
    KERAS + "4978",
    "Permute, Dense over time, Permute back.",
    stops_at="permute",
    warns=["permute"],
    stop_cause=UNSUPPORTED,
    leaks_at="permute",
    **LEAKS,
    **LOST,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in(6)
    h = L.Permute((2, 1), name="permute")(masking()(i))
    h = L.Permute((2, 1), name="back")(L.Dense(6, name="over_time")(h))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        ambiguous=("leak.first_layer",),
    )


@case(
    "reshape-same-shape",
    KERAS + "15194",
    "Reshape to the same shape: nothing moves, the mask is gone.",
    stops_at="reshape",
    warns=["reshape"],
    stop_cause=UNSUPPORTED,
    pad_invariant=True,
    **LOST,
)
def _() -> Parts:
    return vector_tagger(lstm(), after=L.Reshape((-1, 4), name="reshape"))


@case(
    "own-pool-without-mask",
    KERAS + "4978",
    "Custom attention pooling without masks.",
    stops_at="pool",
    warns=["pool"],
    stop_cause=UNSUPPORTED,
    leaks_at="pool",
    pad_invariant=False,
    **LEAKS,
    **USED_UP,
)
def _() -> Parts:
    return word_pool(own.Pool(name="pool"))


@case(
    "own-pool-masked-control",
    KERAS + "4978",
    "Control: attention pooling with the mask.",
    stops_at="pool",
    stop_cause="compute_mask_returns_none",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    return word_pool(own.MaskedPool(name="pool"))


@case(
    "own-pool-soft-mask",
    KERAS + "16108",
    "Scores at padding are lowered by 1 only.",
    stops_at="pool",
    stop_cause="compute_mask_returns_none",
    leaks_at="pool",
    pad_invariant=False,
    **LEAKS,
    **USED_UP,
)
def _() -> Parts:
    return word_pool(own.LeakyPool(name="pool"))


@case(
    "sum-over-all-timesteps",
    KERAS + "18152",
    "Padding is zeroed, the sum divided by all timesteps: the amount counts, the content does not.",
    stops_at="pool",
    stop_cause="compute_mask_returns_none",
    pad_invariant=False,
    **USED_UP,
)
def _() -> Parts:
    return word_pool(own.SumOverTimesteps(name="pool"))


@case(
    "zeroed-then-two-convs",
    KERAS + "20113",
    "Padding is zeroed; the second convolution still sees the first one's bias "
    "there: by amount only.",
    stops_at="conv",
    warns=["conv"],
    stop_cause=UNSUPPORTED,
    pad_invariant=False,
    **LOST,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = own.ZeroPadding(name="zero")(masking()(i))
    h = L.Conv1D(4, 3, padding="same", name="conv")(h)
    h = L.Conv1D(4, 3, padding="same", name="conv2")(h)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
    )
