"""The engine's process: how it starts, what it loads, how it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from services_for_tests import Do

from inspector.errors import Cancelled, LimitError, WorkerError
from inspector.worker import Engine, Limits
from tests.worker.waiting import LIMITS, SERVICE, WAIT, begun_with, until, works_again


@pytest.fixture
def impatient() -> Iterator[Engine]:
    engine = Engine(Limits(seconds=0.5, start_seconds=20.0, grace_seconds=0.3), SERVICE)
    engine.start()
    assert engine.wait_until_ready(WAIT)
    yield engine
    engine.close()


def test_the_time_limit_names_itself(impatient: Engine) -> None:
    with pytest.raises(WorkerError, match=r"longer than 0\.5 s"):
        impatient.ask(Do("sleep", 9.0), session="a")
    works_again(impatient)


def test_a_request_may_ask_for_more_time(impatient: Engine) -> None:
    assert impatient.ask(Do("sleep", 0.8, extra_seconds=9.0), session="a") == "slept"


def test_a_service_that_cannot_be_imported_is_an_error_every_time() -> None:
    engine = Engine(LIMITS, "broken_service_for_tests:answer")
    try:
        for attempt in range(2):
            with pytest.raises(WorkerError, match="no TensorFlow for this platform"):
                engine.ask(Do("echo", attempt), session="a")
    finally:
        engine.close()


def test_the_line_has_an_end() -> None:
    engine = Engine(Limits(waiting=2), SERVICE)
    try:
        busy = engine.submit(Do("sleep", 5.0), session="a")
        begun_with(engine, busy)
        for name in "bc":
            engine.submit(Do("echo"), session=name)
        with pytest.raises(LimitError, match="At most 2"):
            engine.submit(Do("echo"), session="d")
        engine.submit(Do("echo", "newer"), session="b")
    finally:
        engine.close()


def test_close_leaves_no_process_and_fails_who_waits() -> None:
    engine = Engine(LIMITS, SERVICE)
    running = engine.submit(Do("sleep", 9.0), session="a")
    waiting = engine.submit(Do("echo"), session="b")
    begun_with(engine, running)
    pid = engine.pid
    threads = threading.active_count()
    engine.close()
    engine.close()
    assert pid is not None and not psutil.pid_exists(pid)
    assert threading.active_count() == threads - 2
    for ticket in (running, waiting):
        with pytest.raises(Cancelled, match="closed"):
            ticket.result(0)
    with pytest.raises(WorkerError, match="closed"):
        engine.submit(Do("echo"), session="a")


PARENT = """
import sys, time
from services_for_tests import Do
from inspector.worker import Engine
engine = Engine(service="services_for_tests:answer")
pid = engine.ask(Do("pid"), session="a")
sys.stdout.write(f"{pid}\\n")
sys.stdout.flush()
if sys.argv[1] == "busy":
    engine.submit(Do("sleep", 30.0), session="a")
    time.sleep(30)
"""


@pytest.mark.parametrize("ending", ["exit", "busy"])
def test_the_child_ends_with_its_parent(ending: str, project: Path) -> None:
    here = Path(__file__).parent
    paths = os.pathsep.join([str(project), str(here)])
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, ending],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    if ending == "busy":
        time.sleep(0.2)
        parent.kill()
    assert parent.wait(WAIT) == (-signal.SIGKILL if ending == "busy" else 0)
    parent.stdout.close()
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")


def test_the_child_imports_neither_the_parents_main_module_nor_streamlit(tmp_path: Path) -> None:
    # As in Streamlit: `__main__` is the page, and importing it again would run it again.
    page = tmp_path / "page.py"
    page.write_text(
        "from pathlib import Path\n"
        "import streamlit\n"
        "from services_for_tests import Do\n"
        "from inspector.worker import Engine\n"
        f"log = Path({str(tmp_path / 'runs')!r})\n"
        "log.write_text((log.read_text() if log.exists() else '') + 'run ')\n"
        "engine = Engine(service='services_for_tests:answer')\n"
        "modules = engine.ask(Do('modules'), session='a')\n"
        "Path(log.parent / 'modules').write_text(' '.join(modules))\n"
        "Path(log.parent / 'main').write_text(engine.ask(Do('main'), session='a'))\n"
        "engine.close()\n"
    )
    from streamlit.testing.v1 import AppTest

    run = AppTest.from_file(str(page), default_timeout=60).run()
    assert not run.exception
    assert (tmp_path / "runs").read_text() == "run "
    assert "streamlit" not in (tmp_path / "modules").read_text().split()
    assert Path((tmp_path / "main").read_text()).name == "child.py"


def test_the_client_is_free_of_keras(project: Path) -> None:
    code = (
        "import sys, inspector.worker, inspector.worker.child; "
        "heavy = {'keras', 'tensorflow', 'streamlit', 'pandas', 'plotly'}; "
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
