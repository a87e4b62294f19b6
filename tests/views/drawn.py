"""What stands on a figure: words, texts in cells, lines."""

import plotly.graph_objects as go

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
