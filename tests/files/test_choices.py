"""What a file does not say itself: encodings, columns, padding ids; and how large it may be."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inspector.core.batch import Batch
from inspector.core.requests import UPLOAD_LIMITS
from inspector.errors import BatchError, LimitError
from inspector.files.choices import ColumnChoices, ColumnsError, EncodingError, FileChoices
from inspector.files.read import batch_from_bytes, read_batch

UPLOAD = FileChoices(limits=UPLOAD_LIMITS)


def read(content: bytes | str, ending: str, choices: FileChoices = UPLOAD) -> Batch:
    raw = content.encode() if isinstance(content, str) else content
    return batch_from_bytes(raw, ending, choices, "test")


def parquet(table: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    table.to_parquet(stream, index=False)
    return stream.getvalue()


ENCODED = {
    "UTF-8": "é#\nab\n".encode(),
    "UTF-8 with a mark": "é#\nab\n".encode("utf-8-sig"),
    "UTF-16 with a mark": "é#\nab\n".encode("utf-16"),
    "UTF-16, low byte first": "é#\nab\n".encode("utf-16-le"),
    "UTF-16, high byte first": "é#\nab\n".encode("utf-16-be"),
    "UTF-32 with a mark": "é#\nab\n".encode("utf-32"),
    "line ends of Windows": "é#\r\nab\r\n".encode(),
}


@pytest.mark.parametrize("content", ENCODED.values(), ids=ENCODED)
def test_text_is_read_as_it_is(content: bytes) -> None:
    assert read(content, ".txt").tokens == (("é", "#"), ("a", "b"))


def test_other_encodings_are_asked_for() -> None:
    content = "é#\nab\n".encode("cp1252")
    with pytest.raises(EncodingError, match="not UTF-8: byte 0 does not fit.*name its encoding"):
        read(content, ".txt")
    named = read(content, ".txt", replace(UPLOAD, text_encoding="cp1252"))
    assert named.tokens == (("é", "#"), ("a", "b"))
    with pytest.raises(EncodingError, match="not ASCII"):
        read(content, ".txt", replace(UPLOAD, text_encoding="ascii"))
    for unknown in ("klingon", "rot13", "zlib", "idna\0"):
        with pytest.raises(EncodingError):
            read(content, ".txt", replace(UPLOAD, text_encoding=unknown))


@pytest.mark.parametrize("start", [b"\x1f\x8b\x08", b"PK\x03\x04", b"BZh9", b"\xfd7zXZ\x00"])
def test_nothing_is_unpacked(start: bytes) -> None:
    with pytest.raises(BatchError, match="packed.*Unpack it first"):
        read(start + bytes(20), ".csv")


def test_nothing_is_fetched() -> None:
    for address in ("http://localhost:1/a.csv", "file:///etc/passwd.csv", "s3://a/b.parquet"):
        with pytest.raises(BatchError, match="cannot be read"):
            read_batch(address)
    with pytest.raises(BatchError, match="no path"):
        read_batch("a\0.csv")


def test_a_file_over_the_limit_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * 100)
    monkeypatch.setattr("inspector.files.read.MAX_TEXT_BYTES", 10)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("opened"))
    with pytest.raises(LimitError, match="larger than"):
        read_batch(path)


def test_columns_with_other_names_are_mapped() -> None:
    table = "review,stars,when\nab#,5,1999\nb##,1,2000\n"
    with pytest.raises(BatchError) as caught:
        read(table, ".csv")
    assert isinstance(caught.value, ColumnsError)
    assert caught.value.columns == ("review", "stars", "when")
    columns = ColumnChoices(text="review", label="stars")
    batch = read(table, ".csv", replace(UPLOAD, columns=columns))
    assert batch.tokens == (("a", "b", "#"), ("b", "#", "#"))
    assert batch.target_vocabulary == ("1", "5")
    assert any("left out: `when`" in note for note in batch.notes)
    same = '[{"review": "ab#", "stars": 5}, {"review": "b##", "stars": 1}]'
    np.testing.assert_array_equal(read(same, ".json", replace(UPLOAD, columns=columns)).y, batch.y)


def test_a_usual_name_can_be_given_another_part_or_none() -> None:
    table = "text,target,label\nab,ba,good\n"
    assert read(table, ".csv").target_valid is not None
    labelled = read(table, ".csv", replace(UPLOAD, columns=ColumnChoices(target="")))
    assert labelled.target_vocabulary == ("good",)
    turned = read(
        table, ".csv", replace(UPLOAD, columns=ColumnChoices(text="target", target="text"))
    )
    assert turned.tokens == (("b", "a"),) and turned.target_tokens == (("a", "b"),)
    with pytest.raises(ColumnsError, match="no column `txt`.*`text`, `target`, `label`"):
        read(table, ".csv", replace(UPLOAD, columns=ColumnChoices(text="txt")))


def test_padding_ids_other_than_0() -> None:
    table = "t1,t2,t3,t4\n1,5,1,1\n0,1,6,7\n"
    found = read(table, ".csv", replace(UPLOAD, padding_id=1))
    np.testing.assert_array_equal(found.valid, [[0, 1, 0, 0], [1, 1, 1, 1]])
    assert "said to be id 1" in found.notes[0]
    assert "id 0 in runs" in read(table, ".csv").notes[0]
    ragged = read("[[5, 6], [7]]", ".json", replace(UPLOAD, padding_id=9))
    np.testing.assert_array_equal(ragged.x, [[5, 6], [7, 9]])
    np.testing.assert_array_equal(ragged.valid, [[1, 1], [1, 0]])


TABLES = {
    "lists in cells": ('x,y\n"[0, 4]",1\n"[4, 4]",0\n', ".csv", [[0, 4], [4, 4]], [1, 0]),
    "lists of two lengths": ('x\n"[4]"\n"[4, 5]"\n', ".csv", [[4, 0], [4, 5]], None),
    "targets of each timestep": ('x,y\n"[4, 5]","[1, 2]"\n', ".csv", [[4, 5]], [[1, 2]]),
    "semicolons": ("a;b\n3;4\n", ".csv", [[3, 4]], None),
    "tabs": ("a\tb\tlabel\n3\t4\t7\n", ".tsv", [[3, 4]], [7]),
    "ids and a label": ("id,a,b,label\n9,3,4,2\n", ".csv", [[3, 4]], [2]),
    "ids and y": ("a,b,y\n3,4,2\n", ".csv", [[3, 4]], [2]),
}


@pytest.mark.parametrize(("text", "ending", "x", "y"), TABLES.values(), ids=TABLES)
def test_tables_of_numbers(text: str, ending: str, x: list[list[int]], y: list[int] | None) -> None:
    batch = read(text, ending)
    np.testing.assert_array_equal(batch.x, x)
    assert (batch.y is None) is (y is None)
    if y is not None:
        np.testing.assert_array_equal(batch.y, y)


def test_parquet_of_other_kinds() -> None:
    numbers = pd.DataFrame({"id": [8, 9], "a": [0, 2], "b": [3.0, 4.0], "label": ["u", "v"]})
    batch = read(parquet(numbers), ".parquet")
    np.testing.assert_array_equal(batch.x, [[0, 3], [2, 4]])
    assert batch.target_vocabulary == ("u", "v")
    vectors = pd.DataFrame({"x": [[[0.5, 0.5]], [[1.0, 2.0]]]})
    assert read(parquet(vectors), ".parquet").x.shape == (2, 1, 2)
    with pytest.raises(BatchError, match="1 empty cell"):
        read(parquet(pd.DataFrame({"text": ["a", None]})), ".parquet")
    with pytest.raises(ColumnsError, match="Column `when` holds values of type timestamp"):
        read(parquet(pd.DataFrame({"when": pd.to_datetime(["2001-01-01"])})), ".parquet")


def test_parquet_that_unpacks_to_more_is_refused() -> None:
    """A few kilobytes that stand for gigabytes."""
    same_text = pd.DataFrame({"text": ["a" * 5000]}).loc[[0] * 20_000]
    small = parquet(same_text)
    assert len(small) < 100_000
    with pytest.raises(LimitError, match="characters"):
        read(small, ".parquet")
    same_number = parquet(pd.DataFrame({"t1": np.zeros(2**19, np.int64)}))
    assert len(same_number) < 20_000
    with pytest.raises(LimitError, match="sentences"):
        read(same_number, ".parquet")
    wide = parquet(pd.DataFrame({"x": [np.zeros(2**14, np.int8)] * 8}))
    few = replace(UPLOAD, limits=replace(UPLOAD_LIMITS, values=2**13))
    assert len(wide) < 2**13
    with pytest.raises(LimitError, match="table takes"):
        read(wide, ".parquet", few)


LARGE = {
    "rows of ids": ("a,b\n" + "1,1\n" * 262_145, ".csv", "sentences"),
    "timesteps": (
        ",".join(f"t{n}" for n in range(9000)) + "\n" + ",".join("1" * 9000),
        ".csv",
        "timesteps",
    ),
    "values in JSON": ("[" + "[]," * 10_000_000 + "[]]", ".json", "values"),
    "lists in JSON": ("[" + "[]," * 5_000_000 + "[]]", ".json", "lists and objects"),
    "strings in JSON": ('["", ' + '"",' * 4_200_000 + '""]', ".json", "strings"),
    "one-hot vectors": ("".join(chr(0x4E00 + n) * 300 + "\n" for n in range(500)), ".txt", "hold"),
    "lines": ("a\n" * 300_000, ".txt", "sentences"),
    "objects": ('{"text": "a"}\n' * 300_000, ".jsonl", "sentences"),
    "columns": (",".join(map(str, range(100_000))) + "\n", ".csv", "timesteps"),
    "characters": ("a" * (2**26 + 1), ".txt", "characters"),
}


@pytest.mark.parametrize(("content", "ending", "words"), LARGE.values(), ids=LARGE)
def test_uploads_are_bounded(content: str, ending: str, words: str) -> None:
    with pytest.raises(LimitError, match=words):
        read(content, ending)


def test_arrays_of_an_upload_are_bounded() -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, x=np.zeros((9000, 8192), np.int8))
    assert len(stream.getvalue()) < 2**17
    with pytest.raises(LimitError):
        read(stream.getvalue(), ".npz")


def test_arrays_come_in_the_byte_order_of_this_machine() -> None:
    stream = io.BytesIO()
    np.savez(stream, x=np.array([[1, 2]], ">i4"))
    assert read(stream.getvalue(), ".npz").x.dtype == np.int32
