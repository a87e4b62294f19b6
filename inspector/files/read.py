"""Reading a batch from a file, by the ending of its name; and the names of its columns."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

from inspector.core.batch import Batch
from inspector.core.requests import Encoding, PaddingSide, SentenceChoices, TokenKind
from inspector.core.text.sentences import batch_from_lines, choice_of
from inspector.errors import BatchError, InspectorError
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
from inspector.files.parquet import batch_from_parquet, check_footer, pyarrow_modules
from inspector.files.text import batch_from_csv, batch_from_json, batch_from_json_lines

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


_LOOKED_AT = 2**20


def column_names(content: bytes, name: str, encoding: str | None = None) -> tuple[str, ...]:
    """Returns the names of the columns; none for files without, and for files that are broken.

    What is broken is said when the file is read. JSON is looked at only where it is small.
    """
    ending = Path(name).suffix.lower()
    try:
        if ending == ".parquet":
            return _of_parquet(content)
        if ending not in (".csv", ".tsv", ".json", ".jsonl"):
            return ()
        text = decoded(content, encoding)
        if ending in (".csv", ".tsv"):
            return _of_table(text, "\t" if ending == ".tsv" else ",")
        first = text.split("\n", 1)[0] if ending == ".jsonl" else text
        return _of_json(first) if len(first) <= _LOOKED_AT else ()
    except (InspectorError, ValueError, RecursionError, csv.Error):
        return ()


def _of_table(text: str, separator: str) -> tuple[str, ...]:
    first = text[:_LOOKED_AT].split("\n", 1)[0]
    if separator == "," and "," not in first and ";" in first:
        separator = ";"
    return tuple(next(csv.reader(io.StringIO(text[:_LOOKED_AT]), delimiter=separator), ()))


def _of_json(text: str) -> tuple[str, ...]:
    value = json.loads(text)
    if isinstance(value, list) and value:
        value = value[0]
    return tuple(value) if isinstance(value, dict) else ()


def _of_parquet(content: bytes) -> tuple[str, ...]:
    pyarrow, parquet = pyarrow_modules("save the table as CSV")
    check_footer(content)
    try:
        return tuple(parquet.read_schema(pyarrow.BufferReader(content)).names)
    except (pyarrow.ArrowException, OSError, MemoryError):
        return ()
