"""What stands between a model file and the server is said where one is chosen."""

import pytest

from inspector.ui import words
from inspector.worker.confinement import Confinement


@pytest.mark.parametrize(
    ("confinement", "ending"),
    [
        (None, "time and memory, but that is no sandbox."),
        (Confinement(False, False, "Why."), "time and memory, but that is no sandbox."),
        (Confinement(True, False, "Why."), "that it reads and writes only its own files."),
        (Confinement(False, True, "Why."), "that it opens no connection."),
        (
            Confinement(True, True),
            "Linux sees to it that it reads and writes only its own files and it opens no "
            "connection.",
        ),
    ],
)
def test_what_keeps_a_model_file_in_is_said(confinement: Confinement | None, ending: str) -> None:
    warning = words.file_warning(confinement)
    assert warning.startswith("Load only files from people you trust.")
    assert warning.endswith(ending)
