"""Tables and rows with names, from CSV, TSV, JSON and JSON Lines, become a batch.

Tables are read by Python's own reader: pandas fills rows that are too short, drops cells of rows
that are too long, and opens addresses, all without an error.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch
from inspector.core.requests import TargetKind
from inspector.core.text.sentences import batch_from_lines
from inspector.errors import BatchError, LimitError
from inspector.files.arrays import (
    KNOWN,
    NumberLists,
    batch_from_arrays,
    compact,
    filled,
    number_array,
)
from inspector.files.choices import NOT_TIMESTEPS, ColumnsError, FileChoices, listed

Column = Sequence[Any] | AnyArray | NumberLists
Columns = Mapping[str, Column]


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


def batch_from_columns(
    columns: Columns, choices: FileChoices, source: str, names: Sequence[str] = ()
) -> Batch:
    """Returns the batch that named columns describe, one value a row each.

    A column of sentences makes a batch of tokens, with target sentences or labels beside it; else
    a column of lists of numbers makes one of arrays. Other columns are left out.

    Args:
        columns: The columns that were read.
        choices: How to read them.
        source: Where they come from.
        names: The names of all columns, where not all were read.

    Raises:
        ColumnsError: There is neither.
    """
    choices.limits.check_cells(max((len(rows) for rows in columns.values()), default=1), 1)
    parts = choices.columns.found(columns)
    if "text" in parts and "x" in parts and choices.columns.text is None:
        del parts["text"]  # Arrays say more than the text beside them.
    if "text" in parts:
        batch, used = _batch_of_text(columns, parts, choices, source)
        return _noting_unused(batch, names or tuple(columns), used)
    if "x" not in parts:
        raise ColumnsError(
            f"The columns are {listed(names or columns)}.",
            "One must be called `text` (sentences) or `x` (lists of numbers).",
            "Rename the column that holds the sentences to `text`, or say which one it is.",
            columns=tuple(names or columns),
        )
    lists = {name: columns[parts[name]] for name in KNOWN if name in parts}
    batch = batch_from_lists(lists, choices, source)
    batch = with_named_targets(batch, columns, parts)
    return _noting_unused(batch, names or tuple(columns), parts)


def _batch_of_text(
    columns: Columns, parts: Mapping[str, str], choices: FileChoices, source: str
) -> tuple[Batch, dict[str, str]]:
    """The batch, and the columns that were used."""
    text, target, label = (parts.get(name) for name in ("text", "target", "label"))
    kind, column = choices.sentences.targets, None
    if target is not None:
        kind, column = TargetKind.TYPED, target
    elif label is not None:
        kind, column = TargetKind.LABEL, label
    typed = None if column is None else _texts(columns[column], column)
    assert text is not None
    lines = _texts(columns[text], text)
    sentences = replace(choices.sentences, targets=kind)
    batch = batch_from_lines(lines, typed, sentences, choices.limits)
    notes = [f"Column `{column[:80]}` holds the targets."] if column else []
    if "valid" in parts:
        batch = _with_given_valid(batch, columns[parts["valid"]], kind, choices)
        notes.append("Padding was given: `valid` is 0 there.")
    used = {part: parts[part] for part in ("text", "valid", "id") if part in parts}
    used |= {"target": column} if column else {}
    return replace(batch, source=source, notes=(*batch.notes, *notes)), used


def _texts(values: Column, name: str) -> list[str]:
    if isinstance(values, NumberLists):
        raise _no_text(name, "list")
    return [as_text(value, name) for value in values]


def _with_given_valid(batch: Batch, rows: Column, kind: TargetKind, choices: FileChoices) -> Batch:
    valid = _array_of(rows, "valid", choices)[0]
    if valid.shape != batch.valid.shape:
        raise BatchError(
            f"`valid` has shape {valid.shape}; the sentences have shape {batch.valid.shape}.",
            "It holds a 0 or a 1 for each timestep of each sentence.",
            "Check how the sentences are split into timesteps.",
        )
    same = kind is TargetKind.SAME
    return replace(batch, valid=valid, target_valid=valid if same else batch.target_valid)


def with_named_targets(batch: Batch, columns: Columns, parts: Mapping[str, str]) -> Batch:
    """Returns a batch of arrays with the targets of a column of labels or targets, if any."""
    part = next((part for part in ("target", "label") if part in parts), None)
    if batch.y is not None or part is None:
        return batch
    values, name = columns[parts[part]], parts[part]
    if isinstance(values, NumberLists):
        raise _no_text(name, "list")
    said = f"Column `{name[:80]}` holds the targets, one a row."
    try:
        numbers = np.array([int(value) for value in values])
        if numbers.dtype.kind in "iu":
            return replace(batch, y=compact(numbers), notes=(*batch.notes, said))
    except (TypeError, ValueError, OverflowError):
        pass  # Then they are names.
    labels = _texts(values, name)
    classes = sorted(set(labels))
    number = {label: at for at, label in enumerate(classes)}
    y = np.array([number[label] for label in labels], np.int32)
    said += f" There are {len(classes):,} different ones, numbered in their order."
    return replace(batch, y=y, target_vocabulary=tuple(classes), notes=(*batch.notes, said))


def _noting_unused(batch: Batch, names: Sequence[str], parts: Mapping[str, str]) -> Batch:
    unused = [name for name in names if name not in parts.values()]
    if not unused:
        return batch
    return replace(batch, notes=(*batch.notes, f"Columns left out: {listed(unused)}."))


def batch_from_lists(lists: Mapping[str, Column], choices: FileChoices, source: str) -> Batch:
    """Returns a batch made from nested lists called `x`, `y`, `valid`, ..."""
    made: dict[str, AnyArray] = {}
    notes = []
    for name, rows in lists.items():
        if rows is None:
            continue
        if not isinstance(rows, (list, tuple, np.ndarray, NumberLists)):
            raise BatchError(
                f"`{name[:80]}` is no list.", "It must be a list with one entry a row."
            )
        made[name], note = _array_of(rows, name, choices)
        notes += [note] if note else []
    batch = batch_from_arrays(made, source, choices)
    return replace(batch, notes=(*notes, *batch.notes))


def _array_of(rows: Column, name: str, choices: FileChoices) -> tuple[AnyArray, str]:
    """The array of a column; a cell of a table may hold a list as JSON writes it."""
    if isinstance(rows, np.ndarray):
        return compact(rows), ""
    if isinstance(rows, NumberLists):
        return filled(rows, name, choices)
    if rows and all(isinstance(row, str) for row in rows):
        _check_json(rows, choices)
        rows = [
            parsed(row, f"Row {number} of column `{name}`") for number, row in enumerate(rows, 1)
        ]
    return number_array(rows, name, choices)


def batch_from_rows(rows: Sequence[Any], choices: FileChoices, source: str) -> Batch:
    """Returns a batch made from rows: strings, lists of numbers, or objects with named values."""
    if not rows:
        raise BatchError("There are no rows.", "A batch needs at least one row.")
    choices.limits.check_cells(len(rows), 1)
    if all(isinstance(row, str) for row in rows):
        batch = batch_from_lines(rows, None, choices.sentences, choices.limits)
        return replace(batch, source=source)
    if all(isinstance(row, list) for row in rows):
        return batch_from_lists({"x": rows}, choices, source)
    if not all(isinstance(row, dict) for row in rows):
        raise BatchError(
            "The rows are of different kinds.",
            "All must be strings, all lists of numbers, or all objects.",
            'Use for example {"text": "##abb", "target": "##abb"} for each row.',
        )
    return batch_from_columns(columns_of_rows(rows), choices, source)


def columns_of_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Returns the values of each name; all rows must have the same names."""
    for number, row in enumerate(rows, 1):
        if row.keys() != rows[0].keys():
            raise BatchError(
                f"Row {number} has the names {listed(row) or 'none'}.",
                f"Row 1 has {listed(rows[0]) or 'none'}; all rows must have the same.",
                "Give every row the same names.",
            )
    return {name: [row[name] for row in rows] for name in rows[0]}


def batch_from_json(text: str, choices: FileChoices, source: str) -> Batch:
    """Reads `{"x": ..., "y": ..., "valid": ...}`, `{"sentences": [...]}` or a list of rows."""
    _check_json([text], choices)
    value = parsed(text, "The file")
    if isinstance(value, list):
        return batch_from_rows(value, choices, source)
    if not isinstance(value, dict):
        raise BatchError(
            "The file holds a single value.", "A batch is an object or a list of rows."
        )
    for name, rows in value.items():
        if not isinstance(rows, list):
            raise BatchError(
                f"`{name[:80]}` is no list.", "It must be a list with one entry a row."
            )
    lengths = {name: len(rows) for name, rows in value.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"`{name[:40]}` {count:,}" for name, count in list(lengths.items())[:8])
        raise BatchError(
            f"The lists have different numbers of rows: {said}.",
            "All must have the same number of rows.",
            "Give each list one entry a row.",
        )
    return batch_from_columns(value, choices, source)


def batch_from_json_lines(text: str, choices: FileChoices, source: str) -> Batch:
    """Reads one row a line; blank lines are left out."""
    _check_json([text], choices)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    rows = [parsed(line, f"Line {number}") for number, line in lines]
    return batch_from_rows(rows, choices, source)


def _check_json(texts: Sequence[str], choices: FileChoices) -> None:
    """Refuses texts of too many values: each takes far more memory than it takes in the file."""
    limits = choices.limits
    lists = sum(text.count("[") + text.count("{") for text in texts)
    commas, quotes = (sum(text.count(mark) for text in texts) for mark in ',"')
    counted = {
        "values": (commas + lists, 2 * limits.cells),
        "lists and objects": (lists, limits.cells // 2),
        "strings": (quotes // 2, 16 * limits.rows),
    }
    for what, (count, most) in counted.items():
        if count > most:
            raise LimitError(
                f"The file holds about {count:,} {what}.",
                f"At most {most:,} are read from JSON.",
                "Save the arrays as NPZ, or split the file.",
            )


def parsed(text: str, where: str) -> Any:
    """Returns what a text in JSON holds; `where` says in messages which text it is."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BatchError(
            f"{where} is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).",
            "Strings stand in double quotes, and nothing follows the last bracket.",
            "Correct it there.",
        ) from error
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of 5,000 digits
        raise BatchError(
            f"{where} cannot be read.", "It must be plain JSON of little depth."
        ) from error


def as_text(value: Any, column: str) -> str:
    """Returns a cell that holds text or a whole number as text."""
    if isinstance(value, (str, int, np.integer)) and not isinstance(value, bool):
        return str(value)
    raise _no_text(column, type(value).__name__)


def _no_text(column: str, kind: str) -> BatchError:
    return BatchError(
        f"`{column[:80]}` holds {kind} values.",
        "It must hold text.",
        "Write sentences as strings.",
    )
