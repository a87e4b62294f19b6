"""What a batch from a file looks like, before a model sees it: sizes, padding, warnings."""

from dataclasses import dataclass, replace

import numpy as np

from inspector.core.arrays import AnyArray, frozen
from inspector.core.batch import Batch, Tokens, leaves
from inspector.core.diagnosis.findings import shared_padding_id
from inspector.core.requests import BatchLimits, Encoding, TargetKind
from inspector.core.text.tokens import one_hot

_CLIPPED, _NUMBERS = 60, 16


@dataclass(frozen=True, eq=False)
class Preview:
    """What to show of a batch.

    Attributes:
        rows: Number of rows.
        timesteps: Number of timesteps.
        shapes: Name and shape of each array.
        lengths: (timesteps + 1,), how many rows have 0, 1, 2, ... real timesteps.
        padding: Share (0 to 1) of the timesteps that are padding.
        warnings: What is likely a mistake, one sentence each.
        first: The first rows: number of real timesteps, input, target.
    """

    rows: int
    timesteps: int
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    lengths: AnyArray
    padding: float
    warnings: tuple[str, ...]
    first: tuple[tuple[int, str, str], ...]


def preview_of(batch: Batch, rows: int = 8) -> Preview:
    """Returns what to show of a batch, with its first `rows` rows."""
    lengths = batch.valid.sum(axis=1)
    named = list(batch.x.items()) if isinstance(batch.x, dict) else [("x", batch.x)]
    if isinstance(batch.x, tuple):
        named = [(f"input {number}", array) for number, array in enumerate(batch.x, 1)]
    named += [("y", array) for array in leaves(batch.y)]
    shown = range(min(rows, batch.rows))
    return Preview(
        rows=batch.rows,
        timesteps=batch.timesteps,
        shapes=tuple((name, tuple(np.shape(array))) for name, array in named),
        lengths=frozen(np.bincount(lengths, minlength=batch.timesteps + 1)),
        padding=float(1 - batch.valid.mean()),
        warnings=warnings_of(batch),
        first=tuple(
            (int(lengths[at]), _input_text(batch, at), _target_text(batch, at)) for at in shown
        ),
    )


def warnings_of(batch: Batch) -> tuple[str, ...]:
    """Returns what is likely a mistake in a batch, one sentence each."""
    said = []
    empty = int((~batch.valid.any(axis=1)).sum())
    if empty:
        rows = "1 row is" if empty == 1 else f"{empty:,} rows are"
        said.append(
            f"{rows} nothing but padding: there is nothing to learn from, and some losses "
            "divide by 0 there."
        )
    shared = shared_padding_id(batch)
    if shared is not None:
        number, count = shared
        steps = "1 real timestep" if count == 1 else f"{count:,} real timesteps"
        said.append(
            f"The padding id {number} stands at {steps}, too: a mask that is made from the "
            "ids would hide them."
        )
    other = _masked_by_zero(batch)
    if other:
        said.append(other)
    if batch.valid.all():
        said.append("There is no padding in this batch, so there is nothing to mask.")
    return tuple(said)


def _masked_by_zero(batch: Batch) -> str:
    """Says that `mask_zero` looks at id 0, where padding is another id."""
    first = next(leaves(batch.x))
    if first.ndim != 2 or first.dtype.kind not in "iu" or batch.valid.all():
        return ""
    ids = np.unique(first[~batch.valid])
    if len(ids) != 1 or ids[0] == 0:
        return ""
    real = int((first[batch.valid] == 0).sum())
    more = f", which stands at {real:,} real timesteps" if real else ""
    return f"Padding is id {ids[0]}; `Embedding(mask_zero=True)` masks id 0 only{more}."


def tokens_of(batch: Batch) -> Tokens | None:
    """Returns the tokens of a batch of ids with a vocabulary, where they were left out."""
    x = batch.x
    if batch.tokens is not None or batch.vocabulary is None or not isinstance(x, np.ndarray):
        return batch.tokens
    if x.ndim != 2 or int(x.max()) >= len(batch.vocabulary) or int(x.min()) < 0:
        return None
    return tuple(tuple(batch.vocabulary[number] for number in row) for row in x.tolist())


def with_targets(batch: Batch, kind: TargetKind) -> Batch:
    """Returns a batch of one array that has no targets with such that are made from its input.

    Same: the input itself. Next token: the input of the next timestep; a timestep without one has
    padding as its target. Nothing is made for other kinds.
    """
    x = batch.x
    if batch.y is not None or not isinstance(x, np.ndarray) or x.ndim not in (2, 3):
        return batch
    if kind is TargetKind.SAME:
        note = "The file has no targets: they are the input itself."
        return replace(batch, y=x, target_valid=batch.valid, notes=(*batch.notes, note))
    if kind is not TargetKind.NEXT_TOKEN:
        return batch
    valid = np.zeros_like(batch.valid)
    valid[:, :-1] = batch.valid[:, :-1] & batch.valid[:, 1:]
    padded = x[~batch.valid]
    shifted = np.zeros_like(x)
    shifted[:] = padded[0] if len(padded) else 0
    shifted[:, :-1][valid[:, :-1]] = x[:, 1:][valid[:, :-1]]
    note = "The file has no targets: the target of a timestep is the input of the next one."
    return replace(batch, y=shifted, target_valid=valid, notes=(*batch.notes, note))


def as_vectors(batch: Batch, encoding: Encoding, limits: BatchLimits) -> Batch:
    """Returns a batch of ids with one-hot vectors as input; others as they are.

    Raises:
        LimitError: The vectors would not fit into memory.
    """
    x = batch.x
    if not isinstance(x, np.ndarray) or x.ndim != 2 or x.dtype.kind not in "iu" or x.min() < 0:
        return batch
    classes = int(x.max()) + 1
    limits.check_values(batch.rows, batch.timesteps, classes)
    vectors = one_hot(x, classes)
    if encoding is Encoding.ONE_HOT:
        vectors[~batch.valid] = 0.0
    note = "The ids became one-hot vectors, since this model takes vectors."
    return replace(batch, x=vectors, notes=(*batch.notes, note))


def without_tokens(batch: Batch) -> Batch:
    """Returns a batch without its tokens: of a large one they take far more than the numbers."""
    return replace(batch, tokens=None, target_tokens=None)


def _input_text(batch: Batch, row: int) -> str:
    if batch.tokens is not None:
        return _joined(batch.tokens[row])
    first = next(leaves(batch.x))
    return _numbers(first[row])


def _target_text(batch: Batch, row: int) -> str:
    if batch.target_tokens is not None:
        return _joined(batch.target_tokens[row])
    y = next(leaves(batch.y), None)
    if y is None:
        return ""
    if batch.target_vocabulary is not None and batch.target_valid is None:
        number = int(y[row]) if y.ndim == 1 else int(y[row].argmax())
        return batch.target_vocabulary[number]
    return _numbers(y[row])


def _joined(tokens: tuple[str, ...]) -> str:
    words = any(len(token) > 1 and token.isascii() for token in tokens)
    return (" " if words else "").join(tokens[:_CLIPPED]) + ("…" if len(tokens) > _CLIPPED else "")


def _numbers(values: AnyArray) -> str:
    if np.ndim(values) == 0:
        return f"{values:g}" if np.asarray(values).dtype.kind == "f" else str(values)
    if values.ndim > 1:
        return f"{values.shape[0]} vectors of {values.shape[1]}"
    return " ".join(f"{value:g}" for value in values[:_NUMBERS]) + (
        "…" if len(values) > _NUMBERS else ""
    )
