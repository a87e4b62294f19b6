"""All rows of a large batch at once, and what a batch looks like before: figures and tables."""

import numpy as np
import pytest

from inspector.core.batch import Batch
from inspector.core.paging import Overview, overview_of
from inspector.core.text.preview import preview_of
from inspector.views import overview as drawn
from inspector.views.palette import DARK, LIGHT, Theme
from inspector.views.preview import (
    first_rows_table,
    lengths_alt,
    lengths_figure,
    size_sentence,
)
from tests.views.conftest import MAKERS


@pytest.fixture(scope="module")
def overview() -> Overview:
    return overview_of(MAKERS["question"]())


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_row_for_each_call_and_grey_where_there_is_no_mask(
    overview: Overview, theme: Theme
) -> None:
    figure = drawn.overview_figure(overview, theme)
    missing, shares, over_valid, over_all = figure.data
    assert list(figure.layout.yaxis.ticktext) == [step.name for step in overview.steps]
    for at, step in enumerate(overview.steps):
        assert np.isnan(np.array(shares.z)[at]).all() == (step.kept is None)
        assert np.isfinite(np.array(missing.z)[at]).all() == (step.kept is None)
    np.testing.assert_allclose(over_all.y, overview.loss_over_all)
    wanted = [None if np.isnan(v) else v for v in overview.loss_over_valid]
    assert list(over_valid.y) == pytest.approx(wanted, nan_ok=True)


def test_a_narrow_window_and_no_loss() -> None:
    bare = overview_of(MAKERS["without loss"]())
    figure = drawn.overview_figure(bare, LIGHT, compact=True)
    assert len(figure.data) == 2 and "yaxis2" not in figure.layout
    assert drawn.losses_sentence(bare) == ""


def test_words_and_tables_say_the_same(overview: Overview) -> None:
    assert "2 rows at once: 70" in drawn.overview_alt(overview)
    assert "no mask arrives at the loss" in drawn.overview_alt(overview)
    assert drawn.losses_sentence(overview).startswith("The mean losses of the rows lie between")
    calls = drawn.overview_table(overview)
    assert calls["kept"].iloc[-1] == "no mask" and len(calls) == len(overview.steps)
    steps = drawn.timesteps_table(overview)
    assert steps["timestep"].tolist() == list(range(5))
    np.testing.assert_allclose(steps["0: input, kept"], [0, 0.5, 1, 1, 1])


def batch(rows: int, timesteps: int) -> Batch:
    valid = np.arange(timesteps) < np.arange(rows)[:, None] % (timesteps + 1)
    return Batch(x=valid.astype(np.int32), y=None, valid=valid)


@pytest.mark.parametrize(("rows", "timesteps"), [(1, 1), (7, 5), (300, 200), (5, 1000)])
def test_the_bars_hold_every_row_once(rows: int, timesteps: int) -> None:
    preview = preview_of(batch(rows, timesteps))
    bars = lengths_figure(preview).data[0]
    assert sum(bars.y) == rows
    assert len(bars.y) <= 41
    assert len(bars.hovertext) == len(bars.y)


def test_what_stands_beside_the_bars() -> None:
    preview = preview_of(batch(7, 5))
    assert "Lengths of 7 rows: from 0 to 5 real timesteps" in lengths_alt(preview)
    assert "7 rows of 5 timesteps" in size_sentence(preview)
    assert "`x` (7, 5)" in size_sentence(preview)
    table = first_rows_table(preview)
    assert table["real"].tolist() == [0, 1, 2, 3, 4, 5, 0]
    formula = Batch(x=np.array([[1]]), y=None, valid=np.array([[True]]), tokens=(("=1+1",),))
    assert first_rows_table(preview_of(formula))["input"][0] == "'=1+1"
