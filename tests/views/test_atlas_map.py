"""The map of the atlas: its cells, its words and its colours."""

import numpy as np
import plotly.graph_objects as go
import pytest

from inspector.core.atlas import Fate
from inspector.files.atlases import atlas_versions, read_atlas
from inspector.views.atlas_map import (
    AtlasMapView,
    Tone,
    atlas_map,
    atlas_map_alt,
    atlas_table,
    tone,
)
from inspector.views.atlas_words import COLUMNS, FILTERS, SHORT_COLUMNS, sentence
from inspector.views.palette import DARK, LIGHT, THEMES, contrast

ATLAS = read_atlas(atlas_versions()[0])


@pytest.mark.parametrize("compact", [False, True])
def test_every_row_has_its_cells(compact: bool) -> None:
    drawn = atlas_map(ATLAS.rows, AtlasMapView(LIGHT, compact))
    go.Figure(drawn.to_dict())  # once more with validation
    heatmap = drawn.data[0]
    z, text = np.asarray(heatmap.z), np.asarray(heatmap.text)
    lines = ~np.isnan(z).all(axis=1)
    assert lines.sum() == len(ATLAS.rows)
    assert z[lines].shape[1] == len(SHORT_COLUMNS) == len(COLUMNS)
    lost = [row.fate is Fate.LOSES for row in ATLAS.rows]
    assert list(text[lines, 0] == "loses") == lost
    names = list(drawn.data[1].text) if compact else list(drawn.layout.yaxis.ticktext)
    assert names == [row.name for row in ATLAS.rows]


def test_words_can_be_read_on_every_tone() -> None:
    for theme in THEMES.values():
        scale = atlas_map(ATLAS.rows, AtlasMapView(theme)).data[0].colorscale
        for _, colour in scale:
            assert contrast(theme.text, colour) >= 4.5, (theme.name, colour)


def test_no_layer_gives_a_sentence() -> None:
    assert "No layer" in atlas_map([], AtlasMapView(DARK)).data[0].text[0]


def test_the_alt_text_counts() -> None:
    rows = [row for row in ATLAS.rows if row.layer in ("Dense", "Conv1D")]
    said = atlas_map_alt(rows, "3.0")
    assert "Keras 3.0" in said and "4 lines: 3 lose it" in said and "in 3 padding leaks" in said


def test_the_table_says_what_the_map_says() -> None:
    table = atlas_table(ATLAS.rows)
    assert len(table) == len(ATLAS.rows) and len(set(table.columns)) == len(table.columns)
    assert list(table["layer"]) == [row.name for row in ATLAS.rows]
    assert table["in words"].str.len().min() > 20


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_finds_some_and_only_what_needs_a_look(name: str) -> None:
    found = [row for row in ATLAS.rows if FILTERS[name](row)]
    assert found
    if name != "all":
        assert len(found) < len(ATLAS.rows)
        assert all(Tone.LOOK in {tone(row, column) for column in COLUMNS} for row in found)


def test_sentences_of_known_rows() -> None:
    said = {row.name: sentence(row) for row in ATLAS.rows}
    assert said["Dense"] == (
        "It hands the mask on. Padding changes nothing that it returns at real timesteps."
    )
    assert said["Add, second input unmasked"].startswith(
        "The mask is lost here. Keras does not warn of it."
    )
    assert "what padding holds changes" in said["AveragePooling1D"].lower()
    assert "and how much padding there is change what" in said["GlobalMaxPooling1D"]
    assert said["Softmax, over features"].startswith("It fails on a masked sequence. Keras says:")
