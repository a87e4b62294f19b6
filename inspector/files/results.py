"""Reading a result back from the report that holds it."""

import json
import re
from pathlib import Path
from typing import Any

from inspector.core.atlas import FORMAT as ATLAS_FORMAT
from inspector.core.atlas import Atlas, atlas_from_json
from inspector.core.comparison import Comparison
from inspector.core.foreign_text import one_line
from inspector.core.inspection import Inspection
from inspector.core.result_json import decoded
from inspector.errors import InspectorError
from inspector.files.bytes import check_no_folder, file_bytes, given_path

RESULT_ID = "result"
"""Id of the script element that holds a whole result in a report."""
MAX_REPORT_BYTES = 2**29
MOST_OBJECTS = 1_000_000
_LONGEST_TAG = 1_000
_HAS_ID = re.compile(rf"""\sid\s*=\s*(["']?){RESULT_ID}\1(?=[\s/]|$)""")


def load_inspection(path: str | Path) -> Inspection:
    """Returns the inspection in a report that `inspection.to_html(path)` wrote.

    Raises:
        InspectorError: There is no such file, or no inspection of this version in it.
    """
    found = load_result(path)
    if not isinstance(found, Inspection):
        held = "a comparison of strategies" if isinstance(found, Comparison) else "a layer atlas"
        raise InspectorError(
            f"`{one_line(Path(path).name, 100)}` holds {held}.",
            "The report of an inspection was expected.",
            "Open it in a browser, or read it with inspector.load_result.",
        )
    return found


def load_result(path: str | Path) -> Inspection | Comparison | Atlas:
    """Returns the inspection or comparison in a report that its `to_html(path)` wrote.

    From a report of the page of layers it returns the lines that are in it. Nothing of the file is
    run.

    Raises:
        InspectorError: There is no such file, or no result of this version in it.
    """
    path = given_path(path)
    check_no_folder(path, "A report was expected.")
    name = one_line(path.name, 100)
    content = file_bytes(path, MAX_REPORT_BYTES)
    found = _result_in(content.decode("utf-8", "replace"))
    if found is None:
        raise InspectorError(
            f"`{name}` holds no inspection.",
            "A report that `inspection.to_html(path)` wrote was expected.",
        )
    value = _parsed(found, name)
    if isinstance(value, dict) and value.get("format") == ATLAS_FORMAT:
        return atlas_from_json(found)
    return decoded(value)


def _result_in(text: str) -> str | None:
    """Returns what stands in the element that holds the result; None if there is none.

    Scripts are looked at one after the other: what stands in another one is never taken for it.
    """
    at = 0
    while (start := text.find("<script", at)) >= 0 and (end := text.find(">", start)) >= 0:
        close = text.find("</script", end)
        close = len(text) if close < 0 else close
        if end - start <= _LONGEST_TAG and _HAS_ID.search(text, start, end):
            return text[end + 1 : close]
        at = close
    return None


def _parsed(text: str, name: str) -> Any:
    if text.count("{") + text.count("[") > MOST_OBJECTS or text.count(",") > 10 * MOST_OBJECTS:
        raise InspectorError(
            f"The inspection in `{name}` is made of too many parts.",
            f"At most {MOST_OBJECTS:,} lists and objects are read.",
            "Inspect fewer rows, and write it again.",
        )
    try:
        return json.loads(text)
    except (ValueError, RecursionError, MemoryError) as error:
        raise InspectorError(
            f"The inspection in `{name}` is damaged: {one_line(str(error), 200)}.",
            "A report as it was written was expected.",
            "Write it again.",
        ) from None
