"""Which formula gives the number that `model.evaluate` reports, tried one after the other."""

from typing import Any

import numpy as np

from tests.engine.maskcases.registry import Array, Case


def per_step_loss(case: Case, y: Array, pred: Array) -> Array:
    """The loss at every timestep, in NumPy."""
    y, pred = np.asarray(y), np.asarray(pred, "float64")
    if case["per_step"] is not None:
        return np.asarray(case["per_step"](y, pred), "float64")
    kind = case["loss_kind"]
    if kind == "mse":
        return np.mean(np.square(y - pred), -1)
    if kind == "mae":
        return np.mean(np.abs(y - pred), -1)
    if kind == "logits":
        pred = np.exp(pred - pred.max(-1, keepdims=True))
    if kind in ("cce", "scce", "logits"):
        pred = np.clip(pred / pred.sum(-1, keepdims=True), 1e-7, 1 - 1e-7)
        y = y if kind == "cce" else np.eye(pred.shape[-1])[np.asarray(y).reshape(pred.shape[:-1])]
        return -np.sum(y * np.log(pred), -1)
    if kind == "bce":
        pred = np.clip(pred, 1e-7, 1 - 1e-7)
        return np.mean(-y * np.log(pred) - (1 - y) * np.log(1 - pred), -1)
    raise KeyError(kind)


def penalty(case: Case) -> float:
    """What layers added to the loss (the model has just been called)."""
    return float(sum(np.asarray(value) for value in case["model"].losses))


def batchwise(loss: Array, mask: Array, size: int) -> float:
    """Masked mean of each batch, averaged by batch size."""
    total = 0.0
    for start in range(0, len(loss), size):
        part, keep = loss[start : start + size], mask[start : start + size]
        total += len(part) * (float((part * keep).sum() / keep.sum()) if keep.any() else 0.0)
    return total / len(loss)


def candidates(case: Case, loss: Array, mask: Array | None) -> dict[str, float]:
    """The value of each formula that applies to this case."""
    valid = (~case["out_padding"]).astype("float64")
    found = {
        "valid": float((loss * valid).sum() / valid.sum()),
        "all": float(loss.mean()),
        "sum_valid": float((loss * valid).sum()),
    }
    mask = case["loss_mask"] if case["loss_mask"] is not None else mask
    useful = mask is not None and mask.shape == valid.shape and not mask.all()
    if useful and not np.array_equal(mask, valid):
        found["actual_mask"] = float((loss * mask).sum() / mask.sum())
    weight = case["sample_weight"]
    if weight is not None:
        weight = np.asarray(weight[0] if isinstance(weight, (list, tuple)) else weight, "float64")
        found["weights_over_valid"] = float((loss * valid * weight).sum() / valid.sum())
        found["weights_over_all"] = float((loss * weight).sum() / loss.size)
    if case["batch_size"]:
        keep = valid if mask is None else mask
        found["batchwise"] = batchwise(loss, keep, case["batch_size"])
    added = penalty(case)
    if added:
        found["valid_plus_penalty"] = found["valid"] + added
    return found


def matching_divisors(
    case: Case, result: dict[str, float], pred: Array, mask: Array | None
) -> set[str]:
    """Names of the formulas whose value `model.evaluate` reported for the (first) output."""
    names = getattr(case["model"], "output_names", None) or [""]
    value = result.get(f"{names[0]}_loss", result["loss"])
    if np.isnan(value):
        return set()
    y: Any = case["y"]
    y = next(iter(y.values())) if isinstance(y, dict) else y
    y = y[0] if isinstance(y, (list, tuple)) else y
    if case["square"] is not None:
        same = np.isclose(case["square"](y, pred, mask), value, rtol=1e-4)
        return {"square_broadcast"} if same else set()
    loss = per_step_loss(case, y, pred)
    if loss.shape != case["out_padding"].shape:
        return {"per_sequence"} if np.isclose(loss.mean(), value, rtol=1e-4) else set()
    tolerance = 10 * case["tolerance"]
    found = candidates(case, loss, mask)
    return {name for name, number in found.items() if np.isclose(number, value, rtol=tolerance)}
