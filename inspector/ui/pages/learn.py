"""A tour in six steps, what the words mean, and what the app does not see."""

import streamlit as st

from inspector.core.presets import PRESETS
from inspector.errors import Cancelled
from inspector.ui import page_words, words
from inspector.ui.choices import draw_lesson_link
from inspector.ui.page_paths import page_path
from inspector.ui.surroundings import surroundings, watch_surroundings
from inspector.views import phrases

st.title("Padding, masks and the loss", anchor=False)
st.markdown(page_words.TOUR)
around = surroundings()
try:
    # Loads pandas: the first visitor shall see the shell before that.
    from inspector.ui.tour import draw_tour

    draw_tour(around)
except Cancelled:
    st.stop()

st.header("The models and what they teach", anchor=False)
presets = list(PRESETS.values())
for start in range(0, len(presets), 3):
    for column, preset in zip(st.columns(3), presets[start : start + 3], strict=False):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{preset.title}**  \n:small[{preset.layers}]  \n{preset.lesson}")
            draw_lesson_link(preset)

st.header("Words", anchor=False)
st.markdown("\n".join(f"- **{word}**: {meaning}" for word, meaning in phrases.GLOSSARY.items()))

st.header("What a layer can do with a mask", anchor=False)
st.markdown(
    "\n".join(
        f"- **{phrases.OUTCOMES[outcome]}**: {meaning}"
        for outcome, meaning in phrases.OUTCOME_MEANINGS.items()
    )
)

st.page_link(
    page_path("layers"),
    label="What each layer of Keras does",
    icon=":material/grid_on:",
    help="",
)

st.header("What this does not see", anchor=False)
st.markdown(words.LIMITS)
watch_surroundings(around)
