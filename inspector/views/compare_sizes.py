"""How the number that Keras reports moves with the batch size, a line for each strategy."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from inspector.core.arrays import FloatArray
from inspector.core.comparison import Comparison
from inspector.views.compare_groups import StrategyGroup, grouped
from inspector.views.compare_lines import MOST_LINES, CurveLine, LinePanel, LineView, line_panels
from inspector.views.compare_maps import quoted_names
from inspector.views.compare_words import NOTHING_TO_DRAW, listed, short
from inspector.views.figures import message
from inspector.views.numbers import amount, number
from inspector.views.palette import LIGHT, Theme


def sizes_figure(comparison: Comparison, theme: Theme = LIGHT, compact: bool = False) -> go.Figure:
    """Draws Keras's value against the batch size, a line for each group of equal strategies."""
    groups = _groups(comparison)
    if not groups:
        return message(NOTHING_TO_DRAW, theme)
    sizes = _sizes(comparison)
    places = np.arange(len(sizes), dtype=float)
    lines = []
    for at, group in enumerate(groups[:MOST_LINES]):
        said = tuple(
            f"batch size {size}: {number(float(value))}"
            for size, value in zip(sizes, group.values, strict=True)
        )
        names = [short(comparison.result(key).strategy) for key in group.keys]
        lines.append(CurveLine(" · ".join(names), places, group.values, at, said))
    every = 1 if len(sizes) <= 9 or not compact else 2
    ticks = tuple((float(at), str(size)) for at, size in enumerate(sizes) if at % every == 0)
    view = LineView(theme, compact, "batch size", ticks)
    return line_panels([LinePanel("what Keras reports", tuple(lines))], view)


def sizes_alt(comparison: Comparison) -> str:
    """Returns which strategies depend on the batch size, and how far they go."""
    groups = _groups(comparison)
    if not groups:
        return NOTHING_TO_DRAW
    sizes = _sizes(comparison)
    lead = f"Keras's value for batches of {sizes[0]} to {amount(sizes[-1], 'row')}."
    moving, still = [], []
    for group in groups:
        names = [f"“{short(comparison.result(key).strategy)}”" for key in group.keys]
        finite = group.values[np.isfinite(group.values)]
        low, high = (number(float(end)) for end in _ends(finite))
        if low != high:
            moving.append(f"{listed(names, 3)} from {low} to {high}")
        else:
            still += names
    parts = [lead]
    if moving:
        parts.append(f"It moves for {'; '.join(moving)}.")
    if still:
        parts.append(f"It stays the same for {listed(still, 5)}.")
    return " ".join(parts)


def _ends(values: FloatArray) -> tuple[float, float]:
    """Returns the smallest and the largest value; zeros where there is none."""
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def sizes_notes(comparison: Comparison) -> tuple[str, ...]:
    """Returns which strategies found no place in the figure."""
    return left_out(comparison, _groups(comparison))


def left_out(comparison: Comparison, groups: Sequence[StrategyGroup]) -> tuple[str, ...]:
    """Returns what is said of groups beyond the colours of the palette."""
    keys = [key for group in groups[MOST_LINES:] for key in group.keys]
    if not keys:
        return ()
    names = [short(comparison.result(key).strategy) for key in keys]
    return (f"Not drawn, for want of colours that can be told apart: {quoted_names(names)}.",)


def _sizes(comparison: Comparison) -> list[int]:
    return sorted({size for result in comparison.applicable for size, _ in result.by_batch_size})


def _groups(comparison: Comparison) -> list[StrategyGroup]:
    sizes = _sizes(comparison)
    curves = []
    for result in comparison.applicable:
        known = dict(result.by_batch_size)
        values = [known.get(size) for size in sizes]
        array = np.array([np.nan if value is None else value for value in values], np.float64)
        if np.isfinite(array).any():
            curves.append((result.key, array))
    return grouped(curves)
