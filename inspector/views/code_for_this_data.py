"""A batch as code in plain NumPy: from its tokens, as numbers, or from a file."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Arrays, Batch, Tokens

MOST_NUMBERS = 2_000
"""Larger batches are read from a file that is saved beside the script."""
FILE = "batch.npz"
_PARTS = ("x", "y", "valid", "target_valid", "sample_weight")


@dataclass(frozen=True, eq=False)
class DataCode:
    """The batch as code.

    Attributes:
        code: It leaves `x`, `y`, `valid`, `target_valid`, `sample_weight` and, for a batch of
            tokens, `tokens` in variables of these names, those that there are.
        file: The bytes of `FILE`, where the code reads it; else None.
    """

    code: str
    file: bytes | None = None


def data_code(batch: Batch) -> DataCode:
    """Returns the batch as code that needs NumPy only."""
    lines = _from_tokens(batch)
    if lines is None:
        return DataCode("\n".join(_from_file(batch)), _file(batch))
    return DataCode("\n".join(lines))


def _from_tokens(batch: Batch) -> list[str] | None:
    """Returns code that encodes the tokens; None where that would not give the very arrays."""
    x, ids = batch.x, _ids(batch.tokens, batch.vocabulary)
    if ids is None or not isinstance(x, np.ndarray) or ids.size > MOST_NUMBERS:
        return None
    assert batch.tokens is not None and batch.vocabulary is not None
    encoded = _encoded(x, ids, batch.valid, len(batch.vocabulary))
    padding = {token for row, real in zip(batch.tokens, batch.valid, strict=True)
               for token, is_real in zip(row, real, strict=True) if not is_real}  # fmt: skip
    if encoded is None or len(padding) > 1 or not _is_padding(batch.tokens, batch.valid, padding):
        return None
    sign = next(iter(padding), None)
    lines = [*_rows("rows", batch.tokens), f"tokens = {list(batch.vocabulary)!r}"]
    lines.append(
        "valid = np.array([[token != "
        f"{sign!r} for token in row] for row in rows])  # True at real timesteps"
        if sign is not None
        else "valid = np.ones((len(rows), len(rows[0])), bool)  # there is no padding"
    )
    lines.append("ids = np.array([[tokens.index(token) for token in row] for row in rows])")
    lines += encoded
    targets = _targets(batch, ids)
    if targets is None:
        return None
    lines += targets
    if batch.sample_weight is None:
        return lines
    weights = _literal("sample_weight", batch.sample_weight)
    return None if weights is None else [*lines, weights]


def _is_padding(tokens: Tokens, valid: AnyArray, padding: set[str]) -> bool:
    """True if exactly the padding tokens are padding."""
    found = np.array([[token not in padding for token in row] for row in tokens], bool)
    return bool(np.array_equal(found, valid))


def _rows(name: str, tokens: Tokens) -> Iterator[str]:
    if all(len(token) == 1 for row in tokens for token in row):
        joined = ["".join(row) for row in tokens]
        yield f"{name} = [list(sentence) for sentence in {joined!r}]"
    else:
        yield f"{name} = ["
        yield from (f"    {list(row)!r}," for row in tokens)
        yield "]"


def _ids(tokens: Tokens | None, vocabulary: tuple[str, ...] | None) -> AnyArray | None:
    if tokens is None or not vocabulary or len(set(vocabulary)) < len(vocabulary):
        return None
    index = {token: number for number, token in enumerate(vocabulary)}
    if any(token not in index for row in tokens for token in row):
        return None
    return np.array([[index[token] for token in row] for row in tokens])


def _encoded(x: AnyArray, ids: AnyArray, valid: AnyArray, count: int) -> list[str] | None:
    if x.ndim == 2:
        return [f'x = ids.astype("{x.dtype}")'] if np.array_equal(x, ids) else None
    vectors = np.eye(count, dtype=x.dtype)[ids]
    lines = [f'x = np.eye(len(tokens), dtype="{x.dtype}")[ids]']
    if np.array_equal(x, vectors):
        return lines
    vectors[~valid] = 0
    return [*lines, "x[~valid] = 0  # padding"] if np.array_equal(x, vectors) else None


def _targets(batch: Batch, ids: AnyArray) -> list[str] | None:
    real = batch.target_valid
    if real is None:
        valid = ""
    elif np.array_equal(real, batch.valid):
        valid = "target_valid = valid"
    else:
        told = _literal("target_valid", real)
        if told is None:
            return None
        valid = told
    given = [valid] if valid else []
    y = batch.y
    if isinstance(y, np.ndarray) and y.ndim > 1:
        for code, found in (("ids", ids), ("target_ids", y.argmax(-1) if y.ndim == 3 else y)):
            lines = [] if code == "ids" else _target_ids(found)
            if y.ndim == 2 and np.array_equal(y, found):
                return [*lines, f'y = {code}.astype("{y.dtype}")', *given]
            vectors = np.eye(y.shape[-1], dtype=y.dtype)
            if y.ndim == 3 and found.max() < len(vectors) and np.array_equal(y, vectors[found]):
                return [*lines, f'y = np.eye({len(vectors)}, dtype="{y.dtype}")[{code}]', *given]
    told = _literal("y", y)
    return None if told is None else [told, *given]


def _target_ids(ids: AnyArray) -> list[str]:
    return [f"target_ids = np.array({ids.tolist()!r})"]


def _literal(name: str, array: Arrays | None) -> str | None:
    if array is None:
        return f"{name} = None"
    if not isinstance(array, np.ndarray) or array.size > MOST_NUMBERS:
        return None
    return f'{name} = np.array({array.tolist()!r}, dtype="{array.dtype}")'


def _from_file(batch: Batch) -> Iterator[str]:
    yield f'data = np.load("{FILE}")  # the button beside this code saves it'
    for name in _PARTS:
        value = getattr(batch, name)
        if value is None:
            continue
        if isinstance(value, tuple):
            yield f'{name} = [data[f"{name}_{{at}}"] for at in range({len(value)})]'
        elif isinstance(value, dict):
            yield f'{name} = {{key: data[f"{name}_{{key}}"] for key in {list(value)!r}}}'
        else:
            yield f'{name} = data["{name}"]'
    if batch.vocabulary:
        yield f"tokens = {list(batch.vocabulary)!r}"


def _file(batch: Batch) -> bytes:
    arrays: dict[str, AnyArray] = {}
    for name in _PARTS:
        value = getattr(batch, name)
        if isinstance(value, tuple):
            arrays |= {f"{name}_{at}": part for at, part in enumerate(value)}
        elif isinstance(value, dict):
            arrays |= {f"{name}_{key}": part for key, part in value.items()}
        elif value is not None:
            arrays[name] = value
    with io.BytesIO() as buffer:
        # NumPy's types take each name for its option `allow_pickle`; no part is named so.
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()
