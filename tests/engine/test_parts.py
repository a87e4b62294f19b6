"""A batch that runs in parts gives the figures of the whole, and Keras's at that batch size."""

import keras
import numpy as np
import pytest

import inspector
from inspector.core.arrays import AnyArray
from inspector.core.diagnosis.stops import moved_mask
from inspector.core.ledger import AverageName
from inspector.core.requests import Watch
from inspector.engine.forward import row_chunks
from inspector.engine.forward import rows as passes
from inspector.engine.watching import watched
from inspector.errors import Cancelled

ROWS, TIMESTEPS, WORDS = 37, 6, 9


def rows(seed: int = 0) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Ids padded after with 0, targets, and the truth."""
    random = np.random.default_rng(seed)
    valid = np.arange(TIMESTEPS) < random.integers(1, TIMESTEPS + 1, (ROWS, 1))
    x = np.where(valid, random.integers(1, WORDS, valid.shape), 0).astype("int32")
    return x, (x * 2 % 5).astype("int32"), valid


def tagger(mask: bool = True) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((TIMESTEPS,), dtype="int32"),
            keras.layers.Embedding(WORDS, 4, mask_zero=mask),
            keras.layers.GRU(4, return_sequences=True, name="reader"),
            keras.layers.Dense(5, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return tagger()


@pytest.fixture
def tiny_parts(monkeypatch: pytest.MonkeyPatch) -> int:
    """Everything is large: the batch runs eight rows at a time, and little is kept."""
    monkeypatch.setattr(row_chunks, "LARGE_VALUES", 1)
    monkeypatch.setattr(row_chunks, "PART_CELLS", 8 * TIMESTEPS + 5)
    monkeypatch.setattr(passes, "KEPT_VALUES", 1)
    monkeypatch.setattr(passes, "KEPT_ROWS", 10)
    monkeypatch.setattr(passes, "_LONG", 1)
    return 8


def test_parts_give_what_keras_reports_for_that_batch_size(
    model: keras.Model, tiny_parts: int
) -> None:
    x, y, valid = rows()
    found = inspector.inspect(model, x, y, valid=valid, leaks=False)
    ledger = found.losses
    assert ledger is not None and ledger.loss is not None and ledger.weight is not None
    assert ledger.batch_size == tiny_parts
    reported = model.evaluate(x, y, batch_size=tiny_parts, verbose=0)[0]
    assert ledger.keras_value == pytest.approx(reported, rel=1e-6)
    assert (ledger.weight * ledger.loss).sum() == pytest.approx(reported, rel=1e-5)
    assert any("batch size of 8" in note for note in ledger.notes)
    assert found.metrics == {"accuracy": "masked"}


def test_all_averages_but_keras_s_are_those_of_the_whole(
    model: keras.Model, tiny_parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y, valid = rows()
    split = inspector.inspect(model, x, y, valid=valid, leaks=False)
    monkeypatch.undo()
    whole = inspector.inspect(model, x, y, valid=valid, leaks=False)
    assert split.losses is not None and whole.losses is not None
    assert split.losses.batch_size != whole.losses.batch_size == ROWS
    for name in (AverageName.VALID, AverageName.ALL, AverageName.ROW_MEANS):
        one, other = split.losses.average(name), whole.losses.average(name)
        assert one.value == pytest.approx(other.value, rel=1e-6)
        assert one.divisor == other.divisor
    np.testing.assert_allclose(split.losses.loss, whole.losses.loss, rtol=1e-5)
    for one_step, other_step in zip(split.trace.steps, whole.trace.steps, strict=True):
        np.testing.assert_array_equal(one_step.handed_on, other_step.handed_on)
    assert split.trace.mask_at_loss_state is whole.trace.mask_at_loss_state


def test_equal_masks_are_kept_once(model: keras.Model, tiny_parts: int) -> None:
    x, y, valid = rows()
    steps = inspector.inspect(model, x, y, valid=valid, leaks=False).trace.steps
    masks = {id(step.handed_on) for step in steps if step.handed_on is not None}
    assert len(masks) == 1


def test_a_fault_is_named_in_parts_too(tiny_parts: int) -> None:
    x, y, valid = rows()
    found = inspector.inspect(tagger(mask=False), x, y, valid=valid)
    assert found.losses is not None and found.losses.counts_padding
    assert found.losses.divisor == "all"
    assert not found.diagnosis.healthy


def test_progress_only_grows_and_ends_at_the_last_row(model: keras.Model, tiny_parts: int) -> None:
    x, y, valid = rows()
    told: list[tuple[int, int]] = []
    with watched(Watch(lambda done, total, _: told.append((done, total)))):
        inspector.inspect(model, x, y, valid=valid, leaks=False)
    assert told == [(0, ROWS), (8, ROWS), (16, ROWS), (24, ROWS), (32, ROWS), (ROWS, ROWS)]


def test_an_inspection_stops_when_nobody_wants_it(model: keras.Model, tiny_parts: int) -> None:
    x, y, valid = rows()
    told: list[int] = []
    with pytest.raises(Cancelled, match="after 16 of 37 rows"):
        with watched(Watch(lambda done, *_: told.append(done), lambda: len(told) == 2)):
            inspector.inspect(model, x, y, valid=valid, leaks=False)
    assert told == [0, 8]


def test_small_batches_say_nothing_of_how_far_they_are(model: keras.Model) -> None:
    x, y, valid = rows()
    with watched(Watch(lambda *_: pytest.fail("told"), lambda: True)):
        inspector.inspect(model, x, y, valid=valid, leaks=False, batch_size=8)


@pytest.mark.parametrize(
    ("at_once", "timesteps", "width"),
    [(2048, 64, 64), (128, 64, 1000), (1, 8192, 5000), (1, 200_000, 1)],
)
def test_parts_get_smaller_as_rows_get_wider(at_once: int, timesteps: int, width: int) -> None:
    assert row_chunks.part_rows(100_000, timesteps, width) == at_once


def test_a_model_with_a_fixed_number_of_rows_runs_in_parts_of_it() -> None:
    inputs = keras.Input(batch_shape=(4, TIMESTEPS, 1))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    assert row_chunks.rows_at_once(model, 100_000, TIMESTEPS) == 4


MASK = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]], bool)
MOVED = {
    "rows in another order": (MASK[[2, 0, 1]], True),
    "time turned": (MASK[:, ::-1], True),
    "time and rows turned": (MASK[::-1, ::-1], True),
    "shifted": (np.roll(MASK, 1, axis=1), True),
    "itself": (MASK, False),
    "other": (~MASK, False),
    "shorter": (MASK[:, :2], False),
}


@pytest.mark.parametrize(("handed_on", "moved"), MOVED.values(), ids=MOVED)
def test_a_mask_that_is_another_one_moved(handed_on: AnyArray, moved: bool) -> None:
    assert moved_mask(MASK, handed_on) is moved


def test_many_rows_are_compared_at_once() -> None:
    mask = np.arange(64) < np.random.default_rng(1).integers(1, 65, (100_000, 1))
    assert moved_mask(mask, mask[::-1])
    assert not moved_mask(mask, ~mask)
