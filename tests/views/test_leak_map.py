"""The leak map: what moves, where, and how far."""

from dataclasses import replace

import numpy as np
import pytest

from inspector.core.inspection import Inspection
from inspector.core.leaks import NodeLeak
from inspector.core.tables import FIGURE_CELLS, TEXT_CELLS
from inspector.views import phrases
from inspector.views.leak_map import (
    LeakMapView,
    effects_table,
    leak_map,
    leak_map_alt,
    leak_map_table,
)
from inspector.views.leak_table import LeakAxis, leak_table
from inspector.views.palette import DARK
from tests.views import drawn, made


def leaking(first: int | None = 1) -> Inspection:
    inspection = made.the_question()
    names = ["embedding", "attention", "head"]
    return replace(inspection, leaks=made.some_leaks(inspection.batch, names, first))


def test_the_largest_change_at_real_timesteps_in_shares_of_the_output() -> None:
    table = leak_table(leaking())
    assert table is not None and table.first == 1
    # Timestep 0 is padding in both rows: what moves there is no leak.
    assert table.padding.tolist() == [[True, False, False, False, False]] * 3
    np.testing.assert_allclose(table.values[1, 1:], 0.04 / 1.6)
    np.testing.assert_allclose(table.values[2, 1:], 0.06 / 1.6)
    np.testing.assert_allclose(table.values[0, 1:], 0)
    assert table.largest == pytest.approx(0.06 / 1.6)


def test_padding_is_marked_whatever_moves_there() -> None:
    figure = leak_map(leaking())
    texts = drawn.cell_texts(figure)
    assert texts.count("×") == 3  # timestep 0 of three layers
    assert "no leak" in figure.data[0].hovertext[0][0]


def test_a_single_row_that_was_tested_twice_is_one_row() -> None:
    inspection = made.the_question(made.a_batch(["#ab"]))
    report = made.some_leaks(inspection.batch, ["embedding", "head"], 1)
    twice = [
        replace(node, change=np.concatenate([node.change, 2 * node.change]))
        for node in report.nodes
    ]
    inspection = replace(inspection, leaks=replace(report, nodes=tuple(twice)))
    for axis, columns in ((LeakAxis.ROWS, 1), (LeakAxis.TIMESTEPS, 3)):
        table = leak_table(inspection, axis)
        assert table is not None and table.values.shape == (2, columns)
        assert table.values[1, -1] == pytest.approx(2 * 0.04 / 1.6)
    assert table.padding.tolist() == [[True, False, False]] * 2


def test_columns_can_be_rows() -> None:
    table = leak_table(leaking(), LeakAxis.ROWS)
    assert table is not None and table.columns == ("0", "1")
    np.testing.assert_allclose(table.values[2], [0.06 / 1.6] * 2)
    assert not table.padding.any()


def test_a_layer_without_a_time_axis_is_one_cell() -> None:
    inspection = leaking()
    assert inspection.leaks is not None
    nodes = list(inspection.leaks.nodes)
    nodes[1] = NodeLeak("attention", (), 0.4, 0.2, np.array([0.1, 0.4]), True)
    inspection = replace(inspection, leaks=replace(inspection.leaks, nodes=tuple(nodes)))
    figure = leak_map(inspection)
    wide = next(trace for trace in figure.data if trace.name == "no time axis")
    cells = np.array(wide.z, float)
    values = cells[~np.isnan(cells)]
    np.testing.assert_allclose(values, [0.4 / 2.0], rtol=1e-6)


@pytest.mark.parametrize("view", [LeakMapView(), LeakMapView(DARK, LeakAxis.ROWS, True)])
def test_the_line_stands_before_the_first_layer_that_leaks(view: LeakMapView) -> None:
    figure = leak_map(leaking(), view)
    (line,) = drawn.lines(figure)
    names = {mark.text: mark.y for mark in drawn.words(figure)}
    assert names["<b>embedding</b>"] < line.y[0] < names["<b>attention</b>"]
    assert any("Padding leaks at attention" in text for text in names)


def test_a_leak_of_the_first_layer() -> None:
    figure = leak_map(leaking(0))
    assert len(figure.data[0].z) == 4  # a gap for the line, then three layers
    assert np.isnan(np.array(figure.data[0].z[0], float)).all()
    assert len(figure.data[0].y) == 5


def test_without_a_leak_there_is_no_line_and_every_cell_says_so() -> None:
    figure = leak_map(leaking(None))
    assert not drawn.lines(figure)
    texts = drawn.cell_texts(figure)
    assert texts.count("·") == 12
    assert leak_map_alt(leaking(None)).endswith("changes nothing at real timesteps.")


def test_the_alt_text_names_the_layer() -> None:
    assert "leaks at attention and reaches the predictions" in leak_map_alt(leaking())


def test_untested_models_say_so() -> None:
    inspection = replace(made.the_question(), leaks=None)
    assert drawn.words(leak_map(inspection))[0].text == phrases.NO_LEAKS
    assert leak_map_alt(inspection) == phrases.NO_LEAKS
    assert leak_map_table(inspection).empty and effects_table(None).empty


def test_every_inspection(any_inspection: Inspection) -> None:
    for axis in LeakAxis:
        text = leak_map(any_inspection, LeakMapView(axis=axis)).to_json()
        assert len(text) < 500_000 and "<img" not in text and "\\u003cimg" not in text


def test_limits_hold_for_any_batch() -> None:
    batch = made.a_long_batch(3, 4000)
    inspection = made.the_question(batch)
    names = [f"layer_{at}" for at in range(60)]
    inspection = replace(inspection, leaks=made.some_leaks(batch, names, 5))
    figure = leak_map(inspection)
    assert sum(np.size(t.z) for t in figure.data if t.type == "heatmap") <= FIGURE_CELLS
    texts = drawn.cell_texts(figure)
    assert len(texts) <= TEXT_CELLS


def test_tables_repeat_the_report() -> None:
    inspection = leaking()
    table = leak_map_table(inspection)
    assert table["leaks"].tolist() == [False, True, True]
    np.testing.assert_allclose(table["largest change"], [0, 0.04, 0.06])
    effects = effects_table(inspection.leaks)
    assert effects["result"].tolist() == [
        "predictions change",
        "The model needs sentences of one length.",
    ]
    assert effects["largest change"].isna().tolist() == [False, True]
