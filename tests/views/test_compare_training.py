"""Training as curves, the replay of a step, and the tables behind them."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.core.tables import TEXT_CELLS
from inspector.core.training_run import TrainingRun
from inspector.views.compare_curves import (
    CURVES,
    curves_alt,
    curves_figure,
    curves_notes,
    easy_padding,
)
from inspector.views.compare_replay import (
    ReplayView,
    replay_alt,
    replay_figure,
    replay_notes,
    replay_table,
)
from inspector.views.compare_tables import curves_table, refused_lines
from inspector.views.palette import DARK, LIGHT, Theme
from tests.views import made
from tests.views.compare_made import a_run
from tests.views.conftest import HOSTILE


def lines(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.name == "line"]


def said(figure: go.Figure) -> str:
    return " ".join(text for t in figure.data for text in (t.text or ())).replace("<br>", " ")


def without_steps() -> TrainingRun:
    run = a_run()
    return replace(run, runs=run.runs[-1:], steps=0)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("compact", [False, True], ids=["wide", "compact"])
@pytest.mark.parametrize(
    "run",
    [a_run(), a_run(steps=1), without_steps(), a_run(made.a_batch(["#" * 300 + "a"] * 30))],
    ids=["ordinary", "one step", "nothing", "long"],
)
def test_plotly_accepts_every_figure(run: TrainingRun, theme: Theme, compact: bool) -> None:
    for figure in (
        curves_figure(run, theme, compact, 5),
        replay_figure(run, ReplayView(10, theme, compact)),
    ):
        assert len(go.Figure(figure.to_dict()).data) == len(figure.data)
        texts = [text for t in figure.data for text in (t.text or ()) if text]
        assert len(texts) <= TEXT_CELLS + 100


def test_each_curve_has_a_panel_and_each_strategy_a_line() -> None:
    figure = curves_figure(a_run())
    assert len(lines(figure)) == 3 + 3 + 2
    assert all(title in said(figure) for _, title in CURVES)
    by_panel = [
        [line.line.color for line in lines(figure) if line.yaxis == y] for y in ("y2", "y3")
    ]
    assert by_panel[0] == by_panel[1], "a strategy keeps its colour"
    first = lines(figure)[0]
    assert np.allclose(first.y, np.linspace(1.0, 0.2, 30) * 0.5)
    assert list(first.x) == list(range(30))


def test_a_strategy_that_diverged_is_named_and_the_others_go_on() -> None:
    run = a_run()
    assert "diverged at step 1" in said(curves_figure(run))
    assert "loss from y_true over all” diverged: at step 1" in " ".join(curves_notes(run))
    assert "diverged at step 1" in said(replay_figure(run, ReplayView(30)))


def test_a_line_that_diverged_does_not_flatten_the_others() -> None:
    run = a_run()
    wild = replace(run.runs[2], masked_average=np.array([1.0, 1e20]), diverged_at=1)
    figure = curves_figure(replace(run, runs=(*run.runs[:2], wild)))
    assert figure.layout.yaxis3.range[1] < 2
    calm = curves_figure(replace(run, runs=run.runs[:2]))
    assert calm.layout.yaxis3.range[1] == pytest.approx(1.0, rel=0.1)


def test_a_reported_loss_that_looks_too_good_is_called_so() -> None:
    sentence = easy_padding(a_run())
    assert "“as the model is” reports 0.1000 at the end" in sentence
    assert "masked average is 0.2000" in sentence
    assert "50\N{NO-BREAK SPACE}% better" in sentence
    run = a_run()
    assert easy_padding(replace(run, runs=run.runs[1:2])) == ""


def test_the_alt_text_says_where_it_ended() -> None:
    run = a_run()
    best = run.runs[0]
    assert best.masked_average is not None
    best = replace(best, masked_average=best.masked_average / 2)
    text = curves_alt(replace(run, runs=(best, *run.runs[1:])))
    assert "3 strategies over 30 steps" in text
    assert "lowest for “as the model is” (0.1000)" in text
    assert "highest for “loss from y_true” (0.2000)" in text


def test_strategies_that_end_alike_are_not_ranked() -> None:
    run = a_run()
    text = curves_alt(replace(run, runs=run.runs[:2]))
    assert "ends at 0.2000 for all" in text
    assert "lowest" not in text


def test_long_curves_are_thinned_and_the_table_is_not() -> None:
    run = a_run(steps=500)
    assert all(len(line.x) <= 250 for line in lines(curves_figure(run)))
    assert lines(curves_figure(run))[0].x[-1] == 499
    assert "250 of 500 steps" in " ".join(curves_notes(run))
    assert len(curves_table(run)) == 500 + 500 + 2


def test_the_replay_shows_tokens_and_marks_the_right_ones() -> None:
    batch = replace(
        made.a_batch(),
        target_vocabulary=("a", "b", "#"),
        y=np.eye(3, dtype=np.float32)[[[2, 2, 0, 1, 1], [2, 1, 0, 1, 1]]],
    )
    run = a_run(batch)
    texts = [text for t in replay_figure(run, ReplayView(10)).data for text in (t.text or ())]
    # Class 0 is predicted everywhere: right at one real timestep of each sentence.
    # The first two strategies share a map, the one that diverged has its own.
    assert texts.count("<b>a</b>") == 2 * 2
    assert texts.count("a") == 2 + 2 * 8
    assert any(text.replace("<br>", " ") == "as the model is · loss from y_true" for text in texts)
    assert "29\N{NO-BREAK SPACE}%" in replay_alt(run, 10)
    table = replay_table(run)
    assert set(table["predicted"]) == {"aaaaa"}
    assert set(table["target"]) == {"##abb", "#babb"}
    assert table["masked average"].iloc[0] == pytest.approx(1.0)


def test_the_colours_of_a_replay_are_the_losses_of_that_step() -> None:
    for step in (0, 10):
        image = replay_figure(a_run(), ReplayView(step)).data[0]
        assert image.zmax == pytest.approx(1.0)
    run = a_run()
    run = replace(run, runs=run.runs[:2])
    earlier, first = (np.array(replay_figure(run, ReplayView(at)).data[0].z) for at in (9, 0))
    assert np.array_equal(earlier, first, True), "the last recorded step before it"


def test_other_predictions_are_another_map() -> None:
    run = a_run()
    one, other = run.runs[0], run.runs[1]
    predicted = np.zeros((2, 5), np.int32)
    predicted[0, 0] = 1
    shots = tuple(replace(shot, predicted=predicted) for shot in other.snapshots)
    for runs, maps in (((one, other), 1), ((one, replace(other, snapshots=shots)), 2)):
        titles = said(replay_figure(replace(run, runs=runs), ReplayView(0)))
        assert titles.count("as the model is") == 1
        assert titles.count(" · ") == 2 - maps


def test_what_ended_earlier_or_is_not_drawn_is_said() -> None:
    assert "Where training ended earlier" in " ".join(replay_notes(a_run(), 30))
    long = a_run(made.a_batch(["#" * 300 + "a"] * 30))
    assert "The first 1 of 30 sentences." in replay_notes(long, 0)


def test_what_cannot_be_trained_is_told() -> None:
    (line,) = refused_lines(a_run())
    assert "`ignore_class`" in line


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_tokens_break_nothing(name: str) -> None:
    row = (name,) * 5
    batch = replace(
        made.a_batch(), tokens=(row, row), target_tokens=(row, row), target_vocabulary=(name,) * 3
    )
    run = a_run(batch)
    for trace in replay_figure(run, ReplayView(0)).data:
        for text in trace.text or ():
            assert "<img" not in text and "\u202e" not in text and "\ud800" not in text
            assert "$" not in text
    for text in (*replay_table(run)["target"], *replay_table(run)["predicted"]):
        assert not text.startswith("=")
