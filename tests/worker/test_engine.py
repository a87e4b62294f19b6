"""Requests to one engine: answers, errors, progress, cancelling, and who comes first."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from services_for_tests import Do

from inspector.core.requests import Progress
from inspector.errors import BatchError, Cancelled, CodeError, WorkerError
from inspector.worker import Engine
from tests.worker.waiting import LIMITS, SERVICE, WAIT, begun_with, until, works_again


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine(LIMITS, SERVICE)
    engine.start()
    assert engine.wait_until_ready(WAIT)
    yield engine
    engine.close()


def _process_of(engine: Engine) -> int:
    """The process that answers now; each question differs, so none is answered from memory."""
    return int(engine.ask(Do("pid", time.monotonic_ns()), session="who"))


def test_an_answer_comes_back_with_read_only_arrays(engine: Engine) -> None:
    array = np.arange(6.0).reshape(2, 3)
    answer = engine.ask(Do("echo", {"array": array, "text": "ä\ud800"}), session="a")
    assert answer["text"] == "ä\ud800"
    np.testing.assert_array_equal(answer["array"], array)
    assert not answer["array"].flags.writeable
    assert engine.ask(Do("writeable", array), session="a") is False


@pytest.mark.parametrize(
    ("what", "error", "message"),
    [
        ("batch", BatchError, r"^Two rows\. Three rows\. Add one\.$"),
        ("code", CodeError, r"^A loop\. Layers\. Unroll it\.$"),
        ("value", WorkerError, r"ValueError: no such thing"),
        ("memory", WorkerError, r"MemoryError"),
        ("place", WorkerError, r"<object> in \(a file\)"),
    ],
)
def test_an_error_keeps_its_class_and_parts(
    engine: Engine, what: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        engine.ask(Do("raise", what), session="a")
    assert type(caught.value) is error
    assert "Traceback" not in str(caught.value)
    if isinstance(caught.value, CodeError):
        assert caught.value.line == 7
        assert caught.value.todo == "Unroll it."


def test_an_answer_that_cannot_be_sent_is_an_error_of_that_request(engine: Engine) -> None:
    with pytest.raises(WorkerError, match=r"failed with \w+"):
        engine.ask(Do("lambda"), session="a")
    with pytest.raises(WorkerError, match="SystemExit"):
        engine.ask(Do("exit"), session="a")
    works_again(engine)


def test_what_the_service_prints_does_not_disturb_the_messages(engine: Engine) -> None:
    engine.ask(Do("print"), session="a")
    works_again(engine)


def test_a_process_that_is_killed_in_the_middle_costs_no_answer(engine: Engine) -> None:
    ticket = engine.submit(Do("sleep", 0.4), session="a")
    begun_with(engine, ticket)
    pid = engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert ticket.result(WAIT) == "slept"
    assert engine.pid != pid
    until(lambda: engine.ready)


def test_what_kills_the_process_twice_is_an_error_and_the_next_request_works(
    engine: Engine,
) -> None:
    pid = engine.ask(Do("pid"), session="a")
    assert engine.ask(Do("crash in", pid), session="a") == "survived"
    with pytest.raises(WorkerError, match="exit code 3"):
        engine.ask(Do("crash"), session="a")
    works_again(engine)
    until(lambda: engine.ready)


def test_a_child_that_died_while_nobody_asked_is_replaced(engine: Engine) -> None:
    works_again(engine)
    until(lambda: engine.ready)
    pid = engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: engine.pid not in (None, pid) and engine.ready)  # Without being asked.
    assert _process_of(engine) != pid


def test_the_memory_limit_names_itself(engine: Engine) -> None:
    with pytest.raises(WorkerError, match="more than 400 MB"):
        engine.ask(Do("eat", 500 * 1024**2), session="a")
    works_again(engine)


def test_progress_is_seen_while_it_runs(engine: Engine) -> None:
    seen: list[Progress | None] = []
    assert engine.ask(Do("steps", 60), session="a", on_progress=seen.append) == 60
    told = [progress for progress in seen if progress is not None]
    assert told
    assert (told[-1].total, told[-1].what, told[-1].loss) == (60, "training", 0.5)
    assert [p.done for p in told] == sorted(p.done for p in told)


def test_cancel_is_prompt_and_a_service_that_looks_keeps_its_process(engine: Engine) -> None:
    works_again(engine)
    ticket = engine.submit(Do("steps", 800), session="a")
    until(ticket.progress)
    pid = engine.pid
    ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.result(0)
    assert _process_of(engine) == pid


def test_cancel_kills_a_service_that_does_not_look(engine: Engine) -> None:
    ticket = engine.submit(Do("sleep", 9.0), session="a")
    begun_with(engine, ticket)
    pid, begun = engine.pid, time.monotonic()
    ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.result(0)
    assert _process_of(engine) != pid
    assert time.monotonic() - begun < 8.0


def test_a_waiting_request_can_be_cancelled(engine: Engine) -> None:
    busy = engine.submit(Do("sleep", 0.3), session="a")
    begun_with(engine, busy)
    waiting = engine.submit(Do("crash", "never begun"), session="b")
    waiting.cancel()
    assert busy.result(WAIT) == "slept"
    with pytest.raises(Cancelled):
        waiting.result(0)


def test_on_progress_may_raise_and_that_cancels(engine: Engine) -> None:
    class LeavesThePage(Exception):
        pass

    def leave(_: Progress | None) -> None:
        raise LeavesThePage

    with pytest.raises(LeavesThePage):
        engine.ask(Do("steps", 900), session="a", on_progress=leave)
    begun = time.monotonic()
    works_again(engine)
    assert time.monotonic() - begun < 5.0


def test_only_the_newest_request_of_a_session_is_answered(engine: Engine) -> None:
    # Not as long as in another test: the answer to an equal request is known already.
    busy = engine.submit(Do("sleep", 0.45), session="somebody else")
    begun_with(engine, busy)
    typed = [engine.submit(Do("echo", "abcdef"[:n]), session="a") for n in range(1, 6)]
    for stale in typed[:-1]:
        with pytest.raises(Cancelled, match="newer"):
            stale.result(0)
    assert typed[-1].result(WAIT) == "abcde"
    assert busy.result(WAIT) == "slept"


def test_a_newer_request_stops_the_one_that_runs(engine: Engine) -> None:
    old = engine.submit(Do("steps", 901), session="a")
    until(old.progress)
    begun = time.monotonic()
    assert engine.ask(Do("echo", "new"), session="a") == "new"
    assert time.monotonic() - begun < 5.0
    with pytest.raises(Cancelled, match="newer"):
        old.result(0)


def test_sessions_are_served_in_the_order_in_which_they_came(engine: Engine) -> None:
    busy = engine.submit(Do("sleep", 0.41), session="somebody else")
    begun_with(engine, busy)
    order: list[str] = []
    engine.submit(Do("calls", "first try"), session="x")
    tickets = {"y": engine.submit(Do("calls", "y"), session="y")}
    tickets["x"] = engine.submit(Do("calls", "x"), session="x")  # Keeps its place before y.
    counts = {name: ticket.result(WAIT) for name, ticket in tickets.items()}
    order = sorted(counts, key=counts.__getitem__)
    assert order == ["x", "y"]


def test_ten_sessions_at_once_get_their_own_answers(engine: Engine) -> None:
    wrong: list[object] = []

    def edit(name: int) -> None:
        for turn in range(20):
            array = np.full((3, 4), name * 100 + turn)
            answer = engine.ask(Do("echo", array), session=f"session {name}")
            if not np.array_equal(answer, array):
                wrong.append((name, turn, answer))

    threads = [threading.Thread(target=edit, args=(name,)) for name in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert not wrong


def test_equal_requests_are_answered_once_and_each_gets_its_own_copy(engine: Engine) -> None:
    first = engine.ask(Do("echo", ["a", {"list": [1]}]), session="a")
    before = engine.ask(Do("calls", "before"), session="a")
    first[1]["list"].append(2)
    assert engine.ask(Do("echo", ["a", {"list": [1]}]), session="b") == ["a", {"list": [1]}]
    assert engine.ask(Do("calls", "after"), session="a") == before + 1


def test_errors_are_not_kept(engine: Engine) -> None:
    before = engine.ask(Do("calls", "before errors"), session="a")
    for _ in range(2):
        with pytest.raises(BatchError):
            engine.ask(Do("raise", "batch"), session="a")
    assert engine.ask(Do("calls", "after errors"), session="a") == before + 3
