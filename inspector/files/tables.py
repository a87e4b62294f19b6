"""CSV, TSV and Parquet files become a batch.

CSV is read by Python's own reader: pandas fills rows that are too short, drops cells of rows that
are too long, and opens addresses, all without an error.
"""

import csv
import importlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from inspector.core.batch import Batch
from inspector.core.requests import SentenceChoices
from inspector.errors import BatchError, LimitError
from inspector.files.arrays import batch_from_arrays
from inspector.files.bytes import MAX_ARRAY_BYTES
from inspector.files.records import LABEL_NAMES, TARGET_NAMES, TEXT_NAMES, batch_from_columns

_NAMED = {*TEXT_NAMES, *TARGET_NAMES, *LABEL_NAMES, "x"}

Columns = Mapping[str, Sequence[Any]]


def batch_from_csv(text: str, separator: str, choices: SentenceChoices, source: str) -> Batch:
    """Reads a table of text, or one of token ids with one column a timestep."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise BatchError(
            f"Line {reader.line_num} of the table cannot be read: {error}.",
            "Cells that hold the separator, quotes or line ends stand in double quotes.",
            "Correct the line.",
        ) from error
    if len(rows) < 2:
        raise BatchError(
            "The table has no rows." if rows else "The table is empty.",
            "It needs one header line and at least one row.",
        )
    header = rows[0]
    for number, row in enumerate(rows[1:], 1):
        if len(row) != len(header):
            raise BatchError(
                f"Row {number} has {len(row)} cells and the header {len(header)}.",
                "Every row must have as many cells as the header.",
                "Put cells that hold the separator in double quotes.",
            )
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise BatchError(f"Two columns are called `{twice}`.", "Names must differ.", "Rename one.")
    return _batch_from(dict(zip(header, zip(*rows[1:], strict=True), strict=True)), choices, source)


def batch_from_parquet(content: bytes, choices: SentenceChoices, source: str) -> Batch:
    """Reads a Parquet file with text, token ids, or lists of numbers in a column `x`."""
    try:
        pyarrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise BatchError(
            "Parquet files need the package `pyarrow`, which is not installed.",
            "",
            "Run `pip install pyarrow`, or save the table as CSV.",
        ) from error
    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(content))
        groups = range(file.metadata.num_row_groups)
        size = sum(file.metadata.row_group(group).total_byte_size for group in groups)
        if size > MAX_ARRAY_BYTES:
            raise LimitError(
                f"The table takes {size:,} bytes.",
                f"At most {MAX_ARRAY_BYTES:,} are read.",
                "Split the file.",
            )
        columns = file.read().to_pydict()
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
        raise BatchError(
            f"This is no Parquet file that can be read: {str(error).strip()[:200]}.",
            "It must be a Parquet table.",
            "Save it again, or as CSV.",
        ) from error
    if not columns or not next(iter(columns.values())):
        raise BatchError("The table has no rows.", "A batch needs at least one row.")
    return _batch_from(columns, choices, source)


def _batch_from(columns: Columns, choices: SentenceChoices, source: str) -> Batch:
    names = [name for name in columns if name.strip().lower() != "id"]
    if _NAMED.intersection(name.strip().lower() for name in names):
        return batch_from_columns(columns, choices, source)
    return _batch_of_ids({name: columns[name] for name in names}, source)


def _batch_of_ids(columns: Columns, source: str) -> Batch:
    """One row a sentence, one column a timestep."""
    if not columns:
        raise BatchError(
            "The table has ids of rows only.", "It needs a column `text` or token ids."
        )
    made = [[_token_id(v, row, name) for row, v in enumerate(c, 1)] for name, c in columns.items()]
    return batch_from_arrays({"x": np.array(made, np.int32).T}, source)


def _token_id(value: Any, row: int, column: str) -> int:
    try:
        number = float(value)
        if number.is_integer() and abs(number) < 2**31:
            return int(number)
    except (TypeError, ValueError, OverflowError):
        pass
    raise BatchError(
        f"Row {row}, column `{column[:40]}` holds `{str(value)[:40]}`.",
        "Without a column `text`, every cell must be a token id: a whole number below 2**31.",
        "Call the column with the sentences `text`, or correct the cell.",
    )
