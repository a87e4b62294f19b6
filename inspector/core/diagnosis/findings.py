"""Findings: what is wrong, in one sentence, and what to do, in one more."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from math import isnan

import numpy as np

from inspector.core.batch import Batch, leaves
from inspector.core.diagnosis import phrases
from inspector.core.diagnosis.causes import Cause, Failure, Fix, Stop
from inspector.core.leaks import LeakReport
from inspector.core.ledger import Divisor, LossLedger
from inspector.core.trace import MaskState, Outcome, Trace


class Severity(str, Enum):
    """How much a finding matters, worst first."""

    WRONG = "wrong"
    RISK = "risk"
    NOTE = "note"


class Status(str, Enum):
    """What is said of a whole result."""

    ERROR = "error"
    WARNING = "warning"
    PASS = "pass"
    NOT_TESTED = "not_tested"


@dataclass(frozen=True)
class Finding:
    """One thing that the reader should know.

    Attributes:
        code: Stable identifier (`padding_in_loss`, `content_leak`, ...), see `diagnosis`.
        severity: `wrong`, `risk` or `note`.
        layer: Node to blame, or None.
        line: Line of the source that made it, or None.
        message: What happens, one sentence, with the numbers of this batch.
        fix: What to do.
    """

    code: str
    severity: Severity
    layer: str | None
    line: int | None
    message: str
    fix: Fix


@dataclass(frozen=True)
class Diagnosis:
    """The answer in words.

    Attributes:
        stop: Where the mask stops, or None where it reaches the loss unchanged and right.
        verdict: One sentence: where, why and what it costs, or that nothing is wrong.
        healthy: Nothing of severity `wrong` was found, and nothing but the user's own choice kept
            it from being tested.
        findings: In order of weight.
        status: `error` or `warning` for the worst finding; without one `pass` where everything
            was tested, else `not_tested`. Results written by version 0.1.0 have none.
        question: What would settle a status of `not_tested`; empty otherwise.
    """

    stop: Stop | None
    verdict: str
    healthy: bool
    findings: tuple[Finding, ...]
    status: Status | None = None
    question: str = ""

    def __post_init__(self) -> None:
        """States what a result of version 0.1.0 meant, which had no status."""
        if self.status is None:
            severities = {finding.severity for finding in self.findings}
            wrong = not self.healthy or Severity.WRONG in severities
            risky = Severity.RISK in severities
            status = Status.ERROR if wrong else Status.WARNING if risky else Status.PASS
            object.__setattr__(self, "status", status)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything that was measured; see `Inspection` for the fields.

    Attributes:
        moved: Step that moved time without moving the mask, or None.
        untested: Why leaks could not be tested, or "".
        question: What could be padding though nobody said so, as a question, or "".
    """

    batch: Batch
    trace: Trace
    ledgers: tuple[LossLedger, ...] = ()
    leaks: LeakReport | None = None
    metrics: dict[str, str] = field(default_factory=dict)
    nan: bool = False
    raises: Failure | None = None
    moved: int | None = None
    training_leaks: LeakReport | None = None
    untested: str = ""
    question: str = ""

    @property
    def ledger(self) -> LossLedger | None:
        """The first output's ledger."""
        return self.ledgers[0] if self.ledgers else None

    @property
    def has_padding(self) -> bool:
        """The batch has padding, in any input or in the targets of any output."""
        truths = [self.batch.valid, self.batch.target_valid]
        truths += [step.truth for step in self.trace.steps]
        truths += [ledger.target_valid for ledger in self.ledgers]
        return any(truth is not None and not truth.all() for truth in truths)

    @property
    def lost_number(self) -> bool:
        """Keras's value is no number."""
        ledger = self.ledger
        return ledger is not None and ledger.keras_value is not None and isnan(ledger.keras_value)


def findings(evidence: Evidence, stop: Stop | None) -> Iterator[Finding]:
    """Yields the findings, those that cost the user most first within each severity."""
    if evidence.raises is not None:
        at = evidence.raises.at
        yield Finding(
            "raises",
            Severity.WRONG,
            at,
            None,
            phrases.raises(evidence.raises),
            phrases.fix_raises(at, evidence.trace.mask_at_loss_state),
        )
    if evidence.nan:
        yield _finding("nan_predictions", Severity.WRONG, stop, phrases.nan(evidence.batch))
    elif evidence.lost_number:
        yield _finding("nan_loss", Severity.WRONG, None, phrases.nan_loss(evidence.batch))
    for ledger in evidence.ledgers:
        first = ledger is evidence.ledger
        for finding in _loss_findings(evidence, ledger, stop if first else None):
            several = len(evidence.ledgers) > 1
            named = f"Output `{ledger.output}`: {finding.message}"
            yield replace(finding, message=named) if several else finding
    yield from _leak_findings(evidence, stop)
    yield from _mask_findings(evidence, stop)
    yield from _metric_findings(evidence)
    yield from _batch_findings(evidence)


def _finding(
    code: str,
    severity: Severity,
    stop: Stop | None,
    said: tuple[str, Fix],
    layer: str | None = None,
) -> Finding:
    blamed = layer or (stop and (stop.root_layer or stop.layer)) or None
    return Finding(code, severity, blamed, stop.line if stop else None, *said)


def _loss_findings(evidence: Evidence, ledger: LossLedger, stop: Stop | None) -> Iterator[Finding]:
    padding = ledger.target_valid is not None and not ledger.target_valid.all()
    if ledger.counts_padding and padding:
        state = evidence.trace.mask_at_loss_state
        code = phrases.weight_code(evidence.batch, ledger, state, len(evidence.ledgers))
        said = phrases.padding_in_loss(ledger, state, stop, code)
        yield _finding("padding_in_loss", Severity.WRONG, stop, said)
    if phrases.ignored_unasked(evidence.batch, ledger):
        yield _finding("real_steps_ignored", Severity.WRONG, stop, phrases.ignored(ledger, stop))
    if ledger.divisor is Divisor.SQUARE_BROADCAST:
        yield _finding("ranks_broadcast", Severity.WRONG, None, phrases.broadcast(evidence.batch))
    plus_penalty = ledger.divisor is Divisor.VALID_PLUS_PENALTY
    if plus_penalty and padding and abs(ledger.call_penalty) > 1e-9:
        leaking = evidence.leaks is not None and evidence.leaks.loss
        severity = Severity.RISK if leaking else Severity.NOTE
        yield _finding("penalty_counts_padding", severity, None, phrases.penalty(ledger))
    if ledger.divisor is Divisor.BATCHWISE:
        yield _finding("depends_on_batch_size", Severity.NOTE, None, phrases.batchwise(ledger))


def _leak_findings(evidence: Evidence, stop: Stop | None) -> Iterator[Finding]:
    leaks = evidence.leaks
    if evidence.untested:
        said = phrases.untested(evidence.untested)
        yield _finding("leaks_untested", Severity.NOTE, None, said)
    if leaks is None:
        return
    content, alone = leaks.effect("content"), leaks.effect("alone")
    if leaks.predictions and content is not None and evidence.has_padding:
        said = phrases.content_leak(leaks.first_layer, content)
        yield _finding("padding_changes_predictions", Severity.WRONG, stop, said, leaks.first_layer)
    elif leaks.pad_invariant is False and alone is not None and not leaks.batch_dependent:
        lost = _lost_on_the_way(evidence.trace) if stop is None else None
        said = phrases.amount_leak(alone, lost)
        yield _finding("amount_changes_predictions", Severity.RISK, None, said, lost)
    training = evidence.training_leaks
    if training is not None and training.predictions and not leaks.predictions:
        effect = training.effect("content")
        if effect is not None and evidence.has_padding:
            said = phrases.training_leak(training.first_layer, effect)
            layer = training.first_layer
            yield _finding("padding_leaks_in_training", Severity.RISK, None, said, layer)
    across = leaks.effect("other_rows")
    if leaks.batch_dependent and across is not None:
        yield _finding("rows_change_rows", Severity.RISK, None, phrases.across_rows(across))
    side = leaks.effect("other_side")
    if side is not None and side.beyond_float_error and not leaks.predictions:
        yield _finding("side_matters", Severity.NOTE, None, phrases.side_matters(side))


def _lost_on_the_way(trace: Trace) -> str | None:
    """Where a branch loses its mask, though the right one reaches the loss by another."""
    lost = (s for s in trace.steps if s.outcome is Outcome.LOST and s.has_time_axis and not s.path)
    return next((step.name for step in lost), None)


def _mask_findings(evidence: Evidence, stop: Stop | None) -> Iterator[Finding]:
    state = evidence.trace.mask_at_loss_state
    ledger = evidence.ledger
    if stop is not None and stop.cause is not None and not stop.rightly and evidence.has_padding:
        reported = ledger is not None and (ledger.counts_padding or ledger.ignores_valid)
        reported = reported or (evidence.leaks is not None and evidence.leaks.predictions)
        timed = any(step.has_time_axis and step.feeds_output for step in evidence.trace.steps)
        if not reported and (timed or stop.cause in _MAKER_CAUSES):
            severity = Severity.RISK if stop.cause is not Cause.NO_MASK_CREATED else Severity.NOTE
            protected = ledger is not None and ledger.counts_padding is False
            severity = Severity.NOTE if protected else severity
            yield _finding("mask_stops", severity, stop, phrases.mask_stops(stop, protected))
    if state is MaskState.CORRECT and not evidence.trace.symbolic_mask and evidence.has_padding:
        named = evidence.trace.false_warnings
        if named:
            yield _finding(
                "false_warning", Severity.NOTE, None, phrases.false_warning(named), named[0]
            )


_MAKER_CAUSES = (Cause.MASK_NEVER_FIRES, Cause.MASKS_REAL_STEPS)


def _metric_findings(evidence: Evidence) -> Iterator[Finding]:
    ledger = evidence.ledger
    unmasked = [name for name, state in evidence.metrics.items() if state == "unmasked"]
    if not unmasked or ledger is None or ledger.counts_padding or not evidence.has_padding:
        return
    yield _finding("metric_counts_padding", Severity.RISK, None, phrases.metrics(unmasked))


def _batch_findings(evidence: Evidence) -> Iterator[Finding]:
    batch = evidence.batch
    shared = shared_padding_id(batch)
    makes = [step for step in evidence.trace.steps if step.makes_mask]
    if shared is not None and makes:
        hidden = any(
            s.handed_on is not None
            and s.truth is not None
            and s.truth.shape == s.handed_on.shape
            and bool((s.truth & ~s.handed_on).any())
            for s in makes
        )
        severity = Severity.WRONG if hidden else Severity.NOTE
        yield _finding(
            "padding_id_in_use", severity, None, phrases.shared_id(*shared, hidden), makes[0].name
        )
    empty = int((~batch.valid.any(axis=1)).sum())
    if empty and not evidence.nan:
        yield _finding("empty_rows", Severity.NOTE, None, phrases.empty_rows(empty))


def shared_padding_id(batch: Batch) -> tuple[int, int] | None:
    """The id that stands at padding and at real timesteps too, and at how many of those."""
    for array in leaves(batch.x):
        if array.dtype.kind not in "iu" or array.shape != batch.valid.shape or batch.valid.all():
            continue
        ids = np.unique(array[~batch.valid])
        if len(ids) == 1:
            count = int((array[batch.valid] == ids[0]).sum())
            return (int(ids[0]), count) if count else None
        return None
    return None
