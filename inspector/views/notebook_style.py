"""How figures and tables look in a notebook, on light and on dark."""

from inspector.views import palette
from inspector.views.averages import Inks
from inspector.views.palette import DARK, LIGHT, Theme

SHADES = 8
"""Steps of the colour scale of a loss map, from zero to the largest."""

AVERAGES_INKS = Inks(
    text="currentColor",
    muted="currentColor",
    track="rgba(140, 140, 140, .18)",
    same=LIGHT.sizes[-2],
    other=f"color-mix(in srgb, {LIGHT.sizes[-2]} 45%, transparent)",
)
"""Colours of the averages: one purple that can be seen on light and on dark."""

_DARK_PAGES = ('[data-jp-theme-light="false"]', "[theme=dark]", ".vscode-dark", ".theme-dark")
"""What JupyterLab, Colab and VS Code say around an output on a dark page."""


def shade(share: float) -> str:
    """Returns the class of a cell whose value is `share` (0 to 1) of the largest."""
    return f"s{round(min(max(share, 0.0), 1.0) * (SHADES - 1))}"


def _shades(theme: Theme, around: str = "") -> str:
    lines = []
    for step in range(SHADES):
        colour = palette.size_colour(step / (SHADES - 1), theme)
        ground = f"{around} .mask-inspector .s{step}".lstrip()
        lines.append(f"{ground} {{ fill: {colour}; }}")
        lines.append(f"{ground}t {{ fill: {palette.text_on(colour)}; }}")
    return "\n".join(lines)


# Letters take the notebook's colour; grounds are see-through, so that they suit light and dark.
STYLE = f"""
.mask-inspector {{ max-width: 60rem; line-height: 1.4; }}
.mask-inspector figure {{ margin: 1em 0; }}
.mask-inspector figcaption {{ font-weight: bold; }}
.mask-inspector svg {{ display: block; max-width: 100%; height: auto;
  font: 12px system-ui, sans-serif; fill: currentColor; }}
.mask-inspector svg .c {{ text-anchor: middle; }}
.mask-inspector svg .b {{ font-weight: bold; }}
.mask-inspector svg .y {{ fill-opacity: .72; font-size: 11px; }}
.mask-inspector svg .v {{ font-size: 10px; }}
.mask-inspector svg .k {{ fill: {palette.KEPT}; }}
.mask-inspector svg .m {{ fill: rgba(213, 94, 0, .12); stroke: {palette.MASKED}; }}
.mask-inspector svg .n {{ fill: rgba(140, 140, 140, .1); stroke: {palette.NO_MASK}; }}
.mask-inspector svg .t {{ fill: rgba(140, 140, 140, .18); }}
.mask-inspector svg .kt {{ fill: #fff; }}
.mask-inspector svg .stop {{ stroke: {palette.MASKED}; stroke-width: 2.5; }}
.mask-inspector svg .end {{ stroke: {palette.NO_MASK}; stroke-width: 1.5; stroke-dasharray: 4; }}
{_shades(LIGHT)}
{_shades(DARK, f":is({', '.join(_DARK_PAGES)})")}
.mask-inspector .q {{ opacity: .75; font-size: 90%; font-weight: normal; }}
.mask-inspector pre {{ margin: .3em 0 .3em 1.5em; overflow-x: auto; }}
"""
