"""The drawing of small maps: one image of all cells, one of the grey, one of the colour scale."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from inspector.core.tables import TEXT_CELLS
from inspector.views.compare_layout import MapsLayout, layout_of
from inspector.views.compare_panels import Panel, Panels
from inspector.views.figures import TextMark, figure, hidden_axis
from inspector.views.loss_table import Quantity
from inspector.views.numbers import NOT_A_NUMBER, number
from inspector.views.palette import (
    GLYPH_MASKED,
    TRANSPARENT,
    Theme,
    discrete_scale,
    size_colour,
    size_scale,
    text_on,
)
from inspector.views.tokens import escaped, shown

_NEEDED = 34.0
_SCALE_WIDTH = 120.0


def drawn_maps(
    panels: Panels,
    titles: Sequence[Callable[[int], list[str]]],
    theme: Theme,
    compact: bool,
) -> go.Figure:
    """Draws small maps below their titles.

    Args:
        panels: What to draw.
        titles: For each panel what gives its title in lines, for as many letters as fit.
        theme: Light or dark surroundings.
        compact: For screens narrower than about 640 pixels.
    """
    sizes = layout_of(panels, titles, compact)
    words = _title_words(titles, sizes, theme) + _scale_words(panels, sizes, theme)
    words += _cell_words(panels, sizes, theme)
    traces = [_values(panels, sizes, theme), _grey(panels, sizes, theme)]
    traces.append(_scale(panels, sizes, theme))
    layout = {
        "height": round(sizes.height),
        "xaxis": hidden_axis(0, sizes.width),
        "yaxis": hidden_axis(sizes.height, 0),
    }
    return figure(traces, layout, theme, words)


def _title_words(
    titles: Sequence[Callable[[int], list[str]]], sizes: MapsLayout, theme: Theme
) -> list[TextMark]:
    mark = TextMark("", 0, 0, 12, theme.text, valign="bottom")
    return [
        replace(mark, text="<br>".join(title(sizes.characters)), x=x, y=y - 3)
        for title, (x, y) in zip(titles, sizes.places, strict=True)
    ]


def _values(panels: Panels, sizes: MapsLayout, theme: Theme) -> dict[str, Any]:
    """Returns the cells of all maps as one image; between them nothing is drawn."""
    z = sizes.filled([panel.values for panel in panels.panels])
    largest = panels.largest or 1.0
    trace = {
        "type": "heatmap",
        "name": "maps",
        "x": sizes.x_edges,
        "y": sizes.y_edges,
        "z": z.astype(np.float32),
        "zmin": -largest if panels.signed else 0,
        "zmax": largest,
        "colorscale": size_scale(theme, panels.signed),
        "showscale": False,
        "hoverongaps": False,
        "xgap": sizes.gap,
        "ygap": sizes.gap,
    }
    if panels.padding.size * len(panels.panels) <= TEXT_CELLS:
        return trace | {"hovertext": _hover(panels, sizes), "hoverinfo": "text"}
    return trace | {"hoverinfo": "z"}


def _hover(panels: Panels, sizes: MapsLayout) -> list[list[str]]:
    said = []
    for panel in panels.panels:
        texts = np.full(panel.values.shape, "", object)
        for row, step in np.ndindex(panel.values.shape):
            where = f"row {row}" if panels.sequence else f"row {row}, timestep {step}"
            end = "<br>padding" if panels.padding[row, step] else ""
            texts[row, step] = f"{where}<br>{number(float(panel.values[row, step]))}{end}"
        said.append(texts)
    found: list[list[str]] = sizes.filled(said, "").tolist()
    return found


def _grey(panels: Panels, sizes: MapsLayout, theme: Theme) -> dict[str, Any]:
    """Returns the grey of padding: in the truth, and in maps of losses."""
    greys = panels.quantity is Quantity.LOSS and not panels.difference
    z = sizes.filled(
        [
            panels.padding.astype(float) if greys or not panel.keys else np.zeros(z.shape)
            for panel, z in ((panel, panel.values) for panel in panels.panels)
        ],
        0.0,
    )
    return {
        "type": "heatmap",
        "name": "padding",
        "x": sizes.x_edges,
        "y": sizes.y_edges,
        "z": z.astype(np.uint8),
        "zmin": -0.5,
        "zmax": 1.5,
        "colorscale": discrete_scale((TRANSPARENT, theme.well)),
        "showscale": False,
        "hoverinfo": "skip",
        "xgap": sizes.gap,
        "ygap": sizes.gap,
    }


def _scale(panels: Panels, sizes: MapsLayout, theme: Theme) -> dict[str, Any]:
    """Returns the colour scale, above the maps."""
    return {
        "type": "heatmap",
        "name": "scale",
        "x": np.linspace(sizes.width - _SCALE_WIDTH - 44, sizes.width - 44, 25),
        "y": np.array([6.0, 16.0]),
        "z": np.linspace(-1 if panels.signed else 0, 1, 24, dtype=np.float32)[None, :],
        "zmin": -1 if panels.signed else 0,
        "zmax": 1,
        "colorscale": size_scale(theme, panels.signed),
        "showscale": False,
        "hoverinfo": "skip",
    }


def _scale_words(panels: Panels, sizes: MapsLayout, theme: Theme) -> list[TextMark]:
    right = sizes.width - 44
    low = number(-panels.largest, 3) if panels.signed else "0"
    mark = TextMark("", right + 6, 11, 11, theme.muted)
    return [
        replace(mark, text=number(panels.largest, 3)),
        replace(mark, text=low, x=right - _SCALE_WIDTH - 6, align="right"),
    ]


def _cell_words(panels: Panels, sizes: MapsLayout, theme: Theme) -> list[TextMark]:
    cells = panels.padding.size * len(panels.panels)
    fits = sizes.cell_width >= _NEEDED and sizes.row_height >= 16 and cells <= TEXT_CELLS
    tokens = sizes.cell_width >= 12 and sizes.row_height >= 14 and cells <= TEXT_CELLS
    words: list[TextMark] = []
    for panel, place in zip(panels.panels, sizes.places, strict=True):
        if panel.said is not None and tokens:
            words += _said_words(panels, panel, sizes, place, theme)
        elif not panel.keys and tokens and panels.block.whole:
            words += _truth_words(panels, sizes, place, theme)
        elif panel.keys and fits:
            words += _number_words(panels, panel, sizes, place, theme)
    return words


def _truth_words(
    panels: Panels, sizes: MapsLayout, place: tuple[float, float], theme: Theme
) -> list[TextMark]:
    words = []
    letters = max(1, int(sizes.cell_width / 9))
    for row, step in np.ndindex(panels.padding.shape):
        token = "" if panels.tokens is None else escaped(shown(panels.tokens[row][step], letters))
        padding = bool(panels.padding[row, step])
        text = f"{token} {GLYPH_MASKED}".strip() if padding else token
        if text:
            x, y = sizes.middle(place, row, step)
            colour = theme.muted if padding else theme.text
            words.append(TextMark(text, x, y, 12, colour, "center"))
    return words


def _said_words(
    panels: Panels, panel: Panel, sizes: MapsLayout, place: tuple[float, float], theme: Theme
) -> list[TextMark]:
    """Returns the texts that a panel brings along."""
    words = []
    assert panel.said is not None
    for row, step in np.ndindex(panel.values.shape):
        value, text = float(panel.values[row, step]), panel.said[row][step]
        if not text:
            continue
        colour = theme.muted
        if not panels.padding[row, step] and not np.isnan(value):
            colour = text_on(size_colour(value / (panels.largest or 1.0), theme))
        x, y = sizes.middle(place, row, step)
        words.append(TextMark(text, x, y, 12, colour, "center"))
    return words


def _number_words(
    panels: Panels, panel: Panel, sizes: MapsLayout, place: tuple[float, float], theme: Theme
) -> list[TextMark]:
    words = []
    greys = panels.quantity is Quantity.LOSS and not panels.difference
    for row, step in np.ndindex(panel.values.shape):
        value, padding = float(panel.values[row, step]), bool(panels.padding[row, step])
        text = NOT_A_NUMBER if np.isnan(value) else number(value, 2 if padding else 3)
        colour = theme.muted
        if not np.isnan(value) and not (padding and greys):
            colour = text_on(size_colour(value / (panels.largest or 1.0), theme))
        x, y = sizes.middle(place, row, step)
        words.append(TextMark(f"({text})" if padding else text, x, y, 11, colour, "center"))
    return words
