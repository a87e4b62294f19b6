"""A whole result as JSON and back, arrays included.

`Inspection.to_dict()` is for other programs and leaves the arrays out; this keeps everything, so
that a result can be drawn again. Plain values stand for themselves; everything else is an object
with one key that says what it is: `$value` a dataclass, `$enum`, `$array`, `$tuple`, `$dict`,
`$float` (NaN and infinities, which JSON lacks). Numbers of types that NumPy does not know
(bfloat16) come back as float32.
"""

import base64
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

from inspector.core import leaks, ledger, trace
from inspector.core.arrays import AnyArray, frozen, widened
from inspector.core.batch import Batch
from inspector.core.comparison import Comparison, StrategyResult
from inspector.core.diagnosis import causes, findings
from inspector.core.digest import ModelDigests
from inspector.core.field_types import check_fields
from inspector.core.foreign_text import one_line
from inspector.core.inspection import Inspection, StatedTruth
from inspector.core.strategies import Strategy, StrategyKind, StrategyName
from inspector.errors import InspectorError

FORMAT = "mask-inspector/1"

MOST_ARRAY_BYTES = 2**29
"""All arrays of one result together take no more memory than this."""
_BLOCK = 2**20
# Nothing packs tighter: deflate reaches 1032 to 1.
_DENSEST = 1_100
# What reading JSON that somebody changed by hand can end in.
_DAMAGE = (
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    MemoryError,
    RecursionError,
    zlib.error,
)
_ARRAY_KINDS = "biuf"
_ARRAY_TYPES = frozenset({"|b1", "|i1", "|u1"}) | {
    f"<{kind}{size}" for kind in "iuf" for size in (2, 4, 8, 16) if kind == "f" or size < 16
}

_VALUES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Inspection,
        causes.Failure,
        StatedTruth,
        Batch,
        trace.Trace,
        trace.LayerStep,
        trace.Versions,
        ModelDigests,
        findings.Diagnosis,
        findings.Finding,
        causes.Fix,
        causes.Stop,
        ledger.LossLedger,
        ledger.Average,
        leaks.LeakReport,
        leaks.NodeLeak,
        leaks.Effect,
        Comparison,
        StrategyResult,
        Strategy,
    )
}
_ENUMS: dict[str, type[Enum]] = {
    kind.__name__: kind
    for kind in (
        trace.Outcome,
        causes.Cause,
        findings.Severity,
        findings.Status,
        ledger.Divisor,
        ledger.AverageName,
        trace.MaskState,
        StrategyName,
        StrategyKind,
    )
}


def encoded(result: Inspection | Comparison) -> dict[str, Any]:
    """Returns a result as plain JSON values, from which `decoded` makes an equal one."""
    kind = "comparison" if isinstance(result, Comparison) else "inspection"
    return {"format": FORMAT, kind: _encoded(result)}


def decoded(value: Any) -> Inspection | Comparison:
    """Returns the inspection or comparison that `encoded` was given.

    Nothing but the values of this package is made, whatever the JSON says.

    Raises:
        InspectorError: It is something else, or was written by another version.
    """
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise InspectorError(
            "This is no inspection that can be read.",
            f"It must be of the format {FORMAT}.",
            "Write it again with this version.",
        )
    kind = "comparison" if "comparison" in value else "inspection"
    try:
        _check_arrays(value)
        found = _decoded(value.get(kind))
    except InspectorError as error:
        said = f"The {kind} is damaged: {error.got}"
        raise InspectorError(said, error.expected, error.todo) from error
    except _DAMAGE as error:
        raise InspectorError(
            f"The {kind} is damaged: {type(error).__name__}: {one_line(str(error), 200)}.",
            "",
            "Write it again.",
        ) from error
    if not isinstance(found, (Inspection, Comparison)):
        raise InspectorError("The file holds a part of an inspection only.", "", "Write it again.")
    return found


def _encoded(value: Any) -> Any:
    if isinstance(value, Enum):
        return {"$enum": [type(value).__name__, value.value]}
    if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0:
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, np.ndarray):
        return {"$array": _array(value)}
    if is_dataclass(value) and type(value).__name__ in _VALUES:
        parts = {field.name: _encoded(getattr(value, field.name)) for field in fields(value)}
        return {"$value": [type(value).__name__, parts]}
    if isinstance(value, Mapping):
        return {"$dict": [[_encoded(key), _encoded(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"$tuple": [_encoded(item) for item in value]}
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    raise TypeError(f"An inspection holds a {type(value).__name__}, which has no JSON.")


def _array(array: AnyArray) -> list[Any]:
    array = widened(array)
    if array.dtype.kind not in _ARRAY_KINDS:
        raise TypeError(f"An inspection holds an array of {array.dtype}, which has no JSON.")
    content = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    packed = base64.b64encode(zlib.compress(content.tobytes(), 6)).decode("ascii")
    return [content.dtype.str, list(array.shape), packed]


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    return _DECODERS[kind](content)


def _check_arrays(value: Any) -> None:
    """Refuses arrays that take too much, before one of them is made.

    Raises:
        InspectorError: All together are too large.
        ValueError: One declares more than it can hold.
    """
    total, waiting = 0, [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict) and "$array" in item:
            dtype, shape, packed = _array_parts(item["$array"])
            size = math.prod(shape) * dtype.itemsize
            total += size
            if size > _DENSEST * len(packed) + _BLOCK:
                raise ValueError(f"an array that declares {size:,} bytes and stores fewer")
            if total > MOST_ARRAY_BYTES:
                raise InspectorError(
                    f"Its arrays take {total:,} bytes and more.",
                    f"At most {MOST_ARRAY_BYTES:,} are read.",
                    "Inspect fewer rows, and write it again.",
                )
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _array_parts(content: Any) -> tuple[np.dtype[Any], tuple[int, ...], str]:
    name, shape, packed = content
    if name not in _ARRAY_TYPES or not isinstance(packed, str):
        raise ValueError("an array of something else than numbers")
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("an array without a shape")
    return np.dtype(name), tuple(shape), packed


def _decoded_array(content: list[Any]) -> AnyArray:
    dtype, shape, packed = _array_parts(content)
    array = np.empty(shape, dtype)
    places, at = array.reshape(-1).view(np.uint8), 0
    for block in _unpacked(base64.b64decode(packed), places.size):
        places[at : at + len(block)] = np.frombuffer(block, np.uint8)
        at += len(block)
    if at < places.size:
        raise ValueError("an array that is shorter than it says")
    return frozen(_read_only(array), dtype.newbyteorder("="))


def _unpacked(packed: bytes, size: int) -> Iterator[bytes]:
    """Yields up to `size` bytes, whatever more may be packed, a block at a time."""
    unpacking, pieces = zlib.decompressobj(), memoryview(packed)
    for start in range(0, len(pieces), _BLOCK):
        piece: bytes | memoryview = pieces[start : start + _BLOCK]
        while size and (block := unpacking.decompress(piece, min(16 * _BLOCK, size))):
            size -= len(block)
            yield block
            piece = unpacking.unconsumed_tail


def _read_only(array: AnyArray) -> AnyArray:
    array.flags.writeable = False
    return array


def _decoded_value(content: list[Any]) -> Any:
    name, parts = content
    values = {field: _decoded(part) for field, part in parts.items()}
    check_fields(_VALUES[name], values)
    return _VALUES[name](**values)


_DECODERS: dict[str, Any] = {
    "$array": _decoded_array,
    "$value": _decoded_value,
    "$enum": lambda content: _ENUMS[content[0]](content[1]),
    "$float": float,
    "$tuple": lambda content: tuple(_decoded(item) for item in content),
    "$dict": lambda content: {_decoded(key): _decoded(item) for key, item in content},
}
