"""`mask-inspector atlas`: the table, one layer, JSON, and a script that runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from inspector import cli
from inspector.core.atlas import atlas_from_json
from inspector.files.atlases import atlas_versions, nearest_version, read_atlas

ROOT = Path(__file__).resolve().parents[1]
NEWEST = atlas_versions()[0]


def said(capsys: pytest.CaptureFixture, *arguments: str) -> str:
    assert cli.main(["atlas", "--keras", NEWEST, *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_the_table_has_a_line_for_each_row(capsys: pytest.CaptureFixture) -> None:
    lines = said(capsys).splitlines()
    assert lines[0].startswith(f"Keras {NEWEST}, TensorFlow ")
    atlas = read_atlas(NEWEST)
    table = lines[3 : 3 + len(atlas.rows)]
    assert [line.partition("  ")[0] for line in table] == [row.name for row in atlas.rows]
    assert lines[-1].startswith("Not measured: ") and "Conv2D" in lines[-1]


def test_a_layer_is_told_in_a_sentence(capsys: pytest.CaptureFixture) -> None:
    lines = said(capsys, "globalmaxpooling1d").splitlines()
    assert lines[3].split() == "GlobalMaxPooling1D loses justified leaks leaks leaks leaks".split()
    assert lines[-1].startswith("GlobalMaxPooling1D: The mask is lost here.")


def test_the_json_is_an_atlas(capsys: pytest.CaptureFixture) -> None:
    assert atlas_from_json(said(capsys, "--json")) == read_atlas(NEWEST)
    rows = json.loads(said(capsys, "Dense", "--json"))["rows"]
    assert [row["fate"] for row in rows] == ["hands_on"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Nope"], "no layer `Nope`"),
        (["LSTMM"], "Did you mean `LSTM`?"),
        (["Conv2D"], "not measured: it takes images"),
        (["--example"], "without a layer"),
        (["--keras", "1.0"], "no atlas of Keras 1.0"),
        (["--measure", "--keras", "1.0"], "`--measure` was given with"),
    ],
)
def test_a_mistake_is_answered_in_words(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture
) -> None:
    assert cli.main(["atlas", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_the_script_of_a_layer_runs_in_a_process_of_its_own(
    capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    script = tmp_path / "pooling.py"
    script.write_text(said(capsys, "GlobalMaxPooling1D", "--example"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "other content in padding changes real timesteps: True" in done.stdout


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(None, NEWEST), (NEWEST, NEWEST), ("99.0", NEWEST), ("0.1", atlas_versions()[-1])],
)
def test_the_nearest_atlas_is_taken(wanted: str | None, found: str) -> None:
    assert nearest_version(wanted) == found
