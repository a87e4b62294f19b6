"""Controls that several parts of the page use, bound to the URL.

A bound list writes the label it shows, therefore labels are part of the links that people keep.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import streamlit as st

from inspector.views.markdown import markdown
from inspector.views.tokens import plain

_Option = TypeVar("_Option")
TO_URL: Final = "query-params"


def only(labels: Mapping[_Option, str], allowed: Sequence[_Option]) -> dict[_Option, str]:
    """Returns the labels of the allowed options, in their order."""
    return {option: labels[option] for option in allowed}


def select(
    label: str,
    labels: Mapping[_Option, str],
    key: str,
    help: str,
    on_change: Callable[[], None] | None = None,
) -> _Option:
    """Draws a list and returns what is chosen, the first option at first."""
    options = list(labels)
    chosen = st.selectbox(
        markdown(label),
        options,
        format_func=lambda option: plain(labels[option]),
        key=key,
        help=markdown(help),
        on_change=on_change or "rerun",
        bind=TO_URL,
    )
    return chosen if chosen in labels else options[0]


def segments(
    label: str,
    labels: Mapping[_Option, str],
    key: str,
    help: str,
    hide_label: bool = False,
    on_change: Callable[[], None] | None = None,
) -> _Option:
    """Draws a few options side by side and returns what is chosen, the first at first."""
    options = list(labels)
    return st.segmented_control(
        markdown(label),
        options,
        default=options[0],
        required=True,
        format_func=lambda option: markdown(labels[option]),
        key=key,
        help=markdown(help),
        label_visibility="collapsed" if hide_label else "visible",
        bind=TO_URL,
        on_change=on_change,  # Streamlit 1.65 does not take the word "rerun" here.
    )


def save_button(
    label: str,
    content: bytes | Callable[[], bytes],
    name: str,
    kind: str,
    key: str,
    help: str | None = None,
) -> None:
    """Draws the button that saves a file.

    Args:
        label: What stands on it.
        content: The bytes of the file, or what makes them when it is clicked.
        name: Of the file.
        kind: Its MIME type.
        key: Session key of the button.
        help: What it is good for.
    """
    st.download_button(
        markdown(label),
        content,
        name,
        kind,
        key=key,
        icon=":material/download:",
        on_click="ignore",
        help=None if help is None else markdown(help),
    )
