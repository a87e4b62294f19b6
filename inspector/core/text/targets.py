"""What the model is asked to predict, with the truth on the output's time axis."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.batch import Tokens
from inspector.core.requests import BatchLimits, Encoding
from inspector.core.text.tokens import PaddedRows, Vocabulary, encode_targets, vocabulary_of

_INTEGER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, eq=False)
class Targets:
    """Targets of a batch.

    Attributes:
        y: Ids or one-hot vectors, (rows, target timesteps, ...) or for labels (rows, ...).
        valid: bool (rows, target timesteps), True where the target is a real token; None for
            labels.
        tokens: One string per target timestep; None for labels.
        vocabulary: The token or label of each class.
        note: What the targets are, one sentence.
    """

    y: AnyArray
    valid: BoolArray | None
    tokens: Tokens | None
    vocabulary: tuple[str, ...]
    note: str


def same_tokens(padded: PaddedRows, ids: AnyArray, vocabulary: Vocabulary) -> Targets:
    """The sentence itself, as in an autoencoder."""
    return Targets(
        y=encode_targets(ids, len(vocabulary), vocabulary.encoding),
        valid=padded.valid,
        tokens=padded.tokens,
        vocabulary=vocabulary.tokens,
        note="The targets are the sentences themselves.",
    )


def next_tokens(padded: PaddedRows, ids: AnyArray, vocabulary: Vocabulary) -> Targets:
    """The token after each timestep.

    The target is real where both a timestep and the one after it are real. Everywhere else it is
    padding: at the last real timestep, and at padding before the first one.
    """
    valid = np.zeros_like(padded.valid)
    valid[:, :-1] = padded.valid[:, :-1] & padded.valid[:, 1:]
    shifted = np.full_like(ids, vocabulary.padding_class)
    shifted[:, :-1] = ids[:, 1:]
    shifted[~valid] = vocabulary.padding_class
    tokens = tuple(tuple(vocabulary.tokens[number] for number in row) for row in shifted.tolist())
    return Targets(
        y=encode_targets(shifted, len(vocabulary), vocabulary.encoding),
        valid=valid,
        tokens=tokens,
        vocabulary=vocabulary.tokens,
        note="The target of a timestep is the next token; the last real timestep of a sentence "
        "has none, so its target is padding.",
    )


def typed_tokens(padded: PaddedRows, encoding: Encoding, limits: BatchLimits) -> Targets:
    """Sentences typed as targets, with a vocabulary, a length and padding of their own."""
    vocabulary = vocabulary_of(padded, encoding)
    if encoding is not Encoding.IDS:
        limits.check_values(padded.rows, padded.timesteps, len(vocabulary))
    real = int(padded.valid.sum())
    return Targets(
        y=encode_targets(vocabulary.ids(padded.tokens), len(vocabulary), encoding),
        valid=padded.valid,
        tokens=padded.tokens,
        vocabulary=vocabulary.tokens,
        note=f"The targets were typed: {real:,} of {padded.valid.size:,} timesteps are real.",
    )


def labels_of(labels: Sequence[str] | None, padded: PaddedRows, encoding: Encoding) -> Targets:
    """One class a sentence: the given labels, or each sentence's first real token.

    Classes are numbered in the order of the sorted labels, by value where all are integers. A
    sentence of nothing but padding, if no labels are given, has the padding token as its label.
    """
    if labels is None:
        names = [_first_real_token(row, padded.padding_token) for row in padded.tokens]
        note = "No labels were given: the label of a sentence is its first real token."
    else:
        names = list(labels)
        note = "Each sentence has one label; a label has no time axis and no padding."
    classes = _sorted_labels(names)
    index = {label: number for number, label in enumerate(classes)}
    ids = np.array([index[name] for name in names], np.int32)
    return Targets(
        y=encode_targets(ids, len(classes), encoding),
        valid=None,
        tokens=None,
        vocabulary=classes,
        note=note,
    )


def _first_real_token(row: Sequence[str], padding_token: str) -> str:
    return next((token for token in row if token != padding_token), padding_token)


def _sorted_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Returns the different labels, by value where every one is an integer, else by text."""
    numeric = all(_INTEGER.fullmatch(label) for label in labels)
    return tuple(sorted(set(labels), key=lambda label: (int(label) if numeric else 0, label)))
