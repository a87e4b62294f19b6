"""Whether brute force agrees with what a case expects."""

import warnings
from typing import Any

import keras

from tests.engine.maskcases.brute_force import measure
from tests.engine.maskcases.brute_leaks import run_graph
from tests.engine.maskcases.brute_stops import Call, explains, first_stop, watch
from tests.engine.maskcases.registry import Case

# Faults inside a layer, and nodes that hand on the very mask they got, for another time axis.
BEYOND_THE_GRAPH = frozenset("lost_inside_layer mask_misaligned mask_wrong_rank".split())


def disagreements(case: Case) -> dict[str, tuple[Any, Any]]:
    """Field -> (expected, what brute force finds), for every field that differs."""
    want, found = case["expected"], measure(case)
    wrong: dict[str, tuple[Any, Any]] = {}
    for name, got in found.items():
        expected = want[name]
        if name == "denominator":
            allowed = {expected, *case["coincide"]} - {None}
            ok = got == allowed
        elif name == "metrics":
            ok = got == (expected or {})
        elif name == "warns":
            ok = sorted(expected) == got
        elif name in ("pad_invariant", "leaks_at") and case["time_map"]:
            ok = name == "leaks_at" or got == expected
        else:
            ok = got == expected
        if not ok:
            wrong[name] = (expected, got)
    if found["raises_at"] is None:
        wrong.update(stop_disagreements(case))
    return wrong


def stop_disagreements(case: Case) -> dict[str, tuple[Any, Any]]:
    """The same for where the mask stops and why, where the graph can tell."""
    want, model = case["expected"], case["model"]
    cause = want["stop_cause"]
    if not (isinstance(model, keras.Sequential) or hasattr(model, "_run_through_graph")):
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calls: list[Call] = watch(case, run_graph)
    stop = first_stop(case, calls)
    name = stop.operation.name if stop else None
    wrong: dict[str, tuple[Any, Any]] = {}
    expected = want["stops_at"]
    if cause in BEYOND_THE_GRAPH or "stop.layer" in case["ambiguous"]:
        return wrong
    if name != expected:
        wrong["stops_at"] = (expected, name)
    elif cause is not None and not explains(cause, stop, case, calls):
        wrong["stop_cause"] = (cause, name)
    return wrong
