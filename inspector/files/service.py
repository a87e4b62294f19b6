"""What the process that reads batch files answers: it has limits of time and memory of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import singledispatch

from inspector.core.batch import Batch
from inspector.core.requests import BatchLimits, Encoding
from inspector.core.text.preview import (
    Preview,
    as_vectors,
    preview_of,
    with_targets,
    without_tokens,
)
from inspector.errors import InspectorError, LimitError
from inspector.files.bytes import decoded
from inspector.files.choices import EncodingError, FileChoices
from inspector.files.read import batch_from_bytes, column_names, known_ending

_TEXT = (".csv", ".tsv", ".txt", ".json", ".jsonl")
_MOST_COLUMNS = 60
_MOST_SHOWN = 400
_MOST_TOKENS = 2**18


@dataclass(frozen=True)
class BatchFile:
    """A file that was chosen.

    Attributes:
        name: Its name.
        data: Its bytes.
        sha256: SHA-256 of its bytes, in hexadecimal.
    """

    name: str
    # Its digest stands for it: hashing the bytes of every request would cost more than the rest.
    data: bytes = field(repr=False, metadata={"digest": False})
    sha256: str


@dataclass(frozen=True)
class FileLook:
    """What has to be asked before a file can be read; the answer is a `FileLooks`.

    Attributes:
        file: The file.
        encoding: How its text is encoded, or None.
    """

    file: BatchFile
    encoding: str | None = None


@dataclass(frozen=True)
class FileLooks:
    """What is asked of a file.

    Attributes:
        encoding_wanted: Its text is neither UTF-8 nor UTF-16.
        columns: Names of its columns; none where there are none, or too many to choose from.
    """

    encoding_wanted: bool = False
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileReading:
    """Asks for the batch in a file; the answer is a `FileBatch`.

    Attributes:
        file: The file.
        choices: How to read it.
        fits: The model takes ids, and makes of them what it takes.
        vectors: The model takes vectors only.
        shown: The largest batch of which the tokens are wanted as well.
    """

    file: BatchFile
    choices: FileChoices
    fits: bool
    vectors: bool
    shown: BatchLimits


@dataclass(frozen=True, eq=False)
class FileBatch:
    """The batch in a file.

    Attributes:
        batch: The batch; without its tokens where it is large.
        preview: What to show of it.
    """

    batch: Batch
    preview: Preview


@singledispatch
def _answer(request: object) -> object:
    raise InspectorError(f"Files are not read by a request {type(request).__name__}.")


def answer(
    request: object, *, progress: Callable[..., None], cancelled: Callable[[], bool]
) -> object:
    """Answers one request: a `FileLook` or a `FileReading`.

    Raises:
        InspectorError: The file does not hold a batch, or is larger than the limits.
    """
    return _answer(request)


@_answer.register
def _look(request: FileLook) -> FileLooks:
    name, data = request.file.name, request.file.data
    wanted = False
    if name.lower().endswith(_TEXT):
        try:
            decoded(data)
        except EncodingError:
            wanted = True
        except InspectorError:
            return FileLooks()  # Reading it says why.
    names = column_names(data, name, request.encoding)
    return FileLooks(wanted, names if len(names) <= _MOST_COLUMNS else ())


@_answer.register
def _read(request: FileReading) -> FileBatch:
    choices, sentences = request.choices, request.choices.sentences
    if request.fits:
        choices = replace(choices, sentences=replace(sentences, encoding=Encoding.IDS))
    ending = known_ending(request.file.name)
    batch = batch_from_bytes(request.file.data, ending, choices, request.file.name)
    if batch.vocabulary is None:
        batch = with_targets(batch, sentences.targets)
        if not request.fits and request.vectors:
            batch = as_vectors(batch, sentences.encoding, choices.limits)
    for tokens in (batch.vocabulary, batch.target_vocabulary):
        if tokens is not None and len(tokens) > _MOST_TOKENS:
            raise LimitError(
                f"There are {len(tokens):,} different tokens.",
                f"At most {_MOST_TOKENS:,} fit here.",
                "Count characters as timesteps, or use fewer sentences.",
            )
    preview = preview_of(batch)
    first = tuple((count, _cut(x), _cut(y)) for count, x, y in preview.first)
    shown = request.shown
    if batch.rows > shown.rows or batch.valid.size > shown.cells:
        batch = without_tokens(batch)
    return FileBatch(batch, replace(preview, first=first))


def _cut(text: str) -> str:
    """A text of the preview: a single token may be as long as a file."""
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
