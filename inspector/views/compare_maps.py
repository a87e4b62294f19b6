"""Small maps of all strategies in one figure: loss, weight, or the difference from a baseline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from inspector.core.comparison import Comparison
from inspector.views import phrases
from inspector.views.compare_maps_drawing import drawn_maps
from inspector.views.compare_panels import Panel, Panels, panels_of
from inspector.views.compare_words import (
    BASELINE,
    NO_DIFFERENCE,
    NOTHING_TO_DRAW,
    TRUTH,
    listed,
    short,
)
from inspector.views.figures import message
from inspector.views.loss_table import Quantity
from inspector.views.numbers import amount, number
from inspector.views.palette import LIGHT, Theme
from inspector.views.tokens import wrapped


@dataclass(frozen=True)
class MapsView:
    """How to draw the small maps.

    Attributes:
        theme: Light or dark surroundings.
        compact: For screens narrower than about 640 pixels.
        quantity: The loss, its weight, or their product.
        baseline: Key of the pinned strategy; empty for the comparison's own.
        difference: Show what each strategy has more than the baseline.
    """

    theme: Theme = LIGHT
    compact: bool = False
    quantity: Quantity = Quantity.LOSS
    baseline: str = ""
    difference: bool = False

    def panels(self, comparison: Comparison) -> Panels | None:
        """Returns what is drawn."""
        return panels_of(comparison, self.quantity, self.baseline, self.difference)


def maps(comparison: Comparison, view: MapsView | None = None) -> go.Figure:
    """Draws a small map for each group of strategies that have the same values.

    Marks: a row for each sentence, a column for each timestep. The first map is the truth: tokens,
    grey with × at padding. The colours of all others are on one scale, from zero to the largest;
    differences are purple where there is more than in the baseline and green where there is less.
    A value in brackets belongs to padding; losses at padding are grey. A dash is no value.
    """
    view = view or MapsView()
    panels = view.panels(comparison)
    if panels is None:
        return message(NOTHING_TO_DRAW, view.theme)
    if not any(panel.keys for panel in panels.panels):
        return message(NO_DIFFERENCE, view.theme)
    titles = [_title(comparison, panel, view) for panel in panels.panels]
    return drawn_maps(panels, titles, view.theme, view.compact)


def maps_alt(comparison: Comparison, view: MapsView | None = None) -> str:
    """Returns the finding in words, for readers who do not see the figure."""
    view = view or MapsView()
    panels = view.panels(comparison)
    if panels is None:
        return NOTHING_TO_DRAW
    groups = [panel.keys for panel in panels.panels if panel.keys]
    if not groups:
        return NO_DIFFERENCE
    names = [
        listed([f"“{short(comparison.result(key).strategy)}”" for key in keys], 3)
        for keys in groups
    ]
    what = phrases.QUANTITIES[view.quantity.value]
    lead = f"Difference of the {what} from the baseline" if view.difference else f"The {what}"
    size = amount(comparison.batch.rows, "sentence")
    return (
        f"{lead} of {size} as {amount(len(groups), 'small map')} on one colour scale up to "
        f"{number(panels.largest)}: {'; '.join(names)}."
    )


def maps_notes(comparison: Comparison, view: MapsView | None = None) -> tuple[str, ...]:
    """Returns what a reader must know: what is left out, and blocks."""
    view = view or MapsView()
    panels = view.panels(comparison)
    if panels is None:
        return ()
    notes = []
    if panels.same:
        names = [short(comparison.result(key).strategy) for key in panels.same]
        notes.append(f"The same as the baseline: {quoted_names(names)}.")
    if panels.missing:
        names = [short(comparison.result(key).strategy) for key in panels.missing]
        notes.append(f"Without such a map: {quoted_names(names)}.")
    if not panels.block.whole:
        notes.append(phrases.aggregated(panels.block, "the mean over its real timesteps"))
    return tuple(notes)


def quoted_names(names: Sequence[str]) -> str:
    """Returns names as they stand in a sentence, each in quotes; not escaped."""
    return listed([f"“{name}”" for name in names], 12)


def _title(comparison: Comparison, panel: Panel, view: MapsView) -> Callable[[int], list[str]]:
    pinned = view.baseline or comparison.baseline

    def lines(characters: int) -> list[str]:
        if not panel.keys:
            return [TRUTH]
        names = [short(comparison.result(key).strategy) for key in panel.keys]
        names = [
            f"{name} ({BASELINE})" if key == pinned else name
            for key, name in zip(panel.keys, names, strict=True)
        ]
        return wrapped(" · ".join(names), characters, 5)

    return lines
