"""The parts that a comparison is made of: divisions, marks, moves, directions, pasted losses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.compare_requests import CompareRequest, PastedLoss, TrainRequest
from inspector.core.presets import PRESETS
from inspector.core.requests import ModelChoices, SentenceChoices
from inspector.core.strategies import CATALOGUE
from inspector.core.text.sentences import batch_from_choices
from inspector.engine.service import answer
from inspector.engine.strategies.applied import TREATMENTS
from inspector.engine.strategies.catalogue import mask_from_lengths
from inspector.engine.strategies.compared import compared_on, padding_mark
from inspector.engine.strategies.formulas import Formula
from inspector.engine.strategies.gradients import (
    Directions,
    GradientParts,
    cosine,
    gradient_parts,
)
from inspector.engine.strategies.pasted import pasted_loss
from inspector.engine.strategies.put_back import find_places
from inspector.engine.strategies.rebuild import at_length
from inspector.engine.strategies.repadding import to_other_side
from inspector.engine.strategies.trainers import right_classes
from inspector.errors import CodeError, InspectorError
from tests.engine.strategies.making import preset

LENGTHS = st.lists(st.integers(0, 5), min_size=1, max_size=6)


def test_every_strategy_of_the_catalogue_has_what_applies_it_and_nothing_else_does() -> None:
    assert list(CATALOGUE) == sorted(TREATMENTS, key=list(CATALOGUE).index)


@given(LENGTHS, st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_a_division_by_batches_is_that_of_each_batch(
    lengths: list[int], size: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    real = (np.arange(5) < np.array(lengths)[:, None]).astype(float)
    loss = random.uniform(0.1, 3, real.shape)
    found = Formula(real, real).value(loss, size)
    values = []
    for start in range(0, len(loss), size):
        part, kept = loss[start : start + size], real[start : start + size]
        mean = (part * kept).sum() / kept.sum() if kept.sum() else 0.0
        values.append(mean * len(part))
    assert found == pytest.approx(sum(values) / len(loss))


@given(LENGTHS, st.booleans())
def test_padding_moves_to_the_other_side_and_back(lengths: list[int], before: bool) -> None:
    valid = np.arange(6) < np.array(lengths)[:, None]
    valid = valid[:, ::-1] if before else valid
    moved = to_other_side(np.ascontiguousarray(valid))
    if valid.all():
        assert moved is None
        return
    assert moved is not None
    values = np.arange(valid.size).reshape(valid.shape)
    there = moved.there(values)
    np.testing.assert_array_equal(moved.home(there), values)
    for row, lengths_there in enumerate(moved.there(valid)):
        real = values[row][valid[row]]
        np.testing.assert_array_equal(there[row][lengths_there], real)
    if valid.any(axis=1).all() and not valid.all(axis=1).any():
        edge = 0 if before else -1
        assert moved.there(valid)[:, edge].all()


def test_padding_on_both_sides_has_no_other_side() -> None:
    assert to_other_side(np.array([[False, True], [True, False]])) is None


def test_a_mask_from_lengths_is_right_turned_along_time_and_wrong_along_rows_too() -> None:
    valid = np.array([[False, False, True], [False, True, True]])
    np.testing.assert_array_equal(mask_from_lengths(valid, True, False), valid)
    np.testing.assert_array_equal(mask_from_lengths(valid, True, True), valid[::-1])


@pytest.mark.parametrize(
    ("array", "code", "problem"),
    [
        ([[0, 1], [2, 0]], "0", ""),
        ([[9, 1], [9, 2]], "0", "different"),
        ([[7, 1], [0, 7]], "0", "look alike"),
        ([[[0, 1], [1, 0]], [[1, 1], [0, 1]]], "[0, 1]", ""),
    ],
)
def test_padding_is_told_by_a_value_of_its_own(array: list, code: str, problem: str) -> None:
    valid = np.array([[False, True], [True, False]])
    if problem == "look alike":
        array = [[7, 7], [1, 7]]
    mark = padding_mark(np.array(array), valid, "targets")
    assert (mark.as_code == code) if not problem else (problem in mark.problem)


@given(st.floats(0.01, 100), st.integers(0, 2**32 - 1))
def test_weights_that_differ_by_a_factor_share_a_direction(factor: float, seed: int) -> None:
    weight = np.random.default_rng(seed).uniform(0.1, 1, (2, 3))
    directions = Directions()
    first, second = directions.add(weight), directions.add(factor * weight)
    assert first is not None and second is not None
    assert first[0] == second[0] == 0 and second[1] == pytest.approx(factor * first[1])
    assert directions.add(np.zeros((2, 3))) is None
    assert directions.add(np.array([[1.0, 0, 0], [0, 0, 0]]))[0] == 1


def test_seven_strategies_of_two_parts_need_two_backward_passes() -> None:
    real = np.array([[False, True, True], [True, True, True]])
    weights = {"no mask": np.ones((2, 3)) / 6, "mask": real / 5, "over all": real / 6}
    asked: list[int] = []

    def run(directions: list[np.ndarray]) -> list[np.ndarray]:
        asked.append(len(directions))
        return [np.array([d.sum(), 1.0]) for d in directions]

    parts = gradient_parts(weights, real, run)
    assert asked == [2]
    assert parts["mask"].padding is None and parts["no mask"].padding is not None
    np.testing.assert_allclose(parts["mask"].real, parts["over all"].real * 6 / 5)


def test_a_zero_gradient_has_no_direction() -> None:
    assert cosine(None, np.ones(2)) is None and cosine(np.zeros(2), np.ones(2)) is None
    nothing = GradientParts(None, None)
    assert nothing.padding_share is None and nothing.whole is None


def test_another_length_replaces_time_axes_and_draws_no_seed() -> None:
    config = {
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": (None, 5, 5)}},
            {"class_name": "RepeatVector", "config": {"n": 5}},
            {"class_name": "Dense", "config": {"units": 5, "initializer": {"seed": None}}},
        ]
    }
    first, second, third = at_length(config, 5, 3)["layers"]
    assert first["config"]["batch_shape"] == (None, 3, 5)
    assert second["config"]["n"] == 3
    assert third["config"] == {"units": 5, "initializer": {"seed": 0}}


@pytest.mark.parametrize(
    ("name", "behind"),
    [("question", "repeat"), ("attention", "multiply"), ("conv", "convolution")],
)
def test_the_mask_is_put_back_right_behind_the_stop(name: str, behind: str) -> None:
    model, batch = preset(name, SentenceChoices(encoding=PRESETS[name].encodings[0]))
    places = find_places(compared_on(model, batch, None, None, leaks=False))
    assert places.names == (behind,) and not places.problem


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (np.array([[[0, 1], [1, 0]]]), [[1, 0]]),
        (np.array([[2, 0]]), [[2, 0]]),
        (np.array([[[0.5, 0.1], [1, 0]]]), [[-1, -1]]),
        (np.array([[0.5, 2.0]]), [[-1, -1]]),
    ],
)
def test_right_classes_are_found_where_targets_are_classes(y: np.ndarray, classes: list) -> None:
    assert right_classes(y, np.ones((1, 2), bool)).tolist() == classes


ANSWER = """
from keras import backend as K

def get_loss(mask_value):
    mask_value = K.variable(mask_value)
    def masked_categorical_crossentropy(y_true, y_pred):
        mask = K.all(K.equal(y_true, mask_value), axis=-1)
        mask = 1 - K.cast(mask, K.floatx())
        loss = K.categorical_crossentropy(y_true, y_pred) * mask
        return K.sum(loss) / K.sum(mask)
    return masked_categorical_crossentropy

loss = get_loss([0, 0, 1])
"""


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = ", None),
        ("", None),
        ("import os\ndef loss(y_true, y_pred):\n    return os.getcwd()", 3),
    ],
)
def test_a_pasted_loss_that_cannot_be_read_is_explained(source: str, line: int | None) -> None:
    with pytest.raises(CodeError) as caught:
        loss = pasted_loss(PastedLoss(source))
        loss(np.zeros((1, 1)), np.zeros((1, 1)))
    assert caught.value.got and caught.value.line == line


def test_the_worker_compares_and_trains_with_a_pasted_loss() -> None:
    batch = batch_from_choices(SentenceChoices())
    told: list[str] = []

    def ask(request: object) -> object:
        return answer(
            request,
            progress=lambda done, total, what="", loss=None: told.append(what),
            cancelled=lambda: False,
        )

    asked = ("propagated", "loss_from_targets", "custom")
    found = ask(CompareRequest(batch, ModelChoices(), asked, custom=PastedLoss(ANSWER)))
    assert found.result("custom").keras_value == pytest.approx(
        found.result("loss_from_targets").keras_value, abs=1e-6
    )
    assert found.result("custom").loss_share == 0.0 and "Inspecting the model" in told
    runs = [ask(TrainRequest(batch, ModelChoices(), asked[:2], until=until)) for until in (2, 3, 3)]
    assert [run.steps for run in runs] == [2, 3, 3] and "Training" in told
    np.testing.assert_array_equal(
        runs[1].run("propagated").reported[:2], runs[0].run("propagated").reported
    )
    assert runs[0].run("propagated").reported[0] == pytest.approx(
        found.result("propagated").keras_value, abs=1e-6
    )


def test_what_is_no_request_is_refused() -> None:
    with pytest.raises(InspectorError, match="does not know the request int"):
        answer(3, progress=lambda *_: None, cancelled=lambda: False)
