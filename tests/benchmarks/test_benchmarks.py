import ast
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.measure import Result, side_by_side
from benchmarks.rows import ROWS, Row

RATIO = Result("edit", 90.0, 60.0, "ms", 2.0, "echo page")
SLOW = Result("edit", 150.0, 60.0, "ms", 2.0, "echo page")
BOUND = Result("sent", 600.0, None, "kB", 500.0)


@pytest.mark.parametrize(
    ("result", "figure", "met"),
    [
        pytest.param(RATIO, 1.5, True, id="a ratio under its target"),
        pytest.param(SLOW, 2.5, False, id="a ratio over its target"),
        pytest.param(BOUND, 600.0, False, id="a figure over its bound"),
        pytest.param(Result("x", 3.0, None, "s", None), 3.0, None, id="no target"),
    ],
)
def test_a_result_knows_whether_it_meets_its_target(
    result: Result, figure: float, met: bool | None
) -> None:
    assert result.figure == figure
    assert result.met is met


def test_the_table_shows_ratio_target_and_miss() -> None:
    lines = report.table([RATIO, BOUND]).splitlines()
    assert [cell.strip() for cell in lines[2].strip("|").split("|")] == [
        "edit",
        "90.0 ms",
        "60.0 ms (echo page)",
        "1.50x",
        "<= 2x",
        "yes",
    ]
    assert lines[3].rstrip(" |").endswith("NO")
    assert len({len(line) for line in lines}) == 1


def test_writing_again_keeps_what_is_written_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# By hand\n\nKept.\n", encoding="utf-8")
    monkeypatch.setattr(report, "README", readme)
    report.write([SLOW])
    report.write([RATIO])
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("# By hand\n\nKept.\n")
    assert "1.50x" in text and "2.50x" not in text
    assert text.count("| what") == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_has_its_function(row: Row, project: Path) -> None:
    module, _, function = row.home.partition(":")
    source = (project / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
    # Read, not imported: half of the rows load TensorFlow, the other half a browser.
    functions = [n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
    assert function in functions


def test_two_calls_are_taken_in_turns() -> None:
    order: list[str] = []
    side_by_side(lambda: order.append("ours"), lambda: order.append("plain"), 2, warm=1)
    assert order == ["ours", "plain"] * 3
