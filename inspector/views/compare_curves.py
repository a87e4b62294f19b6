"""What was recorded in training, as curves: what Keras reports, masked average, accuracy."""

import numpy as np
import plotly.graph_objects as go

from inspector.core.arrays import FloatArray
from inspector.core.training_run import StrategyRun, TrainingRun
from inspector.views.compare_groups import TRAINED_ALIKE, StrategyGroup, grouped
from inspector.views.compare_lines import MOST_LINES, CurveLine, LinePanel, LineView, line_panels
from inspector.views.compare_maps import quoted_names
from inspector.views.compare_words import NO_CURVES, short
from inspector.views.figures import message
from inspector.views.numbers import amount, number, share
from inspector.views.palette import LIGHT, Theme

_MOST_POINTS = 250
_ROOM = 1.5

CURVES = (
    ("reported", "what Keras reports"),
    ("masked_average", "masked average: real timesteps only"),
    ("accuracy", "accuracy on real timesteps"),
)
"""Fields of `StrategyRun`, and what they are."""


def curves_figure(
    run: TrainingRun, theme: Theme = LIGHT, compact: bool = False, step: int | None = None
) -> go.Figure:
    """Draws three panels over the steps, a line for each group of equal strategies.

    Args:
        run: What was recorded.
        theme: Light or dark surroundings.
        compact: For screens narrower than about 640 pixels.
        step: The step that is replayed: a thin line stands there; None for no line.
    """
    groups = _groups(run)
    if not groups:
        return message(NO_CURVES, theme)
    panels = []
    for field, title in CURVES:
        lines = [_line(run, group, field, at) for at, group in enumerate(groups[:MOST_LINES])]
        drawn = tuple(line for line in lines if line is not None)
        if drawn:
            panels.append(LinePanel(title, drawn, field == "accuracy", _most(run, field)))
    last = max(one.steps for one in run.runs) - 1
    ticks = tuple((float(at), str(at)) for at in _ticks(last))
    view = LineView(theme, compact, "steps", ticks, None if step is None else min(step, last))
    return line_panels(panels, view)


def curves_alt(run: TrainingRun) -> str:
    """Returns where the strategies ended."""
    usable = [one for one in run.runs if one.steps and one.masked_average is not None]
    if not usable:
        return NO_CURVES
    lead = f"{amount(len(usable), 'strategy', 'strategies')} over {amount(run.steps, 'step')}."
    parts = [lead]
    best = [one for one in usable if np.isfinite(_last(one.masked_average))]
    if best:
        low = min(best, key=lambda one: _last(one.masked_average))
        high = max(best, key=lambda one: _last(one.masked_average))
        same = number(_last(low.masked_average)) == number(_last(high.masked_average))
        ends = number(_last(low.masked_average))
        parts.append(
            f"The masked average ends at {ends} for all that did not diverge."
            if same
            else f"The masked average ends lowest for “{short(low.strategy)}” "
            f"({number(_last(low.masked_average))}) and highest for “{short(high.strategy)}” "
            f"({number(_last(high.masked_average))})."
        )
    right = [one for one in usable if one.accuracy is not None]
    if right:
        top = max(right, key=lambda one: _last(one.accuracy))
        parts.append(
            f"Accuracy on real timesteps ends highest for “{short(top.strategy)}” "
            f"({share(_last(top.accuracy))})."
        )
    return " ".join(parts)


def easy_padding(run: TrainingRun) -> str:
    """Returns the sentence on a reported loss that looks better than the model is, or nothing."""
    worst, gap = None, 0.05
    for one in run.runs:
        reported, masked = _last(one.reported), _last(one.masked_average)
        if not (np.isfinite(reported) and np.isfinite(masked)) or masked <= 0:
            continue
        if (masked - reported) / masked > gap:
            worst, gap = one, (masked - reported) / masked
    if worst is None:
        return ""
    return (
        f"“{short(worst.strategy)}” reports {number(_last(worst.reported))} at the end, and the "
        f"masked average is {number(_last(worst.masked_average))}: what Keras reports looks "
        f"{share(gap)} better than the model is at real timesteps."
    )


def curves_notes(run: TrainingRun) -> tuple[str, ...]:
    """Returns what a reader must know: who diverged, who cannot be trained, who is not drawn."""
    notes = []
    for one in run.runs:
        name = quoted_names([short(one.strategy)])
        if one.diverged_at is not None:
            notes.append(
                f"{name} diverged: at step {one.diverged_at} its value was no longer a number. "
                "It was not trained further; the others went on."
            )
    beyond = [key for group in _groups(run)[MOST_LINES:] for key in group.keys]
    if beyond:
        names = [short(run.run(key).strategy) for key in beyond]
        notes.append(
            f"Not drawn, for want of colours that can be told apart: {quoted_names(names)}."
        )
    if run.steps > _MOST_POINTS:
        notes.append(f"The curves show {_MOST_POINTS} of {run.steps} steps, the CSV all of them.")
    return (*notes, *run.notes)


def _last(values: FloatArray | None) -> float:
    """Returns the last value, NaN where there is none."""
    return float("nan") if values is None or not len(values) else float(values[-1])


def _groups(run: TrainingRun) -> list[StrategyGroup]:
    curves = []
    for one in run.runs:
        if one.applicable and one.steps:
            curves.append((one.key, np.concatenate([_curve(one, name) for name, _ in CURVES])))
    return grouped(curves, TRAINED_ALIKE)


def _curve(one: StrategyRun, field: str) -> FloatArray:
    values = getattr(one, field)
    return np.full(one.steps, np.nan) if values is None else np.asarray(values, np.float64)


def _line(run: TrainingRun, group: StrategyGroup, field: str, at: int) -> CurveLine | None:
    one = run.run(group.keys[0])
    values = _curve(one, field)
    if not np.isfinite(values).any():
        return None
    kept = np.unique(np.linspace(0, one.steps - 1, min(one.steps, _MOST_POINTS)).astype(int))
    names = []
    for key in group.keys:
        diverged = run.run(key).diverged_at
        end = "" if diverged is None else f" (diverged at step {diverged})"
        names.append(short(run.run(key).strategy) + end)
    return CurveLine(" · ".join(names), kept.astype(float), values[kept], at)


def _most(run: TrainingRun, field: str) -> float | None:
    """Returns where a panel ends above: a line that diverged shall not flatten the others."""
    if all(one.diverged_at is None for one in run.runs):
        return None
    firsts = [float(_curve(one, field)[0]) for one in run.runs if one.steps]
    known = [first for first in firsts if np.isfinite(first)]
    return _ROOM * max(known) if known and max(known) > 0 else None


def _ticks(last: int) -> list[int]:
    if last < 1:
        return [0]
    step = next(s for s in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 10**9) if last / s <= 5)
    return list(range(0, last + 1, step))
