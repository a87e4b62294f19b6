"""What a killed child leaves: no files, no processes."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from services_for_tests import Do

from inspector.errors import WorkerError
from inspector.worker import Engine, Limits, process

SERVICE = "services_for_tests:answer"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, of this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def engine(folder: Path) -> Iterator[Engine]:
    engine = Engine(Limits(seconds=2.0, start_seconds=20.0, grace_seconds=0.2), SERVICE)
    engine.start()
    assert engine.wait_until_ready(20)
    yield engine
    engine.close()


def test_files_and_helpers_of_a_killed_child_go(engine: Engine, folder: Path) -> None:
    ticket = engine.submit(Do("litter", 30.0), session="a")
    end = time.monotonic() + 20
    while (
        not (found := list(folder.glob("inspector-worker-*/helper"))) or not found[0].stat().st_size
    ):
        assert time.monotonic() < end
        time.sleep(0.01)
    helper = psutil.Process(int(found[0].read_text()))
    before = found[0].parent
    assert (before / "helper").exists() and list(before.glob("inspector-*/model.keras"))
    with pytest.raises(WorkerError, match="took longer than 2 s"):
        ticket.result(20)
    assert not before.exists()
    assert helper.wait(10) is None
    assert engine.ask(Do("echo", "again"), session="a") == "again"


def test_the_folder_goes_with_the_engine(folder: Path) -> None:
    engine = Engine(Limits(start_seconds=20.0), SERVICE)
    engine.ask(Do("echo", 1), session="a")
    assert len(list(folder.iterdir())) == 1
    engine.close()
    assert not list(folder.iterdir())


def test_what_a_killed_server_left_is_swept_and_nothing_else(folder: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = folder / f"inspector-worker-{dead.pid}-abc"
    mine = process.temporary_folder()
    others = [folder / name for name in ("inspector-worker-x-abc", "inspector-abc", "else")]
    for path in (left, *others):
        path.mkdir()
    process.sweep()
    assert not left.exists()
    assert mine.exists() and all(path.exists() for path in others)
