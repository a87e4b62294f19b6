"""Text as tokens: split into characters, filled up to a rectangle, and numbered.

Characters are what a reader sees as one, by Unicode's rule for extended grapheme clusters (UAX 29)
as the `regex` package has it: a letter and its combining marks, a Hindi conjunct, an emoji and its
modifiers, the two halves of a flag and the parts of a Hangul syllable stay together.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import regex

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.batch import Tokens
from inspector.core.requests import Encoding, PaddingSide

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_LONGEST = 64  # code points; a pile of combining marks must not become one endless token
_CLUSTER = regex.compile(r"\X")


def replace_surrogates(text: str) -> tuple[str, int]:
    """Replaces lone surrogates, which no encoding can carry, and counts them."""
    count = sum("\ud800" <= character <= "\udfff" for character in text)
    if not count:
        return text, 0
    return "".join(REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text), count


def graphemes(text: str) -> list[str]:
    """Splits `text` into user-perceived characters, of at most 64 code points each."""
    return [
        cluster[start : start + _LONGEST]
        for cluster in _CLUSTER.findall(text)
        for start in range(0, len(cluster), _LONGEST)
    ]


@dataclass(frozen=True, eq=False)
class PaddedRows:
    """Rows of tokens, all of the same length.

    Attributes:
        tokens: One string per timestep.
        valid: bool (rows, timesteps): True where the token is not the padding token.
        padding_token: The token that stands for padding.
        shortest: Length of the shortest row before filling.
        side: Where shorter rows were filled; None where none was shorter.
        side_assumed: Rows were shorter although the side was "as typed".
    """

    tokens: Tokens
    valid: BoolArray
    padding_token: str
    shortest: int
    side: PaddingSide | None
    side_assumed: bool

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.tokens)

    @property
    def timesteps(self) -> int:
        """Number of timesteps of every row."""
        return len(self.tokens[0])


def pad_rows(rows: Sequence[Sequence[str]], padding_token: str, side: PaddingSide) -> PaddedRows:
    """Fills shorter rows with the padding token.

    Rows of unequal length that should stay as typed are filled after: a half-typed line is no
    mistake. At least one row must have a token.
    """
    longest = max(len(row) for row in rows)
    shortest = min(len(row) for row in rows)
    assumed = side is PaddingSide.AS_TYPED and shortest < longest
    used = PaddingSide.AFTER if side is PaddingSide.AS_TYPED else side
    filled = []
    for row in rows:
        fill = (padding_token,) * (longest - len(row))
        filled.append(fill + tuple(row) if used is PaddingSide.BEFORE else tuple(row) + fill)
    valid = np.array([[token != padding_token for token in row] for row in filled], np.bool_)
    return PaddedRows(
        tokens=tuple(filled),
        valid=valid,
        padding_token=padding_token,
        shortest=shortest,
        side=used if shortest < longest else None,
        side_assumed=assumed,
    )


def padding_places(valid: BoolArray) -> dict[str, int]:
    """Counts the rows that have padding at the start, at the end, between real tokens, everywhere.

    A row counts in each place where it has padding, except that rows of nothing but padding count
    as `everywhere` only.
    """
    some = valid.any(axis=1)
    first = valid.argmax(axis=1)
    last = valid.shape[1] - 1 - valid[:, ::-1].argmax(axis=1)
    span = last - first + 1
    return {
        "start": int((some & (first > 0)).sum()),
        "end": int((some & (last < valid.shape[1] - 1)).sum()),
        "inside": int((some & (valid.sum(axis=1) < span)).sum()),
        "everywhere": int((~some).sum()),
    }


def quoted(token: str) -> str:
    """Returns a token as sentences name it: as code, and a blank, which shows nothing, by name."""
    if token and not token.strip():
        name = unicodedata.name(token, f"U+{ord(token):04X}") if len(token) == 1 else "blank"
        return name if name.startswith("U+") else name.lower()
    return f"`` {token} ``" if "`" in token else f"`{token}`"


def padding_sentence(padded: PaddedRows) -> str:
    """Says which timesteps are taken for padding."""
    token, total = padded.padding_token, padded.valid.size
    count = total - int(padded.valid.sum())
    if not count:
        are = "the only timestep is" if total == 1 else f"all {total:,} timesteps are"
        return f"The padding {quoted(token)} does not occur: {are} real."
    words = {
        "start": "at the start of {}",
        "end": "at the end of {}",
        "inside": "between real tokens of {}",
        "everywhere": "everywhere in {}",
    }
    places = [
        words[place].format(f"{rows:,} row{'s' if rows > 1 else ''}")
        for place, rows in padding_places(padded.valid).items()
        if rows
    ]
    timesteps = f"timestep{'s' if total > 1 else ''}"
    return (
        f"Every {quoted(token)} is padding: {count:,} of {total:,} {timesteps}, "
        f"{', '.join(places)}."
    )


def filling_sentence(padded: PaddedRows, what: str) -> str:
    """Says how shorter rows were filled; empty where none was shorter."""
    if padded.side is None:
        return ""
    assumed = " (no side was chosen)" if padded.side_assumed else ""
    return (
        f"The {what} have {padded.shortest:,} to {padded.timesteps:,} timesteps: shorter ones are "
        f"filled {padded.side.value}{assumed} with {quoted(padded.padding_token)}."
    )


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
