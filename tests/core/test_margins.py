"""Margins against a plain sum over loops, and their edges: no real timestep, NaN, blocks."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inspector.core.tables import BlockSize, MarginKind, contribution, largest, margins

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Floats, Bools]:
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 8)))
    numbers = st.floats(-10, 10, allow_nan=False, width=32)
    return draw(arrays.arrays(np.float64, shape, elements=numbers)), draw(
        arrays.arrays(np.bool_, shape)
    )


@given(tables())
def test_means_are_the_sums_divided_by_what_counts(table: tuple[Floats, Bools]) -> None:
    values, valid = table
    found = margins(values, valid, MarginKind.MEAN)
    for row in range(values.shape[0]):
        real = [v for v, keep in zip(values[row], valid[row], strict=True) if keep]
        expected = sum(real) / len(real) if real else np.nan
        np.testing.assert_allclose(found.row_valid[row], expected, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found.row_all[row], values[row].mean(), rtol=1e-9, atol=1e-12)
    for at in range(values.shape[1]):
        real = [v for v, keep in zip(values[:, at], valid[:, at], strict=True) if keep]
        expected = sum(real) / len(real) if real else np.nan
        np.testing.assert_allclose(found.timestep_valid[at], expected, rtol=1e-9, atol=1e-12)
    expected = values[valid].mean() if valid.any() else np.nan
    np.testing.assert_allclose(found.total_valid, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.total_all, values.mean(), rtol=1e-9, atol=1e-12)


@given(tables())
def test_sums_of_rows_and_of_timesteps_make_the_total(table: tuple[Floats, Bools]) -> None:
    values, valid = table
    found = margins(values, valid, MarginKind.SUM)
    for parts, total in (
        (found.row_valid, found.total_valid),
        (found.timestep_valid, found.total_valid),
        (found.row_all, found.total_all),
        (found.timestep_all, found.total_all),
    ):
        np.testing.assert_allclose(parts.sum(), total, rtol=1e-9, atol=1e-9)


@given(tables())
def test_padding_never_changes_what_is_over_valid(table: tuple[Floats, Bools]) -> None:
    values, valid = table
    other = np.where(valid, values, np.nan)
    for kind in MarginKind:
        before, after = margins(values, valid, kind), margins(other, valid, kind)
        np.testing.assert_array_equal(before.row_valid, after.row_valid)
        np.testing.assert_array_equal(before.timestep_valid, after.timestep_valid)
        assert after.undefined == 0


def test_a_row_and_a_timestep_of_padding_have_no_mean_and_say_why() -> None:
    valid = np.array([[False, True, True], [False, False, False]])
    found = margins(np.ones((2, 3)), valid, MarginKind.MEAN)
    assert np.isnan(found.row_valid[1]) and np.isnan(found.timestep_valid[0])
    assert found.empty_rows == (1,) and found.empty_timesteps == (0,)
    assert found.reasons == (
        "Row 1 has only padding, so there is no mean over valid.",
        "Timestep 0 has only padding, so there is no mean over valid.",
    )


def test_sums_over_nothing_are_zero_and_need_no_reason() -> None:
    found = margins(np.ones((2, 2)), np.zeros((2, 2), bool), MarginKind.SUM)
    assert found.total_valid == 0 and found.total_all == 4
    assert found.reasons == ()


def test_many_empty_rows_are_counted_not_listed() -> None:
    found = margins(np.ones((8, 1)), np.zeros((8, 1), bool), MarginKind.MEAN)
    assert found.reasons[0].startswith("Rows 0, 1, 2, 3, 4 and 3 more have only padding")


def test_an_undefined_value_is_undefined_in_what_it_enters() -> None:
    values = np.array([[1.0, np.nan], [1.0, 3.0]])
    found = margins(values, np.ones((2, 2), bool), MarginKind.MEAN)
    assert np.isnan(found.row_valid[0]) and found.row_valid[1] == 2.0
    assert found.timestep_valid[0] == 1.0 and np.isnan(found.timestep_valid[1])
    assert found.undefined == 1
    assert found.reasons == ("1 value is undefined at real timesteps, and what they enter.",)


def test_without_a_truth_every_timestep_is_real() -> None:
    found = margins(np.array([[1.0, 3.0]]), None, MarginKind.MEAN)
    assert found.total_valid == found.total_all == 2.0


def test_a_margin_of_blocks_is_taken_over_timesteps_not_over_blocks() -> None:
    values = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 9.0]])
    valid = np.array([[True, True, True], [False, False, True]])
    found = margins(values, valid, MarginKind.MEAN, BlockSize(rows=2, timesteps=2))
    np.testing.assert_allclose(found.row_valid, [3.0])  # (1 + 1 + 1 + 9) / 4
    np.testing.assert_allclose(found.timestep_valid, [1.0, 5.0])


def test_a_contribution_without_weight_is_zero_even_where_the_loss_is_undefined() -> None:
    loss, weight = np.array([[np.nan, 2.0, np.nan]]), np.array([[0.0, 0.5, 1.0]])
    np.testing.assert_array_equal(contribution(loss, weight), [[0.0, 1.0, np.nan]])


@pytest.mark.parametrize(
    ("axis", "expected"), [(0, [1.0, 5.0, np.nan]), (1, [5.0, 4.0])], ids=["rows", "timesteps"]
)
def test_the_largest_is_taken_where_it_counts(axis: int, expected: list[float]) -> None:
    values = np.array([[1.0, 5.0, 9.0], [8.0, 4.0, np.nan]])
    take = np.array([[True, True, False], [False, True, True]])
    np.testing.assert_array_equal(largest(values, take, axis), expected)
