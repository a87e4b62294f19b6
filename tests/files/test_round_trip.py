"""What is read and written again is the same batch, in every format."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import inspector
from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch, leaves
from inspector.core.requests import Encoding, SentenceChoices, TargetKind, TokenKind
from inspector.core.text.sentences import batch_from_lines
from inspector.errors import BatchError
from inspector.files.choices import FileChoices
from inspector.files.read import FORMATS, batch_from_bytes, read_batch
from inspector.files.write import batch_bytes, write_batch

TEXT_FORMATS = (".csv", ".tsv", ".json", ".jsonl", ".parquet")


def same(first: AnyArray | None, second: AnyArray | None) -> bool:
    if first is None or second is None:
        return first is second
    return first.dtype == second.dtype and np.array_equal(first, second)


def assert_same(first: Batch, second: Batch) -> None:
    for one, other in (
        (first.x, second.x),
        (first.y, second.y),
        (first.sample_weight, second.sample_weight),
        (first.target_valid, second.target_valid),
    ):
        assert all(same(a, b) for a, b in zip(leaves(one), leaves(other), strict=True))
    np.testing.assert_array_equal(first.valid, second.valid)
    assert first.tokens == second.tokens
    assert first.target_tokens == second.target_tokens
    assert first.vocabulary == second.vocabulary
    assert first.target_vocabulary == second.target_vocabulary


SAMPLES = ["question.txt", "question.csv", "question.tsv", "question.json", "question.jsonl"]
SAMPLES += ["question.npz", "names.csv", "names.parquet"]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("encoding", ["one_hot", "ids"])
def test_every_sample(project: Path, tmp_path: Path, name: str, encoding: str) -> None:
    batch = inspector.read_batch(project / "sample_data" / name, encoding=encoding)
    inspector.write_batch(batch, tmp_path / name)
    assert_same(batch, read_batch(tmp_path / name, encoding=encoding))


ALPHABET = st.sampled_from(list("ab#é,;\"' \t\u0301\u4e2d\U0001f44d"))
LINES = st.lists(st.text(ALPHABET, min_size=1, max_size=6), min_size=1, max_size=4)


@given(lines=LINES, targets=st.sampled_from(["none", "same lines", "labels"]), data=st.data())
def test_sentences_in_every_format_of_text(
    lines: list[str], targets: str, data: st.DataObject
) -> None:
    ending = data.draw(st.sampled_from(TEXT_FORMATS))
    encoding = data.draw(st.sampled_from(Encoding))
    sentences = SentenceChoices(text="", encoding=encoding)
    typed = None
    if targets != "none":
        sentences = SentenceChoices(
            text="",
            encoding=encoding,
            targets=TargetKind.TYPED if targets == "same lines" else TargetKind.LABEL,
        )
        typed = [line[::-1] for line in lines] if targets == "same lines" else None
        if targets == "labels":
            typed = [str(len(line)) for line in lines]
    batch = batch_from_lines(lines, typed, sentences)
    choices = FileChoices(SentenceChoices(text="", encoding=encoding))
    again = batch_from_bytes(batch_bytes(batch, ending), ending, choices, "again")
    assert_same(batch, again)


def test_words(tmp_path: Path) -> None:
    choices = SentenceChoices(
        text="", padding_char="<pad>", tokens=TokenKind.WORD, encoding=Encoding.IDS
    )
    batch = batch_from_lines(["a good film", "bad"], None, choices)
    for ending in (".txt", *TEXT_FORMATS):
        path = tmp_path / f"words{ending}"
        write_batch(batch, path)
        assert_same(batch, read_batch(path, padding_char="<pad>", tokens="word", encoding="ids"))


FLOATS = st.floats(-(2.0**60), 2.0**60, width=32)
VECTORS = arrays.arrays(np.float32, (2, 3, 2), elements=FLOATS)
IDS = arrays.arrays(np.int32, (2, 3), elements=st.integers(-5, 2**31 - 1))
VALID = arrays.arrays(np.bool_, (2, 3))


@given(
    x=st.one_of(VECTORS, IDS),
    y=st.one_of(st.none(), VECTORS, IDS, arrays.arrays(np.int32, (2,), elements=st.integers(0, 9))),
    valid=VALID,
    weight=st.one_of(st.none(), arrays.arrays(np.float32, (2,), elements=FLOATS)),
    ending=st.sampled_from([".npz", *TEXT_FORMATS]),
)
def test_arrays_in_every_format_of_numbers(
    x: AnyArray, y: AnyArray | None, valid: AnyArray, weight: AnyArray | None, ending: str
) -> None:
    timed = y is not None and y.ndim >= 2
    target_valid = ~valid if timed else None
    batch = Batch(x=x, y=y, valid=valid, target_valid=target_valid, sample_weight=weight)
    again = batch_from_bytes(batch_bytes(batch, ending), ending, FileChoices(), "again")
    np.testing.assert_array_equal(again.valid, valid)
    for one, other in ((x, again.x), (y, again.y), (target_valid, again.target_valid)):
        assert (one is None) is (other is None)
        if one is not None:
            np.testing.assert_array_equal(one, other)
    if weight is not None:
        np.testing.assert_array_equal(weight, again.sample_weight)
    second = batch_from_bytes(batch_bytes(again, ending), ending, FileChoices(), "again")
    assert_same(again, second)


def test_several_inputs_are_npz(tmp_path: Path) -> None:
    x = {"a": np.array([[0, 3]], np.int32), "b": np.ones((1, 2, 4), np.float32)}
    batch = Batch(x=x, y=None, valid=np.array([[False, True]]))
    write_batch(batch, tmp_path / "two.npz")
    assert_same(batch, read_batch(tmp_path / "two.npz"))
    with pytest.raises(BatchError, match="cannot hold several inputs"):
        write_batch(batch, tmp_path / "two.csv")


def test_inputs_may_be_named_as_options_of_numpy(tmp_path: Path) -> None:
    x = {name: np.array([[at, 3]], np.int32) for at, name in enumerate(("file", "allow_pickle"))}
    batch = Batch(x=x, y=None, valid=np.array([[False, True]]))
    write_batch(batch, tmp_path / "two.npz")
    again = read_batch(tmp_path / "two.npz")
    assert isinstance(again.x, dict) and list(again.x) == list(x)
    assert_same(batch, again)


@pytest.mark.parametrize("name", ["y", "valid", "target_valid", "sample_weight"])
def test_an_input_named_as_another_part_is_refused_and_not_lost(name: str) -> None:
    ids = np.array([[0, 3]], np.int32)
    batch = Batch(x={"ids": ids, name: ids}, y=None, valid=np.array([[False, True]]))
    with pytest.raises(BatchError, match=f"An input is named `{name}`"):
        batch_bytes(batch, ".npz")


def test_formats_say_what_they_cannot_hold(tmp_path: Path) -> None:
    batch = Batch(x=np.ones((1, 2), np.int32), y=None, valid=np.ones((1, 2), bool))
    with pytest.raises(BatchError, match="TXT file cannot hold numbers"):
        write_batch(batch, tmp_path / "a.txt")
    with pytest.raises(BatchError, match=r"ends in `.xls`.*csv"):
        write_batch(batch, tmp_path / "a.xls")
    labelled = read_batch_of("text,label\nab,good\n")
    with pytest.raises(BatchError, match="sentences only"):
        write_batch(labelled, tmp_path / "a.txt")
    assert set(FORMATS) == {".txt", ".npz", *TEXT_FORMATS}


def read_batch_of(text: str) -> Batch:
    return batch_from_bytes(text.encode(), ".csv", FileChoices(), "test")


def test_given_padding_of_sentences_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"sentences": ["a#", "bb"], "valid": [[1, 1], [1, 0]]}')
    batch = read_batch(path)
    np.testing.assert_array_equal(batch.valid, [[1, 1], [1, 0]])
    write_batch(batch, tmp_path / "b.csv")
    assert_same(batch, read_batch(tmp_path / "b.csv"))


def test_labels_of_ids_keep_their_names(tmp_path: Path) -> None:
    batch = read_batch_of("id,t1,t2,label\n1,0,5,good\n2,6,7,bad\n")
    assert batch.target_vocabulary == ("bad", "good")
    np.testing.assert_array_equal(batch.y, [1, 0])
    np.testing.assert_array_equal(batch.x, [[0, 5], [6, 7]])
    for ending in (".csv", ".jsonl", ".parquet"):
        write_batch(batch, tmp_path / f"a{ending}")
        assert_same(batch, read_batch(tmp_path / f"a{ending}"))
