"""The colours of the page, computed from the file that sets them."""

import re
from pathlib import Path

import pytest

from inspector.views.palette import THEMES, blend, contrast

CONFIG = (Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text("utf-8")
QUIET = 0.6  # Streamlit shows captions and quiet labels at this opacity.


def colours(theme: str) -> dict[str, str]:
    section = CONFIG.partition(f"[theme.{theme}]\n")[2].partition("\n[")[0]
    return dict(re.findall(r'^(\w+) = "(#\w{6})"$', section, flags=re.MULTILINE))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    named = colours(theme)
    page, panel = named["backgroundColor"], named["secondaryBackgroundColor"]
    assert contrast(named["textColor"], page) >= 7
    assert contrast(named["textColor"], panel) >= 7
    assert contrast(blend(named["textColor"], page, QUIET), page) >= 4.5
    assert contrast(named["linkColor"], page) >= 4.5
    assert contrast(named["primaryColor"], page) >= 4.5
    assert contrast(named["codeTextColor"], named["codeBackgroundColor"]) >= 7


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_are_drawn_for_this_page(theme: str) -> None:
    assert THEMES[theme].page == colours(theme)["backgroundColor"]


def test_nothing_is_reported_and_nothing_is_fetched() -> None:
    assert "gatherUsageStats = false" in CONFIG
    assert "http" not in CONFIG
