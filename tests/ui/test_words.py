"""What the page says, as Markdown."""

import pytest

from inspector.ui import words


@pytest.mark.parametrize("token", ["[", "]", "]["])
def test_a_bracket_does_not_end_small_text_too_early(token: str) -> None:
    text = f"Every `{token}` is padding."
    assert words.small(text) == text


@pytest.mark.parametrize("token", ["#", "[PAD]", "`` ` ``"])
def test_all_else_is_small(token: str) -> None:
    text = f"Every `{token}` is padding."
    assert words.small(text) == f":small[{text}]"
