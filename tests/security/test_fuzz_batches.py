"""Damaged and random files of each format: a batch or a clear error, in bounded memory.

`FUZZ_MINUTES` says for how many minutes each format is tried; a few seconds without it.
"""

import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.core.requests import UPLOAD_LIMITS
from inspector.errors import InspectorError
from inspector.files.choices import FileChoices
from inspector.files.read import FORMATS, batch_from_bytes, column_names
from tests.security import batch_bombs as made
from tests.security.attack import faults_of_text

SECONDS = 60 * float(os.environ.get("FUZZ_MINUTES", "0")) or 3.0
SEED = int(os.environ.get("FUZZ_SEED", "1"))
FEW = FileChoices(limits=replace(UPLOAD_LIMITS, values=2**22))
PIECES = (
    b"{",
    b"[",
    b'"',
    b",",
    b":",
    b"\n",
    b"\0",
    b"\\",
    b"\xff",
    b"1e999",
    b"null",
    b"\t",
    b"#",
)
PIECES += (
    b"text",
    b"valid",
    b"NaN",
    b"PAR1",
    b"PK\x01\x02",
    b"\x93NUMPY",
    b"(",
    b"'",
    b"\xed\xa0\x80",
)


def seeds(project: Path, ending: str) -> list[bytes]:
    """Good files of a format, and some that are known to be bad."""
    files = sorted((project / "sample_data").glob(f"*{ending}"))
    good = [path.read_bytes() for path in files if path.stat().st_size < 200_000]
    if ending == ".parquet":
        good += [made.equal_ids(1000, 10), made.lying_rows(9), made.in_maps()]
        good.append(made.parquet({"t1": [1, 2], "t2": [0, 3], "label": ["a", "b"]}, version="1.0"))
        good.append(made.parquet({"x": [[[0.5]], [[1.5]]]}, data_page_version="2.0"))
    if ending == ".npz":
        good.append(made.npz({"x.npy": made.header(shape=(1, 2)) + bytes(16)}))
    return good or [b"##abb\n#babb\n"]


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The file with a few things done to it."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0 and at < len(data):
            data[at] = chance.randrange(256)
        elif kind == 1 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            data[at:at] = chance.choice(PIECES) * chance.choice((1, 1, 1, 300))
        elif kind == 3:
            del data[at : at + chance.randint(1, 40)]
        elif kind == 4:
            data[at : at + 8] = chance.randbytes(8)
        elif len(data) < 500_000:
            start = chance.randrange(len(data) + 1)
            data[at:at] = data[start : start + chance.randint(1, 400)]
    return bytes(data)


def check(content: bytes, ending: str) -> None:
    """Reads a file, as the library and as the app do."""
    column_names(content, f"a{ending}")
    try:
        batch = batch_from_bytes(content, ending, FEW, "a")
    except InspectorError as error:
        assert error.got and not faults_of_text(str(error)), str(error)
    else:
        assert batch.rows >= 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("ending", FORMATS)
def test_a_damaged_file_is_a_batch_or_a_clear_error(ending: str, project: Path) -> None:
    chance = random.Random(SEED)
    starts = seeds(project, ending)
    end = time.monotonic() + SECONDS
    tried = 0
    while time.monotonic() < end or tried < 20:
        content = damaged(chance.choice(starts), chance)
        tried += 1
        try:
            check(content, ending)
        except Exception as error:
            where = Path(f"fuzz-{ending[1:]}-{tried}{ending}")
            _keep(where.write_bytes, content)
            raise AssertionError(f"{where}, seed {SEED}: {type(error).__name__} {error}") from error


def _keep(write: Callable[[bytes], object], content: bytes) -> None:
    """Writes what was found beside the tests, where somebody asked for a long run."""
    if "FUZZ_MINUTES" in os.environ:
        write(content)
