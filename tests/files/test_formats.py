"""The formats that the page and the README show are those that are read."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from inspector.core.text.sentences import batch_from_sentences
from inspector.errors import BatchError, InspectorError
from inspector.files import formats
from inspector.files.choices import FileChoices
from inspector.files.read import FORMATS, batch_from_bytes, column_names, read_batch
from inspector.files.write import batch_bytes
from tests.files.test_choices import parquet


def test_every_format_is_shown_with_an_example() -> None:
    endings = [ending for kind in formats.FORMATS for ending in kind.endings]
    assert sorted(endings) == sorted(FORMATS)
    assert all(kind.examples and kind.what for kind in formats.FORMATS)


@pytest.mark.parametrize("name", formats.templates())
def test_every_template_is_a_batch_with_padding(name: str) -> None:
    content = formats.templates()[name]
    batch = batch_from_bytes(content, Path(name).suffix, FileChoices(), name)
    assert batch.rows == 2
    assert batch.padding.any()


@pytest.mark.parametrize(
    "code", [e for kind in formats.FORMATS if kind.language == "python" for e in kind.examples]
)
def test_every_example_in_python_writes_a_batch(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "example", "exec"), {})
    (written,) = tmp_path.iterdir()
    assert read_batch(written).rows == 2


def test_the_readme_shows_the_same(project: Path) -> None:
    assert formats.formats_markdown() in (project / "README.md").read_text("utf-8")


def test_names_of_columns_are_found_without_reading_all() -> None:
    found = {
        "a.csv": (b"text,label\na,b\n", ("text", "label")),
        "b.csv": (b"text;label\na;b\n", ("text", "label")),
        "c.tsv": (b"text\tlabel\na\tb\n", ("text", "label")),
        "d.json": (b'{"sentences": ["a"]}', ("sentences",)),
        "e.json": (b'[{"a": 1}]', ("a",)),
        "f.jsonl": (b'{"a": 1}\n{"a": 2}\n', ("a",)),
        "g.parquet": (parquet(pd.DataFrame({"review": ["a"]})), ("review",)),
        "h.txt": (b"text,label\n", ()),
        "i.json": (b"{broken", ()),
        "j.parquet": (b"broken", ()),
        "k.csv": (b"\xff\xfe\xfd", ()),
    }
    for name, (content, names) in found.items():
        assert column_names(content, name) == names, name


def test_templates_are_small() -> None:
    assert all(len(content) < 300 for content in formats.templates().values())
    with pytest.raises(InspectorError):
        batch_from_bytes(b"", ".csv", FileChoices(), "empty")


def test_parquet_without_its_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    content = parquet(pd.DataFrame({"text": ["#a"]}))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert column_names(content, "a.parquet") == ()
    with pytest.raises(BatchError, match="`pip install pyarrow`, or save the table as CSV"):
        batch_from_bytes(content, ".parquet", FileChoices(), "a")
    with pytest.raises(BatchError, match="`pip install pyarrow`, or write another format"):
        batch_bytes(batch_from_sentences(["#a"]), ".parquet")
