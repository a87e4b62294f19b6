"""Sequences that are turned around, with and without their mask."""

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.registry import (
    Parts,
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
from tests.engine.maskcases.sequence_models import KERAS

MISALIGNED = dict(
    mask_at_loss="wrong", counted_padding=True, real_ignored=True, denominator="actual_mask"
)


@case(
    "go-backwards-tagger",
    KERAS + "3737 ; " + KERAS + "6022",
    "go_backwards returns the sequence turned around, with the mask as it was. "
    "Targets are turned around too.",
    stops_at="back",
    stop_cause="mask_misaligned",
    **MISALIGNED,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = lstm(name="back", go_backwards=True)(masking()(i))
    turned = p[:, ::-1]
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(turned),
        padding=p,
        out_padding=turned,
        inject="masking",
        time_map={"back": turned, "head": turned},
    )


@case(
    "go-backwards-turned-back",
    KERAS + "1703",
    "The output is turned around again by a layer that turns the mask as well: now "
    "the mask is wrong.",
    stops_at="back",
    root_layer="again",
    stop_cause="mask_misaligned",
    **MISALIGNED,
)
def _() -> Parts:
    x, p = vectors()
    i = vec_in()
    h = own.ReverseWithMask(name="again")(lstm(name="back", go_backwards=True)(masking()(i)))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        time_map={"back": p[:, ::-1]},
    )


@case(
    "go-backwards-twice",
    KERAS + "6022",
    "Control: backwards, turned back, mask kept: right.",
    pad_invariant=True,
)
def _() -> Parts:
    x, p = vectors(pads(side="both"))
    i = vec_in()
    h = own.Reverse(name="again")(lstm(name="back", go_backwards=True)(masking()(i)))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p),
        padding=p,
        inject="masking",
        variable_length=True,
        time_map={"back": p[:, ::-1]},
        ambiguous=("stop.layer", "stop.cause"),
    )


@case(
    "reverse-layer-keeps-mask",
    KERAS + "3281",
    "A layer that turns time around, mask unchanged.",
    stops_at="reverse",
    stop_cause="mask_misaligned",
    leaks_loss=True,
    **MISALIGNED,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    turned = p[:, ::-1]
    h = own.Reverse(name="reverse")(emb()(i))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(turned),
        padding=p,
        out_padding=turned,
        inject="emb",
        time_map={"reverse": turned, "head": turned},
    )


@case(
    "mask-of-other-rows",
    "https://stackoverflow.com/q/79042143 (the check in the question)",
    "compute_mask turns rows as well as time.",
    stops_at="reverse",
    stop_cause="mask_misaligned",
    leaks_loss=True,
    **MISALIGNED,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    turned = p[:, ::-1]
    h = own.ReverseBothAxes(name="reverse")(emb()(i))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(turned),
        padding=p,
        out_padding=turned,
        inject="emb",
        time_map={"reverse": turned, "head": turned},
    )


@case(
    "reverse-with-mask-control",
    KERAS + "418",
    "Control: time and mask turned together.",
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    turned = p[:, ::-1]
    h = own.ReverseWithMask(name="reverse")(emb()(i))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(turned),
        padding=p,
        out_padding=turned,
        inject="emb",
        time_map={"reverse": turned, "head": turned},
    )
