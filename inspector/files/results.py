"""Reading a result back from the report that holds it."""

import json
from html.parser import HTMLParser
from pathlib import Path

from inspector.core.atlas import FORMAT as ATLAS_FORMAT
from inspector.core.atlas import Atlas, atlas_from_json
from inspector.core.comparison import Comparison
from inspector.core.inspection import Inspection
from inspector.core.result_json import decoded
from inspector.errors import InspectorError
from inspector.files.bytes import MAX_ARRAY_BYTES, check_no_folder, file_bytes, given_path

RESULT_ID = "result"
"""Id of the script element that holds a whole result in a report."""


def load_inspection(path: str | Path) -> Inspection:
    """Returns the inspection in a report that `inspection.to_html(path)` wrote.

    Raises:
        InspectorError: There is no such file, or no inspection of this version in it.
    """
    found = load_result(path)
    if not isinstance(found, Inspection):
        held = "a comparison of strategies" if isinstance(found, Comparison) else "a layer atlas"
        raise InspectorError(
            f"`{Path(path).name}` holds {held}.",
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
    text = file_bytes(path, MAX_ARRAY_BYTES).decode("utf-8", "replace")
    finder = _Finder()
    finder.feed(text)
    if finder.found is None:
        raise InspectorError(
            f"`{path.name}` holds no inspection.",
            "A report that `inspection.to_html(path)` wrote was expected.",
        )
    try:
        value = json.loads(finder.found)
    except (ValueError, RecursionError) as error:
        raise InspectorError(f"The inspection in `{path.name}` is damaged: {error}.") from None
    if isinstance(value, dict) and value.get("format") == ATLAS_FORMAT:
        return atlas_from_json(finder.found)
    return decoded(value)


class _Finder(HTMLParser):
    """Finds the element that holds the result."""

    def __init__(self) -> None:
        super().__init__()
        self.found: str | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and ("id", RESULT_ID) in attrs

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found = (self.found or "") + data
