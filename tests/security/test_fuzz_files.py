"""Damaged model files, reports and baselines: a model, a result or words, and nothing else.

`FUZZ_MINUTES` says for how many minutes each kind is tried; a few seconds without it.
"""

import copy
import json
import os
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import inspector
from inspector.core.result_json import encoded
from inspector.engine.model_files import ModelFileLimits, read_model
from inspector.errors import InspectorError
from inspector.files.results import load_result
from inspector.testing import assert_unchanged
from tests.security.attack import faults_of_text
from tests.security.model_file_payloads import hdf5, members, written
from tests.views.conftest import MAKERS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

SECONDS = 60 * float(os.environ.get("FUZZ_MINUTES", "0")) or 5.0
SEED = int(os.environ.get("FUZZ_SEED", "1"))
LONGEST = 30.0
LIMITS = ModelFileLimits(parameters=10**6, values=10**6, activations=10**7, seconds=1)
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    2**31,
    2**62,
    10**400,
    float("nan"),
    "",
    "\ud800",
    "a\x00b",
    "Lambda",
    "relu",
    "MeanIoU",
    [],
    {},
    [[[1]]],
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["lstm", 0, 0]}},
    {"class_name": "function", "module": "keras.utils", "config": "get_file"},
    {"$array": ["<f8", [2**40], "eJw="]},
    {"$value": ["Batch", {}]},
    {"$tuple": []},
)


def damaged(content: bytes, chooser: random.Random) -> bytes:
    """Some bytes are others, some are missing, some stand twice."""
    changed = bytearray(content)
    for _ in range(chooser.randint(1, 8)):
        at = chooser.randrange(len(changed) + 1)
        kind = chooser.randrange(4)
        if kind == 0:
            changed[at : at + 1] = bytes([chooser.randrange(256)])
        elif kind == 1:
            del changed[at : at + chooser.choice((1, 8, 512))]
        elif kind == 2:
            changed[at:at] = changed[at : at + chooser.choice((1, 64, 4096))]
        else:
            changed[at:at] = chooser.choice((b"\xff" * 8, b"\0" * 64, b"[" * 3_000, b"PK\x05\x06"))
    return bytes(changed[: chooser.randrange(len(changed) + 1)] if kind == 1 else changed)


def other_values(text: bytes | str, chooser: random.Random) -> bytes:
    """JSON in which some values are others."""
    whole = [json.loads(text)]
    for _ in range(chooser.randint(1, 3)):
        place: Any = whole
        key: Any = 0
        while isinstance(place[key], (dict, list)) and place[key] and chooser.random() > 0.12:
            place = place[key]
            key = chooser.choice(list(place) if isinstance(place, dict) else range(len(place)))
        place[key] = copy.deepcopy(chooser.choice(VALUES))
    return json.dumps(whole[0]).encode("utf-8", "surrogatepass")


def _keras_bytes(folder: Path, chooser: random.Random) -> Path:
    path = written(folder, members()["config.json"])
    path.write_bytes(damaged(path.read_bytes(), chooser))
    return path


def _keras_values(folder: Path, chooser: random.Random) -> Path:
    return written(folder, other_values(members()["config.json"], chooser))


def _keras_weights(folder: Path, chooser: random.Random) -> Path:
    path = written(folder, members()["config.json"])
    weights = damaged(members()["model.weights.h5"], chooser)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members(), "model.weights.h5": weights}.items():
            archive.writestr(name, content)
    return path


def _hdf5_bytes(folder: Path, chooser: random.Random) -> Path:
    path = hdf5(lambda file: None)(folder)
    assert isinstance(path, Path)
    path.write_bytes(damaged(path.read_bytes(), chooser))
    return path


def _report(folder: Path, content: bytes) -> Path:
    path = folder / "report.html"
    path.write_bytes(b'<script id="result">' + content + b"</script>")
    return path


def _result_bytes(folder: Path, chooser: random.Random) -> Path:
    return _report(folder, damaged(_good_result(), chooser))


def _result_values(folder: Path, chooser: random.Random) -> Path:
    return _report(folder, other_values(_good_result(), chooser))


def _baseline(folder: Path, chooser: random.Random) -> Path:
    path = folder / "baseline.json"
    good = json.dumps(MAKERS["question"]().to_dict()).encode()
    path.write_bytes(chooser.choice((damaged, other_values))(good, chooser))
    return path


def _good_result() -> bytes:
    return json.dumps(encoded(MAKERS["question"]())).encode()


def _compare(path: Path) -> None:
    inspection = MAKERS["question"]()
    try:
        assert_unchanged(inspection, path)
    except AssertionError as error:
        str(error).encode("utf-8")


def _read(path: Path) -> None:
    read_model(path, limits=LIMITS)


Make = Callable[[Path, random.Random], Path]
KINDS: dict[str, tuple[Make, Callable[[Path], Any]]] = {
    "archive": (_keras_bytes, _read),
    "description": (_keras_values, _read),
    "weights": (_keras_weights, _read),
    "hdf5": (_hdf5_bytes, _read),
    "report": (_result_bytes, load_result),
    "result": (_result_values, inspector.load_result),
    "baseline": (_baseline, _compare),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_gives_words_or_what_it_holds(kind: str, tmp_path: Path) -> None:
    make, read = KINDS[kind]
    began, number = time.monotonic(), 0
    while time.monotonic() - began < SECONDS:
        seed = f"{SEED}-{kind}-{number}"
        path = make(tmp_path, random.Random(seed))
        start = time.process_time()
        try:
            read(path)
        except InspectorError as error:
            assert error.got, seed
            assert faults_of_text(str(error), (str(tmp_path),)) == [], seed
        except BaseException as error:
            raise AssertionError(f"{seed}: {type(error).__name__}: {error}") from error
        assert time.process_time() - start < LONGEST, seed
        number += 1
    assert number > 0
