"""Aggregating block by block: nothing is skipped, and the limits hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.tables import (
    BlockSize,
    block_max,
    block_mean,
    block_share,
    block_size,
    block_sum,
)

sizes = st.integers(1, 5)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 5000))
def test_blocks_keep_within_the_limit_and_are_as_small_as_can_be(
    rows: int, timesteps: int, cells: int
) -> None:
    size = block_size(rows, timesteps, cells)
    assert -(-rows // size.rows) * -(-timesteps // size.timesteps) <= cells
    if rows * timesteps <= cells:
        assert size.whole
    else:
        # Fewer cells a block would be too many blocks.
        assert size.rows * size.timesteps >= rows * timesteps / cells - 1


@pytest.mark.parametrize(
    ("shape", "limit", "rows_limit", "expected"),
    [
        ((2, 5), 100, None, BlockSize(1, 1)),
        ((32, 128), 1024, None, BlockSize(2, 2)),
        ((100, 10), 65_536, 50, BlockSize(2, 1)),
        ((1, 1000), 10, None, BlockSize(1, 100)),
        ((5, 5), 1, None, BlockSize(5, 5)),
    ],
    ids=["fits", "square", "many rows", "one row", "one cell"],
)
def test_block_sizes(
    shape: tuple[int, int], limit: int, rows_limit: int | None, expected: BlockSize
) -> None:
    assert block_size(*shape, limit, rows_limit) == expected


@given(st.integers(1, 7), st.integers(1, 9), sizes, sizes, st.integers(0, 2**32 - 1))
def test_blocks_are_plain_slices(
    rows: int, timesteps: int, high: int, wide: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    values, take = random.normal(size=(rows, timesteps)), random.random((rows, timesteps)) < 0.5
    size = BlockSize(high, wide)
    sums, shares = block_sum(values, size), block_share(take, size)
    means, most = block_mean(values, take, size), block_max(values, size)
    for i, row in enumerate(range(0, rows, high)):
        for j, at in enumerate(range(0, timesteps, wide)):
            block = values[row : row + high, at : at + wide]
            taken = take[row : row + high, at : at + wide]
            np.testing.assert_allclose(sums[i, j], block.sum(), atol=1e-12)
            np.testing.assert_allclose(shares[i, j], taken.mean())
            np.testing.assert_allclose(most[i, j], block.max())
            expected = block[taken].mean() if taken.any() else np.nan
            np.testing.assert_allclose(means[i, j], expected, atol=1e-12)


def test_the_largest_of_nothing_is_undefined() -> None:
    values = np.array([[np.nan, np.nan, 1.0, np.nan]])
    np.testing.assert_array_equal(block_max(values, BlockSize(1, 2)), [[np.nan, 1.0]])
