"""Every kind of data set that `fit` takes, as batches of NumPy arrays.

Arrays, lists, data frames and ragged rows are one batch. A `tf.data.Dataset`, a `PyDataset`, a
`DataLoader`, a Hugging Face `Dataset` and a generator are streams of batches. Each is known by what
it can do, so none of those packages is imported here.

Rows of different lengths are filled up after their end, with zeros or empty texts, and which
timesteps are real is then known exactly.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol, cast

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.errors import BatchError

MOST_ROWS = 1024
"""Rows that one inspection takes from a stream, in whole batches."""
_HUGGING_FACE_BATCH = 32  # what `fit` takes where no batch size is said

Structure = AnyArray | tuple[AnyArray, ...] | dict[str, AnyArray]
Truths = BoolArray | None | tuple[BoolArray | None, ...] | dict[str, BoolArray | None]


class _Ragged(Protocol):
    """The part of `tf.RaggedTensor` that is used."""

    def to_list(self) -> list[Any]:
        """The rows as nested lists."""


@dataclass(frozen=True, eq=False)
class SourceBatch:
    """Rows of a source, as NumPy arrays.

    Attributes:
        x: Model input: one array (rows, ...), a tuple of them, or a dictionary by input name.
        y: Targets in the same forms, or None.
        sample_weight: Sample weights in the same forms, or None.
        valid: bool (rows, timesteps) for each input, True at real timesteps, in the structure of
            `x`, where the source knows it (rows of different lengths); None where it does not.
        target_valid: The same for the targets.
        batch_size: Rows of one batch of a stream; None for arrays.
        notes: What was taken and what was filled up, one sentence each.
    """

    x: Structure
    y: Structure | None = None
    sample_weight: Structure | None = None
    valid: Truths = None
    target_valid: Truths = None
    batch_size: int | None = None
    notes: tuple[str, ...] = ()


def is_stream(data: object) -> bool:
    """Returns whether `data` yields batches one after the other, targets and weights included."""
    return _kind_of_stream(data) is not None


def read_source(
    x: Any, y: Any = None, sample_weight: Any = None, *, input_rank: int | None = None
) -> SourceBatch:
    """Returns what one inspection looks at: all rows of arrays, or the first ones of a stream.

    Args:
        x: Arrays, lists, a data frame, ragged rows; or a stream, which brings `y` and the weights.
        y: Targets of arrays.
        sample_weight: Sample weights of arrays.
        input_rank: Rank of the model's first input, rows included, where it is known: a
            `tf.data.Dataset` whose elements have one axis less is not batched yet.

    Returns:
        The rows. Of a stream, whole batches of equal shape up to 1,024 rows, and a note that says
        how many.

    Raises:
        BatchError: The data form no batch, or a stream yields none.
    """
    if not is_stream(x):
        return arrays_of(x, y, sample_weight)
    if y is not None or sample_weight is not None:
        raise BatchError(
            f"`x` is a {type(x).__name__}, and `y` or `sample_weight` was passed beside it.",
            "A data set yields targets and weights together with its inputs, as for `fit`.",
            "Leave `y` and `sample_weight` out, or pass arrays.",
        )
    return _joined(x, stream(x, input_rank=input_rank))


def stream(source: Any, *, input_rank: int | None = None) -> Iterator[SourceBatch]:
    """Yields the batches of a stream, each as NumPy arrays.

    Args:
        source: A `tf.data.Dataset`, `PyDataset`, `DataLoader`, Hugging Face `Dataset`, generator
            or iterator of batches.
        input_rank: As for `read_source`.

    Raises:
        BatchError: It is none of those, or a batch does not have the form that `fit` takes.
    """
    kind = _kind_of_stream(source)
    if kind == "tf.data":
        elements: Iterable[Any] = _batched(source, input_rank)
    elif kind == "PyDataset":
        elements = (source[number] for number in range(len(source)))
    elif kind == "Hugging Face":
        elements = _columns(source)
    elif kind is not None:
        elements = source
    else:
        raise BatchError(
            f"The data is a {type(source).__name__}.",
            "A stream of batches is a tf.data.Dataset, a PyDataset, a DataLoader, a Hugging Face "
            "Dataset or a generator.",
        )
    for element in elements:
        x, y, weight = _unpacked(element)
        batch = arrays_of(x, y, weight)
        yield replace(batch, batch_size=_rows(batch.x))


def arrays_of(x: Any, y: Any = None, sample_weight: Any = None) -> SourceBatch:
    """Returns arrays, lists, data frames and ragged rows as NumPy arrays.

    Raises:
        BatchError: A value is no array of numbers or texts.
    """
    inputs, valid, uneven = _structure(x, "x")
    targets, target_valid, uneven_targets = _structure(y, "y")
    weights, _, _ = _structure(sample_weight, "sample_weight")
    notes = [
        f"The rows of `{name}` have different lengths: they were filled up after their end, and "
        "what was filled up is padding."
        for name, filled in (("x", uneven), ("y", uneven_targets))
        if filled
    ]
    if inputs is None:
        raise BatchError("`x` is None.", "It must be the model's input, as for `model.evaluate`.")
    return SourceBatch(
        inputs,
        targets,
        weights,
        valid if uneven else None,
        target_valid if uneven_targets else None,
        notes=tuple(notes),
    )


def _kind_of_stream(data: object) -> str | None:
    """What kind of stream `data` is, or None for data that is all there."""
    if hasattr(data, "element_spec") and hasattr(data, "__iter__"):
        return "tf.data"
    if all(hasattr(data, name) for name in ("on_epoch_end", "__getitem__", "__len__")):
        return "PyDataset"
    if all(hasattr(data, name) for name in ("column_names", "features", "__getitem__")):
        return "Hugging Face"
    if all(hasattr(data, name) for name in ("dataset", "batch_size", "__iter__")):
        return "DataLoader"
    return "iterator" if hasattr(data, "__next__") else None


def _batched(dataset: Any, input_rank: int | None) -> Iterable[Any]:
    """A `tf.data.Dataset` in batches: as it is, or the rows of one that was not batched."""
    first = _first_leaf(dataset.element_spec)
    rank = getattr(getattr(first, "shape", None), "rank", None)
    if input_rank is None or rank is None or rank != input_rank - 1:
        return cast(Iterable[Any], dataset)
    return _collated(dataset)


def _collated(rows: Iterable[Any]) -> Iterator[Any]:
    """Puts single rows together to batches of 32, as lists that may have different lengths."""
    waiting: list[Any] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == _HUGGING_FACE_BATCH:
            yield _transposed(waiting)
            waiting = []
    if waiting:
        yield _transposed(waiting)


def _transposed(rows: list[Any]) -> Any:
    """The structure of one row, with a list of all rows' values at each leaf."""
    first = rows[0]
    if isinstance(first, Mapping):
        return {name: _transposed([row[name] for row in rows]) for name in first}
    if isinstance(first, (tuple, list)):
        return tuple(_transposed([row[place] for row in rows]) for place in range(len(first)))
    return [_plain(value) for value in rows]


def _first_leaf(structure: Any) -> Any:
    if isinstance(structure, Mapping):
        return _first_leaf(next(iter(structure.values())))
    if isinstance(structure, (tuple, list)) and not hasattr(structure, "shape"):
        return _first_leaf(structure[0])
    return structure


_TARGETS = ("labels", "label", "y", "target", "targets")


def _columns(dataset: Any) -> Iterator[Any]:
    """The batches of a Hugging Face `Dataset`: its target column apart from the others."""
    names = list(dataset.column_names)
    target = next((name for name in _TARGETS if name in names), None)
    for start in range(0, len(dataset), _HUGGING_FACE_BATCH):
        rows = dataset[start : start + _HUGGING_FACE_BATCH]
        inputs = {name: rows[name] for name in names if name != target}
        yield (inputs, None if target is None else rows[target])


def _unpacked(element: Any) -> tuple[Any, Any, Any]:
    """One element as `fit` reads it: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`."""
    if not isinstance(element, (tuple, list)):
        return element, None, None
    if not 1 <= len(element) <= 3:
        raise BatchError(
            f"A batch of the data set is a {type(element).__name__} of {len(element)} parts.",
            "It must be x, (x, y) or (x, y, sample_weight), as for `fit`.",
            "Put several inputs into one tuple or dictionary: ((a, b), y).",
        )
    return (*element, *(None for _ in range(3 - len(element))))


def _joined(source: Any, batches: Iterator[SourceBatch]) -> SourceBatch:
    """The first batches of a stream as one, as far as their shapes agree."""
    first = next(batches, None)
    if first is None:
        raise BatchError(
            f"The {type(source).__name__} yields no batch.",
            "There must be at least one.",
            "A generator that was used up yields nothing more: make a new one.",
        )
    taken, ended = [first], False
    once = hasattr(source, "__next__")
    # A generator cannot be given back what was taken from it, so only one batch is.
    while not once and sum(_rows(batch.x) for batch in taken) < MOST_ROWS:
        batch = next(batches, None)
        if batch is None:
            ended = True
            break
        if not _same_shapes(first, batch):
            break
        taken.append(batch)
        if batch.batch_size != first.batch_size:
            break  # The last, shorter one: what comes after it would shift the batches.
    rows = sum(_rows(batch.x) for batch in taken)
    what = f"all {rows} rows" if ended else f"the first {rows} rows"
    note = f"Of the {type(source).__name__}, {what} were looked at"
    note += f", in batches of {first.batch_size}." if len(taken) > 1 else "."
    if once:
        note += " They were taken out of it: pass a new one to `fit`."
    return SourceBatch(
        cast(Structure, _concatenated([batch.x for batch in taken])),
        _concatenated([batch.y for batch in taken]),
        _concatenated([batch.sample_weight for batch in taken]),
        _concatenated([batch.valid for batch in taken]),
        _concatenated([batch.target_valid for batch in taken]),
        first.batch_size,
        tuple(dict.fromkeys((note, *chain.from_iterable(b.notes for b in taken)))),
    )


def _concatenated(parts: Sequence[Any]) -> Any:
    first = parts[0]
    if first is None:
        return None
    if isinstance(first, Mapping):
        return {name: _concatenated([part[name] for part in parts]) for name in first}
    if isinstance(first, tuple):
        return tuple(_concatenated([p[place] for p in parts]) for place in range(len(first)))
    return np.concatenate(parts)


def _same_shapes(first: SourceBatch, other: SourceBatch) -> bool:
    """Whether two batches differ in their rows only."""
    shapes = [
        [
            array.shape[1:]
            for part in (batch.x, batch.y, batch.sample_weight)
            for array in _all(part)
        ]
        for batch in (first, other)
    ]
    known = [(batch.valid is None, batch.target_valid is None) for batch in (first, other)]
    return shapes[0] == shapes[1] and known[0] == known[1]


def _all(structure: Structure | None) -> Iterator[AnyArray]:
    if structure is None:
        return
    if isinstance(structure, Mapping):
        yield from structure.values()
    elif isinstance(structure, tuple):
        yield from structure
    else:
        yield structure


def _rows(structure: Structure) -> int:
    array = next(_all(structure), None)
    if array is None or array.ndim == 0:
        raise BatchError(
            "A batch has no rows.", "Each input must be an array whose first axis is the rows."
        )
    return int(array.shape[0])


def _structure(data: Any, name: str) -> tuple[Structure | None, Truths, bool]:
    """The arrays of one argument, the truth about each, and whether any row was filled up."""
    if data is None:
        return None, None, False
    if isinstance(data, Mapping):
        pairs = {str(key): _array(value, f"{name}[{key!r}]") for key, value in data.items()}
        valid = {key: pair[1] for key, pair in pairs.items()}
        arrays = {key: pair[0] for key, pair in pairs.items()}
        return arrays, valid, any(truth is not None for truth in valid.values())
    if isinstance(data, (tuple, list)) and _holds_inputs(data):
        several = [_array(value, f"{name}[{place}]") for place, value in enumerate(data)]
        truths = tuple(pair[1] for pair in several)
        return tuple(p[0] for p in several), truths, any(t is not None for t in truths)
    array, truth = _array(data, name)
    return array, truth, truth is not None


def _holds_inputs(data: Sequence[Any]) -> bool:
    """Whether a sequence holds one value an input, not one value a row.

    Arrays of one length are inputs; arrays of one axis and different lengths are uneven rows.
    """
    arrays = [item for item in data if hasattr(item, "row_splits") or _rank(item) > 0]
    lengths = {len(item) for item in arrays if _rank(item) == 1}
    uneven_rows = len(lengths) > 1 and all(_rank(item) == 1 for item in arrays)
    # Ids of several axes are inputs, whose rows should agree; numbers may be rows of vectors.
    vectors = [item for item in arrays if _rank(item) > 1 and "float" in str(item.dtype)]
    uneven_vectors = len({len(item) for item in vectors}) > 1
    return bool(arrays) and not uneven_rows and not uneven_vectors


def _rank(item: Any) -> int:
    """Number of axes of an array of any library; 0 for a number and for a list."""
    return len(item.shape) if hasattr(item, "shape") else 0


def _plain(value: Any) -> Any:
    """A value of another library as NumPy array, list or scalar."""
    if hasattr(value, "detach") and hasattr(value, "cpu"):  # torch
        return value.detach().cpu().numpy()
    if hasattr(value, "to_list") and hasattr(value, "row_splits"):  # tf.RaggedTensor
        return cast(_Ragged, value).to_list()
    if hasattr(value, "dense_shape") and hasattr(value, "indices"):
        raise BatchError(
            f"The data holds a {type(value).__name__}.",
            "inspect takes dense arrays, in which padding has a place.",
            "Convert it first: tf.sparse.to_dense(x).",
        )
    if hasattr(value, "numpy") and not isinstance(value, np.ndarray):  # TensorFlow
        return value.numpy()
    if hasattr(value, "to_numpy"):  # pandas, polars, pyarrow
        return value.to_numpy()
    return value


def _array(value: Any, name: str) -> tuple[AnyArray, BoolArray | None]:
    """One value as an array, and which of its timesteps are real where rows were filled up."""
    plain = _plain(value)
    if isinstance(plain, (list, tuple)):
        plain = [_plain(item) for item in plain]
    try:
        array = np.asarray(plain)
    except ValueError:  # NumPy's word for rows of different lengths
        return _filled(plain, name)
    if array.dtype.kind not in "OS":
        return array, None
    values = array.ravel()
    if len(values) and all(isinstance(item, (str, bytes)) for item in values):
        return np.array([_text(item) for item in values]).reshape(array.shape), None
    return _filled(list(array) if array.ndim == 1 else plain, name)


def _text(item: str | bytes) -> str:
    return item.decode("utf-8", "replace") if isinstance(item, bytes) else item


def _filled(rows: Any, name: str) -> tuple[AnyArray, BoolArray]:
    """Rows of different lengths, filled up after their end with zeros or empty texts."""
    try:
        arrays = [np.asarray(_plain(row)) for row in rows]
    except (ValueError, TypeError):
        arrays = []
    features = {array.shape[1:] for array in arrays}
    kinds = {array.dtype.kind for array in arrays if array.size}
    if len(features) != 1 or not kinds <= set("biufU") or any(a.ndim == 0 for a in arrays):
        raise BatchError(
            f"`{name}` holds {_first_kind(rows)} values, or rows that differ in more than length.",
            "It must be an array of numbers or texts, or a list of rows (timesteps, ...).",
            "Pass one array, or one list of numbers a row.",
        )
    longest = max(len(array) for array in arrays)
    filled = np.zeros((len(arrays), longest, *features.pop()), np.result_type(*arrays))
    valid = np.zeros((len(arrays), longest), bool)
    for number, array in enumerate(arrays):
        filled[number, : len(array)] = array
        valid[number, : len(array)] = True
    return filled, valid


def _first_kind(rows: Any) -> str:
    """Type of the first value, however deep it lies."""
    value = rows
    while isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim):
        if not len(value):
            break
        value = value[0]
    return type(value).__name__
