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


def test_time_beyond_the_limit_is_earned_by_work(impatient: Engine) -> None:
    steady = [(step, 10, 0.1) for step in range(1, 11)]
    assert impatient.ask(Do("work", steady, extra_seconds=1.0), session="a") == "done"


@pytest.mark.parametrize(
    ("plan", "longest"),
    {
        "nothing is done": ([(0, 200, 9.0)], 2.0),
        "the same is reported again": ([(1, 200, 0.1)] * 90, 2.0),
        "one step of many": ([(1, 200, 9.0)], 2.0),
        "most is done, then it hangs": ([(199, 200, 9.0)], 2.0),
        "steps that take longer than they earn": ([(n, 200, 0.2) for n in range(200)], 4.0),
        "a small part earns no more than itself": ([(12, 12, 0.0), (0, 200, 9.0)], 2.0),
    }.values(),
    ids=str,
)
def test_a_wish_for_time_earns_none(
    impatient: Engine, plan: list[tuple[int, int, float]], longest: float
) -> None:
    begun = time.monotonic()
    with pytest.raises(WorkerError, match="longer than"):
        impatient.ask(Do("work", plan, extra_seconds=20.0), session="a")
    assert time.monotonic() - begun < longest + 3.0  # The machine may be busy.


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


def test_a_visitor_with_many_pages_is_one_visitor() -> None:
    engine = Engine(Limits(waiting=4, waiting_of_a_visitor=3), SERVICE)
    try:
        busy = engine.submit(Do("sleep", 0.5), session="0", visitor=("a", "browser"))
        begun_with(engine, busy)
        many = [
            engine.submit(Do("sleep", 0.4 + n / 100), session=f"{n}", visitor=("a", "browser"))
            for n in range(1, 4)
        ]
        with pytest.raises(LimitError, match="3 requests of yours"):
            engine.submit(Do("echo"), session="4", visitor=("a", "browser"))
        other = engine.submit(Do("echo", "other"), session="5", visitor=("b", "browser"))
        assert other.result(WAIT) == "other"
        assert not any(ticket.done() for ticket in many)
    finally:
        engine.close()


def test_a_full_line_lets_a_new_visitor_in() -> None:
    engine = Engine(Limits(waiting=3, waiting_of_a_visitor=9), SERVICE)
    try:
        busy = engine.submit(Do("sleep", 0.3), session="0", visitor=("a",))
        begun_with(engine, busy)
        many = [
            engine.submit(Do("sleep", 9 + n), session=f"{n}", visitor=("a",)) for n in range(1, 4)
        ]
        other = engine.submit(Do("echo", "other"), session="5", visitor=("b",))
        with pytest.raises(LimitError, match="requests of yours"):
            many[-1].result(0)
        assert other.result(WAIT) == "other"
        assert not many[0].done()
    finally:
        engine.close()


LOGGED = r"""
from services_for_tests import Do
from inspector.errors import WorkerError
from inspector.worker import Engine
engine = Engine(service="services_for_tests:answer")
engine.ask(Do("log", "quoted\nERROR forged: line\x1b[31m\rred"), session="a")
try:
    engine.ask(Do("raise", "lines"), session="a")
except WorkerError as error:
    assert "\n" not in str(error)
engine.ask(Do("print"), session="a")
engine.close()
"""


def test_every_line_of_the_log_is_ours(project: Path) -> None:
    paths = os.pathsep.join([str(project), str(Path(__file__).parent)])
    run = subprocess.run(
        [sys.executable, "-c", LOGGED],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )
    assert run.returncode == 0, run.stderr
    lines = run.stderr.splitlines()
    assert len(lines) == 4  # A warning, an error with its traceback, and what was printed.
    assert all(line.startswith("engine ") for line in lines)
    assert all(line.isprintable() for line in lines)
    assert "ValueError" in run.stderr and "forged" in run.stderr


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
    assert threading.active_count() == threads - 3
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
