"""Tables in a report: what a screen can hold as HTML, everything as a CSV file inside the file."""

import base64
import math
from typing import Any

import pandas as pd

from inspector.views.numbers import number
from inspector.views.report_page import text

MOST_ROWS = 200
_MOST_CSV_BYTES = 2**20


def table_html(table: pd.DataFrame) -> str:
    """Returns a table as HTML, every cell escaped."""
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]
    numeric = [
        is_number and not pd.api.types.is_bool_dtype(kind)
        for is_number, kind in zip(numeric, table.dtypes, strict=True)
    ]
    lines = ['<div class="scroll"><table>', "<thead><tr>"]
    for name, is_number in zip(table.columns, numeric, strict=True):
        lines.append(f'<th scope="col"{_kind(is_number)}>{text(name)}</th>')
    lines.append("</tr></thead><tbody>")
    for row in table.head(MOST_ROWS).itertuples(index=False, name=None):
        cells = [
            f"<td{_kind(is_number)}>{_cell(value)}</td>"
            for value, is_number in zip(row, numeric, strict=True)
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    lines.append("</tbody></table></div>")
    return "\n".join(lines)


def folded_table(table: pd.DataFrame, name: str) -> str:
    """Returns a table behind a line to open it, with the same table as a CSV file to save.

    Args:
        table: The whole table; of a long one the first rows are shown.
        name: Name of the file.
    """
    said = f"The first {MOST_ROWS:,} of {len(table):,} rows." if len(table) > MOST_ROWS else ""
    csv = table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig", "replace")
    if len(csv) <= _MOST_CSV_BYTES:
        content = base64.b64encode(csv).decode("ascii")
        save = (
            f'<a class="save" download="{text(name)}.csv" '
            f'href="data:text/csv;charset=utf-8;base64,{content}">Save as CSV</a>'
        )
    else:
        save = "The whole table is too large for a report; the app and Python have it."
    return (
        f"<details><summary>Table</summary>{table_html(table)}"
        f'<p class="small">{" ".join(part for part in (said, save) if part)}</p></details>'
    )


def _kind(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def _cell(value: Any) -> str:
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else text(number(value, 6))
    # Code keeps its lines; `text` would join them.
    return "\n".join(text(line) for line in str(value).split("\n"))
