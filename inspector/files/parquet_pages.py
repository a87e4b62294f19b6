"""What a Parquet file says of itself, read here: a library that reads it may end the process.

The metadata at the end of the file says how large a column is, and can lie; a reader obeys the
header in front of each page, so those are added up before one is unpacked. Both are structures of
Thrift's compact protocol: fields with a type and the distance to the number of the field before,
numbers as variable-length integers.
"""

from dataclasses import dataclass
from typing import Any

_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY = range(9)
_LIST, _SET, _STRUCT = 9, 10, 12
_UNCOMPRESSED, _COMPRESSED, _DATA, _DICTIONARY, _DATA_V2 = 2, 3, 5, 7, 8
_NUM_VALUES = 1
_ENCODING_OF = {_DATA: 2, _DICTIONARY: 2, _DATA_V2: 4}
_MOST_DEPTH = 16
_MOST_ITEMS = 2**19
_TAIL = 8

_ROW_GROUPS, _COLUMNS, _METADATA = 4, 1, 3
_PATH, _VALUES, _SIZE, _PACKED_SIZE, _DATA_AT, _DICTIONARY_AT = 3, 5, 6, 7, 9, 11

PREFIXED = 7
"""The encoding DELTA_BYTE_ARRAY: a text is written as what it shares with the one before."""


class BrokenPages(ValueError):
    """The file does not say of itself what it must."""


@dataclass(frozen=True)
class Chunk:
    """A column of a row group, as the end of the file describes it.

    Attributes:
        path: The names that lead to it.
        values: Number of its values, empty ones among them.
        size: Bytes that it unpacks to.
        start: Where its pages start.
        length: Bytes that its pages take in the file.
    """

    path: tuple[str, ...]
    values: int
    size: int
    start: int
    length: int


def row_groups(content: bytes) -> list[list[Chunk]]:
    """Returns the columns of each row group.

    Raises:
        BrokenPages: The description is broken, or too long.
    """
    length = int.from_bytes(content[-_TAIL:-4], "little")
    end = len(content) - _TAIL
    if content[-4:] != b"PAR1" or length > end:
        raise BrokenPages("it does not end as a Parquet file does")
    groups = _Reader(content, end - length, end).structure().get(_ROW_GROUPS, [])
    return [[_chunk(column) for column in _listed(group, _COLUMNS)] for group in _items(groups)]


def _chunk(column: object) -> Chunk:
    described = column.get(_METADATA) if isinstance(column, dict) else None
    if not isinstance(described, dict):
        raise BrokenPages("a column is not described")
    path = [name for name in _items(described.get(_PATH)) if isinstance(name, bytes)]
    fields = (_VALUES, _SIZE, _PACKED_SIZE, _DATA_AT)
    numbers = [number for field in fields if isinstance(number := described.get(field), int)]
    if len(numbers) < len(fields) or min(numbers) < 0:
        raise BrokenPages("a column is not described")
    values, size, length, start = numbers
    dictionary = described.get(_DICTIONARY_AT)
    if isinstance(dictionary, int) and 0 < dictionary < start:
        start = dictionary
    return Chunk(
        tuple(name.decode("utf-8", "replace") for name in path), values, size, start, length
    )


def _listed(structure: object, field: int) -> list[Any]:
    return _items(structure.get(field) if isinstance(structure, dict) else None)


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


@dataclass(frozen=True)
class PageSizes:
    """What the pages of one column of one row group unpack to.

    Attributes:
        pages: Number of pages.
        size: Bytes, before values are written out by a dictionary.
        values: Values that are written out, empty ones among them.
        encodings: Numbers of the encodings.
    """

    pages: int
    size: int
    values: int
    encodings: frozenset[int]


def page_sizes(content: bytes, start: int, length: int, wanted: int, most: int) -> PageSizes:
    """Returns what the pages from `start` on unpack to.

    Args:
        content: The whole file.
        start: Where the first page starts.
        length: How many bytes the pages take in the file.
        wanted: How many values the column has; a reader stops there.
        most: How many pages are looked at.

    Raises:
        BrokenPages: There are no such pages, or more than `most`.
    """
    end = min(start + length, len(content))
    if start < 0 or length < 0:
        raise BrokenPages("its pages lie outside of the file")
    pages = size = values = 0
    encodings: set[int] = set()
    at = start
    while at < end and values < wanted:
        if pages >= most:
            raise BrokenPages(f"it has more than {most:,} pages")
        reader = _Reader(content, at, end)
        header = reader.structure()
        unpacked, packed = header.get(_UNCOMPRESSED), header.get(_COMPRESSED)
        if not isinstance(unpacked, int) or not isinstance(packed, int) or packed < 0:
            raise BrokenPages("the header of a page says no size")
        for field, encoding in _ENCODING_OF.items():
            inner = header.get(field)
            if isinstance(inner, dict):
                number = inner.get(_NUM_VALUES, 0)
                values += max(number, 0) if isinstance(number, int) and field != _DICTIONARY else 0
                kind = inner.get(encoding)
                encodings |= {kind} if isinstance(kind, int) else set()
        pages, size, at = pages + 1, size + max(unpacked, 0), reader.at + packed
    return PageSizes(pages, size, values, frozenset(encodings))


class _Reader:
    """Reads structures: numbers, texts, lists and structures by the number of their field."""

    def __init__(self, content: bytes, at: int, end: int) -> None:
        self._content, self.at, self._end = content, at, end
        self._count = 0

    def structure(self, depth: int = 0) -> dict[int, object]:
        """Returns what is in a structure."""
        if depth > _MOST_DEPTH:
            raise BrokenPages("its description is nested too deeply")
        fields: dict[int, object] = {}
        number = 0
        while True:
            byte = self._byte()
            if byte == _STOP:
                return fields
            kind, distance = byte & 0x0F, byte >> 4
            number = number + distance if distance else self._signed()
            fields[number] = self._value(kind, depth)

    def _value(self, kind: int, depth: int) -> object:
        if kind in (_TRUE, _FALSE):
            return None  # The value is the type.
        if kind in (_I16, _I32, _I64):
            return self._signed()
        if kind == _STRUCT:
            return self.structure(depth + 1)
        if kind == _BINARY:
            length = self._unsigned()
            self._skip(length)
            return self._content[self.at - length : self.at]
        if kind in (_LIST, _SET):
            byte = self._byte()
            count = byte >> 4 if byte >> 4 < 15 else self._unsigned()
            return self._list(byte & 0x0F, count, depth + 1)
        if kind not in (_BYTE, _DOUBLE):
            raise BrokenPages("its description holds a field of an unknown type")
        self._skip(1 if kind == _BYTE else 8)
        return None

    def _list(self, kind: int, count: int, depth: int) -> list[object]:
        self._count += count
        if self._count > _MOST_ITEMS:
            raise BrokenPages("its description is too long")
        if depth > _MOST_DEPTH:
            raise BrokenPages("its description is nested too deeply")
        if kind in (_TRUE, _FALSE):
            self._skip(count)  # In a list each takes a byte.
            return []
        return [self._value(kind, depth) for _ in range(count)]

    def _byte(self) -> int:
        if self.at >= self._end:
            raise BrokenPages("its description is cut off")
        self.at += 1
        return self._content[self.at - 1]

    def _skip(self, count: int) -> None:
        if count > self._end - self.at:
            raise BrokenPages("its description is cut off")
        self.at += count

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise BrokenPages("its description holds a number without an end")

    def _signed(self) -> int:
        """A number in zigzag order: 0, -1, 1, -2, ..."""
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
