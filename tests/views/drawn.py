"""What stands on a figure: words, texts in cells, lines, bars."""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import plotly.graph_objects as go

from inspector.views.averages import Inks
from inspector.views.figures import WORDS, TextMark


def words(figure: go.Figure) -> list[TextMark]:
    """The words that stand around the cells of a figure."""
    return [
        TextMark(text, x, y, size, colour)
        for trace in figure.data
        if trace.name == WORDS
        for text, x, y, size, colour in zip(
            trace.text, trace.x, trace.y, trace.textfont.size, trace.textfont.color, strict=True
        )
    ]


def cell_texts(figure: go.Figure) -> list[str]:
    """The texts that stand in the cells of a figure."""
    return [
        text
        for trace in figure.data
        if trace.type == "scatter" and trace.mode == "text" and trace.name != WORDS
        for text in trace.text
    ]


def lines(figure: go.Figure) -> list[go.Scatter]:
    """The lines on a figure."""
    return [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "lines"]


@dataclass(frozen=True)
class Bar:
    """A bar of the averages: its left end and its width in percent, and its colour."""

    left: float
    width: float
    colour: str


def bars(drawing: Element, ink: Inks) -> tuple[list[Bar], list[float]]:
    """The bars of the averages, and where the line at Keras's value crosses each of them."""
    found, lines = [], []
    for element in drawing.iter("div"):
        style = dict(part.split(":") for part in element.get("style", "").split(";") if part)
        if style.get("position") != "absolute":
            continue
        left = _percent(style["left"])
        if "width" in style:
            found.append(Bar(left, _percent(style["width"]), style["background"]))
        elif style["border-left"].endswith(ink.text):
            lines.append(left)
    return found, lines


def _percent(text: str) -> float:
    number = re.fullmatch(r"([\d.]+)%", text)
    assert number, text
    return float(number[1])
