"""Writing a batch to a file that `read_batch` reads as the same batch."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inspector.core.batch import Batch, Tokens
from inspector.errors import BatchError
from inspector.files.parquet import pyarrow_modules
from inspector.files.read import known_ending


def write_batch(batch: Batch, path: str | Path) -> None:
    """Writes a batch to a CSV, TSV, TXT, JSON, JSON Lines, NPZ or Parquet file.

    Tokens are written as sentences, with padding, and with target sentences or labels where there
    are any; arrays as lists of numbers, with `valid`. NPZ holds arrays only. Reading sentences
    again takes the padding character, the kind of tokens and the encoding that they had.

    Raises:
        BatchError: The format cannot hold this batch.
    """
    path = Path(path)
    path.write_bytes(batch_bytes(batch, known_ending(path.name)))


def batch_bytes(batch: Batch, ending: str) -> bytes:
    """Returns the bytes of the file that `write_batch` writes; `ending` is one of `FORMATS`."""
    if ending == ".npz":
        return _npz(_arrays(batch))
    columns = _text_columns(batch) if batch.tokens is not None else _list_columns(batch, ending)
    if ending == ".txt":
        return _plain_text(columns)
    if ending in (".csv", ".tsv"):
        return _table(columns, "\t" if ending == ".tsv" else ",")
    if ending == ".parquet":
        return _parquet(columns)
    if ending == ".json":
        return (json.dumps(columns, ensure_ascii=False) + "\n").encode("utf-8")
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")


def _npz(arrays: Mapping[str, Any]) -> bytes:
    # `np.savez` takes names as keywords, and `file` and `allow_pickle` for its own.
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array)
    return stream.getvalue()


def _arrays(batch: Batch) -> dict[str, Any]:
    """The arrays of a batch by the names that readers know."""
    if isinstance(batch.x, np.ndarray):
        named: dict[str, Any] = {"x": batch.x}
    elif isinstance(batch.x, Mapping):
        named = dict(batch.x)
    else:
        named = {f"input_{number}": array for number, array in enumerate(batch.x, 1)}
    others = {
        "y": batch.y,
        "valid": batch.valid,
        "target_valid": batch.target_valid,
        "sample_weight": batch.sample_weight,
    }
    for name in named.keys() & others.keys():
        raise BatchError(
            f"An input is named `{name}`.",
            "In a file this name stands for something else.",
            "Give the input of the model another name.",
        )
    named |= others
    for name, value in named.items():
        if value is not None and not isinstance(value, np.ndarray):
            raise BatchError(f"`{name}` is several arrays.", "A file holds one array of each name.")
    return {name: value for name, value in named.items() if value is not None}


def _list_columns(batch: Batch, ending: str) -> dict[str, list[Any]]:
    arrays = _arrays(batch)
    if "x" not in arrays or ending == ".txt":
        what = "several inputs" if "x" not in arrays else "numbers"
        raise BatchError(
            f"A {ending[1:].upper()} file cannot hold {what}.",
            "Only NPZ holds several inputs; TXT holds sentences only.",
            "Write an NPZ file.",
        )
    lists = {
        name: (array.astype(np.int8) if array.dtype == np.bool_ else array).tolist()
        for name, array in arrays.items()
    }
    if batch.target_vocabulary is not None and "y" in lists and arrays["y"].ndim == 1:
        del lists["y"]
        lists["label"] = _labels(batch)
    return lists


def _text_columns(batch: Batch) -> dict[str, list[Any]]:
    assert batch.tokens is not None
    columns: dict[str, list[Any]] = {"text": _sentences(batch.tokens)}
    if batch.target_tokens is not None and batch.target_tokens != batch.tokens:
        columns["target"] = _sentences(batch.target_tokens)
    elif batch.y is not None and batch.target_valid is None:
        columns["label"] = _labels(batch)
    seen = batch.padding_token
    by_token = [[token != seen for token in row] for row in batch.tokens]
    if not np.array_equal(batch.valid, by_token):
        columns["valid"] = batch.valid.astype(np.int8).tolist()
    return columns


def _labels(batch: Batch) -> list[str]:
    y = np.asarray(batch.y)
    numbers = y if y.ndim == 1 else y.argmax(axis=-1)
    names = batch.target_vocabulary or tuple(map(str, range(int(numbers.max()) + 1)))
    return [names[number] for number in numbers]


def _sentences(tokens: Tokens) -> list[str]:
    words = any(len(token) > 1 and token.isascii() for row in tokens for token in row)
    return [(" " if words else "").join(row) for row in tokens]


def _plain_text(columns: Mapping[str, list[Any]]) -> bytes:
    if set(columns) != {"text"}:
        raise BatchError(
            "A TXT file holds sentences only.",
            "This batch has targets or padding of its own.",
            "Write a CSV or JSON file.",
        )
    return ("\n".join(columns["text"]) + "\n").encode("utf-8")


def _table(columns: Mapping[str, list[Any]], separator: str) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([cell if isinstance(cell, str) else json.dumps(cell) for cell in row])
    return stream.getvalue().encode("utf-8")


def _parquet(columns: Mapping[str, list[Any]]) -> bytes:
    pyarrow, parquet = pyarrow_modules("write another format")
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table(dict(columns)), stream)
    return stream.getvalue()
