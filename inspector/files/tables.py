"""CSV and TSV files become a batch.

They are read by Python's own reader: pandas fills rows that are too short, drops cells of rows that
are too long, and opens addresses, all without an error.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch
from inspector.errors import BatchError
from inspector.files.arrays import batch_from_arrays
from inspector.files.choices import NOT_TIMESTEPS, ColumnsError, FileChoices
from inspector.files.records import Columns, batch_from_columns, with_named_targets


def batch_from_csv(text: str, separator: str, choices: FileChoices, source: str) -> Batch:
    """Reads a table of text, of lists of numbers, or of token ids with one column a timestep."""
    header, rows = _header_and_rows(text, separator, choices)
    parts = choices.columns.found(header)
    if "text" in parts or "x" in parts:
        used = {name for part, name in parts.items() if part != "id"}
        return batch_from_columns(_columns(header, rows, used), choices, source, header)
    timesteps = timestep_columns(header, parts)
    wanted = set(timesteps)
    places = [at for at, name in enumerate(header) if name in wanted]
    others = [at for at, name in enumerate(header) if name not in wanted]
    ids: list[AnyArray] = []
    rest: list[list[str]] = []
    for number, row in enumerate(rows, 1):
        choices.limits.check_cells(number, len(timesteps))
        ids.append(_ids([row[at] for at in places], number, timesteps, tuple(header)))
        rest.append([row[at] for at in others])
    if not ids:
        raise _no_rows()
    columns = {header[at]: [row[n] for row in rest] for n, at in enumerate(others)}
    return batch_of_ids(np.array(ids, np.int32), columns, parts, choices, source)


def timestep_columns(names: Sequence[str], parts: Mapping[str, str]) -> list[str]:
    """Returns the columns that are timesteps where none holds sentences or lists.

    Raises:
        ColumnsError: There is none.
    """
    others = {parts[part] for part in NOT_TIMESTEPS if part in parts}
    timesteps = [name for name in names if name not in others]
    if not timesteps:
        raise ColumnsError(
            "The table has ids of rows only."
            if set(parts) <= {"id"}
            else "The table has targets but no input.",
            "It needs a column `text`, or token ids.",
            "Say which column holds the sentences.",
            columns=tuple(names),
        )
    return timesteps


def batch_of_ids(
    ids: AnyArray,
    columns: Columns,
    parts: Mapping[str, str],
    choices: FileChoices,
    source: str,
) -> Batch:
    """Returns the batch of a table with one column a timestep; `columns` are the other ones."""
    batch = batch_from_arrays({"x": ids}, source, choices)
    named = {"label": parts["y"]} if "y" in parts else parts
    return with_named_targets(batch, columns, named)


def _header_and_rows(
    text: str, separator: str, choices: FileChoices
) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the columns, and the rows, each checked to have as many cells."""
    first = text.split("\n", 1)[0]
    if separator == "," and "," not in first and ";" in first:
        separator = ";"  # As spreadsheets write it where the comma stands in numbers.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = _read(reader)
    header = next(rows, None)
    if header is None:
        raise BatchError("The table is empty.", "It needs one header line and at least one row.")
    choices.limits.check_cells(1, len(header))
    twice = next((name for name, count in Counter(header).items() if count > 1), None)
    if twice is not None:
        raise BatchError(
            f"Two columns are called `{twice[:80]}`.",
            "The first line names the columns, and names must differ.",
            "Rename one, or add a first line with names.",
        )
    return header, _checked(rows, len(header), choices)


def _read(reader: Any) -> Iterator[list[str]]:
    try:
        for row in reader:
            if row:
                yield row
    except csv.Error as error:
        raise BatchError(
            f"Line {reader.line_num} of the table cannot be read: {error}.",
            "Cells that hold the separator, quotes or line ends stand in double quotes.",
            "Correct the line.",
        ) from error


def _checked(rows: Iterator[list[str]], cells: int, choices: FileChoices) -> Iterator[list[str]]:
    for number, row in enumerate(rows, 1):
        choices.limits.check_cells(number, 1)
        if len(row) != cells:
            raise BatchError(
                f"Row {number} has {len(row)} cells and the header {cells}.",
                "Every row must have as many cells as the header.",
                "Put cells that hold the separator in double quotes.",
            )
        yield row


def _columns(
    header: list[str], rows: Iterator[list[str]], used: set[str]
) -> dict[str, Sequence[str]]:
    """The columns that are used: of a wide table the others would take most of the memory."""
    places = [at for at, name in enumerate(header) if name in used]
    columns: dict[str, list[str]] = {header[at]: [] for at in places}
    for row in rows:
        for at in places:
            columns[header[at]].append(row[at])
    if not places or not columns[header[places[0]]]:
        raise _no_rows()
    return dict(columns)


def _ids(row: list[str], number: int, names: Sequence[str], columns: tuple[str, ...]) -> AnyArray:
    """The token ids of a row; all cells at once where they are fine, else one by one."""
    try:
        values = np.array(row, np.float64)
    except ValueError:
        values = np.array([np.nan])
    if bool((values == np.round(values)).all() and (np.abs(values) < 2**31).all()):
        return values.astype(np.int32)
    for cell, name in zip(row, names, strict=True):
        check_token_id(cell, number, name, columns)
    raise AssertionError("One of the cells is wrong.")


def check_token_id(value: Any, row: int, column: str, columns: tuple[str, ...]) -> None:
    """Raises where a cell of a table of ids does not hold one."""
    try:
        number = float(np.array(value, np.float64))
        if number.is_integer() and abs(number) < 2**31:
            return
    except (TypeError, ValueError, OverflowError):
        pass
    raise ColumnsError(
        f"Row {row}, column `{column[:40]}` holds `{str(value)[:40]}`.",
        "Without a column `text`, every cell must be a token id: a whole number below 2**31.",
        "Call the column with the sentences `text`, say which one it is, or correct the cell.",
        columns=columns,
    )


def _no_rows() -> BatchError:
    return BatchError("The table has no rows.", "It needs one header line and at least one row.")
