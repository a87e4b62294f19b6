"""Values that pasted code takes from data it lacks: asked for, kept, put into the link."""

import ast
import json
from collections.abc import Sequence

import streamlit as st

from inspector.core.requests import GivenValue
from inspector.errors import AskedName
from inspector.ui import words
from inspector.ui.choices import Key
from inspector.views.markdown import markdown

_MOST_NAMES = 40
_MOST_CHARACTERS = 400


def remember(asked: Sequence[AskedName]) -> tuple[AskedName, ...]:
    """Keeps what the code asks for; returns what was not asked for before."""
    known = known_names()
    new = [need for need in asked if need.name not in {old.name for old in known}]
    st.session_state[Key.ASKED] = tuple([*known, *new][-_MOST_NAMES:])
    return tuple(new[:_MOST_NAMES])


def known_names() -> tuple[AskedName, ...]:
    """Returns what code has asked for in this session; at first, what the link gives."""
    if Key.ASKED not in st.session_state:
        st.session_state[Key.ASKED] = tuple(AskedName(name, 0, "") for name in _texts())
    asked: tuple[AskedName, ...] = st.session_state[Key.ASKED]
    return asked


def draw_names(asked: Sequence[AskedName], source: str | None = None) -> None:
    """Draws an input for every value that the code asks for.

    Args:
        asked: What it asked for.
        source: The code; names that do not stand in it any more are not drawn.
    """
    here = [need for need in asked if source is None or _root(need.name) in source]
    texts = _texts()
    for need in here:
        key = f"{Key.NAME}{need.name}"
        if key not in st.session_state:
            st.session_state[key] = texts.get(need.name, "")
        st.text_input(
            markdown(words.name_label(need)),
            key=key,
            max_chars=_MOST_CHARACTERS,
            placeholder=words.NAME_PLACEHOLDER,
            help=words.NAME_HELP,
            on_change=_keep,
            args=(need.name,),
        )


def given_names(source: str) -> tuple[tuple[str, GivenValue], ...]:
    """Returns the values that were given for this code; those of other code stay unmentioned."""
    asked = {need.name for need in known_names() if _root(need.name) in source}
    pairs = [(name, text) for name, text in _texts().items() if text.strip() and name in asked]
    return tuple((name, _value(text)) for name, text in pairs)


def _keep(name: str) -> None:
    texts = _texts() | {name: st.session_state[f"{Key.NAME}{name}"]}
    st.session_state[Key.NAMES] = texts
    kept = {key: text for key, text in texts.items() if text.strip()}
    if kept:
        st.query_params[Key.NAMES] = json.dumps(kept, separators=(",", ":"))
    else:
        st.query_params.pop(Key.NAMES, None)


def _texts() -> dict[str, str]:
    """What was typed, by name: of this session, else of the link."""
    if Key.NAMES not in st.session_state:
        st.session_state[Key.NAMES] = _linked(st.query_params.get(Key.NAMES, ""))
    texts: dict[str, str] = st.session_state[Key.NAMES]
    return texts


def _linked(text: str) -> dict[str, str]:
    try:
        found = json.loads(text) if len(text) < _MOST_NAMES * _MOST_CHARACTERS else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    pairs = [(name, text) for name, text in found.items() if _can_be_shown(name, text)]
    return dict(pairs[:_MOST_NAMES])


def _can_be_shown(name: str, text: object) -> bool:
    if not isinstance(text, str) or max(len(name), len(text)) > _MOST_CHARACTERS:
        return False
    try:
        (name + text).encode("utf-8")
    except UnicodeEncodeError:  # Half a character: JSON can name one.
        return False
    return True


def _value(text: str) -> GivenValue:
    """Returns a number, a tuple of numbers or the text itself."""
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text.strip()
    plain = _plain(value)
    return text.strip() if plain is None else plain


def _plain(value: object) -> GivenValue | None:
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        parts = [_plain(part) for part in value]
        return None if None in parts else tuple(part for part in parts if part is not None)
    return None


def _root(name: str) -> str:
    """The variable that an expression such as `X.shape[1]` begins with."""
    return name.split(".")[0].split("[")[0].split("(")[0].strip()
