"""What the user chose on the page of layers."""

from collections.abc import Sequence

from inspector.core.atlas import AtlasRow
from inspector.ui import page_words
from inspector.ui.choices import Key
from inspector.ui.controls import segments, select
from inspector.views.atlas_words import FILTERS


def draw_atlas_version(versions: Sequence[str]) -> str:
    """Draws the choice of a version of Keras, where there are several."""
    if len(versions) == 1:
        return versions[0]
    labels = {version: f"Keras {version}" for version in versions}
    return segments("Version", labels, Key.ATLAS_VERSION, help=page_words.ATLAS_VERSION_HELP)


def draw_atlas_filter(rows: Sequence[AtlasRow]) -> tuple[str, list[AtlasRow]]:
    """Draws what to look for, and returns it with the rows that are like that."""
    kind = select(
        "Show",
        {name: name for name in FILTERS},
        Key.ATLAS_FILTER,
        help=page_words.ATLAS_FILTER_HELP,
    )
    return kind, [row for row in rows if FILTERS[kind](row)]


def draw_atlas_layer(rows: Sequence[AtlasRow]) -> AtlasRow:
    """Draws the choice of one row, which can be found by typing."""
    labels = {row: row.name for row in rows}
    return select("One layer", labels, Key.ATLAS_LAYER, help=page_words.ATLAS_LAYER_HELP)
