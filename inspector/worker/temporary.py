"""The child's temporary files: in a folder of its own, which goes when the child goes.

A child that is killed in the middle of a request cannot clean up after itself.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

import psutil

_PREFIX = "inspector-worker-"
_NAME = re.compile(rf"{_PREFIX}(\d+)-\w+")
_VARIABLES = ("TMPDIR", "TEMP", "TMP")  # Unix reads the first, Windows the others.


def temporary_folder() -> Path:
    """Makes a folder for one child; its name says which process made it."""
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def in_folder(folder: Path) -> dict[str, str]:
    """Returns the environment that makes a child put its temporary files there."""
    return dict.fromkeys(_VARIABLES, str(folder))


def remove(folder: Path) -> None:
    """Removes a child's folder with all that is left in it."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Removes what servers have left that were killed themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        match = _NAME.fullmatch(folder.name)
        if match and not folder.is_symlink() and not psutil.pid_exists(int(match.group(1))):
            remove(folder)
