"""The choices of the Inspect page: a batch and a model, chosen independently of each other."""

from dataclasses import dataclass
from enum import Enum

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.requests import Fitting, InspectOptions, ModelSource
from inspector.ui import batch_words, words
from inspector.ui.batch_file import draw_file, draw_file_reading
from inspector.ui.batch_typed import BatchSource, draw_reading, draw_sentences
from inspector.ui.choices import Key
from inspector.ui.controls import TO_URL, segments
from inspector.ui.model_panel import ModelPanel, draw_model


@dataclass(frozen=True)
class Choices:
    """Everything that decides what the page shows.

    Attributes:
        batch: Where the batch comes from.
        model: Where the model comes from; None as long as there is none to look at.
        options: How to look.
        fitting: How tokens are fitted to a model that is no preset.
        panel: The controls of the model; it shows what an answer says of the model itself.
    """

    batch: BatchSource
    model: ModelSource | None
    options: InspectOptions
    fitting: Fitting
    panel: ModelPanel


def draw_choices(main: DeltaGenerator) -> Choices:
    """Draws the widgets, the two that matter first, and returns what they say.

    Args:
        main: A place in the middle of the page, for what needs room.
    """
    from_file = draw_batch_from() is BatchFrom.FILE
    if from_file:
        file, text = draw_file(), ""
    else:
        file, text = None, draw_sentences()
    padding_place = st.empty()
    panel = draw_model(main)
    if from_file:
        batch = draw_file_reading(file, panel.takes, padding_place, main)
    else:
        batch = draw_reading(text, panel.takes, padding_place)
    with st.expander("Size, loss and training", icon=":material/tune:"):
        model = panel.draw_knobs()
        options = _options()
    return Choices(batch, model, options, Fitting(batch.encoding, batch.side), panel)


class BatchFrom(str, Enum):
    """Where the batch comes from."""

    TYPED = "typed"
    FILE = "file"


def draw_batch_from() -> BatchFrom:
    """Draws the switch between typed sentences and a file."""
    labels = {BatchFrom.TYPED: "Typed", BatchFrom.FILE: "File"}
    return segments("Batch", labels, Key.BATCH_FROM, help=batch_words.FROM_HELP)


def _options() -> InspectOptions:
    batch_size = st.number_input(
        "Batch size", 1, 2**20, None, key=Key.BATCH_SIZE, bind=TO_URL, **words.BATCH_SIZE
    )
    return InspectOptions(batch_size=batch_size)
