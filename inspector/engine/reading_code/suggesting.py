"""The nearest right name for a wrong one."""

import difflib
from collections.abc import Iterable


def nearest(name: str, among: Iterable[str]) -> str:
    """Returns the name most like `name`, or ""."""
    choices = {choice.lower(): choice for choice in among}
    found = difflib.get_close_matches(name.lower(), choices, 1, cutoff=0.7)
    return choices[found[0]] if found else ""
