"""The sections of the page of strategies, top to bottom."""

from functools import partial

import streamlit as st

from inspector.core.compare_requests import CompareRequest
from inspector.core.comparison import Comparison
from inspector.core.comparison_words import conclusion
from inspector.ui import compare_text, page_words, words
from inspector.ui.choices import Key
from inspector.ui.compare_choices import draw_baseline
from inspector.ui.controls import TO_URL, save_button, segments
from inspector.ui.exhibits import Exhibit, draw_exhibit, heading
from inspector.ui.sharing import draw_code, draw_report
from inspector.ui.surroundings import Viewport
from inspector.views import compare_words
from inspector.views.code_for_this_comparison import code_for_comparison
from inspector.views.compare_grid import GridView, grid
from inspector.views.compare_maps import MapsView, maps, maps_alt, maps_notes
from inspector.views.compare_sizes import sizes_alt, sizes_figure, sizes_notes
from inspector.views.compare_tables import maps_table, numbers_table, overview_table, sizes_table
from inspector.views.markdown import markdown, small
from inspector.views.tokens import plain, plain_code


def draw_comparison(comparison: Comparison, request: CompareRequest, around: Viewport) -> None:
    """Draws everything about a comparison and what was asked for, what matters most first."""
    place = st.container()
    baseline = draw_baseline(comparison)
    said = conclusion(comparison.results, baseline, comparison.reference)
    place.info(markdown(compare_text.conclusion_lines(said)), icon=":material/balance:")
    draw_overview(comparison, baseline, around)
    draw_grid(comparison, baseline, around)
    _draw_on_demand(comparison, request, baseline, around)


def draw_overview(comparison: Comparison, baseline: str, around: Viewport) -> None:
    """Draws a row a strategy, in words."""
    with heading(compare_text.OVERVIEW, compare_text.OVERVIEW_HELP):
        pass
    alt = f"Table: what {len(comparison.results)} strategies report."
    st.table(
        overview_table(comparison, baseline, around.narrow),
        hide_index=True,
        border="horizontal",
        alt=plain(alt),
    )
    # What is noted on the batch stands beside the choices already.
    notes = [note for note in comparison.notes if note not in comparison.batch.notes]
    if notes:
        st.markdown(small(" ".join(notes)))


@st.fragment
def draw_grid(comparison: Comparison, baseline: str, around: Viewport) -> None:
    """Draws the heatmap of strategies x numbers."""
    with heading(compare_text.GRID, compare_words.GRID_CAPTION):
        differences = segments(
            "Cells",
            compare_text.CELLS,
            Key.GRID_CELLS,
            help=compare_text.CELLS_HELP,
            hide_label=True,
        )
    view = GridView(around.theme, around.narrow, baseline, bool(differences))
    draw_exhibit(
        Exhibit(
            key=Key.GRID,
            figure=grid(comparison, view),
            alt=compare_words.grid_alt(comparison, baseline),
            table=partial(numbers_table, comparison, baseline),
        )
    )


@st.fragment
def _draw_on_demand(
    comparison: Comparison, request: CompareRequest, baseline: str, around: Viewport
) -> None:
    """Draws, each only when it is opened, what lies below the fold."""
    shown = st.expander(
        compare_text.MAPS, key=Key.STRATEGY_MAPS, on_change="rerun", icon=":material/grid_on:"
    )
    if shown.open:
        with shown:
            _draw_maps(comparison, baseline, around)
    shown = st.expander(
        compare_text.SIZES, key=Key.SIZES, on_change="rerun", icon=":material/show_chart:"
    )
    if shown.open:
        with shown:
            _draw_sizes(comparison, around)
    shown = st.expander(
        compare_text.CODE, key=Key.STRATEGY_CODE, on_change="rerun", icon=":material/code:"
    )
    if shown.open:
        with shown:
            _draw_code(comparison)
    draw_code(lambda: code_for_comparison(request, comparison), page_words.COMPARISON_SCRIPTS)
    _draw_saving(comparison)


def _draw_maps(comparison: Comparison, baseline: str, around: Viewport) -> None:
    st.markdown(small(compare_words.MAPS_CAPTION))
    with st.container(horizontal=True, vertical_alignment="center"):
        quantity = segments(
            "Value",
            words.QUANTITIES,
            Key.MAPS_VALUE,
            help=words.QUANTITY_HELP,
            hide_label=True,
        )
        less = st.toggle(
            compare_text.MAPS_LESS, key=Key.MAPS_LESS, bind=TO_URL, help=compare_text.MAPS_LESS_HELP
        )
    view = MapsView(around.theme, around.narrow, quantity, baseline, less)
    draw_exhibit(
        Exhibit(
            key=Key.STRATEGY_MAPS + "_figure",
            figure=maps(comparison, view),
            alt=maps_alt(comparison, view),
            table=partial(maps_table, comparison),
            notes=maps_notes(comparison, view),
        )
    )


def _draw_sizes(comparison: Comparison, around: Viewport) -> None:
    st.markdown(small(compare_words.SIZES_CAPTION))
    draw_exhibit(
        Exhibit(
            key=Key.SIZES + "_figure",
            figure=sizes_figure(comparison, around.theme, around.narrow),
            alt=sizes_alt(comparison),
            table=partial(sizes_table, comparison),
            notes=sizes_notes(comparison),
        )
    )


def _draw_code(comparison: Comparison) -> None:
    st.markdown(small(compare_text.CODE_LEGEND))
    for result in comparison.results:
        strategy = result.strategy
        st.markdown(markdown(compare_text.heading_of(strategy)))
        when = markdown(strategy.when)
        st.markdown(markdown(when + compare_text.WARNING if strategy.warning else when))
        if not result.applicable:
            st.markdown(markdown(f"Not possible here: {result.reason}"))
        st.latex(strategy.formula)
        if strategy.code:
            st.code(plain_code(strategy.code))


def _draw_saving(comparison: Comparison) -> None:
    with st.container(horizontal=True):
        draw_report(
            lambda: comparison.to_html().encode("utf-8"), "comparison.html", compare_text.HTML_HELP
        )
        save_button(
            compare_text.JSON,
            lambda: comparison.to_json().encode("utf-8"),
            "comparison.json",
            "application/json",
            key=Key.COMPARISON_JSON,
        )
