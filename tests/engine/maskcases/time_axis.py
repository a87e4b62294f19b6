"""Models that cut, lengthen, thin out or turn the time axis."""

import numpy as np
from keras import layers as L
from keras import ops

from tests.engine.maskcases import custom_layers as own
from tests.engine.maskcases.registry import (
    LOST,
    USED_UP,
    Parts,
    bi,
    case,
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
from tests.engine.maskcases.sequence_models import KERAS


@case(
    "shift-keeps-mask",
    KERAS + "15194",
    "A custom shift by one step, mask unchanged: the last real step is hidden, the "
    "first padded one is not.",
    stops_at="shift",
    stop_cause="mask_misaligned",
    mask_at_loss="wrong",
    real_ignored=True,
    counted_padding=True,
    denominator="actual_mask",
)
def _() -> Parts:
    x, p = tokens(pads((5, 4, 2, 3)))
    moved = np.concatenate([np.ones((4, 1), bool), p[:, :-1]], 1)
    i = tok_in()
    h = own.Shift(name="shift")(emb()(i))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(moved),
        padding=p,
        out_padding=moved,
        inject="emb",
        time_map={"shift": moved, "head": moved},
    )


@case(
    "next-step-targets",
    KERAS + "1154",
    "Language model: the last real step has no target, but the input's mask keeps it.",
    stop_cause="mask_misaligned",
    mask_at_loss="wrong",
    counted_padding=True,
    denominator="actual_mask",
)
def _() -> Parts:
    x, p = tokens()
    q = np.concatenate([p[:, 1:], np.ones((4, 1), bool)], 1)
    i = tok_in()
    return dict(
        model=finish(i, head(lstm()(emb()(i)))),
        x=x,
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        ambiguous=("stop.layer",),
    )


@case(
    "drop-first-wrong-end",
    KERAS + "18416",
    "compute_mask cuts the wrong end.",
    stops_at="drop",
    stop_cause="mask_misaligned",
    mask_at_loss="wrong",
    counted_padding=True,
    denominator="actual_mask",
    leaks_loss=True,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = own.DropFirstLastOfMask(name="drop")(emb()(i))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p[:, 1:]),
        padding=p,
        out_padding=p[:, 1:],
        inject="emb",
        time_map={"drop": p[:, 1:], "head": p[:, 1:]},
    )


@case(
    "drop-first-control",
    KERAS + "18416",
    "Control: sequence and mask cut at the same end.",
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    h = own.DropFirst(name="drop")(lstm()(emb()(i)))
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(p[:, 1:]),
        padding=p,
        out_padding=p[:, 1:],
        inject="emb",
        time_map={"drop": p[:, 1:], "head": p[:, 1:]},
    )


@case(
    "slice-time",
    KERAS + "18416",
    "`h[:, 1:]` on a masked sequence.",
    stops_at="get_item",
    stop_cause="op_drops_mask",
    leaks_loss=False,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    q = p[:, 1:]
    i = tok_in()
    return dict(
        model=finish(i, head(lstm()(emb()(i))[:, 1:])),
        x=x,
        y=targets(q),
        padding=p,
        out_padding=q,
        inject="emb",
        time_map={"get_item": q, "head": q},
    )


@case(
    "slice-last-step",
    KERAS + "7244",
    "Control: `h[:, -1]` of a forward LSTM, which repeats its last real output "
    "through right padding.",
    stops_at="get_item",
    stop_cause="op_drops_mask",
    pad_invariant=True,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    return dict(
        model=finish(i, head(lstm()(emb()(i))[:, -1])),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "slice-last-step-bidirectional",
    KERAS + "7244",
    "`h[:, -1]` of a bidirectional layer is zero for every row with padding: no "
    "content leaks, but the amount decides.",
    stops_at="get_item",
    stop_cause="op_drops_mask",
    pad_invariant=False,
    **USED_UP,
)
def _() -> Parts:
    x, p = tokens()
    i = tok_in()
    return dict(
        model=finish(i, head(bi()(emb()(i))[:, -1])),
        x=x,
        y=per_sequence(),
        padding=p,
        inject="emb",
        variable_length=True,
    )


@case(
    "concatenate-in-time",
    KERAS + "20440",
    "Control: two masked sentences after one another.",
)
def _() -> Parts:
    x, p = tokens()
    q = pads((2, 5, 4, 1), 5)
    z, _p = tokens(q, seed=8)
    both = np.concatenate([p, q], 1)
    i, j = tok_in(), tok_in(name="second")
    e = emb()
    h = lstm()(L.Concatenate(axis=1, name="joined")([e(i), e(j)]))
    return dict(
        model=finish([i, j], head(h)),
        x=[x, z],
        y=targets(both),
        padding=p,
        out_padding=both,
        inject="emb",
        time_map={"second": q, "joined": both, "lstm": both, "head": both},
    )


@case(
    "flip-operator",
    KERAS + "418",
    "keras.ops.flip drops the mask.",
    stops_at="flip",
    stop_cause="op_drops_mask",
    leaks_loss=False,
    **LOST,
)
def _() -> Parts:
    x, p = tokens()
    turned = p[:, ::-1]
    i = tok_in()
    h = ops.flip(bi()(emb()(i)), axis=1)
    return dict(
        model=finish(i, head(h)),
        x=x,
        y=targets(turned),
        padding=p,
        out_padding=turned,
        inject="emb",
        time_map={"flip": turned, "head": turned},
    )
