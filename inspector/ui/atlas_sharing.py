"""What can be taken along from the page of layers: the report, and the scripts."""

from collections.abc import Sequence
from dataclasses import replace

from inspector.core.atlas import Atlas, AtlasRow
from inspector.ui import page_words
from inspector.ui.exhibits import heading
from inspector.ui.sharing import draw_code, draw_report
from inspector.views.atlas_script import atlas_scripts


def draw_atlas_sharing(atlas: Atlas, rows: Sequence[AtlasRow], kind: str) -> None:
    """Draws the button of the report and, folded away, the code for the lines on screen.

    Args:
        atlas: All that was measured.
        rows: The lines on screen.
        kind: What was looked for.
    """
    shown = replace(atlas, rows=tuple(rows))
    with heading("Take it along", page_words.SHARING_HELP):
        pass
    draw_report(
        lambda: atlas_report_bytes(shown, kind), "layers.html", page_words.ATLAS_REPORT_HELP
    )
    draw_code(lambda: atlas_scripts(shown.rows, atlas.keras), page_words.ATLAS_SCRIPTS)


def atlas_report_bytes(atlas: Atlas, kind: str) -> bytes:
    """Returns the report as one HTML file."""
    from inspector.views.atlas_report import atlas_report

    return atlas_report(atlas, f"shown: {kind}").encode("utf-8")
