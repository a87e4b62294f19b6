"""The truth about several inputs and outputs as one value."""

import numpy as np
import pytest

from inspector.core.arrays import BoolArray
from inspector.core.truth import AxisTruth, Truth, TruthEvidence, looks_one_hot

LONG = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], bool)
SHORT = np.array([[1, 1], [1, 0]], bool)


def given(valid: BoolArray) -> AxisTruth:
    return AxisTruth(valid, TruthEvidence.GIVEN)


def test_the_first_input_with_timesteps_counts() -> None:
    truth = Truth((AxisTruth(), given(LONG), given(SHORT)))
    assert truth.first is LONG and truth.timesteps == 4
    assert truth.of_input(0) is None and truth.of_input(2) is SHORT and truth.of_input(3) is None


def test_without_timesteps_nothing_is_known() -> None:
    truth = Truth((AxisTruth(),))
    assert truth.first is None and truth.output is None and truth.timesteps == 1
    assert truth.on((2, 4)) is None and truth.inputs[0].evidence is TruthEvidence.UNKNOWN


@pytest.mark.parametrize(
    ("shape", "valid"),
    [
        pytest.param((2, 4, 8), LONG, id="an input"),
        pytest.param((2, 2), SHORT, id="the output looked at"),
        pytest.param((2, 3), None, id="neither"),
    ],
)
def test_an_array_has_the_truth_of_its_rows_and_timesteps(
    shape: tuple[int, ...], valid: BoolArray | None
) -> None:
    assert Truth((given(LONG),), (AxisTruth(), given(SHORT)), position=1).on(shape) is valid


def test_some_rows_of_every_axis() -> None:
    part = Truth((given(LONG), AxisTruth()), (given(SHORT),)).rows(np.array([1, 1]))
    np.testing.assert_array_equal(part.first, LONG[[1, 1]])
    np.testing.assert_array_equal(part.output, SHORT[[1, 1]])
    assert part.of_input(1) is None


@pytest.mark.parametrize(
    ("shape", "flat", "timed"),
    [
        pytest.param((2, 4, 3), False, True, id="vectors"),
        pytest.param((2, 4), False, False, id="classes of a row"),
        pytest.param((2, 4), True, True, id="one number a timestep"),
        pytest.param((2, 3, 3), True, False, id="other timesteps"),
    ],
)
def test_predictions_with_a_time_axis(shape: tuple[int, ...], flat: bool, timed: bool) -> None:
    assert Truth((), (given(LONG),), flat=flat).timed(np.zeros(shape)) is timed


def test_one_hot_rows_are_classes() -> None:
    assert looks_one_hot(np.eye(3)) and not looks_one_hot(np.array([[1, 1, 0]]))
    assert not looks_one_hot(np.ones((2, 1)))
