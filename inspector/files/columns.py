"""The names of the columns of a file, without reading all of it."""

import csv
import io
import json
from pathlib import Path

from inspector.errors import InspectorError
from inspector.files.arrow import pyarrow_modules
from inspector.files.bytes import decoded
from inspector.files.parquet import check_footer

_LOOKED_AT = 2**20


def column_names(content: bytes, name: str, encoding: str | None = None) -> tuple[str, ...]:
    """Returns the names of the columns; none for files without, and for files that are broken.

    What is broken is said when the file is read. JSON is looked at only where it is small.
    """
    ending = Path(name).suffix.lower()
    try:
        if ending == ".parquet":
            return _of_parquet(content)
        if ending not in (".csv", ".tsv", ".json", ".jsonl"):
            return ()
        text = decoded(content, encoding)
        if ending in (".csv", ".tsv"):
            return _of_table(text, "\t" if ending == ".tsv" else ",")
        first = text.split("\n", 1)[0] if ending == ".jsonl" else text
        return _of_json(first) if len(first) <= _LOOKED_AT else ()
    except (InspectorError, ValueError, RecursionError, csv.Error):
        return ()


def _of_table(text: str, separator: str) -> tuple[str, ...]:
    first = text[:_LOOKED_AT].split("\n", 1)[0]
    if separator == "," and "," not in first and ";" in first:
        separator = ";"
    return tuple(next(csv.reader(io.StringIO(text[:_LOOKED_AT]), delimiter=separator), ()))


def _of_json(text: str) -> tuple[str, ...]:
    value = json.loads(text)
    if isinstance(value, list) and value:
        value = value[0]
    return tuple(value) if isinstance(value, dict) else ()


def _of_parquet(content: bytes) -> tuple[str, ...]:
    pyarrow, parquet = pyarrow_modules("save the table as CSV")
    check_footer(content)
    try:
        return tuple(parquet.read_schema(pyarrow.BufferReader(content)).names)
    except (pyarrow.ArrowException, OSError, MemoryError):
        return ()
