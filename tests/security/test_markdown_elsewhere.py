"""Hostile text in what is no page: terminals, logs, notebooks and reports."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from inspector.core.comparison import Comparison
from inspector.core.diagnosis.causes import Fix
from inspector.core.diagnosis.findings import Finding, Severity
from inspector.core.inspection import Inspection
from inspector.core.strategies import custom_strategy
from inspector.core.trace import Outcome
from inspector.views.report_text import finding_line, findings_text
from tests.hostile import MARKDOWN
from tests.views import made
from tests.views.compare_made import a_comparison

ISOLATES = "\u2066\u2067\u2068\u2069"


def an_inspection(text: str) -> Inspection:
    """Everything that others may have named is called like this."""
    question = made.the_question()
    finding = Finding("code", Severity.WRONG, text, 1, text, Fix(text, f"{text}\n\t{text}"))
    steps = [
        replace(
            step, name=text, class_name=text, reason=text if step.outcome is Outcome.LOST else ""
        )
        for step in question.trace.steps
    ]
    ledger, leaks, stop = question.losses, question.leaks, question.diagnosis.stop
    assert ledger is not None and stop is not None
    return replace(
        question,
        batch=replace(question.batch, notes=(text,), source=text),
        trace=replace(question.trace, steps=tuple(steps)),
        diagnosis=replace(
            question.diagnosis,
            verdict=text,
            findings=(finding,),
            stop=replace(stop, layer=text, root_layer=text),
        ),
        ledgers=(replace(ledger, output=text, loss_name=text, notes=(text,)),),
        leaks=None if leaks is None else replace(leaks, first_layer=text),
        model_name=text,
    )


def another_comparison(text: str) -> Comparison:
    comparison = a_comparison()
    first, *others = comparison.results
    named = replace(first, strategy=custom_strategy(text), wrong=text, notes=(text,))
    last = replace(others[-1], reason=text)
    return replace(comparison, results=(named, *others[:-1], last), notes=(text,))


TERMINAL: dict[str, Callable[[str], str]] = {
    "inspection": lambda text: str(an_inspection(text)),
    "comparison": lambda text: str(another_comparison(text)),
    "findings": lambda text: findings_text(an_inspection(text).findings),
    "a line of a log": lambda text: finding_line(an_inspection(text).findings[0]),
}


@pytest.mark.parametrize("text", MARKDOWN.values(), ids=MARKDOWN)
@pytest.mark.parametrize("write", TERMINAL.values(), ids=TERMINAL)
def test_a_terminal_obeys_nothing(write: Callable[[str], str], text: str) -> None:
    written = write(text)
    strange = {
        mark
        for mark in written
        if unicodedata.category(mark) in ("Cc", "Cf", "Cs") and mark not in "\n" + ISOLATES
    }
    assert not strange
    written.encode("utf-8")


def test_a_finding_is_one_line_of_a_log() -> None:
    for text in MARKDOWN.values():
        assert len(finding_line(an_inspection(text).findings[0]).splitlines()) == 1


HTML: dict[str, Callable[[str], str]] = {
    "inspection": lambda text: an_inspection(text)._repr_html_(),
    "comparison": lambda text: another_comparison(text)._repr_html_(),
    "report": lambda text: an_inspection(text).to_html(date="2026-01-01"),
    "report of a comparison": lambda text: another_comparison(text).to_html(date="2026-01-01"),
}


class Elements(HTMLParser):
    """The elements of a page with the names of their attributes, and the addresses in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


@pytest.mark.parametrize("text", MARKDOWN.values(), ids=MARKDOWN)
@pytest.mark.parametrize("write", HTML.values(), ids=HTML)
def test_html_has_no_element_of_others(write: Callable[[str], str], text: str) -> None:
    html = write(text)
    html.encode("utf-8")
    found = Elements(html)
    assert set(found.elements) <= set(Elements(write("`a` word")).elements)
    assert not [address for address in found.addresses if "leak" in address]
