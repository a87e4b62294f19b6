"""What the page says, as Markdown."""

import pytest

from inspector.ui import words
from inspector.worker.confinement import Confinement


@pytest.mark.parametrize("token", ["[", "]", "]["])
def test_a_bracket_does_not_end_small_text_too_early(token: str) -> None:
    text = f"Every `{token}` is padding."
    assert words.small(text) == text


@pytest.mark.parametrize("token", ["#", "[PAD]", "`` ` ``"])
def test_all_else_is_small(token: str) -> None:
    text = f"Every `{token}` is padding."
    assert words.small(text) == f":small[{text}]"


@pytest.mark.parametrize(
    ("confinement", "ending"),
    [
        (None, "time and memory, but that is no sandbox."),
        (Confinement(False, False, "Why."), "time and memory, but that is no sandbox."),
        (Confinement(True, False, "Why."), "that it reads and writes only its own files."),
        (Confinement(False, True, "Why."), "that it opens no connection."),
        (
            Confinement(True, True),
            "Linux sees to it that it reads and writes only its own files and it opens no "
            "connection.",
        ),
    ],
)
def test_what_keeps_a_model_file_in_is_said(confinement: Confinement | None, ending: str) -> None:
    warning = words.file_warning(confinement)
    assert warning.startswith("Load only files from people you trust.")
    assert warning.endswith(ending)
