"""The sections of the Inspect page, top to bottom. Each says one thing about an inspection."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from inspector.core.inspection import Inspection
from inspector.ui import words
from inspector.ui.choices import Key, draw_axis, draw_map_options, draw_quantity
from inspector.ui.exhibits import Exhibit, draw_averages, draw_exhibit, draw_table, heading
from inspector.ui.rows import draw_window
from inspector.ui.surroundings import Viewport
from inspector.ui.verdict import Verdict
from inspector.views import phrases
from inspector.views.diagram import diagram_alt, mermaid
from inspector.views.leak_map import (
    LeakMapView,
    effects_table,
    leak_map,
    leak_map_alt,
    leak_map_table,
)
from inspector.views.loss_map import (
    LossMapView,
    loss_map,
    loss_map_alt,
    loss_map_notes,
    loss_map_table,
)
from inspector.views.markdown import markdown_table, small
from inspector.views.mask_map import (
    MaskMapView,
    mask_map,
    mask_map_alt,
    mask_map_notes,
    mask_map_table,
)
from inspector.views.numbers import number, share
from inspector.views.tables import steps_table
from inspector.views.tokens import plain

Rows = tuple[int, int] | None


@st.fragment
def draw_mask_map(inspection: Inspection, around: Viewport, rows: Rows) -> None:
    """Draws where the mask goes, layer by layer."""
    with heading("Where the mask goes, layer by layer", phrases.MASK_MAP_CAPTION):
        options = draw_map_options()
    view = MaskMapView(
        theme=around.theme,
        compact=around.narrow,
        fold=options.fold,
        nested=options.nested,
        rows=rows,
        channel=options.channel,
    )
    draw_exhibit(
        Exhibit(
            key=Key.MASK_MAP,
            figure=mask_map(inspection, view),
            alt=mask_map_alt(inspection, view),
            table=partial(mask_map_table, inspection),
            notes=mask_map_notes(inspection, view),
        )
    )


@st.fragment
def draw_loss_map(inspection: Inspection, around: Viewport, rows: Rows) -> None:
    """Draws the loss at every timestep, and the means that it makes."""
    ledger = inspection.losses
    per = "sentence" if ledger is not None and ledger.target_valid is None else "timestep"
    with heading(f"Loss at every {per}", phrases.LOSS_MAP_CAPTION):
        quantity = draw_quantity()
    view = LossMapView(theme=around.theme, compact=around.narrow, quantity=quantity, rows=rows)
    draw_exhibit(
        Exhibit(
            key=Key.LOSS_MAP,
            figure=loss_map(inspection, view),
            alt=loss_map_alt(inspection, view),
            table=partial(loss_map_table, inspection),
            notes=loss_map_notes(inspection, view),
        )
    )


@st.fragment
def draw_which_average(inspection: Inspection, around: Viewport) -> None:
    """Draws the number that Keras reports beside the averages it could be."""
    with heading("Which average Keras reports", phrases.AVERAGES_CAPTION):
        pass
    draw_averages(Key.AVERAGES, inspection.losses, around.theme)


@st.fragment
def draw_leaks(inspection: Inspection, around: Viewport, rows: int) -> None:
    """Draws how far each layer moves when only padding changes.

    Args:
        inspection: What was found.
        around: Where the figures stand.
        rows: Number of rows of the whole batch.
    """
    with heading(words.LEAKS, phrases.LEAK_MAP_CAPTION):
        pass
    effects = effects_table(inspection.leaks)
    effects["largest change"] = effects["largest change"].map(number)
    effects["rows whose class changes"] = effects["rows whose class changes"].map(share)
    st.table(
        markdown_table(effects),
        hide_index=True,
        border="horizontal",
        alt="What each change of padding changes.",
    )
    tested = 0 if inspection.leaks is None else len(inspection.leaks.rows_tested)
    sampled = phrases.sampled(tested, rows)
    if sampled:
        st.markdown(small(sampled))
    # Drawn only when opened: every figure on the page costs each edit as much as the one before.
    layers = st.expander(words.LAYER_BY_LAYER, key=Key.LEAK_LAYERS, on_change="rerun")
    if layers.open:
        with layers:
            _draw_leak_map(inspection, around)


def _draw_leak_map(inspection: Inspection, around: Viewport) -> None:
    axis = draw_axis()
    view = LeakMapView(theme=around.theme, compact=around.narrow, axis=axis)
    draw_exhibit(
        Exhibit(
            key=Key.LEAK_MAP,
            figure=leak_map(inspection, view),
            alt=leak_map_alt(inspection),
            table=partial(leak_map_table, inspection),
        )
    )


@st.fragment
def draw_diagram(inspection: Inspection) -> None:
    """Draws the model as boxes and arrows; its table is that of all calls."""
    with heading("The model and the path of the mask", phrases.DIAGRAM_CAPTION):
        pass
    # Without the numbers of the verdict: the browser draws a diagram anew when anything changes.
    alt = diagram_alt(inspection)
    st.mermaid_chart(mermaid(inspection), width="content", alt=plain(alt))
    draw_table(Key.DIAGRAM, partial(steps_table, inspection), alt)


def draw_inspection(
    inspection: Inspection,
    around: Viewport,
    complete: Callable[[], Inspection] | None = None,
) -> Inspection:
    """Draws everything about an inspection, what matters most first.

    Args:
        inspection: What was found.
        around: Where the figures stand.
        complete: Returns the same inspection with the leak tests; called when all else is drawn.

    Returns:
        The inspection that is on the page at the end.
    """
    verdict = Verdict(inspection, to_come=complete is not None)
    shown, rows = draw_window(inspection)
    draw_mask_map(shown, around, rows)
    draw_loss_map(shown, around, rows)
    draw_which_average(shown, around)
    leaks = st.empty()
    if complete is not None:
        leaks.skeleton(height=240)
    draw_diagram(shown)
    if complete is not None:
        inspection = _completed(inspection, complete)
        verdict.say_at_last(inspection)
    if inspection.leaks is not None:
        with leaks.container():
            draw_leaks(inspection, around, inspection.batch.rows)
    return inspection


def _completed(known: Inspection, complete: Callable[[], Inspection]) -> Inspection:
    found = complete()
    same_stop = found.diagnosis.stop == known.diagnosis.stop
    if not same_stop or (found.code and found.diagnosis.findings != known.diagnosis.findings):
        # The leak tests also tell what moved the mask, which is in the map and beside the code.
        st.rerun()
    return found
