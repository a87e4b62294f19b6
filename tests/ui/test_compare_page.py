"""The page of strategies, driven without a browser but with the real engine."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from inspector.core.compare_requests import ALL_STRATEGIES
from inspector.core.presets import PRESETS
from inspector.ui import compare_page, compare_text, compare_training
from inspector.ui.choices import Key
from inspector.ui.compare_engine import workshop
from tests.views import compare_made

PAGE = Path(__file__).resolve().parents[2] / "inspector" / "ui" / "pages" / "compare.py"
LABELS = compare_text.STRATEGY_LABELS
FEW = [LABELS[name] for name in ("no_mask", "propagated", "loss_from_targets", "ignore_class")]


def opened(strategies: list[str] | None = FEW, **params: str) -> AppTest:
    """The page, opened by a link; run by its path, as the app does."""
    app = AppTest.from_string(f"import runpy\nrunpy.run_path({str(PAGE)!r})\n", default_timeout=120)
    if strategies is not None:
        app.query_params[Key.STRATEGIES] = strategies
    for name, value in params.items():
        app.query_params[name] = value
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, [error.message for error in app.exception]
    return app


def alts(app: AppTest) -> list[str]:
    return [figure.proto.alt for figure in app.get("plotly_chart")]


def table(app: AppTest) -> str:
    return app.table[0].value.to_string()


def test_the_first_screen_compares_all_strategies() -> None:
    before = set(sys.modules)  # Other tests of this process may have loaded Keras.
    app = opened(None)
    assert not app.error
    assert set(app.pills(key=Key.STRATEGIES).value) == set(ALL_STRATEGIES)
    assert len(app.table[0].value) == len(ALL_STRATEGIES)
    assert "reports" in app.info[0].value
    assert "11 strategies" in alts(app)[0]
    assert "Not possible here" in table(app), "what cannot be applied stays, with the reason"
    assert not {"keras", "tensorflow"} & (set(sys.modules) - before)


def test_a_link_chooses_strategies_and_the_baseline() -> None:
    app = opened(**{Key.BASELINE: LABELS["loss_from_targets"]})
    assert len(app.table[0].value) == len(FEW)
    assert app.info[0].value.startswith("**“loss from y_true” reports")
    assert "Loss from y_true reports" in alts(app)[0]
    app.pills(key=Key.STRATEGIES).set_value(["no_mask"]).run()
    assert len(checked(app).table[0].value) == 1
    app.pills(key=Key.STRATEGIES).set_value([]).run()
    assert [info.value for info in checked(app).info] == [compare_text.CHOOSE_SOME]


def test_the_model_and_the_text_are_those_of_the_start_page() -> None:
    app = opened(**{Key.SENTENCES: "##ab\n#aba\nabba", Key.MODEL: PRESETS["tagger"].title})
    assert app.text_area(key=Key.SENTENCES).value == "##ab\n#aba\nabba"
    assert "right" in table(app), "the mask of this model reaches the loss"
    assert "Not possible here" not in table(app)


def test_what_is_below_the_fold_is_drawn_when_it_is_opened() -> None:
    app = opened()
    assert len(alts(app)) == 1
    for key in (Key.STRATEGY_MAPS, Key.SIZES, Key.STRATEGY_CODE):
        app.session_state[key] = True
    checked(app.run())
    assert [alt.partition(" of ")[0] for alt in alts(app)[1:]] == [
        "The loss",
        "Keras's value for batches",
    ]
    code = "\n".join(block.value for block in app.code)
    assert "ignore_class" in code
    assert len(app.get("latex") or app.latex) == len(FEW)
    app.toggle(key=Key.MAPS_LESS).set_value(True).run()
    assert "No strategy differs" in alts(checked(app))[1], "all have the same losses"


def test_the_page_as_scripts_and_as_a_report() -> None:
    app = opened(FEW[:2])
    assert "Save the report" in [button.proto.label for button in app.get("download_button")]
    assert not [block for block in app.code if "import numpy" in block.value]
    app.session_state[Key.CODE_FOR_THIS] = True
    checked(app.run())
    plain, ours = (block.value for block in app.code if "import numpy" in block.value)
    assert "import inspector" not in plain and 'tell("propagated", value' in plain
    assert "inspector.compare(" in ours and '"no_mask",\n        "propagated",' in ours


def test_a_pasted_loss_joins_and_a_wrong_one_is_kept_and_told() -> None:
    app = opened()
    typed = "def loss(y_true, y_pred):\n    return open('x')"
    app.text_area(key=Key.MY_LOSS).set_value(typed).run()
    assert app.text_area(key=Key.MY_LOSS).value == typed
    assert compare_text.MY_LOSS in checked(app).error[0].value
    assert len(app.table[0].value) == len(FEW), "the others are compared all the same"
    app.text_area(key=Key.MY_LOSS).set_value("").run()
    app.button(key=Key.MY_LOSS_EXAMPLE).click().run()
    assert not checked(app).error
    assert "masked_loss" in table(app)
    row = app.table[0].value.iloc[-1]
    same = app.table[0].value.iloc[2]
    assert row["Keras reports"] == same["Keras reports"], "it is the loss that finds padding in y"


def test_the_example_of_a_loss_fits_targets_that_are_ids() -> None:
    app = opened(FEW[2:3], **{Key.MODEL: PRESETS["tagger"].title})
    app.button(key=Key.MY_LOSS_EXAMPLE).click().run()
    assert not checked(app).error
    values = app.table[0].value["Keras reports"]
    assert values.iloc[0] == values.iloc[1]


def test_a_text_that_is_no_batch_is_kept_and_told() -> None:
    app = opened()
    app.text_area(key=Key.SENTENCES).set_value("").run()
    assert len(checked(app).error) == 1
    assert not app.table
    app.text_area(key=Key.SENTENCES).set_value("##\n##").run()
    assert app.text_area(key=Key.SENTENCES).value == "##\n##"
    assert checked(app)


def test_training_goes_part_by_part_and_is_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_training, "_REST_SECONDS", -1.0)  # There is no browser that asks.
    app = opened(FEW[1:], **{Key.TRAIN_STEPS: "10"})
    assert Key.CURVES not in str(alts(app))
    app.button(key=Key.TRAIN_GO).click().run()
    while app.session_state[Key.TRAINING].running:
        before = app.session_state[Key.TRAINING].done
        checked(app.run())
        assert app.session_state[Key.TRAINING].done > before
    assert "Trained for 10 steps." in "".join(m.value for m in app.markdown)
    assert "2 strategies over 10 steps" in alts(app)[1]
    assert "after 10 steps" in alts(app)[2]
    assert app.button(key=Key.TRAIN_GO).disabled
    app.select_slider(key=Key.REPLAY_STEP).set_value(5).run()
    assert "after 5 steps" in alts(checked(app))[2]
    app.slider(key=Key.TRAIN_STEPS).set_value(20).run()
    assert app.button(key=Key.TRAIN_GO).label == compare_text.GO_ON
    app.text_area(key=Key.SENTENCES).set_value("#ab\nabb").run()
    assert len(alts(checked(app))) == 1, "another batch is another training"


def test_a_stopped_training_says_where_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_training, "_REST_SECONDS", -1.0)
    app = opened(FEW[1:3])
    app.button(key=Key.TRAIN_GO).click().run()
    done = app.session_state[Key.TRAINING].done
    assert 0 < done < 100
    app.button(key=Key.TRAIN_STOP).click().run()
    assert app.session_state[Key.TRAINING].done == done
    assert f"Stopped after {done} steps of 100" in "".join(m.value for m in checked(app).markdown)
    app.button(key=Key.TRAIN_GO).click().run()
    assert app.session_state[Key.TRAINING].done > done
    app.button(key=Key.TRAIN_STOP).click().run()


def test_long_work_has_an_engine_of_its_own() -> None:
    opened()
    assert workshop().pid is not None


def test_a_training_in_which_all_diverge_ends_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compare_training, "_REST_SECONDS", -1.0)
    app = opened(FEW[1:2], **{Key.LOSS: "mse", Key.TRAIN_RATE: "10"})
    state = app.session_state[Key.TRAINING]
    run = compare_made.a_run()
    state.run = replace(run, runs=run.runs[2:])
    state.running = False
    checked(app.run())
    assert "every strategy diverged" in "".join(m.value for m in app.markdown)
    assert app.button(key=Key.TRAIN_GO).disabled


def test_a_training_of_nothing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_training, "_REST_SECONDS", -1.0)
    app = opened(FEW[3:])
    app.button(key=Key.TRAIN_GO).click().run()
    assert not app.session_state[Key.TRAINING].running
    assert app.session_state[Key.TRAINING].done == 0
    assert "ignore_class" in "".join(element.value for element in checked(app).markdown)


def test_results_can_be_saved() -> None:
    app = opened()
    saved = {button.proto.id for button in app.get("download_button")}
    assert any(Key.COMPARISON_JSON in identifier for identifier in saved)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "Step 3 of 9"), (0.2, "Step 3 of 9, about 1 second left"), (8, "about 8 seconds")],
)
def test_the_time_left_is_told(seconds: float | None, said: str) -> None:
    assert said in compare_text.how_far(3, 9, seconds)


def test_of_a_large_batch_the_first_rows_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_page, "MOST_ROWS", 2)
    app = opened(FEW[:2], **{Key.SENTENCES: "##ab\n#aba\nabba"})
    said = compare_text.first_rows_only(2, 3)
    assert said in [element.value for element in app.markdown]
    assert "first 2 of 3" in said
