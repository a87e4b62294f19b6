"""What each layer of Keras does to a mask: the atlas that was measured."""

from functools import partial

import streamlit as st

from inspector.files.atlases import atlas_versions, read_atlas
from inspector.ui import page_words, words
from inspector.ui.atlas_choices import draw_atlas_filter, draw_atlas_layer, draw_atlas_version
from inspector.ui.atlas_sharing import draw_atlas_sharing
from inspector.ui.choices import Key
from inspector.ui.exhibits import Exhibit, draw_exhibit
from inspector.ui.surroundings import surroundings, watch_surroundings
from inspector.views import atlas_words
from inspector.views.atlas_example import example
from inspector.views.atlas_map import AtlasMapView, atlas_map, atlas_map_alt, atlas_table

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
    st.markdown(f"**{row.name}** · `{row.code}`  \n{atlas_words.sentence(row)}")
    shown = st.expander("See it in plain Keras", key=Key.ATLAS_CODE, on_change="rerun")
    if shown.open:
        with shown:
            st.markdown(words.small(page_words.ATLAS_EXAMPLE))
            st.code(example(row))

shown_of = "" if len(chosen) == len(atlas.rows) else f" {len(chosen)} of {len(atlas.rows)} lines."
st.markdown(words.small(atlas_words.CAPTION + shown_of))
draw_exhibit(
    Exhibit(
        key=Key.ATLAS_MAP,
        figure=atlas_map(chosen, AtlasMapView(around.theme, around.narrow)),
        alt=atlas_map_alt(chosen, atlas.keras),
        table=partial(atlas_table, chosen),
    )
)
with st.expander(f"Not measured: {len(atlas.not_measured)} layers", type="compact"):
    st.markdown("\n".join(f"- `{name}`: {why}" for name, why in atlas.not_measured))
draw_atlas_sharing(atlas, chosen, kind)
st.markdown(words.small(f"Keras {atlas.keras} with TensorFlow {atlas.tensorflow}."))
watch_surroundings(around)
