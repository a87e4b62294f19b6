"""The start page, driven without a browser but with the real engine."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from inspector.core.presets import PRESETS
from inspector.ui import words
from inspector.ui.choices import Key

APP = Path(__file__).resolve().parents[2] / "app.py"
LABEL = re.compile('aria-label="([^"]*)"')
HEALTHY = {"answer", "cure", "tagger", "classifier", "transformer"}


def opened(**params: str) -> AppTest:
    """The app, opened by a link."""
    app = AppTest.from_file(str(APP), default_timeout=120)
    for name, value in params.items():
        app.query_params[name] = value
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    """The same, after a look that nothing was raised."""
    assert not app.exception, [error.message for error in app.exception]
    return app


NOT_TESTED = words.NOT_TESTED_BADGE.format(verdict="")


def verdict(app: AppTest) -> str:
    """The sentence in the box, whatever its colour, or behind the badge of what is not tested."""
    untested = [text.value for text in app.markdown if text.value.startswith(NOT_TESTED)]
    said = [str(box.value) for box in (*app.error, *app.success)]
    said += [text.removeprefix(NOT_TESTED) for text in untested]
    # A batch file has warnings of its own: one is the verdict where nothing else is.
    (sentence,) = said or [str(box.value) for box in app.warning]
    return sentence


def figures(app: AppTest) -> list[str]:
    """What a reader hears who does not see the figures."""
    charts = [chart.proto.alt for chart in app.get("plotly_chart")]
    return charts + [word for drawn in app.get("html") for word in LABEL.findall(drawn.proto.body)]


def test_the_first_screen_already_shows_a_finding() -> None:
    app = opened()
    assert "stops at `encoder`" in verdict(app)
    assert app.error and not app.success
    assert "3 padded timesteps carry 30 % of the weight" in "".join(m.value for m in app.markdown)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_gets_a_verdict_and_figures_with_words(preset: str) -> None:
    app = opened(**{Key.MODEL: PRESETS[preset].title})
    assert bool(app.success) is (preset in HEALTHY)
    assert len(figures(app)) == 3
    assert all(figures(app))
    assert PRESETS[preset].lesson in "".join(element.value for element in app.markdown)


def test_the_leaks_of_each_layer_are_drawn_when_asked_for() -> None:
    app = opened(**{Key.MODEL: PRESETS["conv"].title})
    app.session_state[Key.LEAK_LAYERS] = True
    checked(app.run())
    assert len(figures(app)) == 4
    assert any("convolution" in alt for alt in figures(app)[2:])


def test_an_edit_moves_everything() -> None:
    app = opened()
    before = verdict(app), figures(app)[0]
    app.text_area(key=Key.SENTENCES).set_value("###ab\n##bab\nabbab").run()
    after = verdict(checked(app)), figures(app)[0]
    assert before[0] != after[0]
    assert "3 rows of 5 timesteps" in after[1]


def test_changing_the_model_moves_the_choices_it_cannot_take() -> None:
    app = opened()
    app.selectbox(key=Key.MODEL).set_value("classifier").run()
    assert "uses the mask up" in verdict(checked(app))
    app.selectbox(key=Key.MODEL).set_value("question").run()
    assert "stops at `encoder`" in verdict(checked(app))
    assert app.text_area(key=Key.SENTENCES).value == "##abb\n#babb"


def test_a_link_reproduces_the_page() -> None:
    app = opened()
    app.text_area(key=Key.SENTENCES).set_value("é#\nbb").run()
    app.selectbox(key=Key.MODEL).set_value("conv").run()
    app.selectbox(key=Key.ENCODING).set_value(app.selectbox(key=Key.ENCODING).options[1]).run()
    app.number_input(key=Key.UNITS).set_value(5).run()
    app.number_input(key=Key.SEED).set_value(7).run()
    app.slider(key=Key.STEPS).set_value(3).run()
    link = urlencode(
        {
            Key.SENTENCES: "é#\nbb",
            Key.MODEL: PRESETS["conv"].title,
            Key.ENCODING: app.selectbox(key=Key.ENCODING).options[1],
            Key.UNITS: "5",
            Key.SEED: "7",
            Key.STEPS: "3",
        }
    )
    other = opened(**{name: values[0] for name, values in parse_qs(link).items()})
    assert verdict(other) == verdict(checked(app))
    assert figures(other) == figures(app)


def test_the_loss_map_follows_its_switch() -> None:
    seen = {label: figures(opened(**{Key.LOSS_VALUE: label}))[1] for label in ("loss", "weight")}
    assert seen["loss"] != seen["weight"]


def test_typed_targets_with_padding_of_their_own() -> None:
    app = opened()
    app.selectbox(key=Key.TARGETS).set_value(app.selectbox(key=Key.TARGETS).options[2]).run()
    assert not app.error and "0 target sentences" in app.info[0].value, "nothing is wrong yet"
    app.text_area(key=Key.TARGET_TEXT).set_value("ab#\nabb").run()
    assert "stops at `encoder`" in verdict(checked(app))


def test_next_tokens_show_at_the_loss_that_the_mask_does_not_fit() -> None:
    app = opened(**{Key.MODEL: PRESETS["tagger"].title, Key.TARGETS: "next token"})
    assert "belongs to other timesteps than the targets" in verdict(app)
    assert "The mask at the loss is wrong: it belongs to other timesteps" in figures(app)[0]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({Key.SENTENCES: "###\n###"}, "Every timestep of this batch is padding"),
        ({Key.TARGETS: "typed", Key.TARGET_TEXT: "###\n###"}, "Every target of this batch is"),
    ],
    ids=["sentences", "targets"],
)
def test_of_nothing_but_padding_nothing_is_claimed(params: dict[str, str], said: str) -> None:
    app = opened(**params)
    assert verdict(app).startswith(said)
    shown = " ".join([verdict(app), *figures(app), *(m.value for m in app.markdown)])
    assert "does not count" not in shown and "leaves padding out" not in shown
    assert "undefined" not in verdict(app)


def test_training_changes_the_losses() -> None:
    app = opened()
    untrained = verdict(app)
    app.slider(key=Key.STEPS).set_value(20).run()
    assert verdict(checked(app)) != untrained


SOFT_FAILURES: dict[str, tuple[str, str]] = {
    "empty": ("", "no sentences"),
    "blank lines": ("\n\n", "no sentences"),
    "100,000 characters": ("a" * 100_000, "At most 8,192 fit"),
    "two million characters": ("ab" * 1_000_000, "At most"),
}


@pytest.fixture(scope="module")
def one_page() -> AppTest:
    """A page that is typed into again and again, whatever was typed before."""
    return opened()


@pytest.mark.parametrize(("text", "said"), SOFT_FAILURES.values(), ids=SOFT_FAILURES)
def test_a_bad_text_is_answered_in_words_and_kept(one_page: AppTest, text: str, said: str) -> None:
    one_page.text_area(key=Key.SENTENCES).set_value(text).run()
    assert said in verdict(checked(one_page))
    assert one_page.text_area(key=Key.SENTENCES).value == text


CORRECT_PAGES: dict[str, str] = {
    "only padding": "####\n####",
    "one row": "##abb",
    "one timestep": "a\nb",
    "one cell": "a",
    "one padded cell": "#",
    "no padding": "abba\nbaba",
    "ragged lines": "a\nabc",
    "combining marks": "e\u0301#\n\N{FAMILY}a",
    "right to left": "##\u05d0\u05d1\n#\u05d2\u05d3\u05d4",
    "markup": "<b>*\n$x^2",
    "a replaced surrogate": "a\N{REPLACEMENT CHARACTER}#\nab#",
    "long rows": "a" * 300 + "#" * 200 + "\n" + "b" * 500,
}


@pytest.mark.parametrize("text", CORRECT_PAGES.values(), ids=CORRECT_PAGES)
def test_an_odd_text_gives_a_page(one_page: AppTest, text: str) -> None:
    one_page.text_area(key=Key.SENTENCES).set_value(text).run()
    assert verdict(checked(one_page))
    assert len(figures(one_page)) == 3
    rows = len(text.split("\n"))
    assert re.search(rf"\b{rows} rows? of", figures(one_page)[0]), "it is drawn anew"
    assert one_page.text_area(key=Key.SENTENCES).value == text


def test_of_many_sentences_a_few_can_be_chosen() -> None:
    app = opened()
    assert not [slider for slider in app.slider if slider.key == Key.ROWS]
    app.text_area(key=Key.SENTENCES).set_value("\n".join(["ab#"] * 40)).run()
    assert "40 rows" in figures(checked(app))[0]
    app.slider(key=Key.ROWS).set_value((3, 6)).run()
    assert "Rows 3 to 5 of 40 are shown." in "".join(m.value for m in checked(app).markdown)
    app.text_area(key=Key.SENTENCES).set_value("\n".join(["ab#"] * 20)).run()
    assert app.slider(key=Key.ROWS).value[1] <= 20
    app.text_area(key=Key.SENTENCES).set_value("ab#").run()
    assert "1 row of" in figures(checked(app))[0]


def test_a_padding_character_that_does_not_occur_is_said() -> None:
    app = opened(**{Key.PADDING: "_"})
    assert "does not occur" in "".join(element.value for element in app.markdown)


def _no_padding(app: AppTest) -> None:
    app.text_input(key=Key.PADDING).set_value("").run()


def _two_characters(app: AppTest) -> None:
    app.text_input(key=Key.PADDING).set_value("ab").run()


def _too_few_targets(app: AppTest) -> None:
    app.selectbox(key=Key.TARGETS).set_value(app.selectbox(key=Key.TARGETS).options[2]).run()
    app.text_area(key=Key.TARGET_TEXT).set_value("abb").run()


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (_no_padding, "padding character is empty"),
        (_two_characters, "must be exactly one character"),
        (_too_few_targets, "1 target sentence for 2 sentences"),
    ],
)
def test_a_choice_that_does_not_fit_is_answered_in_words(
    do: Callable[[AppTest], None], said: str
) -> None:
    app = opened()
    do(app)
    assert said in verdict(checked(app))
    assert app.text_area(key=Key.SENTENCES).value == "##abb\n#babb"


def test_targets_of_another_length_for_a_model_that_keeps_the_length() -> None:
    app = opened(**{Key.MODEL: PRESETS["tagger"].title})
    app.selectbox(key=Key.TARGETS).set_value(app.selectbox(key=Key.TARGETS).options[1]).run()
    app.text_area(key=Key.TARGET_TEXT).set_value("ab#\nabb").run()
    assert app.error
    checked(app)


def test_a_vocabulary_of_5000() -> None:
    letters = [chr(0x4E00 + number) for number in range(5000)]
    rows = ["".join(letters[start : start + 50]) for start in range(0, 5000, 50)]
    app = opened()
    app.text_area(key=Key.SENTENCES).set_value("\n".join(rows)).run()
    assert verdict(checked(app))


def test_the_learn_page() -> None:
    app = opened()
    app.switch_page("inspector/ui/pages/learn.py").run()
    assert [title.value for title in checked(app).title] == ["Padding, masks and the loss"]
    assert len(app.get("page_link")) == len(PRESETS) + 1  # and the page of layers


def test_the_layers_have_an_address_of_their_name_and_keep_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses: dict[str, str] = {}
    navigation = st.navigation

    def noted(pages: list[Any], **options: Any) -> Any:
        addresses.update({page.url_path: page.visibility for page in pages})
        return navigation(pages, **options)

    monkeypatch.setattr(st, "navigation", noted)
    opened()
    assert addresses["layers"] == "visible" and addresses["atlas"] == "hidden"


DRIVE = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(sys.argv[1], default_timeout=120).run()
app.text_area(key=sys.argv[2]).set_value("#ab\\nabb").run()
app.slider(key=sys.argv[3]).set_value(2).run()
assert app.error and not app.exception
sys.exit(" ".join({"keras", "tensorflow"} & sys.modules.keys()) or 0)
"""


def test_keras_never_enters_the_process_of_the_app() -> None:
    # A process of its own: other tests load Keras into this one.
    command = [sys.executable, "-c", DRIVE, str(APP), Key.SENTENCES, Key.STEPS]
    run = subprocess.run(command, cwd=APP.parent, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
