"""What the pages of a Parquet file unpack to, by their own headers, before one is unpacked.

The metadata at the end of the file says how large a column is, and can lie; a reader obeys the
header in front of each page. Headers are structures of Thrift's compact protocol: fields with a
type and the distance to the number of the field before, numbers as variable-length integers. The
format puts no lists into them, and what holds one is refused.
"""

from dataclasses import dataclass

_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY = range(9)
_STRUCT = 12
_UNCOMPRESSED, _COMPRESSED, _DATA, _DICTIONARY, _DATA_V2 = 2, 3, 5, 7, 8
_NUM_VALUES = 1
_ENCODING_OF = {_DATA: 2, _DICTIONARY: 2, _DATA_V2: 4}
_MOST_DEPTH = 16

PREFIXED = 7
"""The encoding DELTA_BYTE_ARRAY: a text is written as what it shares with the one before."""


class BrokenPages(ValueError):
    """The headers of the pages cannot be read."""


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
    """Reads structures; of what is not asked for it only finds the end."""

    def __init__(self, content: bytes, at: int, end: int) -> None:
        self._content, self.at, self._end = content, at, end

    def structure(self, depth: int = 0) -> dict[int, object]:
        """Returns the numbers and structures in it by the number of their field."""
        if depth > _MOST_DEPTH:
            raise BrokenPages("the header of a page is nested too deeply")
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
        if kind in (_BYTE, _DOUBLE):
            self._skip(1 if kind == _BYTE else 8)
        elif kind == _BINARY:
            self._skip(self._unsigned())
        else:
            raise BrokenPages("the header of a page holds a field of an unknown type")
        return None

    def _byte(self) -> int:
        if self.at >= self._end:
            raise BrokenPages("the header of a page is cut off")
        self.at += 1
        return self._content[self.at - 1]

    def _skip(self, count: int) -> None:
        if count > self._end - self.at:
            raise BrokenPages("the header of a page is cut off")
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
                raise BrokenPages("the header of a page holds a number without an end")

    def _signed(self) -> int:
        """A number in zigzag order: 0, -1, 1, -2, ..."""
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
