"""From evidence to a diagnosis, and the verdict: what is said of a whole result."""

from collections.abc import Sequence
from dataclasses import replace

from inspector.core.diagnosis.causes import Cause, Stop, place
from inspector.core.diagnosis.findings import (
    Diagnosis,
    Evidence,
    Finding,
    Severity,
    Status,
    findings,
)
from inspector.core.diagnosis.not_tested import NotTested, first_not_tested
from inspector.core.diagnosis.phrases import (
    cost,
    ignored_unasked,
    nan,
    nan_loss,
    none_real,
    raises,
)
from inspector.core.diagnosis.stops import StopEvidence, find_stop
from inspector.core.ledger import AverageName, Divisor, LossLedger, same
from inspector.core.numerals import number
from inspector.core.trace import MaskState

NOTHING_WRONG = "Nothing is wrong: "


def diagnose(evidence: Evidence) -> Diagnosis:
    """Returns the stop, the verdict and the findings."""
    trace, leaks = evidence.trace, evidence.leaks
    stop = find_stop(StopEvidence(trace.steps, trace.mask_at_loss_state, evidence.moved))
    if stop is None and leaks is not None and leaks.predictions:
        stop = Stop(None, None, leaks.first_layer)
    if stop is not None and stop.rightly and leaks is not None and leaks.predictions:
        stop = replace(stop, rightly=False)
    found = sorted(
        findings(evidence, stop), key=lambda finding: list(Severity).index(finding.severity)
    )
    missing = first_not_tested(evidence)
    status = _status(found, missing)
    verdict = verdict_of(evidence, stop, found, missing)
    healthy = status in (Status.PASS, Status.WARNING) or (
        status is Status.NOT_TESTED and missing is not None and missing.chosen
    )
    question = missing.question if missing and status is Status.NOT_TESTED else ""
    if question and not healthy:
        verdict = f"{verdict} {question}"
    return Diagnosis(stop, verdict, healthy, tuple(found), status, question)


def _status(found: list[Finding], missing: NotTested | None) -> Status:
    """The worst finding; a result without one passes only where everything was tested."""
    severities = {finding.severity for finding in found}
    if Severity.WRONG in severities:
        return Status.ERROR
    if Severity.RISK in severities:
        return Status.WARNING
    return Status.PASS if missing is None else Status.NOT_TESTED


def verdict_of(
    evidence: Evidence,
    stop: Stop | None,
    found: Sequence[Finding],
    missing: NotTested | None,
) -> str:
    """One sentence: where, why and what it costs; that nothing is wrong; or what was not tested.

    Args:
        evidence: Everything that was measured.
        stop: Where the mask stops.
        found: The findings, worst first.
        missing: What was not tested, or None.
    """
    if evidence.raises is not None:
        said = raises(evidence.raises)
        wrong_rank = stop is not None and stop.cause is Cause.MASK_WRONG_RANK
        return f"{said.rstrip('.')}. {place(stop)}." if wrong_rank else said
    ledger = evidence.ledger
    if evidence.nan:
        return nan(evidence.batch)[0]
    if evidence.lost_number:
        return nan_loss(evidence.batch)[0]
    if not found or found[0].severity is not Severity.WRONG:
        risk = next((f for f in found if f.severity is Severity.RISK), None)
        return _right(evidence, stop, risk, missing)
    if ledger is not None and ledger.counts_padding:
        return f"{place(stop)}{_joint(stop)}{cost(ledger)}."
    if ledger is not None and ignored_unasked(evidence.batch, ledger):
        if stop is None or stop.cause is None:
            return f"Some real timesteps have no influence on the loss: {cost(ledger)}."
        return f"{place(stop)}, so the loss leaves out real timesteps: {cost(ledger)}."
    leaks = evidence.leaks
    if leaks is not None and leaks.predictions:
        effect = leaks.effect("content")
        change = number(effect.largest_change) if effect is not None else ""
        return (
            f"Padding leaks into the predictions{_at_layer(leaks.first_layer)}: other content at "
            f"padding moves a prediction by up to {change}."
        )
    for other in evidence.ledgers[1:]:
        if other.counts_padding or ignored_unasked(evidence.batch, other):
            return _of_output(other)
    return f"{place(stop)}."


def _of_output(ledger: LossLedger) -> str:
    """What is wrong with another output than the first."""
    over_valid = ledger.average(AverageName.VALID).value
    what = "Padding is in" if ledger.counts_padding else "Real timesteps are left out of"
    mean = "" if over_valid is None else f", whose mean over real timesteps is {number(over_valid)}"
    return f"{what} the loss of output `{ledger.output}`{mean}."


def _at_layer(layer: str | None) -> str:
    return f" at `{layer}`" if layer else ""


def _joint(stop: Stop | None) -> str:
    if stop is None or stop.cause is None:
        return ", but the loss does not use it: "
    return ", so padding is in the loss: "


def _right(
    evidence: Evidence, stop: Stop | None, risk: Finding | None, missing: NotTested | None
) -> str:
    ledger = evidence.ledger
    start = _but_padding_leaks(_of_the_mask(evidence, stop, missing), evidence)
    if risk is not None and start.startswith(NOTHING_WRONG):
        # "Nothing is wrong" never stands above a warning.
        start = risk.message.rstrip(".")
    if ledger is None or ledger.keras_value is None:
        return f"{start}."
    if len(evidence.ledgers) > 1:
        outputs = len(evidence.ledgers)
        return f"{start}; Keras reports {number(ledger.keras_value)} over {outputs} outputs."
    over_valid = ledger.average(AverageName.VALID).value
    if none_real(ledger) or (missing is not None and not missing.chosen):
        return f"{start}; Keras reports {number(ledger.keras_value)}."
    if ledger.divisor in _MASKED and not same(over_valid, ledger.keras_value):
        return (
            f"{start}; Keras reports {number(ledger.keras_value)}, in which the mean over real "
            f"timesteps is {number(over_valid)}."
        )
    return f"{start}; Keras reports {number(ledger.keras_value)}{_named(ledger)}."


def _of_the_mask(evidence: Evidence, stop: Stop | None, missing: NotTested | None) -> str:
    """What is said of the mask where nothing is wrong, or of what could not be tested."""
    ledger = evidence.ledger
    if missing is not None and not missing.chosen:
        return missing.sentence.rstrip(".")
    if stop is not None and stop.rightly:
        return f"{NOTHING_WRONG}`{stop.layer}` uses the mask up, and nothing after it needs it"
    if evidence.trace.mask_at_loss_state is MaskState.CORRECT:
        end = "loss" if evidence.ledgers else "output"
        return f"{NOTHING_WRONG}the mask reaches the {end} and marks exactly the padding"
    if ledger is not None and ledger.counts_padding is False:
        return f"{place(stop)}, but the loss leaves padding out all the same"
    leaks = evidence.leaks
    if leaks is None or leaks.predictions is not False or leaks.pad_invariant is False:
        return place(stop)
    return f"{place(stop)}, but other content at padding changes no prediction"


def _but_padding_leaks(start: str, evidence: Evidence) -> str:
    """The same, where padding changes predictions by its amount or in training."""
    leaks, training = evidence.leaks, evidence.training_leaks
    if leaks is None or not evidence.has_padding:
        return start
    if leaks.pad_invariant is False and not leaks.batch_dependent:
        said = "how much padding there is changes the predictions"
    elif training is not None and training.predictions:
        said = "padding changes the predictions in training"
    else:
        return start
    start = start.removeprefix(NOTHING_WRONG)
    return f"{start[0].upper()}{start[1:]}, but {said}"


_MASKED = (Divisor.VALID, Divisor.VALID_PLUS_PENALTY)


def _named(ledger: LossLedger) -> str:
    names = {
        Divisor.VALID: ", the mean over real timesteps",
        Divisor.PER_SEQUENCE: ", the mean over sentences",
        Divisor.BATCHWISE: ", the masked means of the batches averaged by their rows",
    }
    return names.get(ledger.divisor, "") if ledger.divisor is not None else ""
