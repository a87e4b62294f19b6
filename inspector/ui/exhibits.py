"""A figure on a page, with everything that belongs next to it: words, table, CSV."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from inspector.core.ledger import LossLedger
from inspector.ui import words
from inspector.ui.controls import save_button
from inspector.views.averages import averages_alt, averages_html, averages_table, inks
from inspector.views.markdown import markdown, small
from inspector.views.palette import Theme
from inspector.views.tokens import plain


@dataclass(frozen=True)
class Exhibit:
    """A figure and its company.

    Attributes:
        key: Session key, the start of the name of files that are saved.
        figure: The figure.
        alt: One sentence with the finding, for readers who do not see the figure.
        table: Makes the table; called only when somebody looks at it or saves it.
        notes: What a reader must know, one sentence each.
    """

    key: str
    figure: go.Figure
    alt: str
    table: Callable[[], pd.DataFrame]
    notes: Sequence[str] = ()


@contextmanager
def heading(title: str, help: str) -> Iterator[None]:
    """Draws the heading of a section; controls drawn inside stand beside it.

    What the marks of the figure mean is behind the question mark.
    """
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.subheader(markdown(title), help=markdown(help), anchor=False, width="content")
        yield


def draw_exhibit(exhibit: Exhibit) -> None:
    """Draws the figure, and below it the notes, the table and the download."""
    # The browser draws a new chart twice, from equal copies (streamlit 1.67). The same revision in
    # both tells Plotly that the lists in the second hold what they held in the first.
    exhibit.figure.layout.datarevision = 1
    st.plotly_chart(
        exhibit.figure,
        key=f"{exhibit.key}_chart",
        alt=plain(exhibit.alt),
        theme=None,
        config=_config(exhibit.key),
    )
    draw_company(exhibit.key, exhibit.table, exhibit.alt, exhibit.notes)


def draw_averages(key: str, ledger: LossLedger | None, theme: Theme) -> None:
    """Draws the averages, and below them the notes, the table and the download."""
    st.html(averages_html(ledger, inks(theme)))
    notes = () if ledger is None else ledger.notes
    draw_company(key, partial(averages_table, ledger), averages_alt(ledger), notes)


def draw_company(
    key: str, table: Callable[[], pd.DataFrame], alt: str, notes: Sequence[str]
) -> None:
    """Draws what stands below a figure: its notes, its table and the download."""
    if notes:
        st.markdown(small(" ".join(notes)))
    draw_table(key, table, alt)


def draw_table(key: str, table: Callable[[], pd.DataFrame], alt: str) -> None:
    """Draws the table of a figure, made only when it is opened, and its download."""
    shown = st.expander(words.TABLE, key=f"{key}_table", type="compact", on_change="rerun")
    if shown.open:
        with shown:
            st.dataframe(table(), hide_index=True, alt=plain(f"Table. {alt}"))
            save_button(
                "Save as CSV",
                lambda: csv_bytes(table()),
                f"{key}.csv",
                "text/csv",
                key=f"{key}_csv",
            )


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Returns a table as CSV; spreadsheets need the mark at the start to see that it is UTF-8."""
    return table.to_csv(index=False).encode("utf-8-sig")


def _config(name: str) -> dict[str, Any]:
    return {
        "displaylogo": False,
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "zoom2d", "pan2d", "autoScale2d"],
        "toImageButtonOptions": {"format": "svg", "filename": name},
    }
