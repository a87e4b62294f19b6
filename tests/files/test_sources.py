"""Everything that `fit` takes becomes the same arrays that a user would have made by hand."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from inspector.errors import BatchError
from inspector.files.sources import MOST_ROWS, arrays_of, is_stream, read_source, stream

X = np.arange(12).reshape(4, 3)
Y = np.array([0, 1, 1, 0])
WEIGHT = np.array([1.0, 2.0, 1.0, 1.0])


class _Batches(keras.utils.PyDataset):
    """Two batches of two rows."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        rows = slice(2 * number, 2 * number + 2)
        return X[rows], Y[rows]


class _Tensor:
    """As much of a torch tensor as is read."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.shape, self.ndim = values, values.shape, values.ndim

    def __len__(self) -> int:
        return len(self.values)

    def detach(self) -> "_Tensor":
        return self

    def cpu(self) -> "_Tensor":
        return self

    def numpy(self) -> np.ndarray:
        return self.values


class _Loader:
    """As much of torch's `DataLoader` as is read: lists of tensors, again and again."""

    dataset, batch_size = X, 2

    def __iter__(self) -> Iterator[list[_Tensor]]:
        for start in (0, 2):
            yield [_Tensor(X[start : start + 2]), _Tensor(Y[start : start + 2])]


class _Columns:
    """As much of a Hugging Face `Dataset` as is read: slices of it are dictionaries of lists."""

    column_names = ("input_ids", "attention_mask", "label")
    features: dict[str, str] = {}

    def __len__(self) -> int:
        return 3

    def __getitem__(self, rows: slice) -> dict[str, list[Any]]:
        ids = [[5, 6, 7], [8], [9, 4]]
        return {
            "input_ids": ids[rows],
            "attention_mask": [[1] * len(row) for row in ids[rows]],
            "label": [0, 1, 0][rows],
        }


def _dataset(*parts: Any) -> Any:
    return tf.data.Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0])


STREAMS: dict[str, Callable[[], Any]] = {
    "tf.data": lambda: _dataset(X, Y).batch(2),
    "tf.data, last batch dropped or not": lambda: _dataset(X, Y).batch(2, drop_remainder=True),
    "PyDataset": lambda: _Batches(),
    "DataLoader": _Loader,
}


@pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS)
def test_a_stream_gives_its_rows_and_its_batch_size(make: Callable[[], Any]) -> None:
    source = make()
    batch = read_source(source)
    assert is_stream(source)
    assert_array_equal(batch.x, X)
    assert_array_equal(batch.y, Y)
    assert batch.batch_size == 2
    assert "all 4 rows were looked at, in batches of 2" in batch.notes[0]
    assert [len(part.x) for part in stream(make())] == [2, 2]


def test_weights_of_a_stream_come_along() -> None:
    batch = read_source(_dataset(X, Y, WEIGHT).batch(4))
    assert_array_equal(batch.sample_weight, WEIGHT)


def test_inputs_by_name_stay_by_name() -> None:
    batch = read_source(tf.data.Dataset.from_tensor_slices(({"a": X, "b": X + 1}, Y)).batch(2))
    assert isinstance(batch.x, dict)
    assert_array_equal(batch.x["b"], X + 1)


def test_a_data_set_that_is_not_batched_is_put_together() -> None:
    batch = read_source(_dataset(X, Y), input_rank=2)
    assert_array_equal(batch.x, X)
    assert_array_equal(batch.y, Y)


def test_an_endless_data_set_ends_at_the_limit() -> None:
    batch = read_source(_dataset(X, Y).repeat().batch(100))
    assert len(batch.x) == 1100 >= MOST_ROWS
    assert "the first 1100 rows" in batch.notes[0]


def test_batches_of_other_lengths_are_left_out() -> None:
    rows = tf.data.Dataset.from_generator(
        lambda: iter([[1, 2], [3], [4, 5, 6], [7]]),
        output_signature=tf.TensorSpec((None,), tf.int32),
    )
    batch = read_source(rows.padded_batch(2))
    assert_array_equal(batch.x, [[1, 2], [3, 0]])
    assert "the first 2 rows" in batch.notes[0]


def test_a_shorter_last_batch_ends_the_rows() -> None:
    batch = read_source(_dataset(X, Y).batch(3))
    assert len(batch.x) == 4 and batch.batch_size == 3


def test_a_generator_loses_one_batch_and_it_is_said() -> None:
    generator = ((X[row : row + 2], Y[row : row + 2]) for row in (0, 2))
    batch = read_source(generator)
    assert len(batch.x) == 2 and "pass a new one to `fit`" in batch.notes[0]
    assert_array_equal(next(generator)[0], X[2:])


def test_columns_become_inputs_and_targets() -> None:
    batch = read_source(_Columns())
    assert isinstance(batch.x, dict) and isinstance(batch.valid, dict)
    assert_array_equal(batch.x["input_ids"], [[5, 6, 7], [8, 0, 0], [9, 4, 0]])
    assert_array_equal(batch.valid["input_ids"], [[1, 1, 1], [1, 0, 0], [1, 1, 0]])
    assert_array_equal(batch.y, [0, 1, 0])


UNEVEN: dict[str, Any] = {
    "lists": [[1, 2, 3], [4]],
    "arrays": [np.array([1, 2, 3]), np.array([4])],
    "an object array": np.array([[1, 2, 3], [4]], dtype=object),
    "a ragged tensor": tf.ragged.constant([[1, 2, 3], [4]]),
    "a column of lists": pd.Series([[1, 2, 3], [4]]),
    "tensors": [tf.constant([1, 2, 3]), tf.constant([4])],
}


@pytest.mark.parametrize("rows", UNEVEN.values(), ids=UNEVEN)
def test_uneven_rows_are_filled_up_and_the_truth_is_known(rows: Any) -> None:
    batch = arrays_of(rows)
    assert_array_equal(batch.x, [[1, 2, 3], [4, 0, 0]])
    assert_array_equal(batch.valid, [[True, True, True], [True, False, False]])
    assert "different lengths" in batch.notes[0]


def test_uneven_vectors_are_filled_up_with_zero_vectors() -> None:
    batch = arrays_of([np.ones((3, 2)), np.ones((1, 2))])
    assert isinstance(batch.x, np.ndarray) and batch.x.shape == (2, 3, 2)
    assert not batch.x[1, 1:].any()


def test_uneven_targets_have_a_truth_of_their_own() -> None:
    batch = arrays_of([[1, 2], [3]], [[1], [1, 2, 3]])
    assert_array_equal(batch.valid, [[True, True], [True, False]])
    assert_array_equal(batch.target_valid, [[True, False, False], [True, True, True]])


def test_arrays_in_a_list_are_inputs() -> None:
    batch = arrays_of([X, X.astype("float32")])
    assert isinstance(batch.x, tuple) and len(batch.x) == 2 and batch.valid is None


TEXTS: dict[str, Any] = {
    "a list": ["ab", "c"],
    "an object array": np.array(["ab", "c"], dtype=object),
    "bytes": np.array([b"ab", b"c"]),
    "a tensor": tf.constant(["ab", "c"]),
    "a column": pd.Series(["ab", "c"]),
}


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_texts_stay_texts(texts: Any) -> None:
    batch = arrays_of(texts)
    assert_array_equal(batch.x, ["ab", "c"])


def test_a_data_frame_is_its_numbers() -> None:
    assert_array_equal(arrays_of(pd.DataFrame(X), pd.Series(Y)).x, X)


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "objects": (lambda: arrays_of([object(), object()]), "`x` holds object values"),
    "rows of other features": (
        lambda: arrays_of([np.ones((2, 3)), np.ones((1, 2))]),
        "differ in more than length",
    ),
    "none": (lambda: arrays_of(None), "`x` is None"),
    "sparse": (lambda: arrays_of(tf.sparse.from_dense(X)), "to_dense"),
    "an empty generator": (lambda: read_source(iter(())), "yields no batch"),
    "four parts": (lambda: read_source(iter([(X, Y, WEIGHT, X)])), "tuple of 4 parts"),
    "a stream and targets": (lambda: read_source(_Batches(), Y), "together with its inputs"),
    "no stream": (lambda: next(stream(X)), "a ndarray"),
    "no rows": (lambda: next(stream(iter([np.float32(1)]))), "has no rows"),
}


@pytest.mark.parametrize(("read", "words"), BAD.values(), ids=BAD)
def test_what_is_no_batch_is_refused_in_words(read: Callable[[], Any], words: str) -> None:
    with pytest.raises(BatchError, match=words):
        read()


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=6), min_size=1, max_size=5))
def test_what_was_filled_up_can_be_taken_off_again(rows: list[list[int]]) -> None:
    batch = arrays_of(rows)
    assert isinstance(batch.x, np.ndarray)
    valid = np.ones(batch.x.shape, bool) if batch.valid is None else batch.valid
    assert isinstance(valid, np.ndarray)
    assert [list(row[real]) for row, real in zip(batch.x, valid, strict=True)] == rows
