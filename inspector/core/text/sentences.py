"""Typed sentences become a batch: tokens, padding, numbers and targets.

Characters are user-perceived ones (`inspector.core.text.tokens`). Padding is wherever the padding
token stands, also between real tokens. What is assumed is said in the batch's notes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from inspector.core.batch import Batch
from inspector.core.requests import (
    LIBRARY_LIMITS,
    PAGE_LIMITS,
    BatchLimits,
    Encoding,
    PaddingSide,
    SentenceChoices,
    TargetKind,
    TokenKind,
)
from inspector.core.text.targets import Targets, labels_of, next_tokens, same_tokens, typed_tokens
from inspector.core.text.tokens import (
    PaddedRows,
    encode_inputs,
    filling_sentence,
    graphemes,
    pad_rows,
    padding_sentence,
    quoted,
    replace_surrogates,
    vocabulary_of,
)
from inspector.errors import BatchError, TargetsMissing

_LINE_END = re.compile(r"\r\n|\r|\n")
ENCODING_NOTES = {
    Encoding.ONE_HOT: "Tokens are one-hot vectors; padding is the zero vector in x "
    "and a class of its own in y.",
    Encoding.ONE_HOT_PADDING_CLASS: "Tokens are one-hot vectors; padding is a class of its own "
    "in x and in y, not the zero vector.",
    Encoding.IDS: "Tokens are integer ids; padding is 0.",
}
_Choice = TypeVar("_Choice", bound=Enum)


@dataclass
class _Reader:
    """How lines become tokens; collects notes while it reads."""

    padding_token: str
    side: PaddingSide
    tokens: TokenKind
    limits: BatchLimits
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Checks that the padding is one token of the chosen kind."""
        self.padding_token = replace_surrogates(self.padding_token)[0]
        if self.tokens is TokenKind.CHARACTER and len(graphemes(self.padding_token)) != 1:
            raise BatchError(
                f"The padding character is {_quoted(self.padding_token)}.",
                "It must be exactly one character when each character is a timestep.",
                "Type one character, such as `#`, or choose words as tokens.",
            )
        if self.tokens is TokenKind.WORD and len(self.padding_token.split()) != 1:
            raise BatchError(
                f"The padding word is {_quoted(self.padding_token)}.",
                "It must be one word without spaces when each word is a timestep.",
                "Type one word, such as `#` or `<pad>`.",
            )

    def lines(self, text: str) -> list[str]:
        """Returns the lines of `text` that are not blank, and notes blank lines between them."""
        self.limits.check_characters(len(text))
        lines = _LINE_END.split(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
        while lines and self._is_blank(lines[-1]):
            lines.pop()
        kept = [line for line in lines if not self._is_blank(line)]
        if len(kept) < len(lines):
            self._note("Blank lines are left out.")
        return kept

    def clean(self, lines: Sequence[str]) -> list[str]:
        """Returns the lines with lone surrogates replaced."""
        self.limits.check_characters(sum(map(len, lines)))
        pairs = [replace_surrogates(line) for line in lines]
        count = sum(replaced for _, replaced in pairs)
        if count:
            self._note(
                f"{count:,} lone surrogate{'s' if count > 1 else ''}, half of a character, "
                "became \N{REPLACEMENT CHARACTER}."
            )
        return [line for line, _ in pairs]

    def padded(self, lines: Sequence[str], what: str) -> PaddedRows:
        """Returns the tokens of each line, filled to one length."""
        cut = graphemes if self.tokens is TokenKind.CHARACTER else str.split
        rows = [cut(line) for line in self.clean(lines)]
        longest = max((len(row) for row in rows), default=0)
        if longest == 0:
            raise BatchError(
                f"There are no {what}: not a single token was typed.",
                "A batch needs at least one line with one token.",
                f"Type one or more {what}, one a line, for example `##abb` and `#babb`.",
            )
        self.limits.check_cells(len(rows), longest)
        padded = pad_rows(rows, self.padding_token, self.side)
        self._note(filling_sentence(padded, what))
        return padded

    def _is_blank(self, line: str) -> bool:
        return not line or (not line.strip() and bool(self.padding_token.strip()))

    def _note(self, sentence: str) -> None:
        if sentence and sentence not in self.notes:
            self.notes.append(sentence)


def batch_from_choices(choices: SentenceChoices) -> Batch:
    """Returns the batch that the page's choices describe.

    Raises:
        BatchError: The sentences, the padding or the targets do not form a batch.
        LimitError: They are larger than a page can show.
    """
    reader = _Reader(choices.padding_char, choices.side, choices.tokens, PAGE_LIMITS)
    sentences = reader.lines(choices.text)
    typed = None
    if choices.targets in (TargetKind.LABEL, TargetKind.TYPED):
        typed = reader.lines(choices.target_text)
    return _batch(reader, sentences, choices.targets, typed, choices.encoding)


def batch_from_lines(
    sentences: Sequence[str],
    typed: Sequence[str] | None,
    choices: SentenceChoices,
    limits: BatchLimits = LIBRARY_LIMITS,
) -> Batch:
    """Returns a batch of sentences that were read from somewhere else than a text box.

    Args:
        sentences: One string a row; an empty one is a row of padding.
        typed: Typed targets or labels, one a row, where `choices.targets` asks for them.
        choices: How to read them; its own texts are not used.
        limits: How large they may be.

    Raises:
        BatchError: The sentences, the padding or the targets do not form a batch.
        LimitError: They would not fit into memory.
    """
    reader = _Reader(choices.padding_char, choices.side, choices.tokens, limits)
    return _batch(reader, sentences, choices.targets, typed, choices.encoding)


def batch_from_sentences(
    sentences: str | Sequence[str],
    targets: TargetKind | Sequence[str] | Sequence[int] | None = None,
    *,
    padding_char: str = "#",
    side: PaddingSide | str = PaddingSide.AS_TYPED,
    tokens: TokenKind | str = TokenKind.CHARACTER,
    encoding: Encoding | str = Encoding.ONE_HOT,
) -> Batch:
    """Returns a batch made from padded (or ragged) sentences.

    Args:
        sentences: One string a row, or one text with a sentence a line.
        targets: What to predict. None: the sentences themselves. A `TargetKind`: the next token,
            or with `LABEL` each sentence's first real token. A list of strings: one target
            sentence a row. A list of integers: one label a row.
        padding_char: The character (or word) that stands for padding.
        side: `as_typed`, `before` or `after`: where shorter rows are filled; `as_typed` fills
            after, and says so in the notes.
        tokens: `character` or `word`.
        encoding: `one_hot` (padding is the zero vector in x and a class of its own in y),
            `one_hot_padding_class` (a class of its own in both) or `ids` (0 in both).

    Example:
        >>> batch = batch_from_sentences(["##abb", "#babb"])
        >>> batch.x.shape, batch.valid.sum()
        ((2, 5, 3), 7)

    Raises:
        BatchError: The sentences, the padding or the targets do not form a batch.
        LimitError: They would not fit into memory.
    """
    reader = _Reader(
        padding_char,
        choice_of(PaddingSide, side, "side"),
        choice_of(TokenKind, tokens, "tokens"),
        LIBRARY_LIMITS,
    )
    lines = reader.lines(sentences) if isinstance(sentences, str) else list(sentences)
    if not all(isinstance(line, str) for line in lines):
        raise BatchError(
            "Some sentences are not strings.",
            "Each row is one string.",
            "For arrays of numbers, pass x and y to `inspector.inspect` directly.",
        )
    kind, typed = _kind_of(targets)
    return _batch(reader, lines, kind, typed, choice_of(Encoding, encoding, "encoding"))


def _batch(
    reader: _Reader,
    sentences: Sequence[str],
    kind: TargetKind,
    typed: Sequence[str] | None,
    encoding: Encoding,
) -> Batch:
    padded = reader.padded(sentences, "sentences")
    vocabulary = vocabulary_of(padded, encoding)
    if encoding is not Encoding.IDS:
        reader.limits.check_values(padded.rows, padded.timesteps, len(vocabulary))
    ids = vocabulary.ids(padded.tokens)
    if kind is TargetKind.TYPED:
        _check_count(typed or (), padded.rows, "target sentence")
        target_rows = reader.padded(typed or (), "target sentences")
        targets = typed_tokens(target_rows, encoding, reader.limits)
    elif kind is TargetKind.LABEL:
        labels = reader.clean([label.strip() for label in typed or ()])
        if labels:
            _check_count(labels, padded.rows, "label")
        targets = labels_of(labels or None, padded, encoding)
    else:
        make = next_tokens if kind is TargetKind.NEXT_TOKEN else same_tokens
        targets = make(padded, ids, vocabulary)
    return Batch(
        x=encode_inputs(ids, vocabulary),
        y=targets.y,
        valid=padded.valid,
        target_valid=targets.valid,
        tokens=padded.tokens,
        target_tokens=targets.tokens,
        source="typed sentences",
        notes=_notes(reader, padded, encoding, targets),
        vocabulary=vocabulary.tokens,
        target_vocabulary=targets.vocabulary,
    )


def _notes(
    reader: _Reader, padded: PaddedRows, encoding: Encoding, targets: Targets
) -> tuple[str, ...]:
    return (padding_sentence(padded), *reader.notes, ENCODING_NOTES[encoding], targets.note)


def _kind_of(
    targets: TargetKind | Sequence[str] | Sequence[int] | None,
) -> tuple[TargetKind, list[str] | None]:
    """Returns what the argument `targets` asks for, and the lines it holds."""
    if targets is None:
        return TargetKind.SAME, None
    if isinstance(targets, TargetKind):
        return targets, None
    if isinstance(targets, str):
        raise BatchError(
            f"`targets` is the string {_quoted(targets[:40])}.",
            "It must be a list with one string or one integer label a row, or a `TargetKind`.",
            "Pass a list, or for example `TargetKind.NEXT_TOKEN`.",
        )
    values = list(targets)
    if all(isinstance(value, str) for value in values):
        return TargetKind.TYPED, [str(value) for value in values]
    return TargetKind.LABEL, [str(value) for value in values]


def _check_count(lines: Sequence[str], rows: int, what: str) -> None:
    if len(lines) != rows:
        kind = BatchError if lines else TargetsMissing
        raise kind(
            f"There {'is' if len(lines) == 1 else 'are'} {len(lines):,} {what}"
            f"{'' if len(lines) == 1 else 's'} for {rows:,} sentence{'' if rows == 1 else 's'}.",
            f"Each sentence needs one {what}, on a line of its own.",
            "Add or remove lines, or choose targets that need no typing.",
        )


def choice_of(kind: type[_Choice], value: _Choice | str, name: str) -> _Choice:
    """Returns the member of `kind` that `value` is or names; `name` is the argument's name.

    Raises:
        BatchError: There is no such member.
    """
    try:
        return kind(value)
    except ValueError:
        allowed = ", ".join(f"`{member.value}`" for member in kind)
        raise BatchError(f"`{name}` is {value!r}.", f"It must be one of {allowed}.") from None


def _quoted(text: str) -> str:
    return quoted(text) if text else "empty"
