"""What an inspection says against what was measured, field by field."""

from typing import Any

import numpy as np

from tests.engine.random_models.subject import Subject
from tests.engine.random_models.truth import OPEN, OutputTruth, Truth

Wrong = dict[str, tuple[Any, Any]]
"""For each wrong field: what it must be, and what was said."""


def compare(subject: Subject, truth: Truth, said: dict[str, Any]) -> Wrong:
    """Returns the wrong fields; `acquitted` and `false_alarm` among them."""
    wrong: Wrong = {}
    if truth.raises:
        if said["raises"] is None:
            wrong["raises"] = (truth.failure, None)
        return wrong
    if said["raises"] is not None:
        return {"raises": (None, said["raises"])}

    def judge(name: str, want: Any, got: Any) -> None:
        if not (isinstance(want, str) and want == OPEN) and want != got:
            wrong[name] = (want, got)

    judge("nan", truth.nan, said["nan"])
    judge("symbolic_mask", truth.symbolic_mask, said["symbolic_mask"])
    loss = said["loss"] or {}
    value = loss.get("keras_value")
    if not truth.nan and not _near(value, truth.keras_value):
        wrong["keras_value"] = (truth.keras_value, value)
    if truth.nan:
        return wrong
    judge("mask_at_loss", truth.mask_at_loss, said["mask_at_loss"])
    for spec, output in zip(subject.outputs, truth.outputs, strict=True):
        of = loss if len(subject.outputs) == 1 else said["outputs"].get(spec.name)
        if of is None:
            wrong[f"{spec.name}: ledger"] = ("there", None)
        else:
            prefix = "" if len(subject.outputs) == 1 else f"{spec.name}: "
            _compare_loss(prefix, output, of, wrong)
    leak = said["leak"]
    if leak is None:
        wrong["leak"] = ("tested", None)
        leak = {}
    judge("leak.predictions", truth.leak_predictions, leak.get("predictions"))
    if leak.get("predictions") == truth.leak_predictions:
        judge("leak.first_layer", truth.first_layer, leak.get("first_layer"))
    judge("leak.loss", truth.leak_loss, leak.get("loss"))
    judge("leak.pad_invariant", truth.pad_invariant, leak.get("pad_invariant"))
    judge("leak.batch_dependent", truth.batch_dependent, leak.get("batch_dependent"))
    for name, state in truth.metrics.items():
        judge(f"metric {name}", state, said["metrics"].get(name))
    _compare_stop(truth, said, wrong)
    _compare_alarm(subject, truth, said, wrong)
    return wrong


def _near(value: Any, other: float) -> bool:
    return value is not None and bool(np.isclose(value, other, rtol=1e-3, atol=1e-5))


def _compare_loss(prefix: str, output: OutputTruth, of: dict[str, Any], wrong: Wrong) -> None:
    for name in ("counts_padding", "ignores_valid"):
        want = getattr(output, name)
        if want != OPEN and of.get(name) != want:
            wrong[f"{prefix}loss.{name}"] = (want, of.get(name))
    if not isinstance(output.divisors, str):
        got, accepted = of.get("divisor"), output.divisors
        unnamed = got is None and output.weighted
        if unnamed and not any(name.startswith("weights") for name in accepted):
            accepted = set()
        if got not in accepted if accepted else got is not None:
            wrong[f"{prefix}loss.divisor"] = (sorted(accepted) or None, got)
    if output.mean_over_valid != OPEN and not _near(
        of.get("mean_over_valid"), output.mean_over_valid
    ):
        wrong[f"{prefix}loss.mean_over_valid"] = (output.mean_over_valid, of.get("mean_over_valid"))


def _compare_stop(truth: Truth, said: dict[str, Any], wrong: Wrong) -> None:
    stops, stop = truth.stops, said["stop"] or {}
    if stops is None or not stops.judged:
        return
    if stops.none:
        if stop.get("layer") is not None or stop.get("cause") not in (None, "mask_not_passed"):
            wrong["stop"] = (None, (stop.get("layer"), stop.get("cause")))
        return
    names = {stop.get("layer"), stop.get("root_layer")} - {None}
    if stops.layers and not names & stops.layers:
        wrong["stop.layer"] = (sorted(stops.layers), sorted(names))
    causes = stops.causes | {"mask_not_passed"}
    if stop.get("cause") not in causes:
        wrong["stop.cause"] = (sorted(stops.causes), stop.get("cause"))


def _compare_alarm(subject: Subject, truth: Truth, said: dict[str, Any], wrong: Wrong) -> None:
    facts = [truth.leak_predictions, *(o.counts_padding for o in truth.outputs)]
    alarms = {f["code"] for f in said["findings"] if f["severity"] in ("wrong", "error")}
    if any(fact is True for fact in facts) and not alarms:
        wrong["acquitted"] = ("an alarm", [f["code"] for f in said["findings"]])
    quiet = all(fact is False or fact is None for fact in facts)
    quiet = quiet and not any(o.ignores_valid for o in truth.outputs)
    # A maker that hides real timesteps, or weights of a rank that fits by accident, are errors.
    quiet = quiet and not subject.causes and "ranks_broadcast" not in alarms
    if quiet and alarms:
        wrong["false_alarm"] = ("no alarm", sorted(alarms))
