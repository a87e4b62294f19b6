"""Parquet files become a batch; what they unpack to is known before it is paid.

A few bytes of a file can stand for gigabytes: equal values are written once. So only the columns
that are needed are read, each of a kind of which the size is known, after the headers of their
pages have said how large they are; text stays a dictionary until its length is known.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch
from inspector.errors import BatchError, LimitError
from inspector.files.arrays import NumberLists, compact
from inspector.files.bytes import MAX_ARRAY_BYTES, reason_of
from inspector.files.choices import ColumnsError, FileChoices
from inspector.files.parquet_pages import PREFIXED, Chunk, page_sizes, row_groups
from inspector.files.text import (
    Column,
    batch_from_columns,
    batch_of_ids,
    check_token_id,
    timestep_columns,
)

_ROWS_AT_ONCE = 4096
_MOST_PAGES = 2**16
_MOST_GROUPS = 2**12
_MOST_FOOTER = 2**23
_MOST_DEPTH = 4
_MOST_BYTES_A_CHARACTER = 4
_LISTS = ("list", "large_list", "fixed_size_list")


def batch_from_parquet(content: bytes, choices: FileChoices, source: str) -> Batch:
    """Reads a Parquet file with text, token ids, or lists of numbers."""
    pyarrow, parquet = pyarrow_modules("save the table as CSV")
    errors = (
        *(pyarrow.ArrowException, OSError, ValueError, KeyError, IndexError, OverflowError),
        *(TypeError, NotImplementedError, MemoryError, RecursionError),
    )
    try:
        table = _Table(pyarrow, parquet, content, choices)
        columns = table.columns()
    except errors as error:
        raise BatchError(
            f"This is no Parquet file that can be read: {reason_of(error)}.",
            "It must be a Parquet table.",
            "Save it again, or as CSV.",
        ) from error
    if not len(next(iter(columns.values()))):
        raise BatchError("The table has no rows.", "A batch needs at least one row.")
    if table.timesteps:
        return _batch_of_ids(columns, table, choices, source)
    return batch_from_columns(columns, choices, source, table.names)


def _batch_of_ids(
    columns: Mapping[str, Column], table: "_Table", choices: FileChoices, source: str
) -> Batch:
    arrays = []
    for name in table.timesteps:
        values = columns[name]
        if isinstance(values, NumberLists):
            raise ColumnsError(
                f"Column `{name[:80]}` holds lists, and so is no timestep.",
                "Lists of numbers stand in a column `x`.",
                "Call the column `x`, or say which column holds the sentences.",
                columns=table.names,
            )
        if not isinstance(values, np.ndarray) or not np.array_equal(values, np.round(values)):
            for row, value in enumerate(values, 1):
                check_token_id(value, row, name, table.names)
        arrays.append(np.asarray(values))
    ids = compact(np.stack(arrays, axis=1))
    others = {name: values for name, values in columns.items() if name not in table.timesteps}
    return batch_of_ids(ids, others, table.parts, choices, source)


@dataclass(frozen=True)
class _Kind:
    """What a column holds.

    Attributes:
        text: It holds text; else numbers.
        depth: How deeply the numbers are nested in lists.
    """

    text: bool = False
    depth: int = 0


class _Table:
    """A file of which the columns that are needed are known, and nothing is read yet.

    Attributes:
        names: Names of all columns.
        parts: The column of each part.
        timesteps: The columns that are timesteps, where none holds sentences or lists.
    """

    def __init__(self, pyarrow: Any, parquet: Any, content: bytes, choices: FileChoices) -> None:
        """Reads what the file says of itself, and checks it.

        Raises:
            BatchError: The columns are not what a batch is made of.
            LimitError: They are larger than the limits.
        """
        self._pyarrow, self._content, self._limits = pyarrow, content, choices.limits
        check_footer(content)
        schema = parquet.read_schema(pyarrow.BufferReader(content))
        self.names = tuple(schema.names)
        self._limits.check_cells(1, len(self.names))
        self.parts = choices.columns.found(self.names)
        self.timesteps: tuple[str, ...] = ()
        if "text" not in self.parts and "x" not in self.parts:
            self.timesteps = tuple(timestep_columns(self.names, self.parts))
        used = {name for part, name in self.parts.items() if part != "id"} | {*self.timesteps}
        self._wanted = tuple(name for name in self.names if name in used)
        for name in self._wanted:
            if self.names.count(name) > 1:
                raise BatchError(f"Two columns are called `{name[:80]}`.", "Names must differ.")
        self._kinds = {
            name: _kind_of(schema.field(name).type, name, self.names) for name in self._wanted
        }
        texts = [name for name, kind in self._kinds.items() if kind.text]
        self._file = parquet.ParquetFile(pyarrow.BufferReader(content), read_dictionary=texts)
        self._most = min(MAX_ARRAY_BYTES, 8 * self._limits.values)
        self._check_sizes()

    def columns(self) -> dict[str, Column]:
        """Returns the columns that are needed: numbers as arrays, text as lists.

        Raises:
            LimitError: They take more than the limits.
        """
        pieces: dict[str, list[Any]] = {name: [] for name in self._wanted}
        size = rows = characters = 0
        for part in self._file.iter_batches(
            _ROWS_AT_ONCE, columns=list(self._wanted), use_threads=False
        ):
            rows, size = rows + part.num_rows, size + part.nbytes
            self._limits.check_cells(rows, 1)
            if size > self._most:
                raise _too_large(size, self._most)
            for name in self._wanted:
                values = part.column(name)
                if values.null_count:
                    raise _empty_cells(name, values.null_count)
                if self._kinds[name].text:
                    characters += _characters(values)
                    self._limits.check_characters(characters)
                pieces[name].append(values)
        return {name: self._column(name, pieces[name]) for name in self._wanted}

    def _column(self, name: str, pieces: Sequence[Any]) -> Column:
        kind = self._kinds[name]
        if kind.text:
            return [text for piece in pieces for text in piece.to_pylist()]
        if kind.depth:
            return _lists(name, pieces, kind.depth)
        if not pieces:
            return np.zeros(0)
        return np.concatenate([_numbers(piece) for piece in pieces])

    def _check_sizes(self) -> None:
        """Checks what the needed columns unpack to: by the description, then page by page."""
        # The library's own view of a column ends the process where the description is damaged.
        self._limits.check_cells(self._file.metadata.num_rows, 1)
        cost, pages, text = 0, 0, 0
        values_of = dict.fromkeys(self._wanted, 0)
        for name, chunk in self._chunks():
            values, claimed = chunk.values, cost + max(8 * chunk.values, chunk.size)
            if claimed > self._most:
                raise _too_large(claimed, self._most)
            sizes = page_sizes(
                self._content, chunk.start, chunk.length, values, _MOST_PAGES - pages
            )
            pages += sizes.pages
            cost += max(8 * max(values, sizes.values), sizes.size)
            if cost > self._most:
                raise _too_large(cost, self._most)
            values_of[name] += max(values, sizes.values)
            self._check_lists(name, values_of[name])
            text += sizes.size if self._kinds[name].text else 0
            self._limits.check_characters(text // _MOST_BYTES_A_CHARACTER)
            if self._kinds[name].text and PREFIXED in sizes.encodings:
                raise BatchError(
                    f"Column `{name[:80]}` is written as DELTA_BYTE_ARRAY.",
                    "How long its texts are is only known when they are read.",
                    "Save the table with another encoding, or as CSV.",
                )

    def _check_lists(self, name: str, values: int) -> None:
        depth = self._kinds[name].depth
        most = self._limits.cells if depth == 1 else self._limits.values
        if depth and values > most:
            raise LimitError(
                f"The lists of `{name[:80]}` hold {values:,} numbers.",
                f"At most {most:,} are read.",
                "Use fewer or shorter rows.",
            )

    def _chunks(self) -> list[tuple[str, Chunk]]:
        """The needed columns of each row group, by name."""
        groups = row_groups(self._content)
        chunks = [
            (chunk.path[0], chunk)
            for group in groups
            for chunk in group
            if chunk.path and chunk.path[0] in self._kinds
        ]
        if len(groups) > _MOST_GROUPS or len(chunks) > _MOST_PAGES:
            raise LimitError(
                f"The table has {len(groups):,} row groups.",
                f"At most {_MOST_GROUPS:,} of them, and {_MOST_PAGES:,} pieces of columns, are "
                "read.",
                "Save it again with larger row groups.",
            )
        return chunks


def check_footer(content: bytes) -> None:
    """Refuses a description of the table that alone is larger than a table should be."""
    size = int.from_bytes(content[-8:-4], "little") if content[-4:] == b"PAR1" else 0
    if size > _MOST_FOOTER:
        raise LimitError(
            f"The description of the table takes {size:,} bytes.",
            f"At most {_MOST_FOOTER:,} are read.",
            "Save it with fewer columns or fewer row groups.",
        )


def _kind_of(kind: Any, name: str, names: tuple[str, ...]) -> _Kind:
    """What a column of this type holds: only kinds of which the size is known.

    Raises:
        ColumnsError: It holds something else.
    """
    shown, depth = kind, 0
    while _type_name(kind) in _LISTS:
        kind, depth = kind.value_type, depth + 1
    plain = _type_name(kind)
    if depth == 0 and plain == "dictionary":
        plain = _type_name(kind.value_type)
    if depth == 0 and plain in ("string", "large_string"):
        return _Kind(text=True)
    if plain in _NUMBERS and depth <= _MOST_DEPTH:
        return _Kind(depth=depth)
    raise ColumnsError(
        f"Column `{name[:80]}` holds values of type {str(shown)[:80]}.",
        "Text, numbers, 0 and 1, and lists of numbers are read; other columns are left out where "
        "the sentences stand in `text`, or the numbers in `x`.",
        "Change its type, or say which column holds the sentences.",
        columns=names,
    )


_NUMBERS = {"bool", "float", "double", "halffloat"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


def _type_name(kind: Any) -> str:
    text = str(kind)
    for opening in "<[(":
        text = text.partition(opening)[0]
    return text


def _characters(values: Any) -> int:
    """The bytes of text that a piece of a column unpacks to, before it does."""
    dictionary = values.dictionary
    lengths = np.diff(_offsets(dictionary)).astype(np.int64)
    indices = values.indices.to_numpy(zero_copy_only=False)
    return int(lengths[indices].sum()) if len(indices) else 0


def _offsets(array: Any) -> AnyArray:
    """Where the texts of a piece begin and end."""
    wide = _type_name(array.type).startswith("large")
    kind = np.int64 if wide else np.int32
    if not len(array):
        return np.zeros(1, kind)
    every = np.frombuffer(array.buffers()[1], kind)
    return every[array.offset : array.offset + len(array) + 1]


def _numbers(piece: Any) -> AnyArray:
    if _type_name(piece.type) == "dictionary":
        piece = piece.dictionary_decode()
    return np.asarray(piece.to_numpy(zero_copy_only=False))


def _lists(name: str, pieces: Sequence[Any], depth: int) -> NumberLists:
    """Rows of lists as the numbers in order and how many each row has."""
    lengths, numbers, widths = [], [], set()
    for piece in pieces:
        lengths.append(_lengths(piece))
        inner: list[int] = []
        values = piece.flatten()
        for _ in range(depth - 1):
            found = _lengths(values)
            if values.null_count or (len(found) and found.min() != found.max()):
                raise BatchError(
                    f"`{name[:80]}` is not an array of numbers.",
                    "Lists in lists must be equally long.",
                    "Check its rows.",
                )
            if len(found):
                inner.append(int(found[0]))
            values = values.flatten()
        if values.null_count:
            raise _empty_cells(name, values.null_count)
        if len(values):
            widths.add(tuple(inner))
            numbers.append(_numbers(values))
    if len(widths) > 1:
        raise BatchError(
            f"`{name[:80]}` is not an array of numbers.", "Lists in lists must be equally long."
        )
    width = next(iter(widths), ())
    flat = np.concatenate(numbers) if numbers else np.zeros(0)
    every = np.concatenate(lengths) if lengths else np.zeros(0, np.int64)
    return NumberLists(flat.reshape(-1, *width), every)


def _lengths(lists: Any) -> AnyArray:
    if _type_name(lists.type) == "fixed_size_list":
        return np.full(len(lists), lists.type.list_size, np.int64)
    return np.diff(lists.offsets.to_numpy()).astype(np.int64)


def _empty_cells(name: str, count: int) -> BatchError:
    return BatchError(
        f"Column `{name[:80]}` has {count:,} empty cells.",
        "Every row needs a value.",
        "Fill them, or leave the column out.",
    )


def _too_large(size: int, most: int) -> LimitError:
    return LimitError(
        f"The table takes {size:,} bytes.", f"At most {most:,} are read.", "Split the file."
    )


def pyarrow_modules(otherwise: str) -> tuple[Any, Any]:
    """Returns `pyarrow` and `pyarrow.parquet`.

    Args:
        otherwise: What can be done without them, as the end of a sentence.

    Raises:
        BatchError: They are not installed.
    """
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise BatchError(
            "Parquet files need the package `pyarrow`, which is not installed.",
            "",
            f"Run `pip install pyarrow`, or {otherwise}.",
        ) from error
