"""Where the model comes from: a preset, code or a file."""

from enum import Enum
from typing import Protocol

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.inspection import Inspection
from inspector.core.presets import PRESETS
from inspector.core.requests import ModelSource, TargetKind
from inspector.errors import InspectorError
from inspector.ui import words
from inspector.ui.batch_typed import Takes
from inspector.ui.choices import Key
from inspector.ui.controls import segments
from inspector.ui.model_code import draw_code
from inspector.ui.model_file import draw_file
from inspector.ui.model_preset import PresetPanel, draw_preset, fit_to_preset
from inspector.ui.own_models import OWN_TAKES
from inspector.ui.uploads import model_uploads_allowed


class ModelFrom(str, Enum):
    """Where the model comes from."""

    PRESET = "preset"
    CODE = "code"
    FILE = "file"


LABELS = {ModelFrom.PRESET: "Preset", ModelFrom.CODE: "Code", ModelFrom.FILE: "File"}


class ModelPanel(Protocol):
    """The controls of one kind of model."""

    @property
    def takes(self) -> Takes:
        """What the model takes as targets and encodings."""

    def draw_knobs(self) -> ModelSource | None:
        """Draws what can be changed of it, and returns the model; None where there is none."""

    def tell(self, inspection: Inspection) -> None:
        """Shows what the answer says of the model itself."""

    def refuse(self, error: InspectorError) -> None:
        """Shows what an error says of the model itself."""


def draw_model(main: DeltaGenerator) -> ModelPanel:
    """Draws the choice of the model; what needs room goes to `main`."""
    labels = dict(LABELS)
    if not model_uploads_allowed():
        del labels[ModelFrom.FILE]
    kind = segments(
        "Model from", labels, Key.MODEL_FROM, help=words.MODEL_FROM_HELP, on_change=_fit
    )
    if kind is ModelFrom.CODE:
        return draw_code(main)
    if kind is ModelFrom.FILE:
        return draw_file(main)
    return PresetPanel(draw_preset())


def _fit() -> None:
    """Moves the choices that the new kind of model cannot take to what it takes."""
    if st.session_state[Key.MODEL_FROM] is ModelFrom.PRESET:
        chosen = st.session_state.get(Key.MODEL) or ""
        fit_to_preset(PRESETS.get(chosen) or next(iter(PRESETS.values())))
        return
    st.session_state[Key.ENCODING] = OWN_TAKES.encodings[0]
    if st.session_state.get(Key.TARGETS) not in OWN_TAKES.targets:
        st.session_state[Key.TARGETS] = TargetKind.SAME
