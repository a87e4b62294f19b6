"""Arrays of numbers become a batch; NPZ files are read here."""

import ast
import io
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.batch import Arrays, Batch
from inspector.core.requests import LIBRARY_LIMITS, BatchLimits
from inspector.core.truth import find_valid
from inspector.errors import BatchError, LimitError
from inspector.files.bytes import MAX_ARRAY_BYTES, reason_of
from inspector.files.choices import FileChoices, listed

_BROKEN = (
    *(ValueError, OSError, EOFError, KeyError, SyntaxError, NotImplementedError, TypeError),
    *(RuntimeError, zipfile.BadZipFile, zlib.error, struct.error, MemoryError, OverflowError),
)
"""What the readers of archives and headers raise for broken ones (RuntimeError: encrypted)."""

_MOST_ARRAYS = 256
_MOST_HEADER = 4096
_MOST_DEPTH = 8
_DIRECTORY_ENTRY = b"PK\x01\x02"
_PACKED_AS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

KNOWN = ("x", "y", "valid", "target_valid", "sample_weight")


def batch_from_arrays(
    arrays: Mapping[str, AnyArray],
    source: str,
    choices: FileChoices = FileChoices(),
) -> Batch:
    """Returns the batch that named arrays describe.

    Args:
        arrays: `x` of shape (rows, timesteps) with ids or (rows, timesteps, features), or one
            array per model input under other names; `y`, `valid`, `target_valid`,
            `sample_weight` where there are any.
        source: Where they come from.
        choices: Which id is padding, and how large a batch may be.

    Raises:
        BatchError: They do not form a batch.
        LimitError: They are larger than the limits.
    """
    inputs = {name: array for name, array in arrays.items() if name not in KNOWN}
    x: Arrays = arrays["x"] if "x" in arrays else inputs
    if "x" in arrays and inputs:
        raise BatchError(
            f"There are arrays called {listed(inputs)} besides `x`.",
            f"Next to `x` only {listed(KNOWN[1:])} are understood.",
            "Leave out `x` to give one array per model input, or leave out the others.",
        )
    if not inputs and "x" not in arrays:
        raise BatchError("There is no array `x`.", "The model's input is needed.", "Name it `x`.")
    for name, array in arrays.items():
        _check_numbers(name, array, choices)
    first = next(iter(inputs.values())) if inputs else arrays["x"]
    notes: list[str] = []
    valid = _valid(arrays.get("valid"), first, choices.padding_id, notes)
    y = arrays.get("y")
    return Batch(
        x=x,
        y=y,
        valid=valid,
        target_valid=_target_valid(arrays.get("target_valid"), y, valid, notes),
        sample_weight=arrays.get("sample_weight"),
        source=source,
        notes=tuple(notes),
    )


def _check_numbers(name: str, array: AnyArray, choices: FileChoices) -> None:
    if array.dtype.kind not in "iufb":
        raise BatchError(
            f"`{name[:80]}` holds values of type {array.dtype}.",
            "Arrays hold numbers.",
            "Leave it out, or number what it holds.",
        )
    if array.ndim >= 2:
        choices.limits.check_cells(array.shape[0], array.shape[1])
    if array.size > choices.limits.values:
        raise LimitError(
            f"`{name[:80]}` holds {array.size:,} numbers.",
            f"At most {choices.limits.values:,} fit here.",
            "Split the file.",
        )


def _valid(
    given: AnyArray | None, x: AnyArray, padding_id: int | None, notes: list[str]
) -> BoolArray:
    if given is not None:
        if given.shape != x.shape[:2]:
            raise BatchError(
                f"`valid` has shape {given.shape} and the input {x.shape}.",
                "`valid` must be (rows, timesteps) of the input.",
                "Check that it is not transposed.",
            )
        notes.append("Padding was given: `valid` is 0 there.")
        return given  # `Batch` checks that it is 0 or 1
    found = find_valid(x, padding_id)
    if found is None:
        raise BatchError(
            f"The input has shape {x.shape} and type {x.dtype}.",
            "Padding can be found in ids (rows, timesteps) or vectors (rows, timesteps, features).",
            "Give `valid`, True at real timesteps.",
        )
    notes.append(found[1])
    return found[0]


def _target_valid(
    given: AnyArray | None, y: AnyArray | None, valid: BoolArray, notes: list[str]
) -> BoolArray | None:
    """The truth on the time axis of the targets; None where they have none."""
    if given is not None or y is None or y.ndim < 2:
        return given
    if y.shape[1] == valid.shape[1]:
        notes.append("The targets have the timesteps of the input and its padding.")
        return valid
    if y.ndim == 2:
        notes.append("The targets have no time axis: one vector for each row.")
        return None
    found = find_valid(y)
    if found is not None:
        notes.append(found[1].replace("Padding", "Padding of the targets", 1))
    return found[0] if found is not None else None


@dataclass(frozen=True, eq=False)
class NumberLists:
    """Rows of lists of numbers.

    Attributes:
        numbers: (all timesteps, ...), the entries of all rows, one after another.
        lengths: (rows,), how many of them each row has.
    """

    numbers: AnyArray
    lengths: AnyArray

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lengths)


def number_array(rows: Sequence[Any], name: str, choices: FileChoices) -> tuple[AnyArray, str]:
    """Returns nested lists of numbers as an array, and a note where rows had to be filled.

    Whole numbers become int32 where they fit, vectors and other numbers float32.

    Raises:
        BatchError: They are not numbers, or ragged below the time axis.
        LimitError: They are more than the limits.
    """
    kinds = set(map(type, rows))
    if not rows or kinds <= {int, float, bool}:
        return compact(_flat_numbers(rows, name)), ""
    if kinds != {list}:
        raise _not_numbers(name)
    lengths = np.array([len(row) for row in rows], np.int64)
    entries: list[Any] = list(chain.from_iterable(rows))
    widths: list[int] = []
    # Level by level and by type: NumPy makes of a text among numbers an array of texts as wide.
    while entries and set(map(type, entries)) == {list}:
        width = set(map(len, entries))
        if len(width) > 1 or len(widths) == _MOST_DEPTH:
            raise _not_numbers(name)
        widths.append(width.pop())
        entries = list(chain.from_iterable(entries))
    flat = _flat_numbers(entries, name).reshape(-1, *widths)
    return filled(NumberLists(flat, lengths), name, choices)


def _flat_numbers(entries: Sequence[Any], name: str) -> AnyArray:
    if not entries or not set(map(type, entries)) <= {int, float, bool}:
        raise _not_numbers(name)
    try:
        array = np.array(entries)
    except (ValueError, OverflowError) as error:
        raise _not_numbers(name) from error
    if array.dtype.kind not in "iufb":  # Whole numbers of more than 64 bits.
        raise _not_numbers(name)
    return array


def filled(lists: NumberLists, name: str, choices: FileChoices) -> tuple[AnyArray, str]:
    """Returns rows of lists as one array, and a note where shorter rows were filled after.

    Raises:
        BatchError: They hold nothing.
        LimitError: The array would be larger than the limits.
    """
    rows, lengths = len(lists), lists.lengths
    if lists.numbers.size == 0:
        raise _not_numbers(name)
    shortest, longest = int(lengths.min()), int(lengths.max())
    width = lists.numbers.shape[1:]
    if shortest == longest:
        return compact(lists.numbers.reshape(rows, longest, *width)), ""
    choices.limits.check_cells(rows, longest)
    if rows * longest * math.prod(width) > choices.limits.values:
        raise LimitError(
            f"`{name[:80]}` would hold {rows:,} x {longest:,} x {width} numbers.",
            f"At most {choices.limits.values:,} fit here.",
            "Use fewer or shorter rows.",
        )
    numbers = compact(lists.numbers) if width else lists.numbers
    fill = (choices.padding_id or 0) if name == "x" and not width else 0
    array = np.full(
        (rows, longest, *width), fill, np.result_type(numbers, np.min_scalar_type(fill))
    )
    array[np.arange(longest) < lengths[:, None]] = numbers
    return compact(array), (
        f"The rows of `{name[:80]}` have {shortest:,} to {longest:,} timesteps: shorter ones are "
        f"filled after with {fill}."
    )


def compact(array: AnyArray) -> AnyArray:
    """Returns whole numbers as int32 where they fit; vectors and other numbers as float32."""
    if array.dtype.kind == "b":
        return array
    whole = array.ndim <= 2 and bool((array == np.round(array)).all())
    # Not by the absolute value: that of the smallest number of a type is itself.
    if whole and bool(((array > -(2**31)) & (array < 2**31)).all()):
        return array.astype(np.int32)
    if array.dtype.kind in "iu" and array.ndim <= 2:
        return array
    with np.errstate(over="ignore"):  # What is too large is infinite, as it is for the model.
        return array.astype(np.float32)


def npz_arrays(content: bytes, limits: BatchLimits = LIBRARY_LIMITS) -> dict[str, AnyArray]:
    """Reads the arrays of an NPZ file; nothing in it is executed.

    Raises:
        BatchError: It is no NPZ file, or holds something else than numbers.
        LimitError: Its arrays would take too much memory, by what their headers say.
    """
    if content.count(_DIRECTORY_ENTRY) > _MOST_ARRAYS:
        raise LimitError(
            f"The file holds more than {_MOST_ARRAYS} arrays.",
            f"At most {_MOST_ARRAYS} are read.",
            "Leave out what is no input of the model.",
        )
    most = min(MAX_ARRAY_BYTES, 8 * limits.values)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            headers = {
                entry.filename: _checked_header(archive, entry) for entry in archive.infolist()
            }
            total = sum(header.size for header in headers.values())
            if total > most:
                raise LimitError(
                    f"The arrays of the file take {total:,} bytes.",
                    f"At most {most:,} are read.",
                    "Split the file.",
                )
            return {
                name.removesuffix(".npy"): _read_array(archive, name, header)
                for name, header in headers.items()
            }
    except _BROKEN as error:
        raise BatchError(
            f"This is no NPZ file that can be read: {reason_of(error)}.",
            "An NPZ file holds arrays of numbers, as `numpy.savez` writes them.",
            "Save it again: `numpy.savez(path, x=x, y=y, valid=valid)`.",
        ) from error


@dataclass(frozen=True)
class _Header:
    """What the header of an array says.

    Attributes:
        shape: Its shape.
        dtype: Its type, one of numbers.
        by_columns: Its numbers stand in Fortran's order.
        size: The bytes that it takes in memory: the larger of what header and archive say.
    """

    shape: tuple[int, ...]
    dtype: "np.dtype[Any]"
    by_columns: bool
    size: int


def _checked_header(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> _Header:
    if not entry.filename.endswith(".npy"):
        raise ValueError(f"`{entry.filename[:80]}` is not an array")
    if entry.compress_type not in _PACKED_AS:
        raise ValueError(
            f"`{entry.filename[:80]}` is packed in a way that `numpy.savez` does not use"
        )
    with archive.open(entry) as stream:
        fields = _header_fields(stream, entry.filename[:80])
    shape, descr = fields["shape"], fields["descr"]
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("a shape is not made of whole numbers")
    if descr == "|O" or (isinstance(descr, str) and "O" in descr):
        raise ValueError("it holds Python objects")
    # A type of several fields is a list; one with a shape of its own begins with a bracket.
    dtype = np.dtype(descr) if isinstance(descr, str) and len(descr) <= 8 else np.dtype("V1")
    if dtype.kind not in "iufb" or dtype.shape:
        raise ValueError("it holds something else than numbers")
    size = max(entry.file_size, math.prod(shape) * dtype.itemsize)
    return _Header(shape, dtype, bool(fields["fortran_order"]), size)


def _header_fields(stream: IO[bytes], name: str) -> dict[str, Any]:
    """The header as the format describes it: a mark, a length, and a dictionary as Python text."""
    mark = _exactly(stream, 8)
    wide = {b"\x01\x00": 2, b"\x02\x00": 4, b"\x03\x00": 4}.get(mark[6:])
    if mark[:6] != b"\x93NUMPY" or wide is None:
        raise ValueError(f"`{name}` is not an array")
    length = int.from_bytes(_exactly(stream, wide), "little")
    if length > _MOST_HEADER:
        raise ValueError(f"the header of `{name}` takes {length:,} bytes")
    fields = ast.literal_eval(_exactly(stream, length).decode("utf-8").strip())
    if not isinstance(fields, dict) or fields.keys() != {"descr", "fortran_order", "shape"}:
        raise ValueError(f"the header of `{name}` does not describe an array")
    return fields


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError("the file is cut off")
    return data


def _read_array(archive: zipfile.ZipFile, name: str, header: _Header) -> AnyArray:
    with archive.open(name) as stream:
        _header_fields(stream, name[:80])
        data = _exactly(stream, math.prod(header.shape) * header.dtype.itemsize)
    array = np.frombuffer(data, header.dtype)
    array = array.reshape(header.shape, order="F" if header.by_columns else "C")
    return _native(array)


def _native(array: AnyArray) -> AnyArray:
    """The array in the byte order of this machine, in which TensorFlow takes it."""
    return np.asarray(array, array.dtype.newbyteorder("="))


def _not_numbers(name: str) -> BatchError:
    return BatchError(
        f"`{name[:80]}` is not an array of numbers.",
        "It must be nested lists of numbers, equally long but for the time axis.",
        "Check its rows.",
    )
