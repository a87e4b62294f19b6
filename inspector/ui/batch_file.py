"""A file as the batch: uploaded or a sample, read with what it does not say itself."""

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.batch import Batch
from inspector.core.requests import (
    PAGE_LIMITS,
    UPLOAD_LIMITS,
    Encoding,
    SentenceChoices,
    TargetKind,
)
from inspector.errors import BatchError
from inspector.files.choices import FileChoices
from inspector.files.service import BatchFile, FileReading
from inspector.ui import batch_words, words
from inspector.ui.batch_reader import batch_in, looked_at
from inspector.ui.batch_typed import BatchSource, Takes
from inspector.ui.choices import Key
from inspector.ui.controls import TO_URL, only, segments, select
from inspector.ui.uploads import uploads_allowed
from inspector.views.markdown import Markdown, markdown, small
from inspector.views.tokens import plain

MOST_MEGABYTES = 50
ENDINGS = ["csv", "tsv", "txt", "json", "jsonl", "npz", "parquet"]
SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
_SHOWN, _MOST_NAME = 16, 80
_MADE = (TargetKind.SAME, TargetKind.NEXT_TOKEN, TargetKind.LABEL)


class FileWanted(BatchError):
    """There is no file yet."""


def draw_file() -> BatchFile | None:
    """Draws the uploader, the samples, and the formats; returns the chosen file."""
    kept: BatchFile | None = st.session_state.get(Key.BATCH_FILE)
    if uploads_allowed():
        st.file_uploader(
            batch_words.UPLOAD,
            type=ENDINGS,
            key=Key.BATCH_UPLOAD,
            max_upload_size=MOST_MEGABYTES,
            help=batch_words.UPLOAD_HELP,
            on_change=_keep,
        )
        kept = st.session_state.get(Key.BATCH_FILE)
    else:
        kept = None
        st.markdown(small(batch_words.NO_UPLOADS))
    if kept is None:
        kept = _sample()
    _draw_link(kept)
    formats = st.expander(
        batch_words.FORMATS, key=Key.FORMATS, icon=":material/help:", on_change="rerun"
    )
    if formats.open:
        with formats:
            from inspector.ui.batch_formats import draw_formats

            draw_formats()
    return kept


def _keep() -> None:
    """Keeps the file over visits to other pages, where the uploader itself forgets it."""
    chosen = st.session_state[Key.BATCH_UPLOAD]
    if chosen is None:
        st.session_state.pop(Key.BATCH_FILE, None)
        st.query_params.pop(Key.BATCH_LINK, None)
        return
    data = chosen.getvalue()
    # It stands in sentences, as code.
    name = plain(chosen.name).replace("`", "'")[-_MOST_NAME:]
    st.session_state[Key.BATCH_FILE] = BatchFile(name, data, hashlib.sha256(data).hexdigest())


def _sample() -> BatchFile | None:
    names = sorted(path.name for path in SAMPLES.glob("*") if path.suffix[1:] in ENDINGS)
    if not names:
        return None
    labels = {None: batch_words.NO_SAMPLE} | {name: name for name in names}
    name = select(batch_words.SAMPLE, labels, Key.SAMPLE, help=batch_words.SAMPLE_HELP)
    if name is None:
        return None
    data = (SAMPLES / name).read_bytes()
    return BatchFile(name, data, hashlib.sha256(data).hexdigest())


def _draw_link(file: BatchFile | None) -> None:
    """Says which file is looked at, keeps it in the link, or asks for the one of the link."""
    link = st.query_params.get(Key.BATCH_LINK, "")
    wanted, _, name = link.partition(" ")
    uploaded = file is not None and file is st.session_state.get(Key.BATCH_FILE)
    if file is None or not uploaded:
        if wanted and file is None:
            st.info(markdown(batch_words.file_of_link(name, wanted)), icon=":material/upload_file:")
        return
    digest = file.sha256[:_SHOWN]
    asked: str = st.session_state.setdefault(Key.BATCH_WANTED, link)
    wanted, _, name = asked.partition(" ")
    if wanted and wanted != digest:
        st.warning(markdown(batch_words.other_file(name, wanted)), icon=":material/warning:")
    st.markdown(small(batch_words.used(file.name, digest)))
    st.query_params[Key.BATCH_LINK] = f"{digest} {file.name}"


def draw_file_reading(
    file: BatchFile | None, takes: Takes, notes_place: DeltaGenerator, main: DeltaGenerator
) -> BatchSource:
    """Draws how the file is read, and returns what reads it and shows its first rows.

    Args:
        file: The file, or None.
        takes: What the model takes.
        notes_place: Where to say what is padding.
        main: Where the preview stands.
    """
    if file is None:
        return BatchSource(_refuse, lambda notes: None)
    from inspector.ui.batch_columns import draw_columns, draw_text_encoding

    looks = looked_at(file)
    encoding = draw_text_encoding() if looks.encoding_wanted else None
    if encoding is not None:
        looks = looked_at(file, encoding)
    with st.expander(batch_words.READING, icon=":material/notes:"):
        sentences, padding_id = _reading(takes)
        reading_place = st.empty()
    columns = draw_columns(looks.columns)
    preview = main.container()

    def say(notes: Sequence[str]) -> None:
        notes_place.markdown(small(notes[0] if notes else ""))
        reading_place.markdown(small(Markdown("  \n").join(notes[1:])))

    choices = FileChoices(sentences, columns, padding_id, encoding, UPLOAD_LIMITS)
    read = partial(_read, file, choices, takes, preview)
    return BatchSource(read, say, _vectors(takes, sentences), sentences.side)


def _refuse() -> Batch:
    raise FileWanted(batch_words.WANTED)


def _reading(takes: Takes) -> tuple[SentenceChoices, int | None]:
    padding = st.text_input(
        batch_words.PADDING,
        SentenceChoices.padding_char,
        key=Key.PADDING,
        bind=TO_URL,
        help=batch_words.PADDING_HELP,
    )
    padding_id = st.number_input(
        batch_words.PADDING_ID,
        -(2**31),
        2**31 - 1,
        None,
        key=Key.PADDING_ID,
        bind=TO_URL,
        placeholder="0",
        help=batch_words.PADDING_ID_HELP,
    )
    tokens = segments("A timestep is one", words.TOKENS, Key.TOKENS, help=words.TOKENS_HELP)
    side = segments(
        "Fill shorter sentences", batch_words.SIDES, Key.FILE_SIDE, help=batch_words.SIDE_HELP
    )
    made = [kind for kind in _MADE if kind in takes.targets] or [TargetKind.SAME]
    targets = select(
        batch_words.TARGETS,
        only(words.TARGETS, made),
        Key.FILE_TARGETS,
        help=batch_words.TARGETS_HELP,
    )
    encoding = select(
        "Encoding", only(words.ENCODINGS, takes.encodings), Key.ENCODING, help=words.ENCODING_HELP
    )
    sentences = SentenceChoices("", padding or "", side, tokens, targets, "", encoding)
    return sentences, None if padding_id is None else int(padding_id)


def _vectors(takes: Takes, sentences: SentenceChoices) -> Encoding:
    return sentences.encoding if sentences.encoding is not Encoding.IDS else takes.encodings[0]


def _read(
    file: BatchFile, choices: FileChoices, takes: Takes, preview_place: DeltaGenerator
) -> Batch:
    from inspector.ui.batch_preview import draw_preview

    vectors = Encoding.IDS not in takes.encodings
    found = batch_in(FileReading(file, choices, takes.fits, vectors, PAGE_LIMITS))
    draw_preview(preview_place, file.name, found.preview, found.batch.notes)
    return found.batch


def is_large(batch: Batch) -> bool:
    """True for a batch that is looked at a page of rows at a time."""
    return batch.rows > PAGE_LIMITS.rows or batch.valid.size > PAGE_LIMITS.cells
