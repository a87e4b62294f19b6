"""The choices of the Inspect page: a batch and a model, chosen independently of each other."""

from dataclasses import dataclass

import streamlit as st

from inspector.core.requests import Fitting, InspectOptions, ModelSource
from inspector.ui import words
from inspector.ui.batch_typed import BatchSource, Takes, draw_reading, draw_sentences
from inspector.ui.choices import Key
from inspector.ui.controls import TO_URL
from inspector.ui.model_preset import draw_knobs, draw_preset


@dataclass(frozen=True)
class Choices:
    """Everything that decides what the page shows.

    Attributes:
        batch: Where the batch comes from.
        model: Where the model comes from; None as long as there is none to look at.
        options: How to look.
        fitting: How tokens are fitted to a model that is no preset.
    """

    batch: BatchSource
    model: ModelSource | None
    options: InspectOptions
    fitting: Fitting


def draw_choices() -> Choices:
    """Draws the widgets, the two that matter first, and returns what they say."""
    text = draw_sentences()
    padding_place = st.empty()
    preset = draw_preset()
    takes = Takes(preset.targets, preset.encodings)
    batch = draw_reading(text, takes, padding_place)
    with st.expander("Size, loss and training", icon=":material/tune:"):
        model = draw_knobs(preset)
        options = _options()
    return Choices(batch, model, options, Fitting(batch.encoding, batch.side))


def _options() -> InspectOptions:
    batch_size = st.number_input(
        "Batch size", 1, 2**20, None, key=Key.BATCH_SIZE, bind=TO_URL, **words.BATCH_SIZE
    )
    return InspectOptions(batch_size=batch_size)
