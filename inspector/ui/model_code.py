"""Code as the model: an editor, starting points, and the code with the line that matters marked."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspector.core.inspection import Inspection
from inspector.core.link_text import packed_text, unpacked_text
from inspector.core.requests import PastedCode
from inspector.errors import CodeError, InspectorError, MissingNamesError
from inspector.ui import words
from inspector.ui.choices import Key
from inspector.ui.code_examples import EXAMPLES, QUESTION
from inspector.ui.controls import TO_URL
from inspector.ui.given_names import draw_names, given_names, known_names, remember
from inspector.ui.model_preset import draw_seed, draw_steps
from inspector.ui.own_models import OWN_TAKES, draw_notes, draw_own_loss
from inspector.ui.surroundings import surroundings
from inspector.views.markdown import markdown, small

if TYPE_CHECKING:
    from inspector.views.code_listing import LineMark

_DATA = re.compile(r"array\(|=\s*\[\s*\[")
_MONOSPACE = (
    f"<style>.st-key-{Key.CODE} textarea {{ font-family: ui-monospace, SFMono-Regular, Menlo, "
    "Consolas, monospace; font-size: 13px; white-space: pre; overflow-x: auto; }</style>"
)


@dataclass(frozen=True)
class CodePanel:
    """The editor and what stands beside it.

    Attributes:
        source: What was typed.
        own_data: The data in the code is the batch.
        listing: Where the code stands with its marks.
        names: Where values are asked for.
        notes: Where it is said what was skipped or translated.
    """

    source: str
    own_data: bool
    listing: DeltaGenerator
    names: DeltaGenerator
    notes: DeltaGenerator

    takes = OWN_TAKES

    def draw_knobs(self) -> PastedCode:
        """Draws the loss, the seed and the training, and returns the model."""
        loss = draw_own_loss(words.AS_IN_THE_CODE)
        return PastedCode(
            self.source, given_names(self.source), draw_seed(), loss, draw_steps(), self.own_data
        )

    def tell(self, inspection: Inspection) -> None:
        """Marks the line where the mask stops, and says what was skipped."""
        from inspector.views.code_listing import marks_of

        self._draw_listing(inspection.code, marks_of(inspection))
        with self.notes:
            draw_notes(inspection, words.ON_CODE)

    def refuse(self, error: InspectorError) -> None:
        """Marks the line that is at fault, or asks for values."""
        from inspector.views.code_listing import LineMark, MarkKind

        if isinstance(error, MissingNamesError):
            with self.names:
                draw_names(remember(error.asked))
        line = error.line if isinstance(error, CodeError) else None
        marks: tuple[LineMark, ...] = ()
        if isinstance(error, MissingNamesError):
            marks = tuple(
                LineMark(need.line, MarkKind.ASK, words.asks_for(need)) for need in error.asked
            )
        elif line is not None:
            marks = (LineMark(line, MarkKind.ERROR, words.said_at_line(error)),)
        self._draw_listing(tuple(self.source.splitlines()), marks)

    def _draw_listing(self, lines: tuple[str, ...], marks: "tuple[LineMark, ...]") -> None:
        from inspector.views.code_listing import listing

        with self.listing.container(key=Key.LISTING):
            st.html(listing(lines, marks, surroundings().theme))


def draw_code(main: DeltaGenerator) -> CodePanel:
    """Draws the editor in the middle of the page, where code has room."""
    if Key.CODE not in st.session_state:
        linked = unpacked_text(st.query_params.get(Key.CODE_LINK, ""))
        st.session_state[Key.CODE] = st.session_state.get(Key.CODE_KEPT, linked or QUESTION)
    with main:
        st.html(_MONOSPACE)
        left, right = st.columns(2, gap="medium")
        with left:
            text = st.text_area(words.CODE_LABEL, key=Key.CODE, **words.CODE)
            _draw_buttons()
            own_data = _draw_own_data(text or "")
            names = st.container()
        with right:
            st.markdown(words.LISTING_LABEL)
            listing = st.empty()
            notes = st.container()
    source = text or ""
    st.session_state[Key.CODE_KEPT] = source
    _put_into_link(source, main)
    with names:
        draw_names(known_names(), source)
    return CodePanel(source, own_data, listing, names, notes)


def _draw_buttons() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Read this code", key=Key.READ, type="primary", icon=":material/play_arrow:")
        with st.popover("Start from", type="tertiary", icon=":material/lightbulb:"):
            for number, name in enumerate(EXAMPLES):
                st.button(
                    markdown(name),
                    key=f"{Key.EXAMPLE}{number}",
                    on_click=_start_from,
                    args=(EXAMPLES[name],),
                    width="stretch",
                )
            if st.session_state.get(Key.CODE_BEFORE):
                st.button(
                    words.MY_CODE,
                    key=Key.BACK,
                    on_click=_bring_back,
                    icon=":material/undo:",
                    width="stretch",
                )


def _draw_own_data(source: str) -> bool:
    """Draws the switch for the data in the code, where there may be some."""
    if not _DATA.search(source):
        return False
    return st.toggle(words.OWN_DATA, key=Key.OWN_DATA, bind=TO_URL, help=words.OWN_DATA_HELP)


def _start_from(text: str) -> None:
    """Puts a starting point into the editor; what was typed can be brought back."""
    typed = st.session_state.get(Key.CODE, "")
    if typed.strip() and typed not in EXAMPLES.values():
        st.session_state[Key.CODE_BEFORE] = typed
    st.session_state[Key.CODE] = text


def _bring_back() -> None:
    st.session_state[Key.CODE] = st.session_state.pop(Key.CODE_BEFORE)


def _put_into_link(source: str, main: DeltaGenerator) -> None:
    packed = None if source == QUESTION else packed_text(source)
    if packed is not None:
        st.query_params[Key.CODE_LINK] = packed
    else:
        st.query_params.pop(Key.CODE_LINK, None)
        if source != QUESTION:
            main.markdown(small(words.CODE_TOO_LONG_FOR_LINK))
