"""What a case really does, found with plain Keras and NumPy: change something, look what moves.

Nothing here knows the inspector. `measure(case)` returns the same fields as `expected`.
"""

import warnings
from typing import Any

import keras
import numpy as np

from tests.engine.maskcases.brute_calls import (
    as_list,
    changed_target,
    evaluate,
    forget,
    like,
    loss_at,
    predict,
    timed,
)
from tests.engine.maskcases.brute_formulas import matching_divisors
from tests.engine.maskcases.brute_leaks import across_rows, alone, content, run_graph
from tests.engine.maskcases.brute_stops import graph_failure, mask_value
from tests.engine.maskcases.registry import Array, Case


def influence(case: Case) -> Array:
    """Which timesteps (rows, target timesteps) move the loss, one at a time."""
    forget(case)
    outputs = case["model"](case["x"], training=case["mode"] == "training")
    base, pred = loss_at(case, case["y"], outputs), predict(case)
    mask = getattr(pred, "_keras_mask", None)
    out = np.zeros(case["out_padding"].shape, bool)
    for cell in np.ndindex(out.shape):
        if case["count_method"] == "predictions":
            array = np.array(pred)
            array[cell] = np.roll(array[cell], 1) + 0.31
            moved = keras.ops.convert_to_tensor(array)
            if mask is not None:
                moved._keras_mask = mask
            value = loss_at(case, case["y"], moved)
        else:
            ys = as_list(case["y"])
            first = changed_target(case, ys[0], cell, width=int(pred.shape[-1]))
            value = loss_at(case, like(case["y"], [first, *ys[1:]]), outputs)
        out[cell] = abs(value - base) > 1e-6 * max(1.0, abs(base))
    return out


def metric_answers(case: Case) -> dict[str, str]:
    """Which compiled metrics stay the same whatever the targets at padding are."""
    base = evaluate(case)
    names = [n for n in base if n != "loss" and not n.endswith("_loss")]
    answers = dict.fromkeys(names, "masked")
    ys = as_list(case["y"])
    if not timed(case):
        return answers
    for draw in (1, 2):
        changed = changed_target(case, ys[0], case["out_padding"], draw)
        after = evaluate(case, like(case["y"], [changed, *ys[1:]]))
        for name in names:
            if abs(after[name] - base[name]) > 1e-6:
                answers[name] = "unmasked"
    return answers


def mask_state(case: Case) -> str | None:
    """The mask on the prediction against the truth."""
    pred = predict(case)
    mask = mask_value(pred)
    valid = ~case["out_padding"]
    if mask is None:
        return "absent"
    if mask.shape != valid.shape or tuple(pred.shape[:2]) != mask.shape:
        return "wrong_rank"
    if np.array_equal(mask, valid):
        return "correct"
    return "all_true" if mask.all() else "wrong"


def failure(case: Case) -> str | None:
    """Where evaluate or fit fails: a node, `loss` or `metrics`; None if it does not."""
    try:
        if case["run"] == "fit":
            case["model"].fit(
                case["x"],
                case["y"],
                sample_weight=case["sample_weight"],
                class_weight=case["class_weight"],
                batch_size=case["batch_size"] or len(case["padding"]),
                verbose=0,
            )
        else:
            evaluate(case)
    except Exception:
        return locate(case)
    return None


def locate(case: Case) -> str:
    """The first of: a node of the graph, the loss, the metrics, that fails by itself."""
    node = graph_failure(case, run_graph)
    if node is not None:
        return node
    try:
        loss_at(case, case["y"])
    except Exception:
        return "loss"
    return "metrics"


def symbolic(case: Case) -> bool:
    """Whether the symbolic output of the model carries a mask."""
    try:
        outputs = case["model"].outputs
    except AttributeError:
        return False
    return bool(outputs) and getattr(outputs[0], "_keras_mask", None) is not None


def divisors(case: Case) -> set[str]:
    """Formulas that give what `model.evaluate` (which is inference) reports."""
    pred = predict({**case, "mode": "inference"})
    return matching_divisors(case, evaluate(case), np.asarray(pred), mask_value(pred))


def measure(case: Case) -> dict[str, Any]:
    """Every field of `expected` that brute force can tell, with `denominator` as a set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        at = failure(case)
        if at is not None:
            return {"raises_at": at, "warns": case["warned"]}
        pred = np.asarray(predict(case))
        moves = influence(case) if timed(case) and not np.isnan(pred).any() else None
        in_pred, in_loss, first = content(case)
        return {
            "raises_at": None,
            "warns": case["warned"],
            "symbolic_mask": symbolic(case),
            "mask_at_loss": mask_state(case),
            "counted_padding": None if moves is None else bool((moves & case["out_padding"]).any()),
            "real_ignored": None if moves is None else bool((~moves & ~case["out_padding"]).any()),
            "denominator": divisors(case),
            "leaks_pred": in_pred,
            "leaks_loss": in_loss,
            "leaks_at": first,
            "pad_invariant": alone(case),
            "batch_dependent": across_rows(case),
            "nan": bool(np.isnan(pred).any()),
            "metrics": metric_answers(case),
        }
