"""Messages of libraries, as they are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.foreign_text import one_line, printable, without_places

PLACES: dict[str, tuple[str, str]] = {
    "a path": ("Unable to open /tmp/inspector-x8/model.h5 (errno=2)", "Unable to open (a file) "),
    "a path in quotes": ("No such file: '/etc/passwd'", "No such file: '(a file)'"),
    "a path in the home folder": ("read ~/models/a.h5", "read (a file)"),
    "a path of Windows": ("C:\\Users\\me\\x.h5 not found", "(a file) not found"),
    "a file address": ("open file:///srv/app/x", "open (a file)"),
    "a line of a traceback": ('File "/srv/my app/x.py", line 3, in call\n  foo', "\n  foo"),
    "an address": ("<function <lambda> at 0x7f0771918>", "<function <lambda>>"),
    "an address of an object": ("<ast.Call object at 0x7f0288614f10>", "<ast.Call>"),
    "an address in a name": ("lambda_at_0x7f07719180e0", "lambda"),
    "colours": ("\x1b[1mbold\x1b[0m", "bold"),
}


@pytest.mark.parametrize("name", PLACES)
def test_places_of_the_machine_are_left_out(name: str) -> None:
    message, expected = PLACES[name]
    assert without_places(message).startswith(expected)


@pytest.mark.parametrize(
    "message",
    [
        "`model/lstm/kernel` has shape (2, 3)/(4, 5), 1/2/3 or 0xff",
        "see https://keras.io/api/layers/core_layers/masking",
        "input/output and/or x",
    ],
)
def test_what_is_no_place_stays(message: str) -> None:
    assert without_places(message) == message


@given(st.text(), st.integers(1, 300))
def test_one_line_can_be_sent_and_shown(text: str, most: int) -> None:
    line = one_line(text, most)
    assert len(line) <= most
    assert line.isprintable()
    line.encode("utf-8")


def test_what_cannot_be_shown_becomes_a_question_mark() -> None:
    assert printable("a\ud800b\x00c\u202ed\ne") == "a?b?c?d e"
