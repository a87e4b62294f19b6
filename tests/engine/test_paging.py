"""Pages of a large batch: some rows to look at, and figures over all rows beside them."""

import numpy as np
import pytest

from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.core.paging import (
    InspectionPage,
    PageRequest,
    RowOrder,
    RowsAsked,
    inspection_of_rows,
    ordered_rows,
    overview_of,
    page_of,
    row_losses,
)
from inspector.core.requests import InspectRequest, ModelChoices
from inspector.engine import service
from inspector.views.loss_map import loss_map, loss_map_table
from inspector.views.mask_map import mask_map

ROWS, TIMESTEPS = 23, 5


@pytest.fixture(scope="module")
def request_for_tagger() -> InspectRequest:
    random = np.random.default_rng(3)
    lengths = random.integers(0, TIMESTEPS + 1, (ROWS, 1))
    valid = np.arange(TIMESTEPS) < lengths
    x = np.where(valid, random.integers(1, 7, valid.shape), 0).astype(np.int32)
    batch = Batch(x=x, y=x, valid=valid, target_valid=valid)
    return InspectRequest(batch, ModelChoices("tagger"))


def asked(request: InspectRequest, rows: RowsAsked) -> InspectionPage:
    page = service.answer(
        PageRequest(request, rows), progress=lambda *_: None, cancelled=lambda: False
    )
    assert isinstance(page, InspectionPage)
    return page


@pytest.fixture(scope="module")
def whole(request_for_tagger: InspectRequest) -> Inspection:
    found = service.answer(request_for_tagger, progress=lambda *_: None, cancelled=lambda: False)
    assert isinstance(found, Inspection)
    return found


@pytest.mark.parametrize("order", RowOrder)
def test_the_pages_of_an_order_hold_every_row_once(whole: Inspection, order: RowOrder) -> None:
    positions = [
        position
        for page in range(3)
        for position in page_of(whole, RowsAsked(order, page, 8)).positions
    ]
    assert sorted(positions) == list(range(ROWS))
    assert page_of(whole, RowsAsked(order, 99, 8)).positions == tuple(positions[16:])
    assert page_of(whole, RowsAsked(order, 0, 8)).pages == 3


def test_orders_put_first_what_they_say(whole: Inspection) -> None:
    lengths = whole.batch.valid.sum(axis=1)
    assert (np.diff(lengths[ordered_rows(whole, RowOrder.LENGTH)]) <= 0).all()
    assert (np.diff(lengths[ordered_rows(whole, RowOrder.PADDING)]) >= 0).all()
    means = row_losses(whole.losses)
    assert means is not None
    by_loss = means[ordered_rows(whole, RowOrder.LOSS)]
    known = by_loss[np.isfinite(by_loss)]
    assert (np.diff(known) <= 0).all()
    assert np.isnan(by_loss[len(known) :]).all() and len(known) < ROWS


def test_a_page_is_what_the_whole_says_of_its_rows(
    request_for_tagger: InspectRequest, whole: Inspection
) -> None:
    page = asked(request_for_tagger, RowsAsked(RowOrder.LENGTH, 1, 6))
    found, rows = page.inspection, list(page.positions)
    np.testing.assert_array_equal(found.batch.valid, whole.batch.valid[rows])
    assert found.losses is not None and whole.losses is not None
    np.testing.assert_array_equal(found.losses.loss, whole.losses.loss[rows])
    np.testing.assert_array_equal(found.losses.weight, whole.losses.weight[rows])
    for one, other in zip(found.trace.steps, whole.trace.steps, strict=True):
        assert (one.handed_on is None) is (other.handed_on is None)
        if one.handed_on is not None and other.handed_on is not None:
            np.testing.assert_array_equal(one.handed_on, other.handed_on[rows])
    assert found.losses.averages == whole.losses.averages
    assert found.diagnosis == whole.diagnosis


def test_the_next_page_runs_nothing_again(
    request_for_tagger: InspectRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = asked(request_for_tagger, RowsAsked(page=0, size=4))
    monkeypatch.setattr(service, "inspect", lambda *_, **__: pytest.fail("ran again"))
    second = asked(request_for_tagger, RowsAsked(page=1, size=4))
    assert first.positions == (0, 1, 2, 3) and second.positions == (4, 5, 6, 7)


def test_the_overview_is_over_all_rows(whole: Inspection) -> None:
    overview = overview_of(whole)
    assert overview.rows == ROWS == overview.lengths.sum()
    first, *calls, last = overview.steps
    np.testing.assert_allclose(first.kept, whole.batch.valid.mean(axis=0))
    assert [call.name for call in calls] == [
        step.name for step in whole.trace.top_level() if step.class_name != "InputLayer"
    ]
    np.testing.assert_allclose(last.kept, whole.batch.valid.mean(axis=0))
    assert whole.losses is not None and whole.losses.loss is not None
    np.testing.assert_allclose(overview.loss_over_all, whole.losses.loss.mean(axis=0))
    valid = whole.batch.valid
    sums = (whole.losses.loss * valid).sum(axis=0) / valid.sum(axis=0)
    np.testing.assert_allclose(overview.loss_over_valid, sums)
    means = row_losses(whole.losses)
    assert means is not None and overview.row_losses is not None
    assert overview.row_losses.sum() == np.isfinite(means).sum()


def test_rows_keep_their_numbers_on_every_figure(whole: Inspection) -> None:
    page = page_of(whole, RowsAsked(RowOrder.LENGTH, 1, 4)).inspection
    wanted = [int(row) for row in ordered_rows(whole, RowOrder.LENGTH)[4:8]]
    assert loss_map_table(page)["row"].unique().tolist() == wanted
    for drawn in (mask_map(page), loss_map(page)):
        assert f"row {wanted[0]}, timestep 0" in str(drawn.data[0].hovertext[0][0])
    again = inspection_of_rows(page, np.array([2]))
    assert again.batch.row_numbers == (wanted[2],)


def test_one_array_stays_one(whole: Inspection) -> None:
    page = inspection_of_rows(whole, np.array([2, 0]))
    handed = [step.handed_on for step in page.trace.steps if step.handed_on is not None]
    before = [step.handed_on for step in whole.trace.steps if step.handed_on is not None]
    assert len(set(map(id, handed))) == len(set(map(id, before)))
