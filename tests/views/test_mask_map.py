"""The mask map: traces, arrays, words, limits."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.core.inspection import Inspection
from inspector.core.tables import FIGURE_CELLS, TEXT_CELLS
from inspector.views.bands import Channel
from inspector.views.mask_map import (
    MaskMapView,
    mask_map,
    mask_map_alt,
    mask_map_notes,
    mask_map_table,
)
from inspector.views.mask_map_cells import GAP, KEPT, MASKED, NO_MASK
from inspector.views.palette import DARK, LIGHT
from tests.views import drawn, made

VIEWS = {
    "wide": MaskMapView(),
    "compact": MaskMapView(compact=True),
    "dark, folded": MaskMapView(theme=DARK, fold=True),
    "nested": MaskMapView(nested=True),
    "attribute": MaskMapView(channel=Channel.ATTRIBUTE),
    "argument": MaskMapView(channel=Channel.ARGUMENT, compact=True, fold=True),
    "one row": MaskMapView(rows=(0, 1)),
}


def texts(figure: go.Figure) -> list[str]:
    return drawn.cell_texts(figure)


def words(figure: go.Figure) -> str:
    return " ".join(mark.text for mark in drawn.words(figure))


def test_the_question(question: Inspection) -> None:
    figure = mask_map(question)
    names = [trace.name for trace in figure.data]
    expected = ["mask", "inside", "no time axis", "stop", "tokens", "words"]
    assert names == expected
    valid = question.batch.valid
    truth = np.where(valid, KEPT, MASKED)
    nothing, gap = np.full((2, 5), NO_MASK), np.full((1, 5), GAP)
    # Input and masking; then a gap over the encoder, which has no time axis; then no mask.
    no_axis = np.full((2, 5), GAP)
    bands = [truth, gap, truth, gap, no_axis]
    for _ in range(4):
        bands += [gap, nothing]
    np.testing.assert_array_equal(figure.data[0].z, np.concatenate(bands))
    np.testing.assert_array_equal(figure.data[2].z, [[1], [1]])


def test_tokens_and_glyphs_stand_in_the_cells(question: Inspection) -> None:
    found = texts(mask_map(question))
    # 3 padded timesteps in two bands with a mask, all 10 in four bands without.
    assert found.count("# ×") == 6
    assert found.count("# ·") == 12
    assert sum(text.endswith("·") for text in found) == 40
    assert found.count("no time axis") == 2


@pytest.mark.parametrize("name", VIEWS)
def test_the_line_stands_where_the_mask_stops(question: Inspection, name: str) -> None:
    figure = mask_map(question, VIEWS[name])
    (line,) = drawn.lines(figure)
    assert tuple(line.x) == tuple(figure.layout.xaxis.range)
    assert line.y[0] == line.y[1] and 0 < line.y[0] < figure.layout.yaxis.range[0]
    assert "The mask stops at encoder" in words(figure)
    # Above the cells of the encoder, below those of the layer that made the mask.
    if VIEWS[name].channel is Channel.EFFECTIVE and not VIEWS[name].fold:
        wide = next(trace for trace in figure.data if trace.name == "no time axis")
        assert line.y[0] < wide.y[0]


def test_a_mask_that_ends_rightly_gets_a_quiet_line() -> None:
    figure = mask_map(made.a_classifier())
    (line,) = drawn.lines(figure)
    assert line.line.dash == "dash"
    assert "rightly" in words(figure)


def test_without_a_stop_there_is_no_line() -> None:
    assert not drawn.lines(mask_map(made.a_right_model()))


def test_axes_are_named(question: Inspection) -> None:
    figure = mask_map(question)
    marks = drawn.words(figure)
    above = [mark for mark in marks if mark.y == -10]
    assert [mark.text for mark in above] == ["0", "1", "2", "3", "4", "timestep"]
    assert [mark.x for mark in above[:5]] == [0, 1, 2, 3, 4]
    beside = [mark.text for mark in marks if mark.text.isdigit() and mark.y > 0]
    assert beside == ["0", "1", "0", "1"]
    assert "timestep" in words(mask_map(question, MaskMapView(compact=True)))


def test_the_legend_says_every_state_in_words(question: Inspection) -> None:
    said = words(mask_map(question))
    for state in ("kept", "masked", "no mask"):
        assert state in said
    assert "differs from the truth" in words(mask_map(made.a_wrong_mask()))


def test_cells_that_differ_from_the_truth_carry_a_glyph() -> None:
    found = texts(mask_map(made.a_wrong_mask()))
    assert found.count("# !") == 3 and found.count("b ×!") == 3


def test_hover_names_layer_row_timestep_and_state(question: Inspection) -> None:
    hover = mask_map(question).data[0].hovertext
    assert hover[0][0] == "<b>input</b><br>row 0, timestep 0, token #<br>× padding"
    window = mask_map(question, MaskMapView(rows=(1, 2))).data[0].hovertext
    assert any("row 1, timestep 1, token b" in text for row in window for text in row)


def test_a_window_of_rows_is_shown_and_said() -> None:
    inspection = made.forty_layers(rows=8, timesteps=6)
    view = MaskMapView(rows=(2, 4))
    figure = mask_map(inspection, view)
    np.testing.assert_array_equal(
        figure.data[0].z[:2], np.where(inspection.batch.valid[2:4], KEPT, MASKED)
    )
    assert mask_map_notes(inspection, view) == ("Rows 2 to 3 of 8 are shown.",)


@pytest.mark.parametrize("window", [(5, 3), (-4, 0), (7, 99), (2, 2)])
def test_a_window_out_of_range_shows_at_least_one_row(window: tuple[int, int]) -> None:
    figure = mask_map(made.forty_layers(rows=8, timesteps=6), MaskMapView(rows=window))
    assert len(figure.data[0].z)


@pytest.mark.parametrize("name", VIEWS)
def test_every_inspection_in_every_view(any_inspection: Inspection, name: str) -> None:
    view = VIEWS[name]
    figure = mask_map(any_inspection, view)
    assert figure.layout.height > 60
    assert sum(np.size(t.z) for t in figure.data if t.type == "heatmap") <= FIGURE_CELLS
    assert len(texts(figure)) <= TEXT_CELLS
    assert len(figure.to_json()) < 500_000
    json.loads(figure.to_json())
    alt = mask_map_alt(any_inspection, view)
    assert alt.endswith(".") and len(alt) < 600
    stop = any_inspection.diagnosis.stop
    if stop is not None and stop.layer is not None:
        assert stop.layer in alt
    mask_map_notes(any_inspection, view)


def test_a_large_figure_is_aggregated_and_says_so() -> None:
    inspection = made.forty_layers()
    figure = mask_map(inspection)
    (note,) = mask_map_notes(inspection)
    assert note.startswith("Aggregated 2 × 2: each cell stands for 2 rows and 2 timesteps")
    assert np.shape(figure.data[0].z)[1] == 64
    valid = inspection.batch.valid.reshape(16, 2, 64, 2).mean((1, 3))
    shown = np.asarray(figure.data[0].z)[:16]
    np.testing.assert_array_equal(shown == KEPT, valid == 1)
    np.testing.assert_array_equal(shown == MASKED, valid == 0)


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("layers", [11, 40])
def test_many_cells_stand_on_an_even_grid(layers: int, compact: bool) -> None:
    """Only then does plotly.js paint them as one image: no gaps, and steps of one size."""
    inspection = made.a_right_model(made.a_long_batch(32, 128), layers=layers)
    figure = mask_map(inspection, MaskMapView(compact=compact))
    assert figure.layout.height < (5_500 if compact else 3_500)
    cells = figure.data[0]
    assert cells.xgap == cells.ygap == 0
    for edges in (cells.x, cells.y):
        steps = np.diff(np.asarray(edges, float))
        assert np.allclose(steps, steps.mean(), rtol=1e-3)
    codes = np.asarray(cells.z)
    assert codes.size <= FIGURE_CELLS
    assert len(cells.y) == len(codes) + 1


@pytest.mark.parametrize("shape", [(1024, 256), (1, 8192), (5000, 3)])
def test_limits_hold_for_any_batch(shape: tuple[int, int]) -> None:
    figure = mask_map(made.the_question(made.a_long_batch(*shape)))
    assert sum(np.size(t.z) for t in figure.data if t.type == "heatmap") <= FIGURE_CELLS
    assert len(figure.to_json()) < 500_000


def test_states_differ_without_colour_where_cells_are_small() -> None:
    figure = mask_map(made.forty_layers())
    assert {"×", "·"} <= set(texts(figure))


def test_no_markup_of_a_user_reaches_the_figure(all_inspections: dict[str, Inspection]) -> None:
    for compact in (False, True):
        text = mask_map(all_inspections["hostile"], MaskMapView(compact=compact)).to_json()
        assert "<img" not in text and "\\u003cimg" not in text
        assert "\\u202e" not in text and "\\ud800" not in text


def test_the_table_has_a_row_per_band(question: Inspection) -> None:
    table = mask_map_table(question)
    assert list(table["layer"])[:3] == ["input", "masking", "encoder"]
    assert table["kept"].tolist()[:2] == [7, 7]
    assert table["masked"].tolist()[:2] == [3, 3]
    assert table["timesteps"].isna().tolist() == [False, False, True, *[False] * 4]
    wrong = mask_map_table(made.a_wrong_mask())
    assert wrong["differs from the truth"].dropna().tolist() == [2, 2, 2]


def test_both_themes_draw_the_same_cells(question: Inspection) -> None:
    light, dark = mask_map(question), mask_map(question, MaskMapView(theme=DARK))
    np.testing.assert_array_equal(light.data[0].z, dark.data[0].z)
    assert light.layout.font.color == LIGHT.text and dark.layout.font.color == DARK.text


def test_the_figure_stays_cheap_to_build() -> None:
    # What costs time is the number of objects, not of cells: a few traces, two words a band.
    figure = mask_map(made.forty_layers())
    assert len(figure.data) <= 6
    assert not figure.layout.annotations and not figure.layout.shapes
    ticks = 43 + 1
    assert len(drawn.words(figure)) <= 2 * 42 + 2 + ticks
    assert len(drawn.words(mask_map(made.forty_layers(), MaskMapView(fold=True)))) < 15 + ticks
