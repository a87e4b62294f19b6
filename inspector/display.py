"""The door from a result to what shows it: text, notebook, report, app.

Results stand below everything that draws them and import none of it. What shows a result is named
here, and loaded when it is asked for.
"""

import datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType

_TEXT = {"Inspection": "inspector.views.text", "Comparison": "inspector.views.comparison_text"}
_NOTEBOOK = {"Inspection": "inspector.views.html", "Comparison": "inspector.views.comparison_html"}
_REPORT = {
    "Inspection": "inspector.views.report",
    "Comparison": "inspector.views.comparison_report",
}
_APP = {"Inspection": "inspector.app"}


def _module(result: object, modules: dict[str, str]) -> ModuleType:
    """Returns the module that shows results of this class, or of the one that it extends."""
    names = [kind.__name__ for kind in type(result).__mro__]
    return import_module(next(modules[name] for name in names if name in modules))


def text_of(result: object) -> str:
    """Returns a result as text for a terminal."""
    text: str = _module(result, _TEXT).render(result)
    return text


def fragment_of(result: object) -> str:
    """Returns a result as HTML for a notebook."""
    html: str = _module(result, _NOTEBOOK).fragment(result)
    return html


def report_of(result: object, date: datetime.date | str | None) -> str:
    """Returns a result as one HTML file.

    Args:
        result: An `Inspection` or a `Comparison`.
        date: The date that stands in it; None for today (UTC).
    """
    html: str = _module(result, _REPORT).report(result, date)
    return html


def show(result: object) -> Path | None:
    """Opens the app on a result; returns the file with the report, None if a notebook has it."""
    path: Path | None = _module(result, _APP).show(result)
    return path
