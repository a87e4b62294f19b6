"""A report holds its result, and gives it back."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import inspector
from inspector.core.digest import digest
from inspector.core.result_json import FORMAT
from inspector.errors import InspectorError
from tests.views.conftest import MAKERS


@pytest.mark.parametrize("name", ["question", "hostile", "nan", "without loss"])
def test_a_result_comes_back_from_its_report(name: str, tmp_path: Path) -> None:
    inspection = MAKERS[name]()
    html = inspection.to_html(tmp_path / "report.html", date="2026-01-02")
    found = inspector.load_result(tmp_path / "report.html")
    assert digest(found) == digest(inspection)
    assert found.to_html(date="2026-01-02") == html


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "holds no inspection"),
        ("<p>hello</p>", "holds no inspection"),
        ('<script id="result">{</script>', "is damaged"),
        ('<script id="result">{}</script>', "no inspection that can be read"),
        ('<script id="result">' + "[" * 100_000 + "</script>", "is damaged"),
        ("\udcff", "holds no inspection"),
    ],
    ids=["empty", "another page", "half", "another object", "deep", "not text"],
)
def test_another_file_is_refused(content: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InspectorError, match=words):
        inspector.load_result(path)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"$enum": []},
        {"$enum": [[], 1]},
        {"$array": ["<f4", [float("inf")], ""]},
        {"$array": ["<f4", [1], "x"]},
        {"$value": ["Inspection", {}]},
        {"$import": "os"},
    ],
    ids=str,
)
def test_a_result_that_was_changed_by_hand_is_refused(value: object, tmp_path: Path) -> None:
    text = json.dumps({"format": FORMAT, "inspection": value})
    path = tmp_path / "report.html"
    path.write_text(f'<script id="result">{text}</script>')
    with pytest.raises(InspectorError, match="is damaged"):
        inspector.load_result(path)


def test_a_report_that_was_cut_off_is_refused_or_whole(tmp_path: Path) -> None:
    inspection = MAKERS["question"]()
    html = inspection.to_html(date="2026-01-02")
    path = tmp_path / "report.html"
    start = html.index('id="result"')
    end = html.index("</script>", start)
    for cut in (0, start, start + 20, (start + end) // 2, end - 1):
        path.write_text(html[:cut], encoding="utf-8")
        with pytest.raises(InspectorError, match="holds no inspection|is damaged"):
            inspector.load_result(path)
    path.write_text(html[: end + 9], encoding="utf-8")
    assert digest(inspector.load_result(path)) == digest(inspection)


def test_where_nothing_can_be_written_is_told_in_words(tmp_path: Path) -> None:
    inspection = MAKERS["question"]()
    for write in (inspection.to_json, inspection.to_html):
        with pytest.raises(InspectorError, match="cannot be written"):
            write(tmp_path / "nowhere" / "file")
        with pytest.raises(InspectorError, match="cannot be written"):
            write(tmp_path)


def test_a_folder_is_called_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InspectorError, match="`reports` is a folder. A report was expected. Pass"):
        inspector.load_result("reports")
    with pytest.raises(InspectorError, match="`.` is a folder. A file with a batch was expected"):
        inspector.read_batch(".")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InspectorError, match="cannot be read"):
        inspector.load_result(tmp_path / "report.html")


@pytest.mark.parametrize("read", [inspector.load_result, inspector.read_batch])
def test_what_is_no_path_is_said(read: Callable[[object], object]) -> None:
    for path in (None, 5, b"report.html"):
        with pytest.raises(InspectorError, match="A path in text was expected"):
            read(path)
