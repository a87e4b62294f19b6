"""Typed sentences as the batch: the text, and how it is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.batch import Batch
from inspector.core.requests import Encoding, PaddingSide, SentenceChoices, TargetKind
from inspector.core.text.sentences import batch_from_choices
from inspector.ui import words
from inspector.ui.choices import Key
from inspector.ui.controls import TO_URL, only, segments, select
from inspector.views.markdown import Markdown, small


@dataclass(frozen=True)
class Takes:
    """What the chosen model takes; the first of each is the default.

    Attributes:
        targets: Kinds of targets.
        encodings: Encodings of tokens.
        fits: Tokens are fitted to what the model takes, so that ids are sent.
    """

    targets: tuple[TargetKind, ...]
    encodings: tuple[Encoding, ...]
    fits: bool = False


@dataclass(frozen=True)
class BatchSource:
    """Where the batch comes from.

    Attributes:
        read: Returns the batch, or raises an `InspectorError`.
        say_how_read: Says beside the controls what was assumed: the notes of the batch.
        encoding: How tokens are encoded where the model takes vectors.
        side: Where shorter rows are filled.
    """

    read: Callable[[], Batch]
    say_how_read: Callable[[Sequence[str]], None]
    encoding: Encoding = Encoding.ONE_HOT
    side: PaddingSide = PaddingSide.AS_TYPED


def draw_sentences() -> str:
    """Draws the box for the sentences, with the button that applies them."""
    text = st.text_area(
        "Sentences", SentenceChoices.text, key=Key.SENTENCES, bind=TO_URL, **words.SENTENCES
    )
    st.button("Apply", key=Key.APPLY, shortcut="Ctrl+Enter", width="stretch", **words.APPLY)
    return text or ""


def draw_reading(text: str, takes: Takes, padding_place: DeltaGenerator) -> BatchSource:
    """Draws, folded away, how the sentences are read."""
    with st.expander("Padding, timesteps and targets", icon=":material/notes:"):
        choices = _choices(text, takes)
        reading_place = st.empty()

    def say(notes: Sequence[str]) -> None:
        padding_place.markdown(small(notes[0]))
        reading_place.markdown(small(Markdown("  \n").join(notes[1:])))

    # Ids take little memory, and the engine makes of them what the model takes.
    read = replace(choices, encoding=Encoding.IDS) if takes.fits else choices
    return BatchSource(
        partial(batch_from_choices, read),
        say,
        choices.encoding,
        choices.side,
    )


def _choices(text: str, takes: Takes) -> SentenceChoices:
    padding = st.text_input(
        "Padding", SentenceChoices.padding_char, key=Key.PADDING, bind=TO_URL, **words.PADDING
    )
    side = segments("Fill shorter lines", words.SIDES, Key.SIDE, help=words.SIDE_HELP)
    tokens = segments("A timestep is one", words.TOKENS, Key.TOKENS, help=words.TOKENS_HELP)
    targets = select(
        "Targets", only(words.TARGETS, takes.targets), Key.TARGETS, help=words.TARGETS_HELP
    )
    target_text = ""
    if targets in (TargetKind.TYPED, TargetKind.LABEL):
        target_text = st.text_area(
            words.TARGET_LINES[targets], "", key=Key.TARGET_TEXT, bind=TO_URL, **words.TARGET_TEXT
        )
    encoding = select(
        "Encoding", only(words.ENCODINGS, takes.encodings), Key.ENCODING, help=words.ENCODING_HELP
    )
    return SentenceChoices(text, padding or "", side, tokens, targets, target_text or "", encoding)
