"""Reading a batch from a file, by the ending of its name."""

from dataclasses import replace
from pathlib import Path

from inspector.core.batch import Batch
from inspector.core.requests import Encoding, PaddingSide, SentenceChoices, TokenKind
from inspector.core.sentences import batch_from_lines, choice_of
from inspector.errors import BatchError
from inspector.files.arrays import batch_from_arrays, npz_arrays
from inspector.files.bytes import MAX_ARRAY_BYTES, MAX_TEXT_BYTES, decoded, file_bytes
from inspector.files.records import batch_from_json, batch_from_json_lines
from inspector.files.tables import batch_from_csv, batch_from_parquet

FORMATS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".npz", ".parquet")
_BINARY = (".npz", ".parquet")


def read_batch(
    path: str | Path,
    *,
    padding_char: str = "#",
    side: PaddingSide | str = PaddingSide.AS_TYPED,
    tokens: TokenKind | str = TokenKind.CHARACTER,
    encoding: Encoding | str = Encoding.ONE_HOT,
) -> Batch:
    """Reads a batch from a CSV, TSV, TXT, JSON, JSON Lines, NPZ or Parquet file.

    The options say how sentences are read, as in `batch_from_sentences`; files of numbers need
    none of them. What was assumed is in the batch's `notes`.

    Raises:
        BatchError: The file cannot be read, or does not hold a batch.
        LimitError: It is too large.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise BatchError(
            f"`{path.name}` ends in `{ending or 'nothing'}`.",
            f"Batches are read from {', '.join(FORMATS)}.",
            "Save the batch in one of these formats.",
        )
    content = file_bytes(path, MAX_ARRAY_BYTES if ending in _BINARY else MAX_TEXT_BYTES)
    choices = SentenceChoices(
        text="",
        padding_char=padding_char,
        side=choice_of(PaddingSide, side, "side"),
        tokens=choice_of(TokenKind, tokens, "tokens"),
        encoding=choice_of(Encoding, encoding, "encoding"),
    )
    return batch_from_bytes(content, ending, choices, path.name)


def batch_from_bytes(content: bytes, ending: str, choices: SentenceChoices, source: str) -> Batch:
    """Returns the batch that the bytes of a file hold.

    Args:
        content: The bytes.
        ending: One of `FORMATS`.
        choices: How to read sentences; its own texts are not used.
        source: Name of the file.
    """
    if ending == ".npz":
        return batch_from_arrays(npz_arrays(content), source)
    if ending == ".parquet":
        return batch_from_parquet(content, choices, source)
    text = decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    if ending in (".csv", ".tsv"):
        return batch_from_csv(text, "\t" if ending == ".tsv" else ",", choices, source)
    if ending == ".json":
        return batch_from_json(text, choices, source)
    if ending == ".jsonl":
        return batch_from_json_lines(text, choices, source)
    lines = text.rstrip("\n").split("\n")
    return replace(batch_from_lines(lines, None, choices), source=source)
