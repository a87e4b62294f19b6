"""Strategies side by side: numbers, maps, batch sizes, and the tables behind them."""

import json
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.core.comparison import Comparison
from inspector.core.tables import FIGURE_CELLS, TEXT_CELLS
from inspector.views.compare_grid import GridView, grid, scaled, shown_numbers
from inspector.views.compare_lines import MOST_LINES
from inspector.views.compare_maps import MapsView, maps, maps_alt, maps_notes
from inspector.views.compare_panels import panels_of
from inspector.views.compare_sizes import sizes_alt, sizes_figure, sizes_notes
from inspector.views.compare_tables import maps_table, numbers_table, overview_table, sizes_table
from inspector.views.compare_words import COLUMNS, grid_alt, value_text
from inspector.views.loss_table import Quantity
from inspector.views.palette import DARK, LIGHT, THEMES, Theme, contrast, text_on
from tests.views import drawn
from tests.views.compare_made import COMPARISONS, REFUSED, a_comparison, large, many, named
from tests.views.conftest import HOSTILE


@pytest.fixture(params=sorted(COMPARISONS))
def any_comparison(request: pytest.FixtureRequest) -> Comparison:
    return COMPARISONS[request.param]()


def figures(comparison: Comparison, theme: Theme, compact: bool) -> list[go.Figure]:
    found = [
        grid(comparison, GridView(theme, compact, differences=differences))
        for differences in (False, True)
    ]
    for quantity in Quantity:
        for difference in (False, True):
            found.append(maps(comparison, MapsView(theme, compact, quantity, "", difference)))
    return [*found, sizes_figure(comparison, theme, compact)]


def texts(figure: go.Figure) -> list[str]:
    return [text for trace in figure.data for text in (trace.text or ()) if text]


def cells(figure: go.Figure) -> int:
    return sum(np.asarray(trace.z).size for trace in figure.data if trace.type == "heatmap")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("compact", [False, True], ids=["wide", "compact"])
def test_every_figure_is_one_that_plotly_accepts_within_the_limits(
    any_comparison: Comparison, theme: Theme, compact: bool
) -> None:
    for figure in figures(any_comparison, theme, compact):
        assert len(go.Figure(figure.to_dict()).data) == len(figure.data)
        assert cells(figure) <= FIGURE_CELLS
        assert len(texts(figure)) <= TEXT_CELLS + 100
        assert 0 < figure.layout.height < 6_000
        json.loads(figure.to_json())


def test_the_grid_holds_each_number_and_colours_each_column_on_its_own() -> None:
    comparison = a_comparison()
    numbers = shown_numbers(comparison, GridView())
    assert numbers.shape == (4, len(COLUMNS))
    assert numbers[0, 0] == comparison.results[0].keras_value
    z = np.array(grid(comparison).data[0].z)
    assert np.allclose(z[:, 0], numbers[:, 0] / numbers[:, 0].max())
    assert np.allclose(z[:, 3], numbers[:, 3] / numbers[:, 3].max())
    said = texts(grid(comparison))
    assert value_text("keras_value", comparison.results[0].keras_value) in said
    assert "30\N{NO-BREAK SPACE}%" in said


def test_differences_are_from_the_pinned_strategy() -> None:
    comparison = a_comparison()
    view = GridView(baseline="loss_from_targets", differences=True)
    numbers = shown_numbers(comparison, view)
    assert np.all(numbers[2] == 0)
    assert numbers[0, 4] == pytest.approx(0.3)
    assert "+30\N{NO-BREAK SPACE}pp" in texts(grid(comparison, view))
    bars = [trace for trace in grid(comparison, view).data if trace.name == "baseline"]
    assert len(bars) == 1
    assert min(bars[0].y) < max(bars[0].y)
    pinned_elsewhere = grid(comparison, GridView(differences=True)).data
    assert bars[0].y != next(t for t in pinned_elsewhere if t.name == "baseline").y


def test_columns_without_a_size_or_with_infinity_have_colours() -> None:
    numbers = np.array([[0.0, np.inf, np.nan], [0.0, 1.0, -2.0]])
    assert np.array_equal(scaled(numbers, True), [[0, 1, np.nan], [0, 1, -1]], equal_nan=True)


def test_on_a_phone_the_columns_stand_below_each_other() -> None:
    comparison = a_comparison()
    wide, compact = grid(comparison), grid(comparison, GridView(compact=True))
    heat = [trace for trace in compact.data if trace.type == "heatmap"]
    assert [np.array(trace.z).shape for trace in heat] == [(4, 3)] * 3
    assert compact.layout.height > wide.layout.height


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_words_can_be_read(theme: Theme) -> None:
    assert all(contrast(colour, theme.page) >= 4.5 for colour in theme.series)
    assert len(set(theme.series)) == MOST_LINES
    assert all(contrast(text_on(c), c) >= 4.5 for c in (*theme.sizes, *theme.below))


def test_strategies_with_the_same_map_share_one_and_the_truth_comes_first() -> None:
    panels = panels_of(a_comparison(), Quantity.WEIGHT)
    assert panels is not None
    keys = [panel.keys for panel in panels.panels]
    assert keys == [(), ("no_mask", "propagated"), ("loss_from_targets", "alone")]
    loss = panels_of(a_comparison(), Quantity.LOSS)
    assert loss is not None
    assert [len(panel.keys) for panel in loss.panels] == [0, 4]
    said = texts(maps(a_comparison(), MapsView(quantity=Quantity.WEIGHT)))
    assert "# ×" in said
    assert any("no mask" in text and "as the model is (baseline)" in text for text in said)


def test_all_maps_are_on_one_scale() -> None:
    comparison = many(3)
    figure = maps(comparison)
    images = [trace for trace in figure.data if trace.name == "maps"]
    assert len(images) == 1
    largest = comparison.results[2].loss
    assert largest is not None
    real = largest[comparison.batch.valid]
    assert images[0].zmax == pytest.approx(real.max())
    assert images[0].zmin == 0


def test_a_difference_map_shows_what_the_baseline_lacks() -> None:
    comparison = a_comparison()
    panels = panels_of(comparison, Quantity.WEIGHT, "propagated", True)
    assert panels is not None
    assert panels.same == ("no_mask",)
    shown = panels.panels[1]
    assert shown.keys == ("loss_from_targets", "alone")
    first, base = comparison.result("loss_from_targets").weight, comparison.results[1].weight
    assert first is not None and base is not None
    assert np.allclose(shown.values, first - base)
    view = MapsView(quantity=Quantity.WEIGHT, difference=True)
    assert "no mask" in " ".join(maps_notes(comparison, view))
    assert maps(comparison, view).data[0].zmin == -maps(comparison, view).data[0].zmax


def test_values_of_padding_stand_in_brackets() -> None:
    said = drawn.cell_texts(maps(a_comparison())) + texts(maps(a_comparison()))
    assert sum(text.startswith("(") for text in said) == 3


def test_large_maps_are_drawn_in_blocks_and_say_so() -> None:
    comparison = large(300, 500)
    assert "Aggregated" in " ".join(maps_notes(comparison))
    assert len(maps_table(comparison)) == 4 * 300 * 500


def test_lines_that_are_the_same_share_a_colour_and_a_name() -> None:
    figure = sizes_figure(a_comparison())
    lines = [trace for trace in figure.data if trace.name == "line"]
    assert len(lines) == 2
    assert len({line.line.color for line in lines}) == 2
    assert any("no mask · as the model is" in text.replace("<br>", " ") for text in texts(figure))
    assert "It moves for “no mask” and “as the model is”" in sizes_alt(a_comparison())
    assert "stays the same for “loss from y_true”" in sizes_alt(a_comparison())


def test_no_more_lines_than_colours_and_the_others_are_named() -> None:
    comparison = many(MOST_LINES + 2)
    lines = [trace for trace in sizes_figure(comparison).data if trace.name == "line"]
    assert len(lines) == len({line.line.color for line in lines}) == MOST_LINES
    note = " ".join(sizes_notes(comparison))
    assert f"loss_{MOST_LINES + 2}" in note
    assert "loss_1”" not in note


def test_the_names_of_lines_do_not_touch() -> None:
    figure = sizes_figure(many(MOST_LINES), compact=True)
    names = [w for w in drawn.words(figure) if w.colour in LIGHT.series and "Your" in w.text]
    places = sorted(word.y for word in names)
    assert len(places) == MOST_LINES
    assert min(np.diff(places)) >= 14


def test_alt_texts_say_the_finding() -> None:
    comparison = a_comparison()
    assert "4 strategies" in grid_alt(comparison, "propagated")
    assert value_text("keras_value", comparison.results[0].keras_value) in grid_alt(
        comparison, "no_mask"
    )
    assert "2 small maps" in maps_alt(comparison, MapsView(quantity=Quantity.WEIGHT))


def test_what_cannot_be_applied_stays_in_the_tables_with_its_reason() -> None:
    comparison = a_comparison()
    for compact in (False, True):
        table = overview_table(comparison, "propagated", compact)
        assert len(table) == len(comparison.results)
        assert "Not possible here" in table.iloc[-1, -1]
        assert "`ignore_class` is an argument" in table.iloc[-1, -1]
        assert "(baseline)" in table.iloc[1, 0]
    numbers = numbers_table(comparison, "propagated")
    assert list(numbers["possible here"]) == [True] * 4 + [False]
    assert numbers.iloc[-1]["what is wrong"] == REFUSED
    assert numbers.iloc[2]["loss_share, difference"] == pytest.approx(-0.3)


def test_a_strategy_that_is_the_same_as_the_baseline_is_called_so() -> None:
    table = overview_table(a_comparison(), "alone")
    assert table.iloc[2]["on this batch"] == "The same as the baseline."


def test_tables_hold_every_number() -> None:
    comparison = a_comparison()
    table = maps_table(comparison)
    assert len(table) == 4 * 10
    assert set(table["strategy"]) == {"no_mask", "propagated", "loss_from_targets", "alone"}
    assert len(sizes_table(comparison)) == 4 * 2


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_break_nothing(name: str) -> None:
    comparison = named(name)
    for figure in figures(comparison, LIGHT, False):
        for text in texts(figure):
            assert "<img" not in text and "\u202e" not in text and "\ud800" not in text
            assert "$" not in text
    for make in _tables():
        for column in make(comparison):
            for value in make(comparison)[column]:
                assert not str(value).startswith("="), "a spreadsheet would run it"
    for text in overview_table(comparison, "propagated")["on this batch"]:
        assert "<img" not in text.replace("\\<", "")


def _tables() -> list[Callable]:
    return [lambda c: numbers_table(c, "propagated"), maps_table, sizes_table]


@pytest.mark.parametrize(
    ("name", "value", "difference", "said"),
    [
        ("loss_share", 0.31, False, "31\N{NO-BREAK SPACE}%"),
        ("loss_share", -0.31, True, "−31\N{NO-BREAK SPACE}pp"),
        ("loss_share", 0.004, True, "+0.4\N{NO-BREAK SPACE}pp"),
        ("divided_by", 7.0000001, False, "7"),
        ("divided_by", -3.0, True, "−3"),
        ("gradient_cosine", -0.5, False, "−0.500"),
        ("keras_value", None, False, "–"),
        ("keras_value", 0.0, True, "="),
        ("keras_value", 1.5, True, "+1.50"),
    ],
)
def test_numbers_are_written_for_their_kind(
    name: str, value: float | None, difference: bool, said: str
) -> None:
    assert value_text(name, value, difference=difference) == said
