"""Large screenfuls are answered in two: figures at once, the leak tests when they are done."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.core.presets import PRESETS
from inspector.core.requests import InspectOptions, InspectRequest
from inspector.ui import inspect_page, words
from inspector.ui.choices import Key
from inspector.ui.engine import answer_to
from inspector.ui.first_look import CELLS, first_look
from inspector.worker.limits import too_large

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
    from inspector.core.text.sentences import batch_from_choices
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


LARGE = "\n".join(f"{'#' * (n % 3)}{'ab' * 30}" for n in range(20))


def test_leak_tests_that_fail_leave_a_page_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def answer(request: InspectRequest) -> Inspection:
        asked.append(request.options.leaks)
        if request.options.leaks:
            raise too_large(2**30)
        return answer_to(request)

    monkeypatch.setattr(inspect_page, "answer_to", answer)
    page = AppTest.from_file(APP, default_timeout=180)
    page.query_params[Key.SENTENCES] = LARGE
    page.query_params[Key.MODEL] = PRESETS["tagger"].title
    page.query_params[Key.SEED] = "3"  # Not asked for before: else it would be known.
    page.run()
    assert asked == [False, True, False]
    check_without_leak_tests(page, "more than 1,024 MB")


def test_leak_tests_that_were_stopped_run_again_on_demand() -> None:
    page = AppTest.from_function(_stopped, default_timeout=180).run()
    assert [button.label for button in page.button] == [words.LEAKS_TEST_AGAIN]
    assert words.LEAKS_STOPPED in page.markdown[0].value
    page.button[0].click().run()
    assert page.markdown[0].value == "nothing is missing"


def _stopped() -> None:
    import streamlit as st

    from inspector.core.requests import InspectRequest, SentenceChoices
    from inspector.core.text.sentences import batch_from_choices
    from inspector.ui.choices import Key
    from inspector.ui.stopping import draw_leaks_again, without_leak_tests
    from tests.views import made

    if "seen" not in st.session_state:
        st.session_state["seen"] = st.session_state[Key.STOPPED] = True
    request = InspectRequest(batch_from_choices(SentenceChoices()))
    found = without_leak_tests(request, made.a_right_model())
    st.markdown("nothing is missing" if found is None else found.findings[-1].message)
    if found is not None:
        draw_leaks_again()


def check_without_leak_tests(page: AppTest, said: str) -> None:
    """The page is whole but for the leak tests, and says so."""
    assert not page.exception and not page.error and not page.get("skeleton")
    assert not page.success
    shown = [text.value for text in page.markdown]
    assert any("Not tested" in text and "No fault so far" in text for text in shown)
    assert any("is not known" in text.value and said in text.value for text in page.markdown)
    assert page.button(key=Key.AGAIN).label == words.LEAKS_TEST_AGAIN
    assert "Take it along" in [heading.value for heading in page.subheader]


def _said_twice(before: int, after: int) -> None:
    import dataclasses

    import streamlit as st

    from inspector.core.diagnosis.causes import Fix
    from inspector.core.diagnosis.findings import Finding, Severity
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
            status=None,
        )
        return dataclasses.replace(right, diagnosis=diagnosis)

    verdict = Verdict(with_findings(before), to_come=True)
    st.markdown("below")
    verdict.say_at_last(with_findings(after))


@pytest.mark.parametrize(("before", "after"), [(0, 3), (3, 0), (2, 3), (3, 2)])
def test_what_is_said_at_last_stands_in_place_of_what_was_said(before: int, after: int) -> None:
    page = AppTest.from_function(_said_twice, kwargs={"before": before, "after": after}).run()
    alerts = [*page.error, *page.success, *page.info, *page.warning]
    assert not page.exception
    assert [alert.value for alert in alerts] == [f"{after} found."]
    said = " ".join(text.value for text in page.markdown)
    assert [f"No. {n}." in said for n in range(3)] == [n < after for n in range(3)]
    assert said.endswith("below")
    assert [fold.label for fold in page.expander] == ["1 note"] * (after > 0)
