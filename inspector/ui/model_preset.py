"""A preset as the model, and its knobs."""

from dataclasses import dataclass

import streamlit as st

from inspector.core.inspection import Inspection
from inspector.core.presets import PRESETS, Preset
from inspector.core.requests import ModelChoices
from inspector.errors import InspectorError
from inspector.ui import words
from inspector.ui.batch_typed import Takes
from inspector.ui.choices import Key
from inspector.ui.controls import TO_URL, select
from inspector.views.markdown import small
from inspector.views.tokens import plain


@dataclass(frozen=True)
class PresetPanel:
    """A preset and its knobs.

    Attributes:
        preset: The chosen one.
    """

    preset: Preset

    @property
    def takes(self) -> Takes:
        """What the preset takes."""
        return Takes(self.preset.targets, self.preset.encodings)

    def draw_knobs(self) -> ModelChoices:
        """Draws the preset's knobs and returns the model that they make."""
        return draw_knobs(self.preset)

    def tell(self, inspection: Inspection) -> None:
        """Nothing: a preset is known."""

    def refuse(self, error: InspectorError) -> None:
        """Nothing more than the error itself."""


def draw_preset() -> Preset:
    """Draws the list of presets, and what the chosen one teaches."""
    titles = {preset.identifier: preset.title for preset in PRESETS.values()}
    chosen = select("Model", titles, Key.MODEL, help=words.MODEL_HELP, on_change=_fit_to_model)
    st.markdown(small(PRESETS[chosen].lesson))
    return PRESETS[chosen]


def _fit_to_model() -> None:
    """Moves the choices that depend on the model to what the new model takes.

    The sentences stay: a typed text is never lost.
    """
    fit_to_preset(PRESETS[st.session_state[Key.MODEL]])


def fit_to_preset(preset: Preset) -> None:
    """Moves the choices of targets, encoding and loss to what the preset takes."""
    st.session_state[Key.ENCODING] = preset.encodings[0]
    st.session_state[Key.TARGETS] = preset.targets[0]
    st.session_state[Key.LOSS] = preset.losses[0]


def draw_knobs(preset: Preset) -> ModelChoices:
    """Draws the preset's knobs and returns the model that they make."""
    units = None
    if preset.units_range is None:
        st.markdown(small("The width of the layers follows from the sentences."))
    else:
        low, high = preset.units_range
        units = st.number_input(
            "Units",
            low,
            high,
            None,
            key=Key.UNITS,
            placeholder=plain(f"{preset.units}"),
            help=words.UNITS_HELP,
            bind=TO_URL,
        )
    losses = {name: name for name in preset.losses}
    loss = select("Loss", losses, Key.LOSS, help=words.LOSS_HELP)
    seed, steps = draw_seed(), draw_steps()
    return ModelChoices(preset.identifier, units, seed, loss, steps)


def draw_seed() -> int:
    """Draws the seed of the initial weights."""
    seed = st.number_input("Seed", 0, 2**31 - 1, 0, key=Key.SEED, bind=TO_URL, help=words.SEED_HELP)
    return seed or 0


def draw_steps() -> int:
    """Draws how many training steps come before the inspection."""
    return st.slider(
        "Train first, steps", 0, 200, 0, key=Key.STEPS, bind=TO_URL, help=words.STEPS_HELP
    )
