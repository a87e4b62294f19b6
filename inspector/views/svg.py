"""Pieces of an SVG picture that stands in HTML; every text is escaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from inspector.views.tokens import plain


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels: left, top, width and height."""

    left: float
    top: float
    width: float
    height: float

    @property
    def path(self) -> str:
        """The outline, as SVG writes it."""
        left, top, width, height = self.left, self.top, self.width, self.height
        return f"M{left:.5g} {top:.5g}h{width:.4g}v{height:.4g}h-{width:.4g}z"

    @property
    def middle(self) -> float:
        """Where a text in the middle stands."""
        return self.left + self.width / 2

    @property
    def foot(self) -> float:
        """The foot of a line of text in it."""
        return self.top + self.height / 2 + 4


def boxes(kind: str, some: Sequence[Box]) -> str:
    """Returns boxes of one class as one element, which is short; nothing if there are none."""
    if not some:
        return ""
    return f'<path class="{kind}" d="{"".join(box.path for box in some)}"/>'


def words(kind: str, x: float, y: float, text: str) -> str:
    """Returns a line of text with its foot at `y`; without a class it has that of its group."""
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.5g}" y="{y:.5g}">{escape(plain(text))}</text>'


def heading(y: float, name: str, said: str) -> str:
    """Returns a name, and what is said of it in smaller letters beside it."""
    more = f'<tspan class="y" dx="8">{escape(plain(said))}</tspan>'
    return f'<text x="0" y="{y:.5g}"><tspan class="b">{escape(plain(name))}</tspan>{more}</text>'


def line(kind: str, y: float, width: float) -> str:
    """Returns a line across the picture."""
    return f'<path class="{kind}" d="M0 {y:.5g}h{width:.5g}"/>'


def picture(width: float, height: float, alt: str, parts: Iterable[str]) -> str:
    """Returns the whole picture; readers who do not see it hear `alt`."""
    size = f'width="{width:.5g}" height="{height:.5g}" viewBox="0 0 {width:.5g} {height:.5g}"'
    said = escape(plain(alt))
    return f'<svg {size} role="img" aria-label="{said}">{"".join(parts)}</svg>'
