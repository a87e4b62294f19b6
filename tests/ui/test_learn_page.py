"""The tour, driven without a browser but with the real engine."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from inspector.core.requests import SentenceChoices
from inspector.core.text.sentences import batch_from_choices
from inspector.ui.choices import Key
from inspector.ui.page_words import CHECK_SCRIPT
from inspector.ui.tour import STEPS, _check_in_numbers
from inspector.views.markdown import markdown
from inspector.views.numbers import number
from tests.engine.strategies.making import eager_functions

APP = Path(__file__).resolve().parents[2] / "app.py"
LABEL = re.compile('aria-label="([^"]*)"')
LEARN = "inspector/ui/pages/learn.py"


@pytest.fixture(scope="module")
def app() -> AppTest:
    found = AppTest.from_file(str(APP), default_timeout=120)
    found.run()
    found.switch_page(LEARN).run()
    return checked(found)


def checked(app: AppTest) -> AppTest:
    assert not app.exception, [error.message for error in app.exception]
    assert not app.error, [error.value for error in app.error]
    return app


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def figures(app: AppTest) -> list[str]:
    charts = [chart.proto.alt for chart in app.get("plotly_chart")]
    return charts + [word for drawn in app.get("html") for word in LABEL.findall(drawn.proto.body)]


def test_next_leads_through_all_six_steps(app: AppTest) -> None:
    assert len(STEPS) == 6
    seen = []
    for at, step in enumerate(STEPS, 1):
        headers = [element.value for element in app.header]
        assert headers[0] == markdown(f"{at}. {step.title}")
        assert figures(app)
        seen.append((said(app), figures(app)))
        button = app.button(key=Key.TOUR_NEXT)
        assert button.disabled is (at == len(STEPS))
        if at < len(STEPS):
            checked(button.click().run())
    texts, drawn = zip(*seen, strict=True)
    assert "7 real timesteps and 3 of padding" in texts[0]
    assert "no time axis" not in drawn[0][0] and "loss" not in drawn[0][0]
    assert "stops" not in drawn[1][0] and "stops at encoder" in drawn[3][0]
    assert "Padding carries 30\N{NO-BREAK SPACE}% of the weight" in texts[4]
    assert "Here that marks 2 timesteps of 10 wrongly." in texts[5]


def test_the_figures_follow_the_sentences(app: AppTest) -> None:
    app.selectbox(key=Key.TOUR_STEP).set_value(1)
    app.text_area(key=Key.TOUR_TEXT).set_value("##a\nbab\n###").run()
    assert "4 real timesteps and 5 of padding" in said(checked(app))
    app.text_area(key=Key.TOUR_TEXT).set_value("").run()
    assert len(app.error) == 1 and not app.exception
    app.text_area(key=Key.TOUR_TEXT).set_value("##abb\n#babb").run()
    checked(app)


def test_a_step_can_be_taken_along_as_a_report_and_as_scripts(app: AppTest) -> None:
    app.session_state[Key.CODE_FOR_THIS] = True
    checked(app.selectbox(key=Key.TOUR_STEP).set_value(3).run())
    assert "Save the report" in [button.proto.label for button in app.get("download_button")]
    plain, ours = scripts(app)
    assert "import inspector" not in plain and "inspector.inspect(" in ours
    for script in (plain, ours):
        names: dict[str, Any] = {}
        with contextlib.redirect_stdout(io.StringIO()), eager_functions():
            exec(compile(script, "the script", "exec"), names)
        told = names.get("keras_value") or names["inspection"].losses.keras_value
        assert f"`model.evaluate` reports **{number(told)}**" in said(app)


def test_the_check_stands_in_the_scripts_of_its_step(app: AppTest) -> None:
    app.session_state[Key.CODE_FOR_THIS] = True
    checked(app.selectbox(key=Key.TOUR_STEP).set_value(6).run())
    assert all(script.endswith(CHECK_SCRIPT.strip()) for script in scripts(app))
    names: dict[str, Any] = {"np": np, "valid": batch_from_choices(SentenceChoices()).valid}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(CHECK_SCRIPT, "the check", "exec"), names)
    assert f"marks {names['wrong']} timesteps of 10 wrongly" in said(app)


def scripts(app: AppTest) -> list[str]:
    return [block.value for block in app.code if "import numpy" in block.value]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("##abb\n#babb", "marks 2 timesteps of 10 wrongly"),
        ("#ab\n#ba", "both give the same"),
        ("ab#\nb##", "does not fit"),
    ],
)
def test_the_check_of_the_question_in_numbers(text: str, words: str) -> None:
    batch = batch_from_choices(SentenceChoices(text=text))
    assert words in _check_in_numbers(batch)
    if "wrongly" in words:
        flipped = np.flip(np.arange(5) < np.array([[3], [4]]), (0, 1))
        assert (flipped != batch.valid).sum() == 2
