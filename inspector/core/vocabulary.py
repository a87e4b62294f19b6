"""Tokens become numbers: one-hot vectors or integer ids."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.padding import PaddedRows
from inspector.core.requests import Encoding


@dataclass(frozen=True)
class Vocabulary:
    """The different tokens of a batch.

    Attributes:
        tokens: The token of each class: sorted, so that the order does not depend on where a
            token was typed first; padding comes last with one-hot vectors and first (id 0) with
            ids.
        padding_class: Index of the padding token.
        encoding: How tokens become numbers.
    """

    tokens: tuple[str, ...]
    padding_class: int
    encoding: Encoding

    def __len__(self) -> int:
        """Returns the number of classes, the padding included."""
        return len(self.tokens)

    def ids(self, rows: Iterable[Iterable[str]]) -> AnyArray:
        """Returns the class of every token, int32 (rows, timesteps)."""
        index = {token: number for number, token in enumerate(self.tokens)}
        return np.array([[index[token] for token in row] for row in rows], np.int32)


def vocabulary_of(padded: PaddedRows, encoding: Encoding) -> Vocabulary:
    """Collects the vocabulary of rows of tokens; the padding always belongs to it."""
    real = sorted({token for row in padded.tokens for token in row} - {padded.padding_token})
    if encoding is Encoding.IDS:
        return Vocabulary((padded.padding_token, *real), 0, encoding)
    return Vocabulary((*real, padded.padding_token), len(real), encoding)


def one_hot(ids: AnyArray, classes: int) -> AnyArray:
    """Returns float32 vectors, one more axis than `ids`: 1 at the class, 0 elsewhere."""
    vectors = np.zeros((*ids.shape, classes), np.float32)
    np.put_along_axis(vectors, ids[..., None].astype(np.int64), 1.0, axis=-1)
    return vectors


def encode_inputs(ids: AnyArray, vocabulary: Vocabulary) -> AnyArray:
    """Returns x: ids (rows, timesteps), or vectors (rows, timesteps, classes).

    Vectors have a column for padding even where padding is the zero vector, so that x is as wide
    as y; that column is then 0 everywhere.
    """
    if vocabulary.encoding is Encoding.IDS:
        return ids
    vectors = one_hot(ids, len(vocabulary))
    if vocabulary.encoding is Encoding.ONE_HOT:
        vectors[..., vocabulary.padding_class] = 0.0
    return vectors


def encode_targets(ids: AnyArray, classes: int, encoding: Encoding) -> AnyArray:
    """Returns y: ids as they are, or one-hot vectors in which padding is a class like any other."""
    return ids if encoding is Encoding.IDS else one_hot(ids, classes)
