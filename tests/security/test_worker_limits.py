"""Visitors who want more of the engine than their share."""

import time
from collections.abc import Iterator

import numpy as np
import pytest
from services_for_tests import Do

from inspector.core.batch import Batch
from inspector.core.compare_requests import CompareRequest, TrainRequest
from inspector.core.paging import PageRequest, RowsAsked
from inspector.core.requests import InspectRequest, ModelChoices, Progress
from inspector.errors import LimitError, WorkerError
from inspector.ui.visitors import browser_of
from inspector.worker import Engine, Limits, Ticket
from inspector.worker.line import WaitingLine
from inspector.worker.wire import Packed
from tests.worker.waiting import SERVICE, WAIT, begun_with

ROWS = Batch(np.ones((4, 3), np.int32), None, np.ones((4, 3), bool))
LARGE = Batch(np.ones((2**13, 2**10), np.int8), None, np.ones((2**13, 2**10), bool))
TRAINED = ModelChoices(training_steps=200)
WISHES = {
    "training steps": InspectRequest(ROWS, TRAINED),
    "a page of 8 million cells": PageRequest(InspectRequest(LARGE), RowsAsked()),
    "a page of a model in training": PageRequest(InspectRequest(LARGE, TRAINED), RowsAsked()),
    "a comparison": CompareRequest(ROWS, TRAINED),
    "a training of twelve strategies": TrainRequest(ROWS, until=500),
}


@pytest.mark.parametrize("request_", WISHES.values(), ids=WISHES)
def test_no_request_goes_on_for_longer_than_usual_without_getting_anything_done(
    request_: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    wish = float(getattr(request_, "extra_seconds", 0.0))
    assert wish >= 60
    ticket = Ticket(Packed(()), b"", "a", Limits().seconds, extra=wish)
    ticket.begin()
    now += 59
    assert ticket.out_of_time() is None
    for _ in range(100):
        ticket.report(Progress(0, 200, "Preparing"))
    now += 2
    assert ticket.out_of_time() == 60.0


def test_half_of_the_work_earns_half_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    ticket = Ticket(Packed(()), b"", "a", 60.0, extra=200.0)
    ticket.begin()
    for step in range(1, 101):
        now = 1.5 * step
        ticket.report(Progress(step, 200, "Training"))
        assert ticket.out_of_time() is None
    now = 161.0
    assert ticket.out_of_time() == 160.0


def ticket_of(session: str, *visitor: str) -> Ticket:
    return Ticket(Packed(()), session.encode(), session, 60.0, visitor=visitor)


def turns(line: WaitingLine, seconds: float = 10.0) -> list[str]:
    """The sessions in the order of their turns, where each takes so long."""
    order = []
    while len(line):
        ticket = line.take()
        line.charge(ticket, seconds)
        order.append(ticket.session)
    return order


def test_turns_go_by_address_then_by_browser_then_by_page() -> None:
    line = WaitingLine(200, 50)
    for number in range(5):
        line.put(ticket_of(f"many {number}", "1.1.1.1", "x"))
    line.put(ticket_of("other browser", "1.1.1.1", "y"))
    line.put(ticket_of("other address", "2.2.2.2", "x"))
    order = turns(line)
    assert order[:3] == ["many 0", "other address", "other browser"]


def test_who_has_used_much_waits_for_who_has_not() -> None:
    line = WaitingLine(200, 50)
    line.charge(ticket_of("a", "1.1.1.1"), 55.0)
    line.put(ticket_of("a", "1.1.1.1"))
    line.put(ticket_of("b", "2.2.2.2"))
    assert turns(line) == ["b", "a"]


FULL = {
    "pages of one browser": [("1.1.1.1", "x")] * 8,
    "browsers of one address": [("1.1.1.1", f"{n}") for n in range(8)],
    "two addresses": [("1.1.1.1", "x"), ("2.2.2.2", "x")] * 4,
}


@pytest.mark.parametrize("visitors", FULL.values(), ids=FULL)
def test_a_full_line_lets_a_new_visitor_in(visitors: list[tuple[str, str]]) -> None:
    line = WaitingLine(8, 8)
    for number, visitor in enumerate(visitors):
        line.put(ticket_of(f"{number}", *visitor))
    gone = line.put(ticket_of("new", "3.3.3.3", "x"))
    assert gone is not None and gone.session != "new"
    assert len(line) == 8 and line.of("new") is not None


def test_a_line_full_of_equals_is_full_until_one_of_them_has_had_a_turn() -> None:
    line = WaitingLine(4, 8)
    for number in range(4):
        line.put(ticket_of(f"{number}", f"{number}"))
    with pytest.raises(LimitError, match="At most 4"):
        line.put(ticket_of("new", "new"))
    line.charge(ticket_of("2", "2"), 20.0)
    gone = line.put(ticket_of("new", "new"))
    assert gone is not None and gone.session == "2"


def test_a_visitor_does_not_crowd_out_itself() -> None:
    line = WaitingLine(20, 3)
    for number in range(3):
        line.put(ticket_of(f"{number}", "1.1.1.1", "x"))
    with pytest.raises(LimitError, match="3 requests of yours"):
        line.put(ticket_of("one more", "1.1.1.1", "x"))
    assert line.put(ticket_of("2", "1.1.1.1", "x")) is None, "its own place it may take again"


COOKIES = {
    "2|00000000|abcdef|1": "abcdef",
    "2|ffffffff|543210|9": "abcdef",
    '"2|00000000|abcdef|1"': "abcdef",
    "": "",
    "2|zz|abcdef|1": "",
    "2|00|abcdef|1": "",
    "1|00000000|abcdef|1": "",
    "2|00000000|" + "ab" * 2000 + "|1": "",
    "|" * 5000: "",
}


@pytest.mark.parametrize(("cookie", "browser"), COOKIES.items(), ids=range(len(COOKIES)))
def test_a_browser_is_the_same_under_every_mask(cookie: str, browser: str) -> None:
    assert browser_of(cookie) == browser


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine(Limits(seconds=1.0, start_seconds=30.0, grace_seconds=0.2), SERVICE)
    engine.start()
    assert engine.wait_until_ready(WAIT)
    yield engine
    engine.close()


def test_five_pages_of_one_visitor_do_not_make_another_wait_for_all(engine: Engine) -> None:
    mine = ("1.1.1.1", "x")
    first = engine.submit(Do("sleep", 60.0), session="0", visitor=mine)
    begun_with(engine, first)
    many = [engine.submit(Do("sleep", 60.0 + n), session=f"{n}", visitor=mine) for n in range(1, 6)]
    other = engine.submit(Do("echo", "quick"), session="b", visitor=("2.2.2.2", "x"))
    assert other.result(WAIT) == "quick"
    assert sum(ticket.done() for ticket in many) <= 1
    for ticket in many:
        ticket.cancel()


@pytest.mark.parametrize("what", ["sleep", "crash", "eat"])
def test_what_ends_the_process_is_an_error_and_the_next_visitor_is_served(
    engine: Engine, what: str
) -> None:
    value = 4 * 1024**3 if what == "eat" else 60.0
    with pytest.raises(WorkerError):
        engine.ask(Do(what, value), session="a")
    assert engine.ask(Do("echo", what), session="b") == what
    assert engine.ready
