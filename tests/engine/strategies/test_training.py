"""Training side by side: against plain `train_on_batch`, and what must stay equal and untouched."""

import json
import random
import time

import keras
import numpy as np
import pytest

import inspector
from inspector.core.batch import Batch
from inspector.core.compare_requests import ALL_STRATEGIES
from inspector.core.requests import Watch
from inspector.core.training_run import TrainingRun
from inspector.engine.strategies.train import TrainingOrder, is_looked_at
from inspector.errors import Cancelled
from tests.engine.strategies.making import dense_tagger, eager_functions, fresh, ids_batch

STEPS = 12


def never_a_number(y: object, p: object) -> object:
    return keras.ops.log(-keras.ops.sum(p))


@pytest.fixture(scope="module")
def trained() -> tuple[keras.Model, Batch, TrainingRun]:
    model, batch = dense_tagger(mask_zero=False), ids_batch()
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    wanted = [*ALL_STRATEGIES, never_a_number]
    return model, batch, inspector.train_strategies(model, batch, wanted, STEPS)


def plain_training(model: keras.Model, batch: Batch, loss: object, weight: object) -> list[float]:
    copy = fresh(model)
    copy.compile(keras.optimizers.Adam(0.05), loss)
    with eager_functions():
        return [
            float(copy.train_on_batch(batch.x, batch.y, sample_weight=weight)) for _ in range(STEPS)
        ]


def test_every_step_is_that_of_plain_keras(trained) -> None:
    model, batch, run = trained
    sparse, real = keras.losses.SparseCategoricalCrossentropy, batch.valid.astype("float32")
    plain = {
        "no_mask": (sparse(), None),
        "propagated": (sparse(), None),
        "sample_weight": (sparse(), real),
        "loss_over_all": (sparse(), real),
        "ignore_class": (sparse(ignore_class=0), None),
        "loss_from_targets": (sparse(ignore_class=0), None),
        "mask_put_back": (sparse(ignore_class=0), None),  # Dense reads no mask.
    }
    for key, (loss, weight) in plain.items():
        expected = plain_training(model, batch, loss, weight)
        np.testing.assert_allclose(run.run(key).reported, expected, atol=1e-5, err_msg=key)


def test_sentences_alone_take_the_steps_of_the_masked_average(trained) -> None:
    """Embedding and Dense mix no timesteps, so nothing differs but where padding is left out."""
    run = trained[2]
    for key in ("alone", "other_side", "sample_weight_mean", "lengths_reversed"):
        if key != "other_side":
            expected = run.run("loss_from_targets").reported
            np.testing.assert_allclose(run.run(key).reported, expected, atol=1e-5, err_msg=key)
    moved, plain = run.run("other_side").reported, run.run("no_mask").reported
    np.testing.assert_allclose(moved, plain, atol=1e-5)


def test_padding_that_is_easy_makes_the_reported_loss_look_good(trained) -> None:
    plain = trained[2].run("no_mask")
    assert plain.reported[-1] < plain.masked_average[-1]
    assert trained[2].run("alone").masked_average[-1] < plain.masked_average[-1]
    assert 0.0 <= plain.accuracy.min() <= plain.accuracy.max() <= 1.0


def test_a_strategy_that_diverges_is_shown_and_the_others_go_on(trained) -> None:
    run = trained[2]
    broken = run.run("custom")
    assert broken.diverged_at == 0 and broken.steps == 1
    assert run.run("no_mask").steps == STEPS and run.steps == STEPS
    answer = json.loads(run.to_json())
    assert answer["strategies"][-1]["reported"] == [None]


def test_snapshots_hold_loss_and_predictions_at_their_step(trained) -> None:
    model, batch, run = trained
    assert run.snapshot_steps == (0, 1, 2, 5, 10, 12)
    first = run.run("propagated").snapshot(1)
    assert first is not None and first.step == 1
    start = run.run("other_side").snapshots[0]
    p = np.asarray(model(batch.x))
    np.testing.assert_array_equal(run.run("no_mask").snapshots[0].predicted, p.argmax(axis=-1))
    real = batch.valid
    np.testing.assert_array_equal(start.predicted[real], p.argmax(axis=-1)[real])
    alone = run.run("alone").snapshots[0]
    assert np.isnan(alone.loss[~real]).all() and (alone.predicted[~real] == -1).all()
    np.testing.assert_allclose(alone.loss[real], start.loss[real], atol=1e-5)


def test_the_model_and_global_random_numbers_stay_as_they_are() -> None:
    model, batch = dense_tagger(), ids_batch()
    before, state = [v.numpy() for v in model.variables], random.getstate()
    optimizer = [v.numpy() for v in model.optimizer.variables]
    run = inspector.train_strategies(model, batch, ["propagated", "alone"], 2)
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert [v.numpy() for v in model.optimizer.variables] == optimizer
    assert random.getstate() == state
    assert len(run.weights) == len(run.order) == 64


def test_going_on_after_a_stop_gives_what_an_unbroken_training_gives() -> None:
    model, batch = dense_tagger(), ids_batch()
    whole = inspector.train_strategies(model, batch, ["no_mask", "ignore_class"], 13)
    session = inspector.TrainingSession(model, batch, ["no_mask", "ignore_class"])
    asked = [0]

    def cancelled() -> bool:
        asked[0] += 1
        return asked[0] > 17

    with pytest.raises(Cancelled):
        session.run(13, Watch(cancelled=cancelled))
    assert 0 < session.so_far().run("ignore_class").steps < 13
    again = session.run(13)
    for key in ("no_mask", "ignore_class"):
        np.testing.assert_array_equal(again.run(key).reported, whole.run(key).reported)
    assert again.order == whole.order


def test_a_stop_is_heard_within_a_step() -> None:
    session = inspector.TrainingSession(dense_tagger(), ids_batch(), ["no_mask"])
    session.run(3)
    stopped: list[float] = []
    begun = time.monotonic()

    def cancelled() -> bool:
        if time.monotonic() - begun > 0.2:
            stopped.append(time.monotonic())
        return bool(stopped)

    with pytest.raises(Cancelled):
        session.run(10**6, Watch(cancelled=cancelled))
    assert len(stopped) == 1  # It was asked once more, and no step followed.


def test_a_step_may_see_some_rows_only_the_same_for_all() -> None:
    settings = inspector.TrainSettings(batch_size=2, seed=3, learning_rate=0.5)
    asked = ["no_mask", "loss_over_all", "alone"]
    run = inspector.train_strategies(dense_tagger(), ids_batch(), asked, 4, settings=settings)
    other = inspector.train_strategies(
        dense_tagger(), ids_batch(), asked, 4, settings=inspector.TrainSettings(2, 4)
    )
    assert run.order != other.order and run.weights == other.weights
    assert run.batch_size == 2 and run.learning_rate == pytest.approx(0.5)
    assert np.isfinite(run.run("alone").reported).all()


@pytest.mark.parametrize(("rows", "size"), [(1, 1), (5, 2), (6, 3), (4, 9)])
def test_an_order_visits_every_row_once_a_pass(rows: int, size: int) -> None:
    order = TrainingOrder(rows, size, seed=1)
    for turn in range(3):
        steps = range(turn * order.steps_per_pass, (turn + 1) * order.steps_per_pass)
        seen = np.concatenate([order.rows_of(step) for step in steps])
        assert sorted(seen.tolist()) == list(range(rows))


def test_looks_grow_rarer() -> None:
    looked = [step for step in range(1000) if is_looked_at(step)]
    assert looked[:6] == [0, 1, 2, 5, 10, 20] and len(looked) < 40


def test_dropout_draws_the_same_for_every_strategy_and_statistics_move() -> None:
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(4, 5, mask_zero=True),
            keras.layers.Dropout(0.5, seed=1),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(4, "softmax", kernel_regularizer="l2"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = [v.numpy() for v in model.variables]
    run = inspector.train_strategies(
        model, ids_batch(), ["propagated", "loss_from_targets", "alone"], 3
    )
    first, second = run.run("propagated"), run.run("loss_from_targets")
    np.testing.assert_allclose(first.reported, second.reported, atol=1e-6)
    plain = fresh(model)
    for target, source in zip(plain.variables, before, strict=True):
        target.assign(source)
    plain.compile("sgd", "sparse_categorical_crossentropy")
    batch = ids_batch()
    with eager_functions():
        expected = [float(plain.train_on_batch(batch.x, batch.y)) for _ in range(3)]
    np.testing.assert_allclose(first.reported, expected, atol=1e-5)
    assert np.isfinite(run.run("alone").reported).all() and run.notes


def test_a_batch_of_padding_trains_nothing_and_says_so() -> None:
    batch = ids_batch(((0, 0), (0, 0)))
    run = inspector.train_strategies(dense_tagger(), batch, ["propagated", "alone"], 2)
    assert run.run("propagated").reported.tolist() == [0.0, 0.0]
    assert run.run("alone").diverged_at is None
    assert any("No timestep of this batch is real" in note for note in run.notes)


def test_one_number_a_timestep_is_no_class() -> None:
    model = keras.Sequential([keras.Input((3, 1)), keras.layers.Dense(1), keras.layers.Flatten()])
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9)), "mse")
    x = np.array([[[0.0], [1], [2]]], "float32")
    batch = Batch(x, x[..., 0] / 3, x[..., 0] != 0, x[..., 0] != 0)
    run = inspector.train_strategies(model, batch, ["propagated", "no_mask"], 2)
    assert run.run("propagated").accuracy is None and run.learning_rate is None
    assert run.run("propagated").snapshots[0].predicted is None
    assert "one number" in run.run("no_mask").reason


def test_training_needs_an_optimizer() -> None:
    model = dense_tagger()
    model.compile(optimizer=None, loss="sparse_categorical_crossentropy")
    model.optimizer = None
    with pytest.raises(inspector.ModelError, match="no optimizer"):
        inspector.train_strategies(model, ids_batch(), ["no_mask"], 1)
