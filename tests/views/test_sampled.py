"""Leak tests on a sample of the rows say so, wherever they are told."""

from dataclasses import replace

import pytest

from inspector.core.inspection import Inspection
from inspector.views import phrases
from tests.views import made

SAID = "1 of 2 rows were tested, from the shortest to the longest."


def question_with(*rows: int) -> Inspection:
    question = made.the_question()
    assert question.leaks is not None and question.batch.rows == 2
    return replace(question, leaks=replace(question.leaks, rows_tested=rows))


@pytest.mark.parametrize(("rows", "said"), [((0,), True), ((0, 1), False)])
def test_text_and_report_say_it_only_of_a_sample(rows: tuple[int, ...], said: bool) -> None:
    inspection = question_with(*rows)
    assert (SAID in str(inspection)) is said
    assert (SAID in inspection.to_html(date="2026-01-01")) is said


def test_thousands_are_readable() -> None:
    assert phrases.sampled(32, 100_000).startswith("32 of 100,000 rows were tested")
