"""Large screenfuls are answered in two: figures at once, the leak tests when they are done."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from inspector.core.batch import Batch
from inspector.core.requests import InspectOptions, InspectRequest
from inspector.ui import words
from inspector.ui.first_look import CELLS, first_look

APP = Path(__file__).parents[2] / "app.py"


def request(rows: int, timesteps: int, leaks: bool = True) -> InspectRequest:
    ids = np.ones((rows, timesteps), np.int32)
    return InspectRequest(Batch(ids, ids, ids > 0), options=InspectOptions(leaks=leaks))


def test_a_large_batch_is_looked_at_without_leak_tests_first() -> None:
    asked = request(32, CELLS // 32 + 1)
    quick = first_look(asked)
    assert quick is not None
    assert not quick.options.leaks
    assert quick.batch is asked.batch


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(request(2, 12), id="small"),
        pytest.param(request(32, CELLS // 32), id="just small enough"),
        pytest.param(request(32, CELLS, leaks=False), id="no leak tests wanted"),
    ],
)
def test_everything_else_is_answered_at_once(asked: InspectRequest) -> None:
    assert first_look(asked) is None


def _drawn_in_two(healthy: bool, ends: bool) -> None:
    import dataclasses

    import streamlit as st

    from inspector.core.inspection import Inspection
    from inspector.core.requests import InspectRequest, ModelChoices, SentenceChoices
    from inspector.core.sentences import batch_from_choices
    from inspector.ui.engine import answer_to
    from inspector.ui.sections import draw_inspection
    from inspector.ui.surroundings import surroundings

    preset = "answer" if healthy else "question"
    batch = batch_from_choices(SentenceChoices("##abb\n#babb"))
    whole = answer_to(InspectRequest(batch, ModelChoices(preset)))

    def complete() -> Inspection:
        if not ends:
            st.stop()
        return whole

    draw_inspection(dataclasses.replace(whole, leaks=None), surroundings(), complete)


def drawn(healthy: bool, ends: bool) -> AppTest:
    page = AppTest.from_function(
        _drawn_in_two, kwargs={"healthy": healthy, "ends": ends}, default_timeout=120
    ).run()
    assert not page.exception
    return page


def test_nothing_is_found_right_while_the_leak_tests_run() -> None:
    page = drawn(healthy=True, ends=False)
    assert not page.success
    assert words.LEAKS_TO_COME in page.info[0].value
    assert page.info[0].value.startswith("No fault so far: the mask reaches the loss")
    assert not page.table
    assert len(page.get("plotly_chart")) == 2


def test_what_is_wrong_is_said_before_the_leak_tests_end() -> None:
    page = drawn(healthy=False, ends=False)
    assert "stops at" in page.error[0].value


def test_the_leak_tests_take_their_place_when_they_are_done() -> None:
    page = drawn(healthy=True, ends=True)
    assert page.success and not page.info
    assert [heading.value for heading in page.subheader].index(words.LEAKS) == 3
    assert page.table


def test_a_large_typed_batch_ends_with_the_whole_answer() -> None:
    page = AppTest.from_file(APP, default_timeout=180).run()
    line = "ab" * 30
    page.text_area[0].set_value("\n".join(f"{'#' * (n % 3)}{line}" for n in range(20))).run()
    assert not page.exception
    assert page.table, "the leak tests are on the page"
    assert len(page.get("plotly_chart")) == 2


def _said_twice(before: int, after: int) -> None:
    import dataclasses

    import streamlit as st

    from inspector.core.findings import Finding, Fix, Severity
    from inspector.ui.verdict import Verdict
    from tests.views import made

    right = made.a_right_model()
    kinds = (Severity.NOTE, Severity.WRONG, Severity.RISK)
    all_of_them = [Finding(f"c{n}", kinds[n], "a", None, f"No. {n}.", Fix("")) for n in range(3)]

    def with_findings(count: int) -> object:
        diagnosis = dataclasses.replace(
            right.diagnosis,
            healthy=count == 0,
            verdict=f"{count} found.",
            findings=tuple(all_of_them[:count]),
        )
        return dataclasses.replace(right, diagnosis=diagnosis)

    verdict = Verdict(with_findings(before), to_come=True)
    st.markdown("below")
    verdict.say_at_last(with_findings(after))


@pytest.mark.parametrize(("before", "after"), [(0, 3), (3, 0), (2, 3), (3, 2)])
def test_what_is_said_at_last_stands_in_place_of_what_was_said(before: int, after: int) -> None:
    page = AppTest.from_function(_said_twice, kwargs={"before": before, "after": after}).run()
    alerts = [*page.error, *page.success, *page.info]
    assert not page.exception
    assert [alert.value for alert in alerts] == [f"{after} found."]
    said = " ".join(text.value for text in page.markdown)
    assert [f"No. {n}." in said for n in range(3)] == [n < after for n in range(3)]
    assert said.endswith("below")
    assert [fold.label for fold in page.expander] == ["1 note"] * (after > 0)
