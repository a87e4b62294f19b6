"""The one door from values to their drawing: loaded only when something is asked to show itself."""

import importlib
from typing import Any

_DRAWN = {
    ("inspection", "text"): ("inspector.views.text", "render"),
    ("inspection", "notebook"): ("inspector.views.html", "fragment"),
    ("inspection", "report"): ("inspector.views.report", "report"),
    ("inspection", "app"): ("inspector.showing", "show"),
    ("comparison", "text"): ("inspector.views.comparison_text", "render"),
    ("comparison", "notebook"): ("inspector.views.comparison_html", "fragment"),
    ("comparison", "report"): ("inspector.views.comparison_report", "report"),
}
"""What a value is, and the form asked for -> the module and the function that draw it."""


def shown(what: str, form: str, *arguments: Any) -> Any:
    """Draws a result.

    Args:
        what: `inspection` or `comparison`.
        form: `text`, `notebook`, `report` or `app`.
        arguments: The result, and the options of that form.

    Returns:
        What the form gives: text, or for `app` where the report lies.
    """
    module, function = _DRAWN[what, form]
    return getattr(importlib.import_module(module), function)(*arguments)
