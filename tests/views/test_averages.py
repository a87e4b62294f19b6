"""The averages: to scale, with their divisions, and which of them Keras's value equals."""

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.core.inspection import Inspection
from inspector.core.ledger import AverageName
from inspector.views import phrases
from inspector.views.averages import averages_alt, averages_figure, averages_table
from inspector.views.numbers import number
from inspector.views.palette import DARK, LIGHT
from tests.views import drawn, made


def words(figure: go.Figure) -> list[str]:
    return [mark.text for mark in drawn.words(figure)]


def test_bars_are_drawn_to_scale_from_zero(question: Inspection) -> None:
    ledger = question.losses
    assert ledger is not None
    figure = averages_figure(ledger, LIGHT)
    bars = next(trace for trace in figure.data if trace.name == "averages")
    values = [average.value for average in ledger.averages]
    np.testing.assert_allclose(bars.x, values)
    assert figure.layout.xaxis.range[0] == 0 and figure.layout.xaxis.range[1] > max(values)
    (line,) = drawn.lines(figure)
    assert line.x[0] == line.x[1] == ledger.keras_value


def test_each_average_has_its_division(question: Inspection) -> None:
    ledger = question.losses
    assert ledger is not None
    said = " ".join(words(averages_figure(ledger, LIGHT)))
    for name in (AverageName.VALID, AverageName.ALL, AverageName.ROW_MEANS):
        average = ledger.average(name)
        assert f"{number(average.numerator)} ÷ {average.divisor:g}" in said
    assert "2 rows a batch" in said


@pytest.mark.parametrize(
    ("inspection", "equal"),
    [(made.the_question(), "mean over all"), (made.a_right_model(), "mean over valid")],
    ids=["question", "right"],
)
def test_the_average_that_keras_reports_is_marked(inspection: Inspection, equal: str) -> None:
    ledger = inspection.losses
    figure = averages_figure(ledger, LIGHT)
    marked = [text for text in words(figure) if "= Keras value" in text]
    assert len(marked) == 1 and equal in marked[0]
    bars = next(trace for trace in figure.data if trace.name == "averages")
    names = [phrases.AVERAGES[average.name] for average in ledger.averages]
    same = [bars.marker.color[names.index(name)] for name in ("Keras value", equal)]
    assert same[0] == same[1] and bars.marker.color.count(same[0]) == 2
    assert f"equal to {equal};" in averages_alt(ledger)


def test_what_is_undefined_says_why(all_inspections: dict[str, Inspection]) -> None:
    ledger = all_inspections["all padding"].losses
    said = words(averages_figure(ledger, DARK))
    assert said.count("undefined") == 2
    assert "there is no real timestep in this batch" in said
    table = averages_table(ledger)
    assert table["value"].isna().tolist() == [False, True, False, True]


def test_without_a_loss_the_figure_says_so() -> None:
    assert words(averages_figure(None, LIGHT)) == [phrases.NO_LOSS]
    assert averages_alt(None) == phrases.NO_LOSS
    assert averages_table(None).empty


@pytest.mark.parametrize("compact", [False, True], ids=["wide", "compact"])
def test_every_inspection(any_inspection: Inspection, compact: bool) -> None:
    for ledger in any_inspection.ledgers:
        figure = averages_figure(ledger, DARK, compact)
        assert len(figure.to_json()) < 20_000
        assert "nan" not in " ".join(words(figure)).lower()


def test_the_table_repeats_the_ledger(question: Inspection) -> None:
    ledger = question.losses
    assert ledger is not None
    table = averages_table(ledger)
    assert table["average"].tolist() == list(phrases.AVERAGES.values())
    np.testing.assert_allclose(table["value"], [a.value for a in ledger.averages])
    assert table["equals Keras value"].tolist() == [True, False, True, False]
