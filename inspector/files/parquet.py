"""Parquet files become a batch; what they unpack to is bounded before and while it is read."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch
from inspector.core.limits import BatchLimits
from inspector.errors import BatchError, LimitError
from inspector.files.arrays import compact
from inspector.files.arrow import pyarrow_modules
from inspector.files.bytes import MAX_ARRAY_BYTES
from inspector.files.choices import FileChoices
from inspector.files.records import batch_from_columns
from inspector.files.tables import batch_of_ids, check_token_id, timestep_columns

_ROWS_AT_ONCE = 4096


def batch_from_parquet(content: bytes, choices: FileChoices, source: str) -> Batch:
    """Reads a Parquet file with text, token ids, or lists of numbers."""
    pyarrow, parquet = pyarrow_modules("save the table as CSV")
    try:
        columns = _columns(pyarrow, parquet, content, choices.limits)
    except (
        *(pyarrow.ArrowException, OSError, ValueError, KeyError, OverflowError),
        *(TypeError, NotImplementedError, MemoryError),
    ) as error:
        raise BatchError(
            f"This is no Parquet file that can be read: {str(error).strip()[:200]}.",
            "It must be a Parquet table.",
            "Save it again, or as CSV.",
        ) from error
    if not columns or not len(next(iter(columns.values()))):
        raise BatchError("The table has no rows.", "A batch needs at least one row.")
    return _batch(columns, choices, source)


def _batch(columns: Mapping[str, Any], choices: FileChoices, source: str) -> Batch:
    parts = choices.columns.found(columns)
    if "text" in parts or "x" in parts:
        return batch_from_columns(columns, choices, source)
    timesteps = timestep_columns(list(columns), parts)
    made = []
    for name in timesteps:
        values = columns[name]
        if not isinstance(values, np.ndarray) or not np.array_equal(values, np.round(values)):
            for row, value in enumerate(values, 1):
                check_token_id(value, row, name, tuple(columns))
        made.append(np.asarray(values))
    others = {name: values for name, values in columns.items() if name not in timesteps}
    return batch_of_ids(compact(np.stack(made, axis=1)), others, parts, choices, source)


def _columns(
    pyarrow: Any, parquet: Any, content: bytes, limits: BatchLimits
) -> dict[str, list[Any] | AnyArray]:
    """The columns: numbers as arrays, text and lists as lists.

    A few bytes of a file can stand for a gigabyte of equal values. So what the file says of itself
    is checked first, text is kept as a dictionary until its length is known, and the size of what
    was read is counted while it is read.
    """
    buffer = pyarrow.BufferReader(content)
    schema = parquet.read_schema(buffer)
    texts = [field.name for field in schema if pyarrow.types.is_string(field.type)]
    texts += [field.name for field in schema if pyarrow.types.is_large_string(field.type)]
    file = parquet.ParquetFile(pyarrow.BufferReader(content), read_dictionary=texts)
    most = min(MAX_ARRAY_BYTES, 8 * limits.values)
    limits.check_cells(1, file.metadata.num_columns)
    _check_metadata(file.metadata, most, limits)
    tables, size = [], 0
    for part in file.iter_batches(_ROWS_AT_ONCE):
        size += part.nbytes
        if size > most:
            raise _too_large(size, most)
        tables.append(part)
    if not tables:
        return {}
    table = pyarrow.Table.from_batches(tables)
    return {name: _values(pyarrow, table.column(name), name, limits) for name in table.column_names}


def _check_metadata(metadata: Any, most: int, limits: BatchLimits) -> None:
    limits.check_cells(metadata.num_rows, 1)
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    size = max(
        size,
        8 * sum(g.column(number).num_values for g in groups for number in range(g.num_columns)),
    )
    if size > most:
        raise _too_large(size, most)


def _values(pyarrow: Any, column: Any, name: str, limits: BatchLimits) -> list[Any] | AnyArray:
    kinds = pyarrow.types
    if column.null_count:
        raise BatchError(
            f"Column `{name[:80]}` has {column.null_count:,} empty cells.",
            "Every row needs a value.",
            "Fill them, or leave the column out.",
        )
    if kinds.is_dictionary(column.type):
        _check_text(column, limits)
        return column.to_pylist()
    if kinds.is_integer(column.type) or kinds.is_floating(column.type):
        return np.asarray(column.to_numpy())
    if kinds.is_list(column.type) or kinds.is_large_list(column.type):
        return column.to_pylist()
    if kinds.is_boolean(column.type):
        return np.asarray(column.to_numpy())
    return [str(value) for value in column.to_pylist()]


def _check_text(column: Any, limits: BatchLimits) -> None:
    """Counts the characters that a column of text unpacks to, before it does."""
    total = 0
    for chunk in column.chunks:
        lengths = np.array([len(str(value)) for value in chunk.dictionary.to_pylist()], np.int64)
        total += int(lengths[chunk.indices.to_numpy()].sum())
        limits.check_characters(total)


def _too_large(size: int, most: int) -> LimitError:
    return LimitError(
        f"The table takes {size:,} bytes.", f"At most {most:,} are read.", "Split the file."
    )
