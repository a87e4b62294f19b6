"""Inspections to draw: ordinary ones, edge cases, and hostile ones."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from inspector.core.inspection import Inspection
from inspector.core.ledger import Divisor
from tests.views import made

HOSTILE = (
    '<img src=x onerror="alert(1)">',
    'a"]; click n0 call alert(1)',
    "$\\alpha$",
    "%{x} &amp; 'b'",
    "end",
    "=1+1",
    "line\nbreak\ttab",
    "\u202eright to left",
    "\ud800",
    "e\u0301\u0301\u0301\u0301\u0301\u0301",
    "אבג",
    "",
    " ",
)


def hostile() -> Inspection:
    """Tokens, layers and classes that try to break out of every format."""
    row = (HOSTILE + HOSTILE)[: len(HOSTILE)]
    batch = made.a_batch(["#" + "a" * (len(row) - 1)])
    batch = replace(batch, tokens=(row,), target_tokens=(row,))
    question = made.the_question(batch)
    steps = [
        replace(step, name=name, class_name=name)
        for step, name in zip(question.trace.steps, HOSTILE, strict=False)
    ]
    trace = made.a_trace(steps, batch, None)
    stop = replace(question.diagnosis.stop, layer=HOSTILE[1], root_layer=HOSTILE[1])
    return replace(question, trace=trace, diagnosis=replace(question.diagnosis, stop=stop))


def with_nan() -> Inspection:
    """A loss and a weight that are not numbers at some timesteps."""
    inspection = made.the_question()
    ledger = inspection.losses
    assert ledger is not None and ledger.loss is not None and ledger.weight is not None
    loss, weight = ledger.loss.copy(), ledger.weight.copy()
    loss[0, 3], loss[0, 0], weight[1, 1] = np.nan, np.nan, np.nan
    return replace(inspection, ledgers=(replace(ledger, loss=loss, weight=weight),))


def without_breakdown() -> Inspection:
    """A loss that is one number, with no averages."""
    inspection = made.the_question()
    ledger = inspection.losses
    assert ledger is not None
    averages = tuple(
        replace(a, value=a.value if at == 0 else None, numerator=None, divisor=None)
        for at, a in enumerate(ledger.averages)
    )
    ledger = replace(ledger, loss=None, weight=None, divisor=None, averages=averages)
    return replace(inspection, ledgers=(ledger,))


def all_padding() -> Inspection:
    """No real timestep at all."""
    return made.the_question(made.a_batch(["###", "###"]))


def without_loss() -> Inspection:
    """A model that was never compiled, and no leak tests."""
    return replace(made.a_right_model(), ledgers=(), leaks=None)


def one_cell() -> Inspection:
    """One row of one timestep."""
    return made.a_right_model(made.a_batch(["a"]))


def no_calls() -> Inspection:
    """A trace without a single call."""
    inspection = made.a_right_model()
    return replace(inspection, trace=made.a_trace([], inspection.batch, None))


def below_zero() -> Inspection:
    """Losses below zero, as cosine similarity has them."""
    inspection = made.the_question()
    batch = inspection.batch
    loss = -made.some_losses(batch)
    ledger = made.a_ledger(batch, loss, np.full(loss.shape, 0.1), Divisor.ALL)
    return replace(inspection, ledgers=(ledger,))


MAKERS: dict[str, Callable[[], Inspection]] = {
    "question": made.the_question,
    "right": made.a_right_model,
    "classifier": made.a_classifier,
    "wrong mask": made.a_wrong_mask,
    "nested": made.nested_model,
    "forty layers": made.forty_layers,
    "hostile": hostile,
    "nan": with_nan,
    "without breakdown": without_breakdown,
    "all padding": all_padding,
    "without loss": without_loss,
    "one cell": one_cell,
    "no calls": no_calls,
    "below zero": below_zero,
}


@pytest.fixture(scope="session")
def all_inspections() -> dict[str, Inspection]:
    """Every made inspection by name."""
    return {name: make() for name, make in MAKERS.items()}


@pytest.fixture(params=sorted(MAKERS))
def any_inspection(request: pytest.FixtureRequest, all_inspections: dict) -> Inspection:
    """Each made inspection in turn."""
    return all_inspections[request.param]


@pytest.fixture(scope="session")
def question(all_inspections: dict[str, Inspection]) -> Inspection:
    """The question's model: the mask stops at `encoder`."""
    return all_inspections["question"]
