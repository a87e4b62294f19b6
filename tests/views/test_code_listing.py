"""Code with marks: numbers, signs, folding, and no way out of the text."""

import re

import pytest

from inspector.views.code_listing import LineMark, MarkKind, listing, marks_of
from inspector.views.palette import DARK, LIGHT, Theme, blend, contrast
from tests.views import made

HOSTILE = [
    'x = "<img src=x onerror=alert(1)>"',
    "</div><script>",
    "a & b",
    "\x00\u202e\ud800",
    "\t1",
]


def words(html: str) -> str:
    return re.sub(r"<[^>]*>", "\n", html)


def test_numbers_and_marks_stand_at_their_lines() -> None:
    html = listing(["a", "b", "c"], [LineMark(2, MarkKind.ERROR, "wrong `here`")], LIGHT)
    shown = [part for part in words(html).split("\n") if part.strip()]
    assert shown == ["1", "a", "✗ 2", "b", "✗ wrong here", "3", "c"]


def test_text_stays_text() -> None:
    html = listing(HOSTILE, [LineMark(1, MarkKind.STOP, "<b>&")], LIGHT)
    assert not re.search(r"<(?!/?(div|b|details|summary|p)\b)", html)
    assert "onerror=alert(1)&gt;" in html and "&lt;b&gt;&amp;" in html
    assert html.encode("utf-8")
    assert "\u202e" not in html


@pytest.mark.parametrize("line", [0, -1, 9, 10**9])
def test_a_mark_on_a_line_that_does_not_exist_is_left_out(line: int) -> None:
    assert "✗" not in listing(["a"], [LineMark(line, MarkKind.ERROR, "wrong")], LIGHT)


def test_lines_far_from_a_mark_are_folded_and_all_are_there() -> None:
    lines = [f"line_{number} = {number}" for number in range(1, 101)]
    html = listing(lines, [LineMark(50, MarkKind.STOP, "here")], LIGHT)
    assert html.count("<details>") == 2
    assert "lines 1 to 43" in html and "lines 57 to 100" in html
    assert all(f"line_{number} = " in html for number in range(1, 101))
    assert "<details>" not in listing(lines, [], LIGHT)


def test_huge_code_is_cut() -> None:
    html = listing(["x" * 10_000] * 10_000, [], LIGHT)
    assert len(html) < 3_000_000 and "8,000 more lines" in html


def test_the_stop_and_the_findings_of_an_inspection_are_marks() -> None:
    (stop,) = marks_of(made.the_question())
    assert (stop.line, stop.kind) == (3, MarkKind.STOP)
    assert stop.text.startswith("The mask stops at encoder: it returns only its last timestep")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_marked_lines_can_be_read(theme: Theme) -> None:
    for colour in (theme.alarm, "#0072B2"):
        assert contrast(theme.text, blend(colour, theme.page, 0.14)) >= 4.5
