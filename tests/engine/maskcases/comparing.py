"""Compares an inspection's dictionary with what a case expects, field by field."""

from typing import Any

from tests.engine.maskcases.registry import Case

Mismatch = dict[str, tuple[Any, Any]]


def expected_fields(case: Case) -> dict[str, Any]:
    """Fields of `to_dict()` and their right values, without those that stay open."""
    want = case["expected"]
    if want["raises_at"]:
        return {"raises.at": want["raises_at"]}
    fields = {
        "stop.layer": (want["stops_at"], want["root_layer"]),
        "stop.cause": want["stop_cause"],
        "mask_at_loss": want["mask_at_loss"],
        "symbolic_mask": want["symbolic_mask"],
        "loss.counts_padding": want["counted_padding"],
        "loss.ignores_valid": want["real_ignored"],
        "loss.divisor": want["denominator"],
        "leak.predictions": want["leaks_pred"],
        "leak.loss": want["leaks_loss"],
        "leak.batch_dependent": want["batch_dependent"],
        "nan": want["nan"],
        "raises.at": None,
    }
    if not case["time_map"]:
        fields["leak.first_layer"] = want["leaks_at"]
    if want["pad_invariant"] is not None:
        fields["leak.pad_invariant"] = want["pad_invariant"]
    if want["metrics"]:
        fields["metrics"] = want["metrics"]
    return {name: value for name, value in fields.items() if name not in case["ambiguous"]}


def got_field(result: dict[str, Any], name: str) -> Any:
    """The value at a dotted name."""
    value: Any = result
    for part in name.split("."):
        value = (value or {}).get(part)
    return value


def agrees(name: str, want: Any, result: dict[str, Any]) -> bool:
    """Whether one field is right. For the stop, naming the node or the one to blame will do."""
    got = got_field(result, name)
    if name == "stop.layer":
        named = {got, got_field(result, "stop.root_layer")} - {None}
        wanted = {node for node in want if node}
        return bool(named & wanted) if wanted else not named
    if name == "metrics":
        return all((got or {}).get(metric) == state for metric, state in want.items())
    return bool(got == want)


def mismatches(case: Case, result: dict[str, Any]) -> Mismatch:
    """The fields that fall short: name -> (wanted, got)."""
    return {
        name: (want, got_field(result, name) if name != "stop.layer" else result.get("stop"))
        for name, want in expected_fields(case).items()
        if not agrees(name, want, result)
    }
