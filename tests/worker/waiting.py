"""An engine's limits in tests, and waiting for what it does."""

import time
from collections.abc import Callable

from services_for_tests import Do

from inspector.worker import Engine, Limits, Ticket

SERVICE = "services_for_tests:answer"
WAIT = 20.0
LIMITS = Limits(seconds=10.0, memory_bytes=400 * 1024**2, start_seconds=20.0, grace_seconds=0.3)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def begun_with(engine: Engine, ticket: Ticket) -> None:
    until(lambda: engine._current is ticket)


def works_again(engine: Engine) -> None:
    question = f"still here at {time.monotonic_ns()}"
    assert engine.ask(Do("echo", question), session="afterwards") == question
