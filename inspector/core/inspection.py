"""The whole answer about one model on one batch."""

import datetime
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inspector.core.batch import Batch
from inspector.core.diagnosis.causes import Failure
from inspector.core.diagnosis.findings import Diagnosis, Finding
from inspector.core.digest import ModelDigests
from inspector.core.leaks import LeakReport
from inspector.core.ledger import AverageName, LossLedger
from inspector.core.text_files import json_text, write_text
from inspector.core.trace import LayerStep, Trace
from inspector.display import fragment_of, report_of, show, text_of


@dataclass(frozen=True)
class StatedTruth:
    """What the truth about one input or output rests on, in words.

    Attributes:
        of: "input `x`" or "output `y`".
        evidence: What it rests on, one sentence.
        padding: What fills the rows; empty where nobody can say.
        question: What could be asked about it, or None.
    """

    of: str
    evidence: str
    padding: str = ""
    question: str | None = None


@dataclass(frozen=True, eq=False)
class Inspection:
    """What `inspector.inspect` found out. Plain values only, safe to send between processes.

    Attributes:
        batch: The batch that was inspected.
        trace: The mask at every call.
        diagnosis: Verdict, stop and findings.
        ledgers: One per output that has a loss; empty without a loss.
        leaks: Whether padding changes results at real timesteps; None where not asked for.
        metrics: Name of each compiled metric -> `masked` or `unmasked`.
        nan: The predictions contain NaN.
        raises: Where running or evaluating the model failed, or None.
        model_name: Name of the model.
        training_leaks: The leak tests with `training=True`, where that makes a difference.
        code: The code that built the model, line by line, where it was read from code.
        model_notes: What was skipped, translated or assumed when the model was read.
        model_digests: What the model is known by; None where it was not looked at.
        truth: What the truth about each input and output rests on.
    """

    batch: Batch
    trace: Trace
    diagnosis: Diagnosis
    ledgers: tuple[LossLedger, ...]
    leaks: LeakReport | None
    metrics: dict[str, str]
    nan: bool
    raises: Failure | None
    model_name: str = "model"
    training_leaks: LeakReport | None = None
    code: tuple[str, ...] = ()
    model_notes: tuple[str, ...] = ()
    model_digests: ModelDigests | None = None
    truth: tuple[StatedTruth, ...] = ()

    @property
    def losses(self) -> LossLedger | None:
        """The ledger of the first output, or None without a loss."""
        return self.ledgers[0] if self.ledgers else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, in order of weight."""
        return self.diagnosis.findings

    def to_dict(self) -> dict[str, Any]:
        """Returns plain JSON values; the layout is a stable contract (see the README)."""
        state = self.trace.mask_at_loss_state
        stop = self.diagnosis.stop
        return {
            "versions": asdict(self.trace.versions),
            "verdict": {
                "status": self.diagnosis.status and self.diagnosis.status.value,
                "sentence": self.diagnosis.verdict,
                "question": self.diagnosis.question or None,
            },
            "batch": self.batch.counts(),
            "truth": [asdict(stated) for stated in self.truth],
            "steps": [_step(step) for step in self.trace.steps],
            "stop": stop
            and {
                "layer": stop.layer,
                "cause": stop.cause and stop.cause.value,
                "root_layer": stop.root_layer,
                "line": stop.line,
            },
            "mask_at_loss": state and state.value,
            "symbolic_mask": self.trace.symbolic_mask,
            "loss": _ledger(self.losses),
            "outputs": {ledger.output: _ledger(ledger) for ledger in self.ledgers},
            "leak": _leak(self.leaks),
            "metrics": dict(self.metrics),
            "nan": self.nan,
            "raises": self.raises and {"at": self.raises.at, "message": self.raises.message},
            "false_warnings": list(self.trace.false_warnings),
            "findings": [_finding(finding) for finding in self.findings],
        }

    def __str__(self) -> str:
        """The answer as text for a terminal."""
        return text_of(self)

    def _repr_html_(self) -> str:
        """The answer as HTML for a notebook."""
        return fragment_of(self)

    def to_json(self, path: str | Path | None = None) -> str:
        """Returns `to_dict()` as JSON, and writes it to `path` if given."""
        return json_text(self.to_dict(), path)

    def to_html(
        self, path: str | Path | None = None, *, date: datetime.date | str | None = None
    ) -> str:
        """Returns the answer as one HTML file that needs no network; writes it to `path` if given.

        Args:
            path: Where to write it.
            date: The date that stands in it; None for today (UTC). With a given date the same
                inspection gives the same bytes.
        """
        text = report_of(self, date)
        if path is not None:
            write_text(path, text)
        return text

    def show(self) -> Path | None:
        """Opens the app on this answer, in the web browser of this machine.

        The app runs as long as this Python does; in a script this waits until Ctrl+C. Where there
        is no browser, the report takes its place: drawn in a notebook, else written to a file, and
        a line says where.

        Returns:
            The temporary file that holds the report, or None where it was drawn in a notebook.
        """
        return show(self)


def finite(value: float | None) -> float | None:
    """Returns `value`, or None where JSON has no number for it (NaN, infinities)."""
    return None if value is None or not math.isfinite(value) else float(value)


def _step(step: LayerStep) -> dict[str, Any]:
    return {
        "name": step.name,
        "class_name": step.class_name,
        "path": list(step.path),
        "inputs": list(step.inputs),
        "output_shape": list(step.output_shape),
        "mask_in": step.received_state and step.received_state.value,
        "mask_out": step.handed_on_state and step.handed_on_state.value,
        "outcome": step.outcome.value,
        "line": step.line,
    }


def _ledger(ledger: LossLedger | None) -> dict[str, Any] | None:
    if ledger is None:
        return None
    return {
        "keras_value": finite(ledger.keras_value),
        "batch_size": ledger.batch_size,
        "counts_padding": ledger.counts_padding,
        "ignores_valid": ledger.ignores_valid,
        "divisor": ledger.divisor and ledger.divisor.value,
        "weight_on_padding": finite(ledger.weight_on_padding),
        "mean_over_valid": finite(ledger.average(AverageName.VALID).value),
        "mean_over_all": finite(ledger.average(AverageName.ALL).value),
        "mean_of_row_means": finite(ledger.average(AverageName.ROW_MEANS).value),
    }


def _leak(leaks: LeakReport | None) -> dict[str, Any] | None:
    if leaks is None:
        return None
    return {
        "predictions": leaks.predictions,
        "loss": leaks.loss,
        "first_layer": leaks.first_layer,
        "pad_invariant": leaks.pad_invariant,
        "batch_dependent": leaks.batch_dependent,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "layer": finding.layer,
        "line": finding.line,
        "message": finding.message,
        "fix": finding.fix.sentence + (f"\n{finding.fix.code}" if finding.fix.code else ""),
    }
