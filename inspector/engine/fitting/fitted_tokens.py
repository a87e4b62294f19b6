"""Tokens, encoded as an input of the model takes them."""

from dataclasses import dataclass, field, replace

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.batch import Batch, Tokens
from inspector.core.requests import Encoding, Fitting, PaddingSide
from inspector.core.text.tokens import one_hot
from inspector.engine.fitting.ports import Port
from inspector.errors import BatchError, LimitError, ModelError


@dataclass(frozen=True, eq=False)
class TokenRows:
    """Rows of tokens.

    Attributes:
        ids: int32 (rows, timesteps): 0 at padding, from 1 on for real tokens.
        valid: bool (rows, timesteps), True at real tokens.
        tokens: The tokens themselves.
        classes: The token of each id; the first is padding.
    """

    ids: AnyArray
    valid: BoolArray
    tokens: Tokens
    classes: tuple[str, ...]

    @property
    def timesteps(self) -> int:
        """Number of timesteps."""
        return int(self.ids.shape[1])

    def filled(self, timesteps: int, side: PaddingSide) -> "TokenRows":
        """Returns the rows filled up with padding."""
        missing = timesteps - self.timesteps
        if missing <= 0:
            return self
        before = missing if side is PaddingSide.BEFORE else 0
        width = ((0, 0), (before, missing - before))
        front, back = (self.classes[0],) * before, (self.classes[0],) * (missing - before)
        return replace(
            self,
            ids=np.pad(self.ids, width),
            valid=np.pad(self.valid, width),
            tokens=tuple((*front, *row, *back) for row in self.tokens),
        )

    def vectors(self, columns: int, padding_column: bool) -> AnyArray:
        """Returns one-hot vectors; padding is the column after the real ones, or all zeros."""
        real = len(self.classes) - 1
        column = np.where(self.valid, self.ids - 1, real if padding_column else columns)
        vectors = one_hot(column, columns + 1)
        return np.ascontiguousarray(vectors[..., :columns])


@dataclass(frozen=True, eq=False)
class Labels:
    """One class for each row.

    Attributes:
        ids: int32 (rows,), from 0 on.
        classes: The label of each id.
    """

    ids: AnyArray
    classes: tuple[str, ...]


def token_rows(batch: Batch) -> TokenRows | None:
    """Returns the tokens of a batch; None where it is made of arrays, whose meaning is not known.

    The vocabulary says how: padding comes first with ids and last with one-hot vectors
    (`inspector.core.text.tokens`).
    """
    x = batch.x
    if batch.vocabulary is None or batch.tokens is None or not isinstance(x, np.ndarray):
        return None
    if x.ndim == 2 and np.issubdtype(x.dtype, np.integer):
        return TokenRows(x.astype(np.int32), batch.valid, batch.tokens, batch.vocabulary)
    *real, padding = batch.vocabulary
    ids = np.where(batch.valid, x.argmax(axis=-1) + 1, 0).astype(np.int32)
    return TokenRows(ids, batch.valid, batch.tokens, (padding, *real))


def target_rows(batch: Batch) -> TokenRows | Labels | None:
    """Returns the targets of a batch of tokens: rows of tokens, labels, or None.

    Raises:
        BatchError: The targets have another form than those made from text.
    """
    y, named = batch.y, batch.target_vocabulary
    if y is None:
        return None
    if not isinstance(y, np.ndarray) or named is None:
        raise BatchError("The batch has several targets.", "Text has one target for each row.")
    if batch.target_valid is None:
        ids = y if y.ndim == 1 else y.argmax(axis=-1)
        return Labels(ids.astype(np.int32), named)
    if batch.target_tokens is None:
        raise BatchError("The targets have no tokens.", "Targets of text are text.")
    if y.ndim == 2:
        return TokenRows(y.astype(np.int32), batch.target_valid, batch.target_tokens, named)
    *real, padding = named
    ids = np.where(batch.target_valid, y.argmax(axis=-1) + 1, 0).astype(np.int32)
    return TokenRows(ids, batch.target_valid, batch.target_tokens, (padding, *real))


def first_token_labels(rows: TokenRows) -> Labels:
    """Returns each row's first real token as its label; padding where there is none."""
    first = rows.ids[np.arange(len(rows.ids)), rows.valid.argmax(axis=1)]
    classes, ids = np.unique(first, return_inverse=True)
    names = tuple(rows.classes[number] for number in classes)
    return Labels(ids.reshape(-1).astype(np.int32), names)


MAX_VALUES = 2**25


@dataclass
class Notes:
    """What was assumed while fitting, one sentence each.

    Attributes:
        sentences: The sentences.
    """

    sentences: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        """Adds a sentence, once."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)


@dataclass(frozen=True, eq=False)
class FittedInput:
    """What goes into one input.

    Attributes:
        x: The array.
        rows: The tokens it was made from, filled up where it had to be.
    """

    x: AnyArray
    rows: TokenRows


def fitted_input(rows: TokenRows, port: Port, fitting: Fitting, notes: Notes) -> FittedInput:
    """Encodes rows of tokens for one input.

    Raises:
        ModelError: They do not fit; both shapes are said and what to change.
        LimitError: The vectors would not fit into memory.
    """
    if port.dtype == "string":
        raise ModelError(
            f"The input `{port.name}` takes text, not numbers.",
            "Masks begin where text has become ids.",
            "Use the part of the model behind its `TextVectorization`, with ids as its input.",
        )
    if len(port.shape) not in (2, 3):
        raise ModelError(
            f"The input `{port.name}` takes {port.words}, and sentences are (rows, timesteps).",
            "An input of sentences is (rows, timesteps) for ids, or (rows, timesteps, features).",
            "Use a batch file (NPZ) with arrays of that shape.",
        )
    _check_rows(len(rows.ids), port)
    rows = _as_long(rows, port, fitting, notes)
    if len(port.shape) == 2:
        _check_ids(rows, port)
        notes.add(f"The model takes ids {port.words}: real tokens are 1, 2, ..., padding is 0.")
        return FittedInput(rows.ids.astype(port.dtype), rows)
    return FittedInput(_vectors(rows, port, fitting, notes), rows)


def _check_rows(rows: int, port: Port) -> None:
    if port.shape[0] is not None and port.shape[0] != rows:
        raise ModelError(
            f"The batch has {rows:,} rows; the input `{port.name}` is made for exactly "
            f"{port.shape[0]:,}.",
            "A model with a fixed batch size, or with states, takes no other number of rows.",
            f"Give {port.shape[0]:,} sentences, or build the model without a batch size.",
        )


def _as_long(rows: TokenRows, port: Port, fitting: Fitting, notes: Notes) -> TokenRows:
    wanted = port.shape[1]
    if wanted is None or wanted == rows.timesteps:
        return rows
    if wanted < rows.timesteps:
        raise ModelError(
            f"The sentences have {rows.timesteps:,} timesteps; the input `{port.name}` takes "
            f"{port.words}.",
            f"At most {wanted:,} timesteps fit.",
            f"Shorten the sentences to {wanted:,}, or give the model an input of "
            f"{rows.timesteps:,} timesteps.",
        )
    place = "before" if fitting.side.value == "before" else "after"
    notes.add(
        f"The model takes {wanted:,} timesteps: the sentences of {rows.timesteps:,} are filled up "
        f"with padding {place} them."
    )
    return rows.filled(wanted, fitting.side)


def _check_ids(rows: TokenRows, port: Port) -> None:
    if port.ids_below is not None and len(rows.classes) > port.ids_below:
        raise ModelError(
            f"The sentences have {len(rows.classes) - 1:,} different tokens, ids 1 to "
            f"{len(rows.classes) - 1:,}; the embedding of `{port.name}` takes ids below "
            f"{port.ids_below:,}.",
            "Every token and the padding need an id of their own.",
            f"Use at most {port.ids_below - 1:,} different tokens, or make `input_dim` at least "
            f"{len(rows.classes):,}.",
        )


def _vectors(rows: TokenRows, port: Port, fitting: Fitting, notes: Notes) -> AnyArray:
    features = port.shape[2]
    if features == 1 and len(rows.classes) > 2:
        value = port.masked_value
        notes.add(
            f"The model takes one number a timestep: real tokens are 1, 2, ..., padding is "
            f"{value:g}{_because(value)}."
        )
        return np.where(rows.valid, rows.ids, value)[..., None].astype(port.dtype)
    own_column = fitting.vectors is Encoding.ONE_HOT_PADDING_CLASS
    needed = len(rows.classes) - (0 if own_column else 1)
    features = len(rows.classes) if features is None else features
    if needed > features:
        raise ModelError(
            f"The sentences have {len(rows.classes) - 1:,} different tokens"
            f"{' and padding' if own_column else ''}, one-hot vectors of {needed:,} numbers; the "
            f"input `{port.name}` takes {port.words}.",
            f"At most {features:,} numbers a timestep fit.",
            f"Use fewer different tokens, or give the model an input of {needed:,} features.",
        )
    size = rows.ids.size * (features + 1)
    if size > MAX_VALUES:
        raise LimitError(
            f"One-hot vectors for this input hold {size:,} numbers.",
            f"At most {MAX_VALUES:,} fit here.",
            "Use fewer or shorter sentences.",
        )
    padding = "a class of its own" if own_column else "the zero vector"
    vectors = np.asarray(rows.vectors(features, own_column), port.dtype)
    if port.masked_value and not own_column:
        padding = f"{port.masked_value:g} throughout{_because(port.masked_value)}"
        vectors[~rows.valid] = port.masked_value
    notes.add(f"The model takes vectors {port.words}: tokens are one-hot, padding is {padding}.")
    return vectors


def _because(value: float) -> str:
    return ", as its `Masking` layer says" if value else ""
