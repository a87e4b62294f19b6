"""Reading a batch from a file, by the ending of its name."""

from dataclasses import replace
from pathlib import Path

from inspector.core.batch import Batch
from inspector.core.requests import Encoding, PaddingSide, SentenceChoices, TokenKind
from inspector.core.text.sentences import batch_from_lines, choice_of
from inspector.errors import BatchError
from inspector.files.arrays import batch_from_arrays, npz_arrays
from inspector.files.bytes import (
    MAX_ARRAY_BYTES,
    MAX_TEXT_BYTES,
    check_no_folder,
    decoded,
    file_bytes,
    given_path,
)
from inspector.files.choices import FileChoices
from inspector.files.parquet import batch_from_parquet
from inspector.files.records import batch_from_json, batch_from_json_lines
from inspector.files.tables import batch_from_csv

FORMATS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".npz", ".parquet")
_BINARY = (".npz", ".parquet")


def read_batch(
    path: str | Path,
    *,
    padding_char: str = "#",
    side: PaddingSide | str = PaddingSide.AS_TYPED,
    tokens: TokenKind | str = TokenKind.CHARACTER,
    encoding: Encoding | str = Encoding.ONE_HOT,
    choices: FileChoices | None = None,
) -> Batch:
    """Reads a batch from a CSV, TSV, TXT, JSON, JSON Lines, NPZ or Parquet file.

    What was assumed is in the batch's `notes`.

    Args:
        path: The file; nothing but it is opened.
        padding_char: How sentences are read, as in `batch_from_sentences`.
        side: The same.
        tokens: The same.
        encoding: The same.
        choices: Which column plays which part, which id is padding, how text is encoded; for what
            the file does not say itself. Its `sentences` are not used.

    Raises:
        BatchError: The file cannot be read, or does not hold a batch.
        LimitError: It is too large.
    """
    path = given_path(path)
    check_no_batch_folder(path)
    ending = known_ending(path.name)
    sentences = SentenceChoices(
        text="",
        padding_char=padding_char,
        side=choice_of(PaddingSide, side, "side"),
        tokens=choice_of(TokenKind, tokens, "tokens"),
        encoding=choice_of(Encoding, encoding, "encoding"),
    )
    how = replace(choices or FileChoices(), sentences=sentences)
    content = file_bytes(path, MAX_ARRAY_BYTES if ending in _BINARY else MAX_TEXT_BYTES)
    return batch_from_bytes(content, ending, how, path.name)


def check_no_batch_folder(path: Path) -> None:
    """Refuses a folder in place of a file with a batch.

    Raises:
        BatchError: It is one.
    """
    check_no_folder(path, f"A file with a batch was expected: {', '.join(FORMATS)}.")


def known_ending(name: str) -> str:
    """Returns the ending of a file's name, if batches are read from such files.

    Raises:
        BatchError: They are not.
    """
    ending = Path(name).suffix.lower()
    if ending not in FORMATS:
        raise BatchError(
            f"`{name[-80:]}` ends in `{ending or 'nothing'}`.",
            f"Batches are read from {', '.join(FORMATS)}.",
            "Save the batch in one of these formats.",
        )
    return ending


def batch_from_bytes(content: bytes, ending: str, choices: FileChoices, source: str) -> Batch:
    """Returns the batch that the bytes of a file hold.

    Args:
        content: The bytes.
        ending: One of `FORMATS`.
        choices: How to read them.
        source: Name of the file.

    Raises:
        BatchError: They do not hold a batch.
        LimitError: It is larger than the limits.
    """
    if ending == ".npz":
        return batch_from_arrays(npz_arrays(content, choices.limits), source, choices)
    if ending == ".parquet":
        return batch_from_parquet(content, choices, source)
    text = decoded(content, choices.text_encoding).replace("\r\n", "\n").replace("\r", "\n")
    choices.limits.check_characters(len(text))
    if ending in (".txt", ".jsonl"):
        choices.limits.check_cells(text.rstrip("\n").count("\n") + 1, 1)
    if ending in (".csv", ".tsv"):
        return batch_from_csv(text, "\t" if ending == ".tsv" else ",", choices, source)
    if ending == ".json":
        return batch_from_json(text, choices, source)
    if ending == ".jsonl":
        return batch_from_json_lines(text, choices, source)
    lines = text.rstrip("\n").split("\n")
    return replace(batch_from_lines(lines, None, choices.sentences, choices.limits), source=source)
