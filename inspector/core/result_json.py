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
from collections.abc import Mapping
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
from inspector.core.inspection import Inspection
from inspector.core.strategies import Strategy, StrategyKind, StrategyName
from inspector.errors import InspectorError

FORMAT = "mask-inspector/1"

_MOST_ARRAY_BYTES = 2**30
# What reading JSON that somebody changed by hand can end in.
_DAMAGE = (
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    zlib.error,
)
_ARRAY_KINDS = "biuf"

_VALUES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Inspection,
        causes.Failure,
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
        found = _decoded(value.get(kind))
    except InspectorError as error:
        said = f"The {kind} is damaged: {error.got}"
        raise InspectorError(said, error.expected, error.todo) from error
    except _DAMAGE as error:
        raise InspectorError(
            f"The {kind} is damaged: {type(error).__name__}: {str(error)[:200]}.",
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


def _decoded_array(content: list[Any]) -> AnyArray:
    name, shape, packed = content
    dtype = np.dtype(name)
    if dtype.kind not in _ARRAY_KINDS:
        raise ValueError(f"an array of {dtype}")
    size = math.prod(int(length) for length in shape) * dtype.itemsize
    if not 0 <= size <= _MOST_ARRAY_BYTES:
        raise ValueError(f"an array of {size:,} bytes")
    # What is unpacked may be larger than it says: no more than that is unpacked.
    data = zlib.decompressobj().decompress(base64.b64decode(packed), size + 1)
    return frozen(np.frombuffer(data[:size], dtype).reshape(shape), dtype.newbyteorder("="))


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
