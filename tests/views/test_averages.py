"""The averages: to scale, with their divisions, and which of them Keras's value equals."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from inspector.core.inspection import Inspection
from inspector.core.ledger import AverageName, LossLedger
from inspector.views import phrases
from inspector.views.averages import averages_alt, averages_html, averages_table, inks
from inspector.views.numbers import number
from inspector.views.palette import DARK, LIGHT
from tests.views import drawn, made

INK = inks(LIGHT)


def html_of(ledger: LossLedger | None) -> ElementTree.Element:
    return ElementTree.fromstring(averages_html(ledger, INK))


def words(ledger: LossLedger | None) -> list[str]:
    return [text.strip() for text in html_of(ledger).itertext()]


def test_bars_are_drawn_to_scale_from_zero(question: Inspection) -> None:
    ledger = question.losses
    assert ledger is not None
    values = np.array([average.value for average in ledger.averages])
    bars, lines = drawn.bars(html_of(ledger), INK)
    assert [bar.left for bar in bars] == [0, 0, 0, 0]
    np.testing.assert_allclose([bar.width for bar in bars], 100 * values / values.max(), atol=1e-3)
    np.testing.assert_allclose(lines, [bars[0].width] * 4)


def test_negative_values_are_drawn_from_zero_too(question: Inspection) -> None:
    ledger = question.losses
    assert ledger is not None
    signed = [replace(a, value=v) for a, v in zip(ledger.averages, (-1.0, 3.0, -1, 0), strict=True)]
    bars, lines = drawn.bars(html_of(replace(ledger, averages=tuple(signed))), INK)
    places = [(bar.left, bar.width) for bar in bars]
    assert places == [(0, 25), (25, 75), (0, 25), (25, 0)]
    assert lines == [0] * 4


def test_each_average_has_its_division(question: Inspection) -> None:
    ledger = question.losses
    assert ledger is not None
    said = " ".join(words(ledger))
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
    said = words(ledger)
    marked = [name for name, after in zip(said, said[1:], strict=False) if after == "= Keras value"]
    assert marked == [equal]
    bars, _ = drawn.bars(html_of(ledger), INK)
    names = [phrases.AVERAGES[average.name] for average in ledger.averages]
    same = {name for name, bar in zip(names, bars, strict=True) if bar.colour == INK.same}
    assert same == {"Keras value", equal}
    assert f"equal to {equal};" in averages_alt(ledger)


def test_what_is_undefined_says_why(all_inspections: dict[str, Inspection]) -> None:
    ledger = all_inspections["all padding"].losses
    said = words(ledger)
    assert said.count("undefined") == 2
    assert any("there is no real timestep in this batch" in text for text in said)
    table = averages_table(ledger)
    assert table["value"].isna().tolist() == [False, True, False, True]


def test_without_a_loss_the_figure_says_so() -> None:
    assert words(None) == [phrases.NO_LOSS]
    assert averages_alt(None) == phrases.NO_LOSS
    assert averages_table(None).empty


def test_every_inspection(any_inspection: Inspection) -> None:
    for ledger in any_inspection.ledgers:
        drawing = html_of(ledger)
        assert drawing.get("aria-label") == averages_alt(ledger)
        assert len(averages_html(ledger, inks(DARK))) < 8_000
        assert "nan" not in " ".join(words(ledger)).lower()


def test_the_table_repeats_the_ledger(question: Inspection) -> None:
    ledger = question.losses
    assert ledger is not None
    table = averages_table(ledger)
    assert table["average"].tolist() == list(phrases.AVERAGES.values())
    np.testing.assert_allclose(table["value"], [a.value for a in ledger.averages])
    assert table["equals Keras value"].tolist() == [True, False, True, False]
