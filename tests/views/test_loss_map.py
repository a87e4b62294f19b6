"""The loss map: values, padding in brackets, margins, limits."""

import json
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.core.arrays import FloatArray
from inspector.core.inspection import Inspection
from inspector.core.ledger import AverageName, Divisor
from inspector.core.tables import FIGURE_CELLS, TEXT_CELLS
from inspector.views import phrases
from inspector.views.loss_map import (
    LossMapView,
    loss_map,
    loss_map_alt,
    loss_map_notes,
    loss_map_table,
)
from inspector.views.loss_table import Quantity
from inspector.views.numbers import number
from inspector.views.palette import DARK
from tests.views import drawn, made


def texts(figure: go.Figure) -> list[str]:
    return drawn.cell_texts(figure)


def words(figure: go.Figure) -> list[str]:
    return [mark.text for mark in drawn.words(figure)]


def named(figure: go.Figure, name: str) -> go.Heatmap:
    return next(trace for trace in figure.data if trace.name == name)


def values(figure: go.Figure, name: str) -> FloatArray:
    """The cells of a heatmap; nothing is NaN."""
    return np.array(named(figure, name).z, float)


def test_losses_of_real_timesteps_are_coloured_from_zero(question: Inspection) -> None:
    figure = loss_map(question)
    ledger = question.losses
    assert ledger is not None and ledger.loss is not None
    cells = named(figure, "loss")
    valid = question.batch.valid
    shown = values(figure, "loss")
    np.testing.assert_allclose(shown[valid], ledger.loss[valid], rtol=1e-6)
    assert np.isnan(shown[~valid]).all()  # the grey below shows through
    assert cells.zmin == 0
    assert cells.zmax == pytest.approx(ledger.loss[valid].max())
    np.testing.assert_array_equal(values(figure, "padding"), ~valid)


def test_padding_stands_in_brackets(question: Inspection) -> None:
    ledger = question.losses
    assert ledger is not None and ledger.loss is not None
    found = texts(loss_map(question))
    for value in ledger.loss[~question.batch.valid]:
        assert f"#<br>({number(value, 3)})" in found
    assert sum("(" in text for text in found) == 3


def test_the_margins_are_the_means_over_valid_and_over_all(question: Inspection) -> None:
    figure = loss_map(question)
    ledger, valid = question.losses, question.batch.valid
    assert ledger is not None and ledger.loss is not None
    loss = ledger.loss
    rows = values(figure, "mean of each row")
    np.testing.assert_allclose(rows[:, 1], loss.mean(1), rtol=1e-6)
    np.testing.assert_allclose(rows[0, 0], loss[0][valid[0]].mean(), rtol=1e-6)
    steps = values(figure, "mean of each timestep")
    assert np.isnan(steps[0, 0])  # padding in both rows
    np.testing.assert_allclose(steps[0, 1], loss[1, 1], rtol=1e-6)
    np.testing.assert_allclose(steps[1], loss.mean(0), rtol=1e-6)
    total = values(figure, "mean of all")
    average = ledger.average
    np.testing.assert_allclose(total[0, 0], average(AverageName.VALID).value, rtol=1e-6)
    np.testing.assert_allclose(total[1, 1], average(AverageName.ALL).value, rtol=1e-6)


def test_contributions_add_up_to_the_value_of_keras(question: Inspection) -> None:
    figure = loss_map(question, LossMapView(quantity=Quantity.CONTRIBUTION))
    ledger = question.losses
    assert ledger is not None
    total = values(figure, "sum of all")
    assert total[1, 1] == pytest.approx(ledger.keras_value, rel=1e-6)


def test_weights_of_padding_are_marked(question: Inspection) -> None:
    view = LossMapView(quantity=Quantity.WEIGHT)
    assert sum("!" in text for text in texts(loss_map(question, view))) == 3
    assert phrases.LEGEND_ODD in " ".join(words(loss_map(question, view)))
    right = loss_map(made.a_right_model(), view)
    assert not any("!" in text for text in texts(right))
    assert values(right, "sum of all")[0, 0] == pytest.approx(1)


def test_a_real_timestep_without_weight_is_marked() -> None:
    batch = made.a_batch()
    weight = np.where(batch.valid, 1 / 7, 0.0)
    weight[0, 4] = 0.0
    ledger = made.a_ledger(batch, made.some_losses(batch), weight, Divisor.ACTUAL_MASK)
    inspection = replace(made.a_right_model(), ledgers=(ledger,))
    figure = loss_map(inspection, LossMapView(quantity=Quantity.WEIGHT))
    assert [text for text in texts(figure) if "!" in text] == ["b<br><b>0 !</b>"]
    assert "without weight" in named(figure, "weight").hovertext[0][4]


def test_what_is_undefined_is_a_dash_with_a_reason(
    all_inspections: dict[str, Inspection],
) -> None:
    inspection = all_inspections["nan"]
    figure = loss_map(inspection)
    assert "b<br>–" in texts(figure) and "#<br>(–)" in texts(figure)
    assert phrases.UNDEFINED_TIMESTEP in named(figure, "loss").hovertext[0][3]
    assert any("undefined" in note for note in loss_map_notes(inspection))
    weights = loss_map(inspection, LossMapView(quantity=Quantity.WEIGHT))
    assert phrases.UNMEASURED_WEIGHT in named(weights, "weight").hovertext[1][1]


def test_one_loss_a_sentence_is_one_column() -> None:
    figure = loss_map(made.a_classifier())
    np.testing.assert_allclose(values(figure, "loss"), [[0.4], [0.9]], rtol=1e-6)
    np.testing.assert_allclose(values(figure, "mean of each timestep"), [[0.65]], rtol=1e-6)
    assert "sentence" in words(figure) and "timestep" not in words(figure)


def test_losses_below_zero_get_a_scale_around_zero(
    all_inspections: dict[str, Inspection],
) -> None:
    cells = named(loss_map(all_inspections["below zero"]), "loss")
    assert cells.zmin == -cells.zmax < 0


@pytest.mark.parametrize(
    ("name", "said"),
    [("without loss", phrases.NO_LOSS), ("without breakdown", phrases.NO_BREAKDOWN)],
)
def test_without_values_the_figure_says_why(
    all_inspections: dict[str, Inspection], name: str, said: str
) -> None:
    inspection = all_inspections[name]
    figure = loss_map(inspection)
    assert words(figure) == [said] and len(figure.data) == 1
    assert loss_map_alt(inspection) == said
    assert loss_map_table(inspection).empty


@pytest.mark.parametrize("compact", [False, True], ids=["wide", "compact"])
@pytest.mark.parametrize("quantity", list(Quantity), ids=lambda quantity: quantity.value)
def test_every_inspection(any_inspection: Inspection, quantity: Quantity, compact: bool) -> None:
    view = LossMapView(theme=DARK, quantity=quantity, compact=compact)
    figure = loss_map(any_inspection, view)
    assert len(texts(figure)) <= TEXT_CELLS
    text = figure.to_json()
    json.loads(text)
    assert len(text) < 500_000 and "<img" not in text and "\\u003cimg" not in text
    assert loss_map_alt(any_inspection, view).endswith(".")
    loss_map_notes(any_inspection, view)


@pytest.mark.parametrize("shape", [(1024, 256), (1, 8192), (5000, 3)])
def test_limits_hold_for_any_batch(shape: tuple[int, int]) -> None:
    inspection = made.the_question(made.a_long_batch(*shape))
    figure = loss_map(inspection)
    assert sum(np.size(t.z) for t in figure.data if t.type == "heatmap") <= FIGURE_CELLS
    assert len(figure.to_json()) < 500_000
    assert any("Aggregated" in note for note in loss_map_notes(inspection)) is (
        values(figure, "loss").shape != shape
    )


def test_a_block_is_the_mean_of_its_real_timesteps() -> None:
    inspection = made.the_question(made.a_long_batch(1024, 256))
    ledger, valid = inspection.losses, inspection.batch.valid
    assert ledger is not None and ledger.loss is not None
    cells = values(loss_map(inspection), "loss")
    rows, steps = -(-1024 // cells.shape[0]), -(-256 // cells.shape[1])
    block = np.s_[:rows, :steps]
    expected = ledger.loss[block][valid[block]].mean()
    assert cells[0, 0] == pytest.approx(expected, rel=1e-5)


def test_the_table_is_never_aggregated(question: Inspection) -> None:
    table = loss_map_table(question)
    ledger = question.losses
    assert ledger is not None and ledger.loss is not None
    assert list(table.columns) == [
        "row", "timestep", "token", "real", "loss", "weight", "loss × weight",
    ]  # fmt: skip
    assert table["real"].sum() == 7 and "".join(table["token"]) == "##abb#babb"
    np.testing.assert_allclose(table["loss"], ledger.loss.ravel())
    assert table["loss × weight"].sum() == pytest.approx(ledger.keras_value)
    large = made.the_question(made.a_long_batch(1024, 256))
    assert len(loss_map_table(large)) == 1024 * 256


def test_rows_keep_their_numbers_in_a_window(question: Inspection) -> None:
    figure = loss_map(question, LossMapView(rows=(1, 2)))
    assert [mark.text for mark in drawn.words(figure) if mark.y == 0] == ["1"]
    assert named(figure, "loss").hovertext[0][1].startswith("row 1, timestep 1")


def test_axes_and_margins_are_named(question: Inspection) -> None:
    marks = drawn.words(loss_map(question))
    columns = [mark.text for mark in marks if mark.y == marks[1].y]
    assert columns == ["0", "1", "2", "3", "4", "over valid", "over all", "timestep"]
    rows = [mark.text for mark in marks if mark.y >= 0]
    assert rows == ["0", "1", "mean over valid", "mean over all"]


def test_a_colour_bar_stands_where_cells_do_not_say_their_values(question: Inspection) -> None:
    assert not named(loss_map(question), "loss").showscale
    large = loss_map(made.the_question(made.a_long_batch(1024, 256)))
    assert named(large, "loss").showscale


def test_the_alt_text_says_the_finding(question: Inspection) -> None:
    alt = loss_map_alt(question)
    assert "Keras value 1.040, equal to mean over all" in alt and "mean over valid 1.021" in alt


def test_an_output_that_does_not_exist_is_no_loss(question: Inspection) -> None:
    assert loss_map_alt(question, LossMapView(output=3)) == phrases.NO_LOSS
