"""A report holds its result, and gives it back."""

from pathlib import Path

import pytest

import inspector
from inspector.core.digest import digest
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


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InspectorError, match="cannot be read"):
        inspector.load_result(tmp_path / "report.html")
