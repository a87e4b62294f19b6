"""What the user chose. Every session key and URL parameter is named here, once.

Each widget is bound to the URL, so a link carries the choices and the typed text. A bound list
writes the label it shows, therefore labels are part of the links that people keep.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.presets import PRESETS, Preset
from inspector.core.requests import (
    InspectOptions,
    ModelChoices,
    SentenceChoices,
    TargetKind,
)
from inspector.ui import words
from inspector.views.bands import BandChoices
from inspector.views.leak_table import LeakAxis
from inspector.views.loss_table import Quantity

_Option = TypeVar("_Option")
_TO_URL: Final = "query-params"
ROWS_WITHOUT_CHOICE = 16


class Key:
    """Session keys; those of bound widgets are the names of the URL parameters too."""

    SENTENCES = "sentences"
    PADDING = "padding"
    SIDE = "shorter"
    TOKENS = "timestep"
    TARGETS = "targets"
    TARGET_TEXT = "target_text"
    ENCODING = "encoding"
    MODEL = "model"
    UNITS = "units"
    SEED = "seed"
    LOSS = "loss"
    STEPS = "steps"
    BATCH_SIZE = "batch"
    LOSS_VALUE = "show"
    LEAK_AXIS = "columns"
    FOLD = "fold"
    NESTED = "inside"
    CHANNEL = "mask"
    ROWS = "rows"
    MASK_MAP = "mask_map"
    LOSS_MAP = "loss_map"
    AVERAGES = "averages"
    LEAK_MAP = "leak_map"
    LEAK_LAYERS = "leak_layers"
    DIAGRAM = "diagram"
    MORE = "more"
    APPLY = "apply"
    STOP = "stop_training"
    SESSION = "session"
    STEPS_DONE = "steps_done"
    BROWSER = "browser"


@dataclass(frozen=True)
class Choices:
    """Everything that decides what the page shows.

    Attributes:
        sentences: The typed sentences and how to read them.
        model: The preset and its knobs.
        options: How to look.
        padding_place: Where to say which timesteps are taken for padding.
        reading_place: Where to say how the sentences are read.
    """

    sentences: SentenceChoices
    model: ModelChoices
    options: InspectOptions
    padding_place: DeltaGenerator
    reading_place: DeltaGenerator

    def say_how_read(self, notes: Sequence[str]) -> None:
        """Says beside the sentences what was taken for padding, and what was assumed."""
        self.padding_place.markdown(words.small(notes[0]))
        self.reading_place.markdown(words.small("  \n".join(notes[1:])))


def draw_choices() -> Choices:
    """Draws the widgets, the two that matter first, and returns what they say."""
    text = st.text_area(
        "Sentences", SentenceChoices.text, key=Key.SENTENCES, bind=_TO_URL, **words.SENTENCES
    )
    st.button("Apply", key=Key.APPLY, shortcut="Ctrl+Enter", width="stretch", **words.APPLY)
    padding_place = st.empty()
    preset = PRESETS[_model()]
    st.markdown(words.small(preset.lesson))
    with st.expander("Padding, timesteps and targets", icon=":material/notes:"):
        sentences = _sentence_choices(text or "", preset)
        reading_place = st.empty()
    with st.expander("Size, loss and training", icon=":material/tune:"):
        model, options = _model_choices(preset)
    return Choices(sentences, model, options, padding_place, reading_place)


def _model() -> str:
    titles = {preset.identifier: preset.title for preset in PRESETS.values()}
    return _select("Model", titles, Key.MODEL, help=words.MODEL_HELP, on_change=_fit_to_model)


def _fit_to_model() -> None:
    """Moves the choices that depend on the model to what the new model takes.

    The sentences stay: a typed text is never lost.
    """
    preset = PRESETS[st.session_state[Key.MODEL]]
    st.session_state[Key.ENCODING] = preset.encodings[0]
    st.session_state[Key.TARGETS] = preset.targets[0]
    st.session_state[Key.LOSS] = preset.losses[0]


def _sentence_choices(text: str, preset: Preset) -> SentenceChoices:
    padding = st.text_input(
        "Padding", SentenceChoices.padding_char, key=Key.PADDING, bind=_TO_URL, **words.PADDING
    )
    side = _segments("Fill shorter lines", words.SIDES, Key.SIDE, help=words.SIDE_HELP)
    tokens = _segments("A timestep is one", words.TOKENS, Key.TOKENS, help=words.TOKENS_HELP)
    targets = _select(
        "Targets", _only(words.TARGETS, preset.targets), Key.TARGETS, help=words.TARGETS_HELP
    )
    target_text = ""
    if targets in (TargetKind.TYPED, TargetKind.LABEL):
        target_text = st.text_area(
            words.TARGET_LINES[targets], "", key=Key.TARGET_TEXT, bind=_TO_URL, **words.TARGET_TEXT
        )
    encoding = _select(
        "Encoding", _only(words.ENCODINGS, preset.encodings), Key.ENCODING, help=words.ENCODING_HELP
    )
    return SentenceChoices(text, padding or "", side, tokens, targets, target_text or "", encoding)


def _model_choices(preset: Preset) -> tuple[ModelChoices, InspectOptions]:
    units = None
    if preset.units_range is None:
        st.markdown(words.small("The width of the layers follows from the sentences."))
    else:
        low, high = preset.units_range
        units = st.number_input(
            "Units",
            low,
            high,
            None,
            key=Key.UNITS,
            placeholder=f"{preset.units}",
            help=words.UNITS_HELP,
            bind=_TO_URL,
        )
    losses = {name: name for name in preset.losses}
    loss = _select("Loss", losses, Key.LOSS, help=words.LOSS_HELP)
    seed = st.number_input(
        "Seed", 0, 2**31 - 1, 0, key=Key.SEED, bind=_TO_URL, help=words.SEED_HELP
    )
    batch_size = st.number_input(
        "Batch size", 1, 2**20, None, key=Key.BATCH_SIZE, bind=_TO_URL, **words.BATCH_SIZE
    )
    steps = st.slider(
        "Train first, steps", 0, 200, 0, key=Key.STEPS, bind=_TO_URL, help=words.STEPS_HELP
    )
    model = ModelChoices(preset.identifier, units, seed or 0, loss, steps)
    return model, InspectOptions(batch_size=batch_size)


def draw_map_options() -> BandChoices:
    """Draws, behind a button, what the mask map shows of the calls."""
    with st.popover("View", icon=":material/tune:", type="tertiary"):
        fold = st.toggle(words.FOLD, key=Key.FOLD, bind=_TO_URL, help=words.FOLD_HELP)
        nested = st.toggle(words.NESTED, key=Key.NESTED, bind=_TO_URL, help=words.NESTED_HELP)
        channel = _segments("Mask shown", words.CHANNELS, Key.CHANNEL, help=words.CHANNEL_HELP)
    return BandChoices(fold=fold, nested=nested, channel=channel)


def draw_rows(rows: int) -> tuple[int, int] | None:
    """Draws the choice of sentences to show, where there are many; None shows all."""
    if rows <= ROWS_WITHOUT_CHOICE:
        return None
    first, last = st.slider(
        "Sentences shown", 0, rows, (0, rows), key=Key.ROWS, bind=_TO_URL, help=words.ROWS_HELP
    )
    return first, max(last, first + 1)


def draw_quantity() -> Quantity:
    """Draws the switch between the loss, its weight and their product."""
    return _segments(
        "Value", words.QUANTITIES, Key.LOSS_VALUE, help=words.QUANTITY_HELP, hide_label=True
    )


def draw_axis() -> LeakAxis:
    """Draws the switch between timesteps and rows as columns of the leak map."""
    return _segments("Columns", words.AXES, Key.LEAK_AXIS, help=words.AXIS_HELP, hide_label=True)


def _only(labels: Mapping[_Option, str], allowed: Sequence[_Option]) -> dict[_Option, str]:
    return {option: labels[option] for option in allowed}


def _select(
    label: str,
    labels: Mapping[_Option, str],
    key: str,
    help: str,
    on_change: Callable[[], None] | None = None,
) -> _Option:
    options = list(labels)
    chosen = st.selectbox(
        label,
        options,
        format_func=labels.__getitem__,
        key=key,
        help=help,
        on_change=on_change or "rerun",
        bind=_TO_URL,
    )
    return chosen if chosen in labels else options[0]


def _segments(
    label: str, labels: Mapping[_Option, str], key: str, help: str, hide_label: bool = False
) -> _Option:
    options = list(labels)
    return st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        format_func=labels.__getitem__,
        key=key,
        help=help,
        label_visibility="collapsed" if hide_label else "visible",
        bind=_TO_URL,
    )


def draw_lesson_link(preset: Preset) -> None:
    """Draws a link to the start page with this model; what was typed goes along."""
    fitted = (Key.MODEL, Key.ENCODING, Key.TARGETS, Key.LOSS, Key.UNITS)
    kept = {name: value for name, value in st.query_params.items() if name not in fitted}
    st.page_link(
        "inspector/ui/pages/inspect.py",
        label="Look at it",
        icon=":material/search:",
        help="",
        query_params={**kept, Key.MODEL: preset.title},
    )
