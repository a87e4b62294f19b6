"""What the browser looks like: its theme, and whether its window is narrow.

Streamlit runs a page again neither when the theme is switched in its menu nor when the window
becomes narrow, and it never says how wide the window is. The figures need both.
"""

from dataclasses import dataclass

import streamlit as st
from streamlit.components.v2 import component

from inspector.ui.choices import Key
from inspector.views.palette import Theme, rgb, theme_named

NARROW_PIXELS = 640

_CSS = """
i {
  display: block; height: 0;
  background: var(--st-background-color);
  transition: background-color 1ms;
}
"""
_SCRIPT = """
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const narrow = window.matchMedia(`(max-width: ${data.pixels}px)`)
  const tellWidth = () => {
    if (narrow.matches !== data.narrow) setStateValue("narrow", narrow.matches)
  }
  const square = parentElement.querySelector("i")
  // The theme may have been switched before this was here; told once, whatever comes of it.
  const tellTheme = () => {
    const now = getComputedStyle(square).backgroundColor
    if (now === data.page || now === square.dataset.told) return
    square.dataset.told = now
    setTriggerValue("theme", true)
  }
  // The background follows the theme, and the end of a transition is an event.
  square.ontransitionend = () => setTriggerValue("theme", true)
  narrow.addEventListener("change", tellWidth)
  tellWidth()
  tellTheme()
  return () => narrow.removeEventListener("change", tellWidth)
}
"""
_watcher = component("mask_inspector_surroundings", html="<i></i>\n", css=_CSS, js=_SCRIPT)


@dataclass(frozen=True)
class Viewport:
    """Where the figures stand.

    Attributes:
        theme: Colours of the page.
        narrow: The window is at most `NARROW_PIXELS` wide.
    """

    theme: Theme
    narrow: bool


def surroundings() -> Viewport:
    """Returns what is known of the browser at this run."""
    known = st.session_state.get(Key.BROWSER) or {}
    return Viewport(theme_named(st.context.theme.type), bool(known.get("narrow")))


def watch_surroundings(drawn_for: Viewport) -> None:
    """Has the page run again when the surroundings are not what it was drawn for."""
    _watcher(
        key=Key.BROWSER,
        data={
            "narrow": drawn_for.narrow,
            "pixels": NARROW_PIXELS,
            "page": "rgb({}, {}, {})".format(*rgb(drawn_for.theme.page)),
        },
        height=1,
        on_narrow_change=_run_again,
        on_theme_change=_run_again,
    )


def _run_again() -> None:
    """Having a callback is what makes the change known; the run itself does the rest."""
