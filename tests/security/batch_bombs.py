"""Hostile batch files, made with little memory."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LONG = "a" * 2**20


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    """A Parquet file of these columns."""
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def equal_texts(count: int) -> Any:
    """So many equal texts of a megabyte, of which one is kept."""
    indices = pa.array(np.zeros(count, np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array([LONG]))


def lists_of(values: Any, each: int) -> Any:
    """The values in lists of so many each."""
    return pa.ListArray.from_arrays(pa.array(range(0, len(values) + 1, each), pa.int32()), values)


def equal_ids(count: int, rows: int = 1) -> bytes:
    """A file whose rows together hold so many equal ids."""
    numbers = pa.array(np.zeros(count, np.int8))
    return parquet({"x": lists_of(numbers, count // rows)})


def in_lists(columns: int = 1) -> bytes:
    """Gigabytes of equal texts in lists."""
    return parquet({f"x{n}" if n else "x": lists_of(equal_texts(4000), 40) for n in range(columns)})


def in_records() -> bytes:
    """Gigabytes of equal texts in records."""
    return parquet({"x": pa.StructArray.from_arrays([equal_texts(4000)], ["a"])})


def in_records_of_lists() -> bytes:
    """The same, a level deeper."""
    inner = pa.StructArray.from_arrays([equal_texts(4000)], ["a"])
    return parquet({"x": lists_of(inner, 40)})


def in_maps() -> bytes:
    """The same as values of maps."""
    keys = pa.array(["k"] * 400)
    offsets = pa.array(range(0, 401, 4), pa.int32())
    return parquet(
        {"x": pa.MapArray.from_arrays(offsets, keys, equal_texts(400).cast(pa.string()))}
    )


def as_text(column: str = "text", count: int = 4000) -> bytes:
    """Gigabytes of equal texts, plainly."""
    return parquet({column: equal_texts(count)})


def by_prefix() -> bytes:
    """Equal texts, each written as what it shares with the one before."""
    return parquet(
        {"text": equal_texts(300).cast(pa.string())},
        use_dictionary=False,
        column_encoding={"text": "DELTA_BYTE_ARRAY"},
        store_schema=False,
    )


def binary_texts() -> bytes:
    """Equal binary values as sentences."""
    return parquet({"text": equal_texts(400).cast(pa.binary())})


def many_row_groups() -> bytes:
    """A row group a row."""
    return parquet({"text": pa.array(["a"] * 20_000)}, row_group_size=1)


def many_columns() -> bytes:
    """More columns than a batch has timesteps."""
    return parquet({f"t{n}": pa.array([0], pa.int8()) for n in range(70_000)})


def deep_lists() -> bytes:
    """Lists in lists in lists."""
    kind: Any = pa.int8()
    value: Any = 1
    for _ in range(30):
        kind, value = pa.list_(kind), [value]
    return parquet({"x": pa.array([value], kind)})


def lying_rows(rows: int = 2**31) -> bytes:
    """A file whose metadata claims other sizes than its pages have."""
    good = parquet({"x": lists_of(pa.array(np.arange(8)), 4)}, compression="none")
    size = int.from_bytes(good[-8:-4], "little")
    footer = good[-8 - size : -8]
    # The number of values and of rows, as variable-length integers in zigzag order.
    changed = footer.replace(varint(8), varint(rows), 3)
    return good[: -8 - size] + changed + len(changed).to_bytes(4, "little") + b"PAR1"


def varint(number: int) -> bytes:
    """A number as Thrift's compact protocol writes one of 64 bits, with its type before it."""
    value, data = number << 1, b"\x16"
    while value > 0x7F:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])


def large_footer() -> bytes:
    """A description of gigabytes, by its length."""
    return b"PAR1" + b"\0" * 2**24 + (2**24).to_bytes(4, "little") + b"PAR1"


def header(descr: Any = "<i8", shape: Any = (1, 1), *, extra: str = "") -> bytes:
    """The header of an array, as text that nobody has checked."""
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}{extra}}}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def npz(entries: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packed) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def one_array(**of: Any) -> Callable[[], bytes]:
    """A file with one array of this header and nothing behind it."""
    return lambda: npz({"x.npy": header(**of)})


def zeros(size: int, arrays: int = 1) -> bytes:
    """Arrays of so many bytes of zeros."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(arrays):
            with archive.open(f"x{number}.npy", "w", force_zip64=True) as entry:
                entry.write(header("|i1", (size >> 20, 2**20)))
                for _ in range(size >> 20):
                    entry.write(bytes(2**20))
    return stream.getvalue()


def rows_of_many_names() -> bytes:
    """JSON rows of thousands of names, and one of others."""
    rows = [{f"name {n}": 1 for n in range(4000)}, {f"other {n}": 1 for n in range(4000)}]
    return json.dumps(rows).encode()


def text_among_numbers() -> bytes:
    """A long text among many numbers, of which NumPy makes as many texts as long."""
    return json.dumps({"x": [["a" * 10_000_000, *([0] * 100_000)]]}).encode()


def csv_bytes(*lines: str) -> bytes:
    """A table."""
    return "\n".join(lines).encode()
