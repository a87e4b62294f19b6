"""What each layer of Keras does to a mask: the atlas that was measured."""

from functools import partial

import streamlit as st

from inspector.files.atlases import atlas_versions, read_atlas
from inspector.ui import page_words
from inspector.ui.atlas_choices import draw_atlas_filter, draw_atlas_layer, draw_atlas_version
from inspector.ui.atlas_sharing import draw_atlas_sharing
from inspector.ui.choices import Key
from inspector.ui.exhibits import Exhibit, draw_exhibit
from inspector.ui.surroundings import surroundings, watch_surroundings
from inspector.views import atlas_words
from inspector.views.atlas_example import example
from inspector.views.atlas_map import AtlasMapView, atlas_map, atlas_map_alt, atlas_table
from inspector.views.markdown import Markdown, code, markdown, small
from inspector.views.tokens import plain_code

around = surroundings()
st.title("What each layer does to a mask", anchor=False)
st.markdown(page_words.ATLAS)
one, two, three = st.columns(3)
with one:
    atlas = read_atlas(draw_atlas_version(atlas_versions()))
with two:
    kind, chosen = draw_atlas_filter(atlas.rows)
with three:
    row = draw_atlas_layer(chosen or atlas.rows)
with st.container(border=True):
    shown_row = Markdown("**{}** · {}  \n{}").format(
        row.name, code(row.code), atlas_words.sentence(row)
    )
    st.markdown(markdown(shown_row))
    shown = st.expander("See it in plain Keras", key=Key.ATLAS_CODE, on_change="rerun")
    if shown.open:
        with shown:
            st.markdown(small(page_words.ATLAS_EXAMPLE))
            st.code(plain_code(example(row)))

shown_of = "" if len(chosen) == len(atlas.rows) else f" {len(chosen)} of {len(atlas.rows)} lines."
st.markdown(small(atlas_words.CAPTION + shown_of))
draw_exhibit(
    Exhibit(
        key=Key.ATLAS_MAP,
        figure=atlas_map(chosen, AtlasMapView(around.theme, around.narrow)),
        alt=atlas_map_alt(chosen, atlas.keras),
        table=partial(atlas_table, chosen),
    )
)
with st.expander(markdown(f"Not measured: {len(atlas.not_measured)} layers"), type="compact"):
    why_not = [Markdown("- {}: {}").format(code(name), why) for name, why in atlas.not_measured]
    st.markdown(markdown(Markdown("\n").join(why_not)))
draw_atlas_sharing(atlas, chosen, kind)
st.markdown(small(f"Keras {atlas.keras} with TensorFlow {atlas.tensorflow}."))
watch_surroundings(around)
