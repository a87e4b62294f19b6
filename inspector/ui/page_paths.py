"""Where the pages are: the package may be installed far from `app.py`."""

from pathlib import Path

_PAGES = Path(__file__).resolve().parent / "pages"


def page_path(name: str) -> str:
    """Returns the file of a page."""
    return str(_PAGES / f"{name}.py")
