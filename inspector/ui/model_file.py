"""A model file as the model: chosen, then loaded on a click and not before."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.inspection import Inspection
from inspector.core.requests import ModelFile
from inspector.errors import InspectorError
from inspector.ui import words
from inspector.ui.choices import Key
from inspector.ui.own_models import OWN_TAKES, draw_notes, draw_own_loss
from inspector.ui.shared_engine import engine
from inspector.views.markdown import markdown, small
from inspector.views.tokens import plain

MOST_MEGABYTES = 50
# The last two are none: they are let in to be told what they are.
_ENDINGS = ["keras", "h5", "hdf5", "zip", "pb"]
_SHOWN = 16
SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "question.keras"


@dataclass(frozen=True)
class LoadedFile:
    """A file that the user has asked to load.

    Attributes:
        name: Its name.
        sha256: SHA-256 of its bytes, in hexadecimal.
        data: Its bytes.
    """

    name: str
    sha256: str
    data: bytes


@dataclass(frozen=True)
class FilePanel:
    """The uploader and what was loaded with it.

    Attributes:
        loaded: The file that is looked at, or None.
        notes: Where it is said what was translated.
    """

    loaded: LoadedFile | None
    notes: DeltaGenerator

    takes = OWN_TAKES

    def draw_knobs(self) -> ModelFile | None:
        """Draws the loss, and returns the model."""
        loss = draw_own_loss(words.AS_SAVED)
        file = self.loaded
        return None if file is None else ModelFile(file.name, file.sha256, file.data, loss)

    def tell(self, inspection: Inspection) -> None:
        """Says what was translated, or could not be restored."""
        with self.notes:
            draw_notes(inspection, words.ON_FILE)

    def refuse(self, error: InspectorError) -> None:
        """Nothing more than the error itself."""


def _keep(name: str, data: bytes) -> LoadedFile:
    """Keeps a file for this session: it is what the user has asked to load."""
    loaded = LoadedFile(plain(name), hashlib.sha256(data).hexdigest(), data)
    st.session_state[Key.LOADED] = loaded
    return loaded


def draw_file(main: DeltaGenerator) -> FilePanel:
    """Draws the uploader and the button that loads."""
    chosen = st.file_uploader(
        "Model file",
        type=_ENDINGS,
        key=Key.FILE,
        max_upload_size=MOST_MEGABYTES,
        help=words.FILE_HELP,
    )
    loaded: LoadedFile | None = st.session_state.get(Key.LOADED)
    if chosen is not None:
        st.markdown(small(words.file_warning(engine().confinement)))
        if st.button("Load this model", key=Key.LOAD, type="primary", width="stretch"):
            loaded = _keep(chosen.name, chosen.getvalue())
    elif loaded is None and SAMPLE.is_file():
        if st.button(words.SAMPLE_MODEL, key=Key.SAMPLE_MODEL, type="tertiary"):
            loaded = _keep(SAMPLE.name, SAMPLE.read_bytes())
    if loaded is not None:
        st.markdown(small(words.loaded_file(loaded.name, loaded.sha256[:_SHOWN])))
        st.query_params[Key.FILE_LINK] = f"{loaded.sha256[:_SHOWN]} {loaded.name}"
    elif Key.FILE_LINK in st.query_params:
        digest, _, name = st.query_params[Key.FILE_LINK].partition(" ")
        st.markdown(markdown(words.file_of_link(name, digest)))
    return FilePanel(loaded, main.container())
