"""A tour in six steps, what the words mean, and what the app does not see."""

from itertools import starmap

import streamlit as st

from inspector.core.presets import PRESETS
from inspector.errors import Cancelled
from inspector.ui import page_words, words
from inspector.ui.choices import draw_lesson_link
from inspector.ui.page_paths import page_path
from inspector.ui.surroundings import surroundings, watch_surroundings
from inspector.views import phrases
from inspector.views.markdown import Markdown, markdown, small

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
            card = Markdown("**{}**  \n{}  \n{}")
            st.markdown(markdown(card.format(preset.title, small(preset.layers), preset.lesson)))
            draw_lesson_link(preset)

st.header("Words", anchor=False)
meaning_of = Markdown("- **{}**: {}").format
words_meant = Markdown("\n").join(starmap(meaning_of, phrases.GLOSSARY.items()))
st.markdown(markdown(words_meant))

st.header("What a layer can do with a mask", anchor=False)
outcomes = [
    meaning_of(phrases.OUTCOMES[outcome], meaning)
    for outcome, meaning in phrases.OUTCOME_MEANINGS.items()
]
st.markdown(markdown(Markdown("\n").join(outcomes)))

st.page_link(
    page_path("layers"),
    label="What each layer of Keras does",
    icon=":material/grid_on:",
    help="",
)

st.header("What this does not see", anchor=False)
st.markdown(words.LIMITS)
watch_surroundings(around)
