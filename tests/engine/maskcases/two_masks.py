"""Two inputs that are padded differently."""

import numpy as np
from keras import layers as L

from tests.engine.maskcases.merges import KERAS, OTHER
from tests.engine.maskcases.registry import (
    LEAKS,
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

# Whether noise at the *second* sentence's padding, where the first is real, is a leak stays open.
OTHER_PADDING = ("leak.predictions", "leak.loss", "leak.first_layer")


UNION = dict(mask_at_loss="wrong", counted_padding=True, denominator="actual_mask")


def two_sentences(side: str = "right") -> tuple[list[np.ndarray], np.ndarray]:
    """Ids of two sentences that are padded differently, and the padding of the first."""
    x, p = tokens(pads(side=side))
    z, _p = tokens(OTHER if side == "right" else OTHER[:, ::-1], seed=8)
    return [x, z], p


@case(
    "add-two-masks",
    KERAS + "3205",
    "Add of two sentences of different length: OR of the masks.",
    stops_at="add",
    stop_cause="merge_union",
    leaks_loss=True,
    **UNION,
)
def _() -> Parts:
    x, p = two_sentences()
    i, j = tok_in(), tok_in(name="second")
    h = L.Add(name="add")([emb()(i), emb("emb2")(j)])
    return dict(
        model=finish([i, j], head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=OTHER_PADDING,
    )


@case(
    "concatenate-two-masks",
    KERAS + "5388",
    "Concatenate of features, both masked differently.",
    stops_at="concat",
    stop_cause="merge_union",
    leaks_at="bi",
    **LEAKS,
    **UNION,
)
def _() -> Parts:
    x, p = two_sentences()
    i, j = tok_in(), tok_in(name="second")
    h = L.Concatenate(name="concat")([emb()(i), emb("emb2")(j)])
    return dict(
        model=finish([i, j], head(bi()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=OTHER_PADDING,
    )


@case(
    "multiply-two-masks",
    KERAS + "3205",
    "Multiply puts 1 for masked steps, so no content leaks; the mask is the union all the same.",
    stops_at="times",
    stop_cause="merge_union",
    **UNION,
)
def _() -> Parts:
    x, p = two_sentences("left")
    i, j = tok_in(), tok_in(name="second")
    h = L.Multiply(name="times")([emb()(i), emb("emb2")(j)])
    return dict(
        model=finish([i, j], head(lstm()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=OTHER_PADDING,
    )


@case(
    "average-two-masks-left",
    KERAS + "3205",
    "Left padding: what the union lets through is seen by every later step.",
    stops_at="mean",
    stop_cause="merge_union",
    leaks_at="lstm",
    **LEAKS,
    **UNION,
)
def _() -> Parts:
    x, p = two_sentences("left")
    i, j = tok_in(), tok_in(name="second")
    h = L.Average(name="mean")([emb()(i), emb("emb2")(j)])
    return dict(
        model=finish([i, j], head(lstm()(h))),
        x=x,
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=OTHER_PADDING,
    )


@case(
    "shared-encoder-siamese",
    KERAS + "3524",
    "Control: one encoder for two sentences.",
    stops_at="encoder",
    stop_cause="return_sequences_false",
    **USED_UP,
)
def _() -> Parts:
    x, p = two_sentences()
    i, j = tok_in(), tok_in(name="second")
    e, encoder = emb(), L.GRU(4, name="encoder")
    h = L.Concatenate(name="pair")([encoder(e(i)), encoder(e(j))])
    return dict(
        model=finish([i, j], head(h)), x=x, y=per_sequence(), padding=p, inject={"emb": p & OTHER}
    )


@case(
    "two-float-streams",
    KERAS + "3205",
    "Average of two masked sensors, one of them shorter.",
    stops_at="mean",
    stop_cause="merge_union",
    leaks_loss=True,
    **UNION,
)
def _() -> Parts:
    x, p = vectors()
    z, _p = vectors(OTHER, seed=6)
    i, j = vec_in(), vec_in(name="z")
    h = L.Average(name="mean")([masking()(i), masking(name="masking2")(j)])
    return dict(
        model=finish([i, j], head(h)),
        x=[x, z],
        y=targets(p),
        padding=p,
        inject="masking",
        ambiguous=OTHER_PADDING,
    )


@case(
    "add-two-masks-one-within-the-other",
    KERAS + "5388",
    "The second sentence is never the shorter one, so the union is its mask, kept.",
    stops_at="add",
    stop_cause="merge_union",
    leaks_loss=True,
    **UNION,
)
def _() -> Parts:
    x, p = tokens()
    z, _p = tokens(pads((6, 5, 3, 6)), seed=8)
    i, j = tok_in(), tok_in(name="second")
    h = L.Add(name="add")([emb()(i), emb("emb2")(j)])
    return dict(
        model=finish([i, j], head(h)),
        x=[x, z],
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=(*OTHER_PADDING, "stop.layer"),
    )


@case(
    "concatenate-other-sentence-first",
    KERAS + "5388",
    "The sentence that the targets belong to comes second in the merge.",
    stops_at="concat",
    stop_cause="merge_union",
    leaks_loss=True,
    **UNION,
)
def _() -> Parts:
    x, p = tokens()
    z, _p = tokens(pads((6, 5, 3, 6)), seed=8)
    i, j = tok_in(), tok_in(name="second")
    h = L.Concatenate(name="concat")([emb("emb2")(j), emb()(i)])
    return dict(
        model=finish([i, j], head(lstm()(h))),
        x=[x, z],
        y=targets(p),
        padding=p,
        inject="emb",
        ambiguous=(*OTHER_PADDING, "stop.layer"),
    )
