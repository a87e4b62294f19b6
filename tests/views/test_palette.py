"""The numbers that make states and texts tell apart."""

import pytest

from inspector.views import palette
from inspector.views.palette import DARK, LIGHT, Theme, blend, contrast, size_colour, text_on

STREAMLIT_DARK = "#171614"


@pytest.mark.parametrize(
    ("colour", "on_white", "on_dark"),
    [(palette.KEPT, 5.19, 3.49), (palette.MASKED, 3.87, 4.68), (palette.NO_MASK, 3.36, 5.38)],
    ids=["kept", "masked", "no mask"],
)
def test_contrast_of_the_states(colour: str, on_white: float, on_dark: float) -> None:
    assert contrast(colour, "#FFFFFF") == pytest.approx(on_white, abs=0.01)
    assert contrast(colour, STREAMLIT_DARK) == pytest.approx(on_dark, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_everything_can_be_read_on_the_page(theme: Theme) -> None:
    for state in (palette.KEPT, palette.MASKED, palette.NO_MASK):
        assert contrast(state, theme.page) >= 3
    assert contrast(theme.text, theme.page) >= 7
    for ground in (theme.page, theme.well):
        assert contrast(theme.muted, ground) >= 4.5
    assert contrast(theme.alarm, theme.page) >= 4.5
    # Tokens on the light inside of hollow cells.
    for state, share in ((palette.MASKED, 0.13), (palette.NO_MASK, 0.09)):
        assert contrast(theme.text, blend(state, theme.page, share)) >= 7


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_values_can_be_read_on_every_size(theme: Theme) -> None:
    for step in range(-100, 101):
        colour = size_colour(step / 100, theme)
        assert contrast(text_on(colour), colour) >= 4.5, step
    # A larger value is further from the page, monotonically.
    distances = [contrast(size_colour(step / 20, theme), theme.page) for step in range(21)]
    assert distances == sorted(distances)
    assert contrast(size_colour(1, theme), theme.page) >= 7


def test_text_on_filled_cells() -> None:
    assert text_on(palette.KEPT) == palette.WHITE
    assert text_on(palette.MASKED) == text_on(palette.NO_MASK) == palette.BLACK
    for state in (palette.KEPT, palette.MASKED, palette.NO_MASK):
        assert contrast(text_on(state), state) >= 4.5


def test_contrast_has_its_known_ends() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#123456", "#123456") == 1


def test_a_discrete_scale_gives_each_whole_number_its_colour() -> None:
    scale = palette.discrete_scale(("#111111", "#222222", "#333333"))
    for index, colour in enumerate(("#111111", "#222222", "#333333")):
        place = (index + 0.5) / 3  # zmin = -0.5, zmax = 2.5
        below = [c for at, c in scale if at <= place][-1]
        assert below == colour


def test_an_unknown_theme_is_light() -> None:
    assert palette.theme_named("dark") is DARK
    assert palette.theme_named(None) is palette.theme_named("solarized") is LIGHT
