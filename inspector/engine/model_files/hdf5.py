"""HDF5 files, checked link by link and array by array before an array is read.

Runs in a process of its own (`hdf5_process.py`): a few wrong bytes send the HDF5 library itself
into an endless loop or a crash, and no check from outside can know all of them.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from inspector.engine.model_files.limits import ModelFileLimits
from inspector.engine.model_files.messages import (
    SAVE_AGAIN,
    damaged,
    shown,
    size_in_words,
    suspicious,
    too_many,
)
from inspector.errors import ModelFileError

MOST_NAMES = 65_536
LONGEST_NAME = 1_024
DEEPEST_GROUP = 64
CHUNK_BYTES = 2**26
# gzip, shuffle, fletcher32 and lzf. Any other number would make HDF5 look for a plug-in to load.
_FILTERS = {1, 2, 3, 32000}
# Nothing packs tighter: deflate reaches 1032 to 1.
_DENSEST = 1100
_BROKEN = (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError, EOFError)


@dataclass(frozen=True)
class StoredArrays:
    """What an HDF5 file stores.

    Attributes:
        arrays: How many arrays there are.
        elements: The numbers in all of them.
        declared_bytes: What they take in memory.
    """

    arrays: int
    elements: int
    declared_bytes: int


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Opens an HDF5 file for reading; what HDF5 says against it becomes one of our errors."""
    try:
        with h5py.File(path, "r", driver="sec2", rdcc_nbytes=2**20) as file:
            if file.userblock_size:
                raise suspicious("an HDF5 file that starts with other data")
            yield file
    except ModelFileError:
        raise
    except MemoryError:
        raise suspicious("an array too large for memory") from None
    except _BROKEN as error:
        raise damaged(f"HDF5 cannot read it ({shown(error)})") from None


def checked_arrays(file: h5py.File, limits: ModelFileLimits) -> StoredArrays:
    """Walks every link of `file` and checks what it leads to, without reading an array.

    Raises:
        ModelFileError: It holds a link out, a cycle, something that is neither a group nor an
            array of numbers, or more than the limits allow.
    """
    walk = _Walk(limits, file.id.get_filesize())
    walk.group(file)
    return StoredArrays(walk.arrays, walk.elements, walk.declared)


class _Walk:
    """Sums over all arrays, and the groups that were seen."""

    def __init__(self, limits: ModelFileLimits, file_bytes: int) -> None:
        self.limits, self.file_bytes = limits, file_bytes
        self.arrays = self.elements = self.declared = self.stored = self.links = 0
        self._seen: set[int] = set()

    def group(self, group: h5py.Group) -> None:
        """Checks a group and all that it leads to."""
        waiting = [(group, 0)]
        while waiting:
            current, depth = waiting.pop()
            self._note_visit(current)
            if depth > DEEPEST_GROUP:
                raise suspicious("groups nested more than 64 deep")
            for name in current:
                child = self._child(current, name)
                if isinstance(child, h5py.Group):
                    waiting.append((child, depth + 1))
                else:
                    self._array(child)

    def _note_visit(self, item: Any) -> None:
        address = h5py.h5g.get_objinfo(item.id).objno
        if address in self._seen:
            raise suspicious(f"a link back to `{shown(item.name)}`")
        self._seen.add(address)
        check_attributes(item, self.limits)

    def _child(self, group: h5py.Group, name: str) -> Any:
        self.links += 1
        if self.links > 1000 * self.limits.entries:
            raise too_many("Names in the HDF5 file", "entries", self.links // 1000, self.limits)
        link = group.get(name, getclass=True, getlink=True)
        if link is not h5py.HardLink:
            raise suspicious(f"a link out of the file or to another name, `{shown(name)}`")
        child = group[name]
        if not isinstance(child, (h5py.Group, h5py.Dataset)):
            raise suspicious(f"`{shown(name)}`, neither a group nor an array")
        return child

    def _array(self, array: h5py.Dataset) -> None:
        self._note_visit(array)
        name = shown(array.name)
        if array.external or array.is_virtual:
            raise suspicious(f"an array that lies in another file, `{name}`")
        if array.shape is None or not _is_numeric(array):
            raise suspicious(f"an array of something else than numbers, `{name}`")
        size = math.prod(array.shape) * array.dtype.itemsize
        self.arrays += 1
        self.elements += math.prod(array.shape)
        self.declared += size
        if self.declared > self.limits.weight_bytes:
            raise too_many(
                "Size of the arrays that the file declares",
                "weight_bytes",
                self.declared,
                self.limits,
            )
        self._check_storage(array, name, size)

    def _check_storage(self, array: h5py.Dataset, name: str, size: int) -> None:
        packed = array.chunks is not None
        if packed:
            _check_chunks(array, name, size)
        stored = array.id.get_storage_size()
        self.stored += stored
        if stored * (_DENSEST if packed else 1) < size or self.stored > self.file_bytes:
            raise suspicious(
                f"an array `{name}` that declares {size_in_words(size)} and stores "
                f"{size_in_words(min(stored, self.file_bytes))}"
            )


def _check_chunks(array: h5py.Dataset, name: str, size: int) -> None:
    chunk = math.prod(array.chunks) * array.dtype.itemsize
    if chunk > max(CHUNK_BYTES, 2 * size):
        raise suspicious(f"an array `{name}` in chunks of {size_in_words(chunk)}")
    creation = array.id.get_create_plist()
    for index in range(creation.get_nfilters()):
        if creation.get_filter(index)[0] not in _FILTERS:
            raise suspicious(f"an array `{name}` packed by an unknown filter")


def _is_numeric(array: h5py.Dataset) -> bool:
    # Keras stores bfloat16 as two opaque bytes and says so in an attribute.
    if array.dtype.kind == "V":
        return array.dtype.itemsize == 2 and array.attrs.get("dtype") == "bfloat16"
    return array.dtype.kind in "fiub" and array.dtype.itemsize <= 8


def check_attributes(item: Any, limits: ModelFileLimits) -> None:
    """Refuses attributes of sizes that Keras never writes, before they are read."""
    count = h5py.h5a.get_num_attrs(item.id)
    if count > 1024:
        raise suspicious(f"{count:,} attributes on `{shown(item.name)}`")
    for index in range(count):
        attribute = h5py.h5a.open(item.id, index=index)
        length = math.prod(attribute.shape or ())
        # A text of open length counts 16 bytes here; its length is checked when it is read.
        if length * attribute.get_type().get_size() > limits.config_bytes:
            raise suspicious(f"a huge attribute on `{shown(item.name)}`")
        if length > MOST_NAMES:
            raise suspicious(f"a huge list of names on `{shown(item.name)}`")


def text_attribute(item: Any, name: str, most: int) -> bytes | None:
    """Returns one text that is stored as an attribute, or None if there is none.

    Raises:
        ModelFileError: It is something else, or longer than `most` bytes.
    """
    if name not in item.attrs:
        return None
    attribute = h5py.h5a.open(item.id, name.encode())
    if attribute.shape not in ((), (1,)) or attribute.dtype.kind not in "SO":
        raise suspicious(f"`{name}`, which is no text")
    content = _bytes(item.attrs[name])
    if len(content) > most:
        raise ModelFileError(
            f"`{name}` takes {size_in_words(len(content))}.",
            f"The limit is {size_in_words(most)}.",
            SAVE_AGAIN,
        )
    return content


def names_attribute(item: Any, name: str) -> list[str] | None:
    """Returns a list of names that is stored as an attribute, or None if there is none."""
    if name not in item.attrs:
        return None
    attribute = h5py.h5a.open(item.id, name.encode())
    if math.prod(attribute.shape or ()) == 0:
        return []
    if len(attribute.shape) != 1 or attribute.dtype.kind not in "SO":
        raise suspicious(f"`{name}`, which is no list of names")
    names = [_bytes(value).decode("utf-8", "replace") for value in item.attrs[name]]
    if any(not text or len(text) > LONGEST_NAME for text in names):
        raise suspicious(f"a name without an end in `{name}`")
    return names


def _bytes(value: Any) -> bytes:
    if getattr(value, "shape", ()) == (1,):
        value = value[0]
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)
