"""What of a batch could not be tested, and the one step that would settle it.

"Right" is said only of a batch in which padding was given or found, whose loss was measured (or
that has no targets) and whose leak tests ran. Everything else is not tested.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.core.arrays import BoolArray
from inspector.core.diagnosis.findings import Evidence
from inspector.core.diagnosis.phrases import none_real


@dataclass(frozen=True)
class NotTested:
    """One thing that was not tested.

    Attributes:
        sentence: What, and why.
        question: The question or step that would settle it.
        chosen: The user asked to leave it out; nothing stood in the way.
    """

    sentence: str
    question: str
    chosen: bool = False


def first_not_tested(evidence: Evidence) -> NotTested | None:
    """Returns what stands in the way of calling a model right, the weightiest first, or None."""
    return next(_not_tested(evidence), None)


def _not_tested(evidence: Evidence) -> Iterator[NotTested]:
    if not evidence.has_padding:
        yield _without_padding(evidence)
    elif not any(truth.any() for truth in _truths(evidence)):
        yield NotTested(
            "Every timestep of this batch is padding, so there is nothing to learn from it",
            "Use a batch with real timesteps, or pass `valid`.",
        )
    elif evidence.ledger is not None and none_real(evidence.ledger):
        yield NotTested(
            "Every target of this batch is padding, so there is nothing to learn from it",
            "Use targets with real timesteps, or pass `target_valid`.",
        )
    if evidence.batch.y is not None and not evidence.ledgers:
        yield NotTested(
            "The loss was not measured: the model has no compiled loss",
            "Compile the model, or pass `loss=`.",
        )
    if evidence.untested:
        yield NotTested(
            f"Whether padding changes the predictions was not tested: {evidence.untested}",
            "Run the leak tests on a batch that the model takes with other padding.",
        )
    elif evidence.leaks is None:
        yield NotTested(
            "Whether padding changes the predictions was not tested",
            "Run the leak tests: `leaks=True`.",
            chosen=True,
        )


def _without_padding(evidence: Evidence) -> NotTested:
    """A batch in which no padding was given or found."""
    if not any(step.has_time_axis for step in evidence.trace.steps):
        return NotTested(
            "No layer of this model has a time axis, so there is nothing to mask",
            "Padding matters in models of sequences: (rows, timesteps) or (rows, timesteps, ...).",
        )
    return NotTested(
        "No padding was given or found in this batch, so nothing about padding was tested",
        evidence.question or "Use a batch with padded rows, or pass `valid`.",
    )


def _truths(evidence: Evidence) -> Iterator[BoolArray]:
    yield evidence.batch.valid
    yield from (step.truth for step in evidence.trace.steps if step.truth is not None)
