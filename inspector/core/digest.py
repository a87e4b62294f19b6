"""One number for everything in a request, the same for equal requests."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Protocol

import numpy as np

from inspector.core.arrays import widened


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True)
class ModelDigests:
    """What a model is known by.

    Attributes:
        config: SHA-256 (hexadecimal) of its configuration; empty where it has none.
        weights: SHA-256 (hexadecimal) of its weights, in order.
    """

    config: str
    weights: str


def digest(value: object) -> bytes:
    """Returns the SHA-256 of a value made of dataclasses, containers, arrays and plain values.

    A pickle will not do: equal values have different pickles when one holds the same string
    object twice and the other holds two equal ones.

    Raises:
        TypeError: It holds something else, of which nobody knows when two are equal.
    """
    state = hashlib.sha256()
    _feed(state, value)
    return state.digest()


def _feed(state: _Hash, value: object) -> None:
    if isinstance(value, Enum):
        _leaf(state, type(value).__qualname__, value.name.encode())
    elif value is None or isinstance(value, (bool, int, float, complex)):
        _leaf(state, type(value).__name__, repr(value).encode())
    elif isinstance(value, str):
        _leaf(state, "str", value.encode("utf-8", "surrogatepass"))
    elif isinstance(value, bytes):
        _leaf(state, "bytes", value)
    elif isinstance(value, (np.ndarray, np.generic)):
        _feed_array(state, np.asarray(value))
    elif isinstance(value, Mapping):
        _leaf(state, "mapping", str(len(value)).encode())
        for key, item in value.items():
            _feed(state, key)
            _feed(state, item)
    elif isinstance(value, (tuple, list)) and all(type(item) is str for item in value):
        # Tokens by the thousand: all at once, their lengths first.
        _leaf(state, f"{type(value).__name__} of str", repr([*map(len, value)]).encode())
        _leaf(state, "str", "".join(value).encode("utf-8", "surrogatepass"))
    elif isinstance(value, (tuple, list)):
        _leaf(state, type(value).__name__, str(len(value)).encode())
        for item in value:
            _feed(state, item)
    elif is_dataclass(value) and not isinstance(value, type):
        _leaf(state, "dataclass", f"{type(value).__module__}.{type(value).__qualname__}".encode())
        for field in fields(value):
            if not field.metadata.get("digest", True):
                continue  # Something else in the value stands for it.
            _feed(state, getattr(value, field.name))
    else:
        raise TypeError(f"A request holds a {type(value).__name__}, which has no digest.")


def _feed_array(state: _Hash, array: np.ndarray) -> None:
    array = widened(array)
    if array.dtype.hasobject:
        raise TypeError("A request holds an array of objects, which has no digest.")
    _leaf(state, "array", f"{array.dtype.str}{array.shape}".encode())
    state.update(np.ascontiguousarray(array).tobytes())


def _leaf(state: _Hash, kind: str, data: bytes) -> None:
    # The length before the data: ("ab", "c") and ("a", "bc") must differ.
    state.update(f"{kind}:{len(data)}:".encode() + data)
