"""A few gradient steps."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from inspector.core.batch import Batch
from inspector.core.requests import ModelChoices, SentenceChoices
from inspector.core.text.sentences import batch_from_choices
from inspector.engine.presets import build
from inspector.engine.training import train
from inspector.errors import Cancelled, ModelError

QUESTION = ModelChoices("question")


@pytest.fixture(name="batch")
def question_batch() -> Batch:
    return batch_from_choices(SentenceChoices())


def test_training_lowers_the_loss_and_reports_every_step(batch: Batch) -> None:
    model = build(QUESTION, batch)
    before = float(model.evaluate(batch.x, batch.y, verbose=0))
    reports: list[tuple[int, int, float]] = []
    losses = train(model, batch, 30, progress=lambda *report: reports.append(report))
    assert losses[0] == pytest.approx(before, abs=1e-6)
    assert losses[-1] < 0.9 * losses[0]
    assert reports == [(number + 1, 30, loss) for number, loss in enumerate(losses)]


def test_training_is_deterministic(batch: Batch) -> None:
    models = [build(QUESTION, batch) for _ in range(2)]
    assert train(models[0], batch, 5) == train(models[1], batch, 5)
    for one, two in zip(models[0].get_weights(), models[1].get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_training_stops_between_steps_when_asked_to(batch: Batch) -> None:
    steps: list[int] = []
    with pytest.raises(Cancelled, match="after 3 of 100 steps"):
        train(
            build(QUESTION, batch),
            batch,
            100,
            progress=lambda step, total, loss: steps.append(step),
            cancelled=lambda: len(steps) == 3,
        )
    assert steps == [1, 2, 3]


def test_no_steps_change_nothing(batch: Batch) -> None:
    model = build(QUESTION, batch)
    before = model.get_weights()
    assert train(model, batch, 0) == []
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_sample_weights_count(batch: Batch) -> None:
    weighted = replace(batch, sample_weight=np.zeros((2, 5), np.float32))
    assert train(build(QUESTION, batch), weighted, 1) == [0.0]


def test_what_cannot_be_trained_is_explained(batch: Batch) -> None:
    with pytest.raises(ModelError, match="no targets"):
        train(build(QUESTION, batch), replace(batch, y=None), 1)
    with pytest.raises(ModelError, match="no loss"):
        train(keras.Sequential([keras.Input((5, 3)), keras.layers.Dense(3)]), batch, 1)
    wide = replace(batch, y=np.zeros((2, 5, 7), np.float32))
    with pytest.raises(ModelError, match="cannot be trained on this batch"):
        train(build(QUESTION, batch), wide, 1)
