"""Rows of tokens of unequal length become a rectangle, and the truth about its padding."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspector.core.arrays import BoolArray
from inspector.core.batch import Tokens
from inspector.core.requests import PaddingSide


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
