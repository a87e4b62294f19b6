"""What the command line takes for a model, and values for names in its code."""

import argparse
import json
from pathlib import Path
from typing import Any

from inspector.errors import InspectorError

PRESET = "preset:"
MODEL_FILES = (".keras", ".h5", ".hdf5")


def check_model(options: argparse.Namespace) -> None:
    """Refuses what names no model, before anything is said of the batch.

    Raises:
        InspectorError: It names no model.
    """
    named: str = options.model
    file, colon, attribute = named.rpartition(":")
    if named.startswith(PRESET) or Path(named).suffix.lower() in (*MODEL_FILES, ".py"):
        return
    if colon and file.endswith(".py"):
        module = ".".join(Path(file).with_suffix("").parts)
        raise InspectorError(
            f"`{named}` names no model.",
            "A .py file is read, and `module:attribute` is imported.",
            f"Write `{file}`, or `{module}:{attribute}`.",
        )
    if not colon:
        batch = options.batch or ""
        swapped = Path(batch).suffix.lower() in (*MODEL_FILES, ".py")
        raise InspectorError(
            f"`{named}` names no model.",
            "A model is `preset:question`, a .keras, .h5 or .py file, or `module:attribute`.",
            f"The model comes first: `{batch}`, then `{named}`." if swapped else "",
        )


def given_values(pairs: list[str] | None) -> dict[str, Any]:
    """Returns what `--set NAME=VALUE` gives, values read as JSON where they are.

    Raises:
        InspectorError: One is not of that form.
    """
    values: dict[str, Any] = {}
    for pair in pairs or ():
        name, text = _parted(pair)
        if text is None or not name:
            raise InspectorError(f"`--set` is `{pair}`.", "It must be NAME=VALUE.")
        try:
            values[name.strip()] = json.loads(text)
        except ValueError:
            values[name.strip()] = text
    return values


def _parted(pair: str) -> tuple[str, str | None]:
    """Name and value: at the first "=" outside of brackets, since a name may be a call."""
    depth = 0
    for position, character in enumerate(pair):
        depth += (character in "([{") - (character in ")]}")
        if character == "=" and depth <= 0:
            return pair[:position], pair[position + 1 :]
    return pair, None
