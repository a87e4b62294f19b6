"""Arrays of numbers become a batch; NPZ files are read here."""

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.batch import Arrays, Batch
from inspector.core.limits import LIBRARY_LIMITS, BatchLimits
from inspector.core.truth import find_valid
from inspector.errors import BatchError, LimitError
from inspector.files.bytes import MAX_ARRAY_BYTES
from inspector.files.choices import FileChoices, listed

_BROKEN = (
    *(ValueError, OSError, EOFError, KeyError, SyntaxError, NotImplementedError),
    *(RuntimeError, zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError),
)
"""What the readers of archives and headers raise for broken ones (RuntimeError: encrypted)."""

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


def number_array(rows: Sequence[Any], name: str, choices: FileChoices) -> tuple[AnyArray, str]:
    """Returns nested lists of numbers as an array, and a note where rows had to be filled.

    Whole numbers become int32 where they fit, vectors and other numbers float32.

    Raises:
        BatchError: They are not numbers, or ragged below the time axis.
        LimitError: They are more than the limits.
    """
    try:
        rows, note = _filled(rows, name, choices)
        array = np.array(rows)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise _not_numbers(name) from error
    if array.dtype.kind not in "iufb" or array.ndim == 0 or array.size == 0:
        raise _not_numbers(name)
    return compact(array), note


def compact(array: AnyArray) -> AnyArray:
    """Returns whole numbers as int32 where they fit; vectors and other numbers as float32."""
    if array.dtype.kind == "b":
        return array
    whole = array.ndim <= 2 and bool((array == np.round(array)).all())
    if whole and bool((np.abs(array) < 2**31).all()):
        return array.astype(np.int32)
    if array.dtype.kind in "iu" and array.ndim <= 2:
        return array
    return array.astype(np.float32)


def _filled(rows: Sequence[Any], name: str, choices: FileChoices) -> tuple[Sequence[Any], str]:
    """Fills rows of unequal length with the padding id, or with zeros, after."""
    lengths = {len(row) for row in rows if isinstance(row, (list, tuple))}
    if len(lengths) < 2:
        return rows, ""
    longest = max(lengths)
    choices.limits.check_cells(len(rows), longest)
    width = next(np.shape(row[0]) for row in rows if len(row))
    fill = (choices.padding_id or 0) if name == "x" and not width else 0
    empty = np.full(width, fill, np.int32).tolist()
    if len(rows) * longest * int(np.prod(width, initial=1)) > choices.limits.values:
        raise LimitError(
            f"`{name}` would hold {len(rows):,} x {longest:,} x {width} numbers.",
            f"At most {choices.limits.values:,} fit here.",
            "Use fewer or shorter rows.",
        )
    filled = [[*row, *([empty] * (longest - len(row)))] for row in rows]
    return filled, (
        f"The rows of `{name}` have {min(lengths):,} to {longest:,} timesteps: shorter ones are "
        f"filled after with {fill}."
    )


def npz_arrays(content: bytes, limits: BatchLimits = LIBRARY_LIMITS) -> dict[str, AnyArray]:
    """Reads the arrays of an NPZ file; nothing in it is executed.

    Raises:
        BatchError: It is no NPZ file, or holds Python objects.
        LimitError: Its arrays would take too much memory, by what their headers say.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            total = sum(_declared_bytes(archive, entry) for entry in archive.infolist())
        most = min(MAX_ARRAY_BYTES, 8 * limits.values)
        if total > most:
            raise LimitError(
                f"The arrays of the file take {total:,} bytes.",
                f"At most {most:,} are read.",
                "Split the file.",
            )
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: _native(archive[name]) for name in archive.files}
    except _BROKEN as e:
        reason = "it holds Python objects" if "pickle" in str(e) else str(e).split("\n")[0][:200]
        raise BatchError(
            f"This is no NPZ file that can be read: {reason}.",
            "An NPZ file holds arrays of numbers, as `numpy.savez` writes them.",
            "Save it again: `numpy.savez(path, x=x, y=y, valid=valid)`.",
        ) from e


def _native(array: AnyArray) -> AnyArray:
    """The array in the byte order of this machine, in which TensorFlow takes it."""
    return np.asarray(array, array.dtype.newbyteorder("="))


def _declared_bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """What an array takes in memory: the larger of what the archive and its header declare."""
    if not entry.filename.endswith(".npy"):
        raise ValueError(f"`{entry.filename[:80]}` is not an array")
    with archive.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read is None:
            raise ValueError(f"`{entry.filename[:80]}` has an unknown version")
        shape, _, dtype = read(stream)
    count = 1
    for size in shape:
        count *= size
    return max(entry.file_size, count * dtype.itemsize)


def _not_numbers(name: str) -> BatchError:
    return BatchError(
        f"`{name}` is not an array of numbers.",
        "It must be nested lists of numbers, equally long but for the time axis.",
        "Check its rows.",
    )
