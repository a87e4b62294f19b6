"""A batch of tokens, whatever encoding it came in: class 0 is padding, the others are real."""

from dataclasses import dataclass, replace

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.batch import Batch, Tokens
from inspector.core.requests import PaddingSide
from inspector.core.vocabulary import one_hot
from inspector.errors import BatchError


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
    (`inspector.core.vocabulary`).
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
