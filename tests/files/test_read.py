"""Batches from files: every format, and every way in which a file can be wrong."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.core.batch import Batch
from inspector.core.text.sentences import batch_from_sentences
from inspector.errors import BatchError, InspectorError, LimitError
from inspector.files import bytes as file_sizes
from inspector.files.choices import FileChoices
from inspector.files.read import FORMATS, batch_from_bytes, read_batch

QUESTION_VALID = [[0, 0, 1, 1, 1], [0, 1, 1, 1, 1]]


def read(content: bytes | str, ending: str) -> Batch:
    raw = content.encode() if isinstance(content, str) else content
    return batch_from_bytes(raw, ending, FileChoices(), "test")


def npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def parquet(**columns: Any) -> bytes:
    stream = io.BytesIO()
    pd.DataFrame(columns).to_parquet(stream, index=False)
    return stream.getvalue()


@pytest.mark.parametrize(
    "name",
    ["question.txt", "question.csv", "question.tsv", "question.json", "question.jsonl"]
    + ["question.npz"],
)
def test_the_question_is_the_same_batch_in_every_format(project: Path, name: str) -> None:
    batch, wanted = read_batch(project / "sample_data" / name), batch_from_sentences("##abb\n#babb")
    np.testing.assert_array_equal(batch.x, wanted.x)
    np.testing.assert_array_equal(batch.y, wanted.y)
    np.testing.assert_array_equal(batch.valid, QUESTION_VALID)
    np.testing.assert_array_equal(batch.target_valid, QUESTION_VALID)
    assert batch.source == name


def test_options_say_how_sentences_are_read(tmp_path: Path) -> None:
    (tmp_path / "words.TXT").write_text("good film\nbad\n", "utf-8")
    options: dict[str, Any] = {"tokens": "word", "encoding": "ids", "side": "before"}
    batch = read_batch(tmp_path / "words.TXT", padding_char="<pad>", **options)
    np.testing.assert_array_equal(batch.x, [[3, 2], [0, 1]])


GOOD: dict[str, tuple[bytes | str, str, list[list[int]]]] = {
    "text with a mark": ("\ufeff#ab\n", ".txt", [[0, 1, 1]]),
    "text in UTF-16": ("#ab\r\nb".encode("utf-16"), ".txt", [[0, 1, 1], [1, 0, 0]]),
    "an empty line is a row": ("ab\n\n#b", ".txt", [[1, 1], [0, 0], [0, 1]]),
    "table of ids": ("t1,t2,t3\n0,5,6\n7,8,0\n", ".csv", [[0, 1, 1], [1, 1, 0]]),
    "table of ids with id column": ("id,t1,t2\n9,0,6\n", ".csv", [[0, 1]]),
    "one column of ids": ("t1\n0\n6\n", ".csv", [[0], [1]]),
    "quoted separator": ('text\n"#a,b"\n', ".csv", [[0, 1, 1, 1]]),
    "NA is text": ("text\nNA\nnan\n", ".csv", [[1, 1, 0], [1, 1, 1]]),
    "json sentences": ('{"sentences": ["#a", "ab"]}', ".json", [[0, 1], [1, 1]]),
    "json strings": ('["#a", "ab"]', ".json", [[0, 1], [1, 1]]),
    "json ids": ("[[0, 4], [4, 4]]", ".json", [[0, 1], [1, 1]]),
    "json ragged ids": ('{"x": [[4], [4, 4], []]}', ".json", [[1, 0], [1, 1], [0, 0]]),
    "json ragged vectors": ('{"x": [[[1, 1]], [[1, 1], [2, 2]]]}', ".json", [[1, 0], [1, 1]]),
    "json given valid": ('{"x": [[1, 2]], "valid": [[0, 1]]}', ".json", [[0, 1]]),
    "json lines of ids": ("[0, 4]\n\n[4, 4]\n", ".jsonl", [[0, 1], [1, 1]]),
    "json lines of objects": ('{"x": [0, 4]}\n{"x": [4, 4]}\n', ".jsonl", [[0, 1], [1, 1]]),
    "npz ids": (npz(x=np.array([[0, 3], [3, 3]])), ".npz", [[0, 1], [1, 1]]),
    "npz vectors": (npz(x=np.array([[[0.0], [3.0]]])), ".npz", [[0, 1]]),
    "npz inputs": (npz(a=np.array([[0, 3]]), b=np.array([[1, 1]])), ".npz", [[0, 1]]),
    "parquet text": (parquet(text=["#a", "ab"]), ".parquet", [[0, 1], [1, 1]]),
    "parquet ids": (parquet(t1=[0, 1], t2=[1, 1]), ".parquet", [[0, 1], [1, 1]]),
    "parquet lists": (parquet(x=[[5, 5], [5]]), ".parquet", [[1, 1], [1, 0]]),
}


@pytest.mark.parametrize(("content", "ending", "valid"), GOOD.values(), ids=GOOD)
def test_good_files(content: bytes | str, ending: str, valid: list[list[int]]) -> None:
    np.testing.assert_array_equal(read(content, ending).valid, valid)


def test_targets_come_from_their_columns() -> None:
    tags = read("Text,tags\nab#,xy#\n", ".csv")
    np.testing.assert_array_equal(tags.target_valid, [[1, 1, 0]])
    assert tags.target_vocabulary == ("x", "y", "#")
    labels = read("text,label\nab,good\nb,bad\n", ".csv")
    assert labels.target_vocabulary == ("bad", "good")
    assert labels.target_valid is None
    numbers = read(parquet(text=["a", "b"], label=[3, 1]), ".parquet")
    assert numbers.target_vocabulary == ("1", "3")
    left_out = read("text,color\na,red\n", ".csv")
    assert any("left out: `color`" in note for note in left_out.notes)


def test_targets_of_arrays_have_a_time_axis_or_none() -> None:
    x = np.array([[0, 3, 1], [3, 3, 1]])
    assert read(npz(x=x, y=np.array([0, 1])), ".npz").target_valid is None
    assert read(npz(x=x, y=np.eye(2)), ".npz").target_valid is None
    np.testing.assert_array_equal(read(npz(x=x, y=x), ".npz").target_valid, [[0, 1, 1], [1, 1, 1]])
    other = read(npz(x=x, y=np.array([[[0.0], [1.0]], [[1.0], [1.0]]])), ".npz")
    np.testing.assert_array_equal(other.target_valid, [[0, 1], [1, 1]])
    given = read(npz(x=x, y=x, target_valid=x > 1), ".npz")
    np.testing.assert_array_equal(given.target_valid, x > 1)


def broken_zip(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def huge_header() -> bytes:
    stream = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**9)}
    np.lib.format.write_array_header_1_0(stream, header)
    return broken_zip("x.npy", stream.getvalue())


def with_objects() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, x=np.array([{}], dtype=object))
    return stream.getvalue()


BAD: dict[str, tuple[bytes | str, str, str]] = {
    "empty text": ("", ".txt", "no sentences"),
    "latin-1": ("é".encode("latin-1"), ".txt", "not UTF-8: byte 0"),
    "odd UTF-16": (b"\xff\xfea", ".txt", "not UTF-16"),
    "empty table": ("", ".csv", "table is empty"),
    "header only": ("text\n", ".csv", "no rows"),
    "short row": ("text,tags\na,a\nb\n", ".csv", "Row 2 has 1 cells and the header 2"),
    "long row": ("text,tags\na,a\nb,b,b\n", ".csv", "Row 2 has 3 cells"),
    "long first row": ("text,tags\na,a,a\nb,b,b\n", ".csv", "Row 1 has 3 cells"),
    "open quote": ('text\n"a\n', ".csv", "cannot be read"),
    "column twice": ("text,text\na,a\n", ".csv", "Two columns are called `text`"),
    "only ids of rows": ("id\n1\n", ".csv", "ids of rows only"),
    "unknown columns": ("words,other\na,b\n", ".csv", "Row 1, column `words` holds `a`"),
    "columns without text": ("label\na\n", ".csv", "targets but no input"),
    "fractions": ("t1,t2\n1,0.5\n", ".csv", "column `t2` holds `0.5`"),
    "infinite ids": ("t1\n1e999\n", ".csv", "holds `1e999`"),
    "huge ids": ("t1\n99999999999\n", ".csv", "below 2..31"),
    "not json": ("{'x': 1}", ".json", "not JSON.*line 1, column 2"),
    "single value": ("3", ".json", "single value"),
    "deep json": ("[" * 100_000, ".json", "not JSON|little depth"),
    "number of 5,000 digits": ("[" + "1" * 5000 + "]", ".json", "cannot be read|different kinds"),
    "x is no list": ('{"x": 3}', ".json", "`x` is no list"),
    "x is ragged below": ('{"x": [[[1], [1, 2]]]}', ".json", "`x` is not an array of numbers"),
    "x mixes rows and numbers": ('{"x": [[1, 2], [1], 3]}', ".json", "not an array of numbers"),
    "x is text": ('{"x": [["a"]]}', ".json", "not an array of numbers"),
    "x is empty": ('{"x": []}', ".json", "not an array of numbers"),
    "x is flat": ('{"x": [1, 2]}', ".json", "Give `valid`"),
    "valid of another shape": ('{"x": [[1, 2]], "valid": [[1]]}', ".json", "`valid` has shape"),
    "valid of other values": ('{"x": [[1, 2]], "valid": [[1, 2]]}', ".json", "other than 0 and 1"),
    "y of other rows": ('{"x": [[1, 2]], "y": [1, 2]}', ".json", "same number of rows"),
    "rows of two kinds": ('["a", [1]]', ".json", "different kinds"),
    "rows with other names": ('{"text": "a"}\n{"txt": "a"}', ".jsonl", "Row 2 has the names `txt`"),
    "text is a list": ('{"sentences": [["a"]]}', ".json", "holds list values"),
    "broken line": ('"a"\n"b\n', ".jsonl", "Line 2 is not JSON"),
    "no lines": ("\n", ".jsonl", "no rows"),
    "no archive": ("nothing", ".npz", "no NPZ file"),
    "archive of something else": (broken_zip("a.txt", b"a"), ".npz", "`a.txt` is not an array"),
    "broken array": (broken_zip("x.npy", b"abc"), ".npz", "no NPZ file"),
    "python objects": (with_objects(), ".npz", "Python objects"),
    "no x": (npz(), ".npz", "no array `x`"),
    "x and others": (npz(x=np.ones((1, 1)), z=np.ones(1)), ".npz", "called `z` besides `x`"),
    "float ids": (npz(x=np.ones((2, 2))), ".npz", "Give `valid`"),
    "no table": ("nothing", ".parquet", "no Parquet file"),
}


@pytest.mark.parametrize(("content", "ending", "message"), BAD.values(), ids=BAD)
def test_bad_files_are_explained(content: bytes | str, ending: str, message: str) -> None:
    with pytest.raises(BatchError, match=re.compile(message, re.DOTALL)):
        read(content, ending)


def test_arrays_that_only_claim_to_be_large_are_refused_before_they_are_read() -> None:
    with pytest.raises(LimitError, match="8,000,000,000,000,000,000 bytes"):
        read(huge_header(), ".npz")
    ragged = json.dumps({"x": [[1] * 60_000, *([[]] * 1000)]})
    with pytest.raises(LimitError, match="cells"):
        read(ragged, ".json")


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BatchError, match="ends in `.xls`.*.parquet"):
        read_batch(tmp_path / "a.xls")
    with pytest.raises(BatchError, match="`a.csv` cannot be read: No such file"):
        read_batch(tmp_path / "a.csv")
    with pytest.raises(BatchError, match="`side` is 'left'"):
        (tmp_path / "a.txt").write_text("a")
        read_batch(tmp_path / "a.txt", side="left")
    monkeypatch.setattr("inspector.files.read.MAX_TEXT_BYTES", 10)
    (tmp_path / "b.txt").write_text("a" * 11)
    with pytest.raises(LimitError, match="larger than"):
        read_batch(tmp_path / "b.txt")
    assert file_sizes.MAX_TEXT_BYTES > 10


@settings(max_examples=150)
@given(
    ending=st.sampled_from(FORMATS),
    content=st.one_of(
        st.binary(max_size=60),
        st.text(alphabet='{}[]",:\n\t x1a#0\x00\ud800é', max_size=40).map(
            lambda text: text.encode("utf-8", "surrogatepass")
        ),
    ),
)
def test_anything_is_a_batch_or_a_clear_error(ending: str, content: bytes) -> None:
    try:
        batch = read(content, ending)
    except InspectorError as error:
        assert error.got
    else:
        assert batch.rows >= 1


DAMAGED = ["question.npz", "names.parquet", "question.json", "question.jsonl", "names.csv"]


@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_file_is_a_batch_or_a_clear_error(data: st.DataObject, project: Path) -> None:
    name = data.draw(st.sampled_from(DAMAGED))
    content = bytearray((project / "sample_data" / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(content), Path(name).suffix)
    except InspectorError as error:
        assert error.got
