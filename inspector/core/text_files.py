"""Writing an answer into a file that the user named."""

import json
from pathlib import Path
from typing import Any

from inspector.errors import InspectorError


def write_text(path: str | Path, text: str) -> None:
    """Writes text as UTF-8, with the same bytes on every system.

    Raises:
        InspectorError: It cannot be written there.
    """
    try:
        Path(path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InspectorError(
            f"`{path}` cannot be written: {error.strerror or type(error).__name__}.",
            "The path must name a file in a folder that exists and that you may write to.",
            "Make the folder, or choose another path.",
        ) from None


def json_text(values: dict[str, Any], path: str | Path | None = None) -> str:
    """Returns plain values as indented JSON, and writes it to `path` if given.

    Raises:
        InspectorError: It cannot be written there.
    """
    text = json.dumps(values, indent=2, allow_nan=False)
    if path is not None:
        write_text(path, text + "\n")
    return text
