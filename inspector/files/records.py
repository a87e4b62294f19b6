"""Rows with names - from JSON, JSON Lines or a table - become a batch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch
from inspector.core.requests import SentenceChoices, TargetKind
from inspector.core.sentences import batch_from_lines
from inspector.errors import BatchError
from inspector.files.arrays import KNOWN, batch_from_arrays, number_array

TEXT_NAMES = ("text", "sentence", "sentences")
TARGET_NAMES = ("target", "targets", "tags")
LABEL_NAMES = ("label", "labels")


def batch_from_columns(
    columns: Mapping[str, Sequence[Any]], choices: SentenceChoices, source: str
) -> Batch:
    """Returns the batch that named columns describe, one value a row each.

    A column called `text` holds sentences, `target` or `tags` target sentences, `label` labels.
    Without `text`, a column `x` holds lists of numbers, and `y` and `valid` what goes with it.
    Other columns are left out.
    """
    names = {name.strip().lower(): name for name in columns}
    text = next((names[name] for name in TEXT_NAMES if name in names), None)
    if text is None:
        arrays = {name: columns[names[name]] for name in KNOWN if name in names}
        if "x" in arrays:
            return batch_from_lists(arrays, source)
        raise BatchError(
            f"The columns are {', '.join(f'`{name}`' for name in list(columns)[:8])}.",
            "One must be called `text` (sentences) or `x` (lists of numbers).",
            "Rename the column that holds the sentences to `text`.",
        )
    target = next((names[name] for name in TARGET_NAMES if name in names), None)
    label = next((names[name] for name in LABEL_NAMES if name in names), None)
    kind, column = choices.targets, None
    if target is not None:
        kind, column = TargetKind.TYPED, target
    elif label is not None:
        kind, column = TargetKind.LABEL, label
    typed = None if column is None else [_as_text(value, column) for value in columns[column]]
    lines = [_as_text(value, text) for value in columns[text]]
    batch = batch_from_lines(lines, typed, replace(choices, targets=kind))
    used = {text, column} | {names[name] for name in ("id",) if name in names}
    unused = [name for name in columns if name not in used]
    notes = [f"Column `{column}` holds the targets."] if column else []
    if unused:
        notes.append(f"Columns left out: {', '.join(f'`{name}`' for name in unused[:8])}.")
    return replace(batch, source=source, notes=(*batch.notes, *notes))


def batch_from_lists(arrays: Mapping[str, Sequence[Any]], source: str) -> Batch:
    """Returns a batch made from nested lists called `x`, `y`, `valid`, ..."""
    made: dict[str, AnyArray] = {}
    notes = []
    for name, rows in arrays.items():
        if rows is None:
            continue
        if not isinstance(rows, (list, tuple)):
            raise BatchError(f"`{name}` is no list.", "It must be a list with one entry a row.")
        made[name], note = number_array(rows, name)
        notes += [note] if note else []
    batch = batch_from_arrays(made, source)
    return replace(batch, notes=(*notes, *batch.notes))


def batch_from_rows(rows: Sequence[Any], choices: SentenceChoices, source: str) -> Batch:
    """Returns a batch made from rows: strings, lists of numbers, or objects with named values."""
    if not rows:
        raise BatchError("There are no rows.", "A batch needs at least one row.")
    if all(isinstance(row, str) for row in rows):
        return replace(batch_from_lines(rows, None, choices), source=source)
    if all(isinstance(row, list) for row in rows):
        return batch_from_lists({"x": rows}, source)
    if not all(isinstance(row, dict) for row in rows):
        raise BatchError(
            "The rows are of different kinds.",
            "All must be strings, all lists of numbers, or all objects.",
            'Use for example {"text": "##abb", "target": "##abb"} for each row.',
        )
    for number, row in enumerate(rows, 1):
        if row.keys() != rows[0].keys():
            raise BatchError(
                f"Row {number} has the names {', '.join(row) or 'none'}.",
                f"Row 1 has {', '.join(rows[0]) or 'none'}; all rows must have the same.",
                "Give every row the same names.",
            )
    return batch_from_columns(
        {name: [row[name] for row in rows] for name in rows[0]}, choices, source
    )


def batch_from_json(text: str, choices: SentenceChoices, source: str) -> Batch:
    """Reads `{"x": ..., "y": ..., "valid": ...}`, `{"sentences": [...]}` or a list of rows."""
    value = _parsed(text, "The file")
    if isinstance(value, list):
        return batch_from_rows(value, choices, source)
    if not isinstance(value, dict):
        raise BatchError(
            "The file holds a single value.", "A batch is an object or a list of rows."
        )
    for name, rows in value.items():
        if not isinstance(rows, list):
            raise BatchError(f"`{name}` is no list.", "It must be a list with one entry a row.")
    if "x" in value:
        return batch_from_lists({name: value[name] for name in KNOWN if name in value}, source)
    return batch_from_columns(value, choices, source)


def batch_from_json_lines(text: str, choices: SentenceChoices, source: str) -> Batch:
    """Reads one row a line; blank lines are left out."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    rows = [_parsed(line, f"Line {number}") for number, line in lines]
    return batch_from_rows(rows, choices, source)


def _parsed(text: str, where: str) -> Any:
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


def _as_text(value: Any, column: str) -> str:
    if isinstance(value, (str, int)):
        return str(value)
    raise BatchError(
        f"`{column}` holds {type(value).__name__} values.",
        "It must hold text.",
        "Write sentences as strings.",
    )
