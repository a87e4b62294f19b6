"""Models that people bring, on the start page: code and files, driven without a browser."""

import hashlib

import pytest
from streamlit.testing.v1 import AppTest

from inspector.core.link_text import packed_text
from inspector.ui.choices import Key
from inspector.ui.code_examples import EXAMPLES, QUESTION, TAGGER
from inspector.ui.uploads import NO_MODEL_UPLOADS, NO_UPLOADS
from tests.ui.test_inspect_page import APP, checked, figures, opened, verdict

SAMPLE = APP.parent / "sample_data" / "question.keras"
CLASSIFIER = """\
from keras import layers, Sequential
model = Sequential([
    layers.Embedding(vocab_size, 4, mask_zero=True),
    layers.LSTM(4),
    layers.Dense(1, activation="sigmoid"),
])
model.compile("adam", "binary_crossentropy")
"""


def with_code(code: str | None = None, **params: str) -> AppTest:
    """The app with code as its model."""
    if code is not None:
        params[Key.CODE_LINK] = packed_text(code) or ""
    return opened(**{Key.MODEL_FROM: "Code"}, **params)


def listing(app: AppTest) -> str:
    """The code with its marks, as HTML."""
    bodies = [str(element.proto.body) for element in app.get("html")]
    return next(body for body in bodies if "grid" in body)


def texts(app: AppTest) -> str:
    """Everything that is said outside of boxes."""
    return "\n".join(element.value for element in [*app.markdown, *app.text])


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_starting_point_gets_a_verdict(name: str) -> None:
    app = with_code(EXAMPLES[name])
    assert verdict(app)
    assert len(figures(app)) == 3


def test_the_line_where_the_mask_stops_is_marked_and_named() -> None:
    app = with_code()
    assert "stops at `lstm`" in verdict(app)
    assert "▼ 9" in listing(app)
    assert "The mask stops at lstm" in listing(app)
    assert "Line 9: `encoder_output = LSTM(10, return_sequences=False)" in texts(app)
    assert "Line 16: `model.summary(...)` is skipped: printing." in texts(app)


def test_an_error_is_shown_at_its_line_and_can_be_mended() -> None:
    broken = TAGGER.replace("return_sequences", "return_sequence")
    app = with_code(broken)
    assert "has no argument `return_sequence`" in verdict(app)
    assert "✗ 8" in listing(app)
    assert app.text_area(key=Key.CODE).value == broken
    app.text_area(key=Key.CODE).set_value(TAGGER).run()
    assert "Nothing is wrong" in verdict(checked(app))
    assert "✗" not in listing(app)


def test_names_that_the_code_takes_from_data_are_asked_for() -> None:
    app = with_code(CLASSIFIER)
    assert not app.error and "vocab_size" in app.info[0].value
    app.text_input(key=f"{Key.NAME}vocab_size").set_value("20").run()
    assert "uses the mask up" in verdict(checked(app))
    # It stays, so that another value can be given, and a link carries it.
    app.text_input(key=f"{Key.NAME}vocab_size").set_value("2").run()
    assert "ids below 2" in verdict(checked(app))
    again = with_code(CLASSIFIER, **{Key.NAMES: '{"vocab_size":"20"}'})
    assert "uses the mask up" in verdict(again)
    # Other code is not told of values that it never asked for.
    again.text_area(key=Key.CODE).set_value(TAGGER.replace("vocab_size", "size")).run()
    assert "Nothing is wrong" in verdict(checked(again))
    assert "was not needed" not in texts(again)


def test_what_was_typed_is_kept_when_another_model_or_page_is_looked_at() -> None:
    app = with_code()
    app.text_area(key=Key.CODE).set_value(TAGGER).run()
    assert app.query_params[Key.CODE_LINK] == packed_text(TAGGER)
    app.segmented_control(key=Key.MODEL_FROM).set_value("preset").run()
    assert "stops at `encoder`" in verdict(checked(app))
    app.segmented_control(key=Key.MODEL_FROM).set_value("code").run()
    assert checked(app).text_area(key=Key.CODE).value == TAGGER
    app.switch_page("inspector/ui/pages/learn.py").run()
    app.switch_page("inspector/ui/pages/inspect.py").run()
    app.segmented_control(key=Key.MODEL_FROM).set_value("code").run()
    assert checked(app).text_area(key=Key.CODE).value == TAGGER


def test_a_starting_point_can_be_taken_back() -> None:
    mine = TAGGER + "# mine\n"
    app = with_code(mine)
    app.button(key=f"{Key.EXAMPLE}0").click().run()
    assert "stops at `lstm`" in verdict(checked(app))
    app.button(key=Key.BACK).click().run()
    assert checked(app).text_area(key=Key.CODE).value == mine


def test_training_and_another_loss_change_the_numbers_of_pasted_code() -> None:
    app = with_code(TAGGER)
    before = verdict(app)
    app.slider(key=Key.STEPS).set_value(5).run()
    trained = verdict(checked(app))
    app.slider(key=Key.STEPS).set_value(0).run()
    assert verdict(checked(app)) == before != trained
    app.selectbox(key=Key.OWN_LOSS).set_value("mae").run()
    assert verdict(checked(app)) not in (before, trained)


def test_a_damaged_link_gives_the_starting_point() -> None:
    for names in ("[[", '{"a":"\\ud800"}', '{"\\ud800":"1"}', '{"a":1}', "[" * 9_000):
        app = opened(**{Key.MODEL_FROM: "Code", Key.CODE_LINK: "!!", Key.NAMES: names})
        assert "stops at `lstm`" in verdict(app)


HOSTILE_TEXTS = {
    "nothing": ("", "There is no code"),
    "300,000 characters": ("x = 1\n" * 50_000, "200,000"),
    "one long line": ("x = " + "1+" * 90_000 + "1", "Line 1"),
    "markup": ("<img src=x onerror=alert(1)> ](javascript:1) $x^2$ `", "Line 1"),
    "a huge loop": ("for i in range(10**9): pass", "Line 1"),
}


@pytest.mark.parametrize(("code", "said"), HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_hostile_code_is_answered_in_words_and_kept(code: str, said: str) -> None:
    app = with_code()
    app.text_area(key=Key.CODE).set_value(code).run()
    assert said in verdict(checked(app))
    assert app.text_area(key=Key.CODE).value == code


def with_file(data: bytes, name: str = "question.keras") -> AppTest:
    """The app with a model file that was chosen, but not loaded."""
    app = opened(**{Key.MODEL_FROM: "File"})
    app.file_uploader(key=Key.FILE).upload(name, data).run()
    return checked(app)


def test_a_file_is_loaded_on_a_click_and_not_before() -> None:
    data = SAMPLE.read_bytes()
    app = with_file(data)
    assert not figures(app) and "people you trust" in texts(app)
    app.button(key=Key.LOAD).click().run()
    assert "stops at `encoder`" in verdict(checked(app))
    digest = hashlib.sha256(data).hexdigest()
    assert app.query_params[Key.FILE_LINK] == f"{digest[:16]} question.keras"
    app.text_area(key=Key.SENTENCES).set_value("###bb\n#baba\nababa").run()
    assert "3 rows of 5 timesteps" in figures(checked(app))[0]


def test_a_link_to_a_file_asks_for_that_file() -> None:
    app = opened(**{Key.MODEL_FROM: "File", Key.FILE_LINK: "0123456789abcdef my*model.keras"})
    assert "my*model.keras" in texts(app) and "Links do not carry files" in texts(app)
    assert "Choose a model file" in app.info[0].value


def test_the_sample_is_loaded_on_a_click() -> None:
    app = opened(**{Key.MODEL_FROM: "File"})
    app.button(key=Key.SAMPLE_MODEL).click().run()
    assert "stops at `encoder`" in verdict(checked(app))


def test_a_bad_file_is_answered_in_words() -> None:
    app = with_file(b"hello")
    app.button(key=Key.LOAD).click().run()
    assert "is a text file" in verdict(checked(app))


@pytest.mark.parametrize("switch", [NO_UPLOADS, NO_MODEL_UPLOADS])
def test_the_environment_switches_model_uploads_off(
    switch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(switch, "1")
    app = opened(**{Key.MODEL_FROM: "File"})
    assert not app.get("file_uploader")
    assert "stops at `encoder`" in verdict(app)


def test_a_batch_that_does_not_fit_says_both_shapes() -> None:
    app = with_code()
    app.text_area(key=Key.SENTENCES).set_value("##abbab\n#babbab").run()
    said = verdict(checked(app))
    assert "7 timesteps" in said and "(rows, 5, 3)" in said


def test_a_model_without_a_time_axis_has_nothing_to_mask() -> None:
    app = with_code("model = Sequential([Input((4,)), Dense(1)])\nmodel.compile('adam', 'mse')\n")
    assert not app.error and "nothing to mask" in app.info[0].value


def test_an_uncompiled_model_is_looked_at_without_a_loss_until_one_is_chosen() -> None:
    code = TAGGER.split("model.compile")[0]
    app = with_code(code)
    assert verdict(app)
    assert "The model has no loss" in texts(app)
    app.selectbox(key=Key.OWN_LOSS).set_value("sparse_categorical_crossentropy").run()
    assert "Keras reports" in verdict(checked(app))


def test_the_data_in_the_code_can_be_the_batch() -> None:
    data = "X = [[[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0]]]\n"
    app = with_code(QUESTION + data.replace("X = ", "X = np.array(").replace("]]]\n", "]]])\n"))
    assert "2 rows of 5 timesteps" in figures(app)[0]
    app.toggle(key=Key.OWN_DATA).set_value(True).run()
    assert "1 row of 5 timesteps" in figures(checked(app))[0]
    assert "The batch is the data in the code: `X` (1, 5, 3)" in texts(app)
