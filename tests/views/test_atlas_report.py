"""The atlas to take along: its report, and its scripts, which measure the rows anew."""

import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import inspector
from inspector.core.atlas import FIELDS, Answer, AtlasRow, Fate, atlas_from_json
from inspector.files.atlases import atlas_versions, installed_keras, read_atlas
from inspector.files.results import load_inspection
from inspector.views.atlas_report import RESULT_ID, atlas_report
from inspector.views.atlas_script import atlas_scripts
from inspector.views.atlas_words import FATES, sentence
from tests.views.test_report import Reading

ATLAS = read_atlas(atlas_versions()[0])
DATE = "2026-01-02"
measured = pytest.mark.skipif(
    installed_keras() != ATLAS.keras, reason="there is no atlas of the installed Keras"
)


def of_every_kind() -> list[AtlasRow]:
    """One row for each way of reading and calling, time axis and fate: what lines differ in."""
    found: dict[Any, AtlasRow] = {}
    for row in ATLAS.rows:
        key = (row.call, row.prepare[:3], row.time_axis, row.fate)
        found.setdefault(key, row)
    return list(found.values())


def run(script: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(script, "the script", "exec"), names)
    return names


@measured
def test_the_plain_script_measures_what_the_rows_state() -> None:
    rows = of_every_kind()
    scripts = atlas_scripts(rows, ATLAS.keras)
    assert "inspector" not in scripts.plain and {row.fate for row in rows} >= {*Fate} - {
        Fate.HANDS_ON_WRONG
    }
    found = run(scripts.plain)["measured"]
    assert list(found) == [row.name for row in rows]
    for row in rows:
        told = found[row.name]
        assert (told["mask"], told["warned"]) == (FATES[row.fate], row.warned), row.name
        for name in FIELDS:
            said = getattr(row, name)
            known = said in (Answer.YES, Answer.NO)
            assert told.get(name) is ((said is Answer.YES) if known else None), (row.name, name)


@measured
def test_our_script_measures_the_same_rows() -> None:
    rows = [row for row in ATLAS.rows if row.layer in ("Conv1D", "Dense", "Softmax")]
    names = run(atlas_scripts(rows, ATLAS.keras).ours)
    assert list(names["atlas"].rows) == rows and not names["atlas"].not_measured


def test_every_row_of_every_atlas_has_its_line() -> None:
    for version in atlas_versions():
        atlas = read_atlas(version)
        plain = atlas_scripts(atlas.rows, version).plain
        compile(plain, version, "exec")
        assert all(f'"{row.name}": (' in plain and row.code in plain for row in atlas.rows)
        assert f"Keras {version}" in plain


def test_the_report_holds_the_map_the_table_and_the_rows() -> None:
    html = atlas_report(ATLAS, "all", DATE)
    assert html == atlas_report(ATLAS, "all", DATE) != atlas_report(ATLAS, "all", "2026-01-03")
    found = Reading(html)
    assert {"atlas-map", "atlas-map-light", "atlas-map-dark"} <= set(found.ids)
    assert atlas_from_json(json.dumps(found.block(RESULT_ID))) == ATLAS
    said = " ".join(found.texts)
    for words in (DATE, f"Keras {ATLAS.keras}, TensorFlow {ATLAS.tensorflow}", "88 lines"):
        assert words.replace("88", str(len(ATLAS.rows))) in said.replace("\N{NO-BREAK SPACE}", " ")
    assert all(sentence(row) in said for row in ATLAS.rows[:5])


def test_a_report_is_read_back_and_not_taken_for_an_inspection(tmp_path: Path) -> None:
    path = tmp_path / "layers.html"
    path.write_text(atlas_report(ATLAS, "all", DATE), encoding="utf-8")
    assert inspector.load_result(path) == ATLAS
    with pytest.raises(inspector.InspectorError, match="holds a layer atlas"):
        load_inspection(path)
    path.write_text('<script id="result">{"format": "mask-atlas/1"}</script>')
    with pytest.raises(inspector.InspectorError, match="no layer atlas"):
        inspector.load_result(path)


def test_what_a_report_is_of_stays_text() -> None:
    attack = "</script><script>alert(1)</script>"
    row = replace(ATLAS.rows[0], layer=attack, code=attack)
    atlas = replace(ATLAS, keras=attack, rows=(row,), not_measured=((attack, attack),))
    html = atlas_report(atlas, attack, attack)
    assert "<script>alert" not in html
    assert len([1 for attributes, _ in Reading(html).scripts if "type" not in attributes]) == 3
    assert not Reading(atlas_report(replace(ATLAS, rows=()), "none", DATE)).open
