"""Colours and glyphs: the only place that names a colour.

The three states of a cell keep their colour in both themes and always come with a glyph, because
in grey-scale print the colours differ in lightness by a factor of 1.15 to 1.54 only.
"""

from dataclasses import dataclass

KEPT = "#0072B2"
MASKED = "#D55E00"
NO_MASK = "#8C8C8C"

GLYPH_KEPT = ""
GLYPH_MASKED = "×"
GLYPH_NO_MASK = "·"
GLYPH_WRONG = "!"

BLACK = "#000000"
WHITE = "#FFFFFF"
TRANSPARENT = "rgba(0,0,0,0)"

FONT_FAMILY = (
    '"Source Sans", "Source Sans Pro", "Source Sans 3", system-ui, -apple-system, '
    '"Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
)


@dataclass(frozen=True)
class Theme:
    """The surroundings of a figure.

    Attributes:
        name: `light` or `dark`, as Streamlit calls it.
        page: Background that the figure stands on.
        text: Text, at least 7:1 on the page.
        muted: Secondary text, at least 4.5:1 on the page.
        grid: Thin lines and outlines that carry no meaning.
        well: Quiet fill: padding in a loss map, the track of a bar, a call without a time axis.
        alarm: The line where a mask stops wrongly, at least 4.5:1 on the page.
        sizes: Colours of a size from zero (first) to the largest (last).
        below: The same for values below zero.
        series: Colours of lines and their names, at least 4.5:1 on the page, told apart by
            colour-blind readers too.
    """

    name: str
    page: str
    text: str
    muted: str
    grid: str
    well: str
    alarm: str
    sizes: tuple[str, ...]
    below: tuple[str, ...]
    series: tuple[str, ...]


LIGHT = Theme(
    name="light",
    page="#FFFFFF",
    text="#1F2933",
    muted="#566370",
    grid="#D5DBE1",
    well="#EDF0F3",
    alarm="#B3261E",
    sizes=("#FAF7FD", "#DDD0EE", "#B79BD8", "#8D63BB", "#643393"),
    below=("#F7FAF8", "#C9E4DB", "#8DC3B4", "#4E9787", "#1F6255"),
    series=(
        "#0072B2",
        "#C25200",
        "#00795C",
        "#A8438B",
        "#876400",
        "#1F2933",
        "#7B5BC8",
        "#66727E",
    ),
)

DARK = Theme(
    name="dark",
    page="#15191E",
    text="#E8ECF0",
    muted="#A3AEB9",
    grid="#39424C",
    well="#242B33",
    alarm="#FF8A7A",
    sizes=("#1F1F30", "#423563", "#6C5099", "#A07ECB", "#E0CBF6"),
    below=("#1B2726", "#25514A", "#3B7F73", "#67AF9F", "#BFE6DA"),
    series=(
        "#56B4E9",
        "#FF8A4C",
        "#2BB58A",
        "#E08BBF",
        "#F0E442",
        "#E8ECF0",
        "#4C9FE0",
        "#8A97A3",
    ),
)

THEMES = {LIGHT.name: LIGHT, DARK.name: DARK}


def theme_named(name: str | None) -> Theme:
    """Returns the theme called `name`; the light one for any other name."""
    return THEMES.get(name or "", LIGHT)


def rgb(colour: str) -> tuple[int, int, int]:
    """Returns red, green and blue (0 to 255) of `#RRGGBB`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Returns the relative luminance (0 to 1) of `#RRGGBB`, as WCAG 2 defines it."""
    parts = [value / 255 for value in rgb(colour)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Returns the WCAG 2 contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def blend(colour: str, ground: str, share: float) -> str:
    """Returns `share` (0 to 1) of `colour` mixed into `ground`."""
    mixed = (
        round(part * share + base * (1 - share))
        for part, base in zip(rgb(colour), rgb(ground), strict=True)
    )
    return "#" + "".join(f"{value:02X}" for value in mixed)


def text_on(colour: str) -> str:
    """Returns black or white, whichever contrasts more with `colour`."""
    return max(BLACK, WHITE, key=lambda candidate: contrast(candidate, colour))


def size_colour(share: float, theme: Theme) -> str:
    """Returns the colour of a size that is `share` (-1 to 1) of the largest."""
    ramp = theme.sizes if share >= 0 else theme.below
    place = min(abs(share), 1.0) * (len(ramp) - 1)
    index = min(int(place), len(ramp) - 2)
    return blend(ramp[index + 1], ramp[index], place - index)


def size_scale(theme: Theme, signed: bool = False) -> list[list[float | str]]:
    """Returns the Plotly colour scale of sizes from zero, or around zero where `signed`."""
    ramp = (*reversed(theme.below[1:]), *theme.sizes) if signed else theme.sizes
    return [[index / (len(ramp) - 1), colour] for index, colour in enumerate(ramp)]


def discrete_scale(colours: tuple[str, ...]) -> list[list[float | str]]:
    """Returns a Plotly colour scale that maps the whole number i to `colours[i]`.

    It holds for `zmin=-0.5`, `zmax=len(colours) - 0.5`.
    """
    scale: list[list[float | str]] = []
    for index, colour in enumerate(colours):
        scale += [[index / len(colours), colour], [(index + 1) / len(colours), colour]]
    return scale
