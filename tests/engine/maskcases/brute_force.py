"""What a case really does, found with plain Keras and NumPy: change something, look what moves.

Nothing here knows the inspector. `measure(case)` returns the same fields as `expected`.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights

from tests.engine.maskcases.brute_formulas import matching_divisors
from tests.engine.maskcases.brute_stops import graph_failure, mask_value
from tests.engine.maskcases.registry import Array, Case


def as_list(value: Any) -> list[Any]:
    """`value` as a list of arrays."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else [value]


def like(value: Any, arrays: list[Any]) -> Any:
    """`arrays` in the structure of `value`."""
    if isinstance(value, dict):
        return dict(zip(value, arrays, strict=True))
    return list(arrays) if isinstance(value, (list, tuple)) else arrays[0]


def predict(case: Case, x: Any = None) -> Any:
    """The first output of a plain call, with its mask."""
    x = case["x"] if x is None else x
    out = case["model"](x, training=case["mode"] == "training")
    return as_list(out)[0] if not isinstance(out, dict) else next(iter(out.values()))


def weights_of(case: Case, y: Any) -> Any:
    """Sample weights, made from class weights where those are given."""
    if case["class_weight"] is not None:
        return class_weight_to_sample_weights(y, case["class_weight"])
    return case["sample_weight"]


def evaluate(case: Case, y: Any = None, x: Any = None) -> dict[str, float]:
    """`model.evaluate` with everything that the case prescribes."""
    y = case["y"] if y is None else y
    rows = len(case["padding"])
    return dict(
        case["model"].evaluate(
            case["x"] if x is None else x,
            y,
            sample_weight=weights_of(case, y),
            batch_size=case["batch_size"] or rows,
            verbose=0,
            return_dict=True,
        )
    )


def loss_at(case: Case, y: Any, pred: Any = None) -> float:
    """Keras's own loss of one batch, for these targets and predictions."""
    model = case["model"]
    pred = model(case["x"], training=case["mode"] == "training") if pred is None else pred
    value = model.compute_loss(
        x=case["x"], y=y, y_pred=pred, sample_weight=weights_of(case, y)
    )
    return float(np.sum(np.asarray(value)))


def changed_target(case: Case, y: Array, cell: Any, draw: int = 1) -> Array:
    """`y` with other values at `cell`."""
    new = y.copy()
    if case["y_kind"] == "class":
        width = int(predict(case).shape[-1])
        new[cell] = (new[cell] + draw) % max(width, 2)
    elif case["y_kind"] == "onehot":
        new[cell] = np.roll(new[cell], draw, axis=-1)
    elif case["y_kind"] == "binary":
        new[cell] = 1 - new[cell]
    else:  # another step for each feature, so that no two of them cancel out
        features = np.arange(new.shape[-1]) if y.ndim > 2 else 0.0
        new[cell] = new[cell] + 1.7 * draw * (1 + 0.37 * features)
    return new


def timed(case: Case) -> bool:
    """Whether the targets (and so the predictions) have a time axis."""
    return bool(as_list(case["y"])[0].shape[:2] == case["out_padding"].shape)


def influence(case: Case) -> Array:
    """Which timesteps (rows, target timesteps) move the loss, one at a time."""
    base = loss_at(case, case["y"])
    out = np.zeros(case["out_padding"].shape, bool)
    for cell in np.ndindex(out.shape):
        if case["count_method"] == "predictions":
            pred = predict(case)
            mask = getattr(pred, "_keras_mask", None)
            array = np.array(pred)
            array[cell] = np.roll(array[cell], 1) + 0.31
            moved = keras.ops.convert_to_tensor(array)
            if mask is not None:
                moved._keras_mask = mask
            value = loss_at(case, case["y"], moved)
        else:
            ys = as_list(case["y"])
            first = changed_target(case, ys[0], cell)
            value = loss_at(case, like(case["y"], [first, *ys[1:]]))
        out[cell] = abs(value - base) > 1e-6 * max(1.0, abs(base))
    return out


@contextmanager
def noise_at(case: Case, seed: int) -> Iterator[Any]:
    """Puts noise at padding behind the mask maker, its mask kept; yields the raw input to use."""
    random = np.random.default_rng(seed)
    if case["inject"] is None:
        yield noisy_input(case, random)
        return
    makers = case["inject"]
    makers = makers if isinstance(makers, dict) else {makers: case["padding"]}
    restore: list[tuple[Any, Callable[..., Any]]] = []
    for name, padding in makers.items():
        layer = next(s for s in case["model"]._flatten_layers() if s.name == name)
        restore.append((layer, layer.call))
        layer.call = noisy_call(layer.call, padding, random)
    try:
        yield case["x"]
    finally:
        for layer, call in restore:
            layer.call = call


def noisy_call(call: Callable[..., Any], padding: Array, random: Any) -> Callable[..., Any]:
    """`call` with noise added to its output where `padding` is True."""

    def noisy(*args: Any, **kwargs: Any) -> Any:
        out = call(*args, **kwargs)
        if tuple(out.shape[:2]) != padding.shape:
            return out
        noise = random.normal(0, 3, out.shape).astype("float32")
        where = padding.reshape(padding.shape + (1,) * (len(out.shape) - 2))
        moved = keras.ops.where(where, keras.ops.cast(noise, out.dtype), out)
        mask = getattr(out, "_keras_mask", None)
        if mask is not None:
            moved._keras_mask = mask
        return moved

    return noisy


def noisy_input(case: Case, random: Any) -> Any:
    """The raw input with other content at padding."""
    arrays = [np.array(a) for a in as_list(case["x"])]
    first, padding = arrays[0], case["padding"]
    if first.dtype.kind in "iu":
        first[padding] = random.integers(1, 5, first[padding].shape)
    else:
        first[padding] = random.normal(0, 3, first[padding].shape)
    return like(case["x"], arrays)


def moved(before: Any, after: Any, padding: Array | None, tolerance: float) -> bool:
    """Whether real timesteps (all of it, without a time axis) differ."""
    before, after = np.asarray(before, "float64"), np.asarray(after, "float64")
    change = np.where(np.isnan(before) & np.isnan(after), 0.0, np.abs(after - before))
    if padding is not None and before.shape[:2] == padding.shape:
        change = change[~padding]
    scale = max(1.0, float(np.nanmax(np.abs(before), initial=0.0)))
    return bool(np.any(change > tolerance * scale)) or bool(np.isnan(change).any())


def node_padding(case: Case, name: str, shape: tuple[int, ...]) -> Array | None:
    """Padding on the time axis of a node, None where it has no time axis."""
    if name in case["time_map"]:
        return np.asarray(case["time_map"][name])
    padding = case["padding"]
    return padding if len(shape) >= 2 and shape[:2] == padding.shape else None


def graph_outputs(case: Case, x: Any) -> dict[str, Any]:
    """The output of every node of a functional model, in order."""
    seen: dict[str, Any] = {}

    def record(operation: Any) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            out = operation(*args, **kwargs)
            seen.setdefault(operation.name, as_list(out)[0])
            return out

        return call

    run_graph(case, x, record)
    return {name: np.asarray(keras.ops.cast(out, "float32")) for name, out in seen.items()}


def run_graph(case: Case, x: Any, record: Callable[[Any], Callable[..., Any]]) -> None:
    """Runs a functional model node by node, each through `record`."""
    model, training = case["model"], case["mode"] == "training"
    model = getattr(model, "_functional", None) or model

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(operation, "_call_has_training_arg", False):
            kwargs["training"] = training
        return record(operation)(*args, **kwargs)

    tensors = model._standardize_inputs(x)
    model._run_through_graph(tensors, operation_fn=lambda op: lambda *a, **k: call(op, *a, **k))


def content(case: Case) -> tuple[bool, bool, str | None]:
    """Whether padding content changes predictions, the loss, and the first node it changes."""
    base_pred, base_loss = np.asarray(predict(case)), loss_at(case, case["y"])
    functional = isinstance(case["model"], keras.Sequential) or hasattr(
        case["model"], "_run_through_graph"
    )
    base_nodes = graph_outputs(case, case["x"]) if functional else {}
    in_pred = in_loss = False
    first: str | None = None
    for seed in range(3):
        with noise_at(case, seed) as x:
            pred = case["model"](x, training=case["mode"] == "training")
            one = as_list(pred)[0]
            padding = case["out_padding"] if timed(case) else None
            in_pred |= moved(base_pred, one, padding, case["tolerance"])
            after = loss_at({**case, "x": x}, case["y"], pred)
            in_loss |= abs(after - base_loss) > case["tolerance"] * max(1.0, abs(base_loss))
            nodes = graph_outputs(case, x) if functional else {}
        for name, value in nodes.items():
            padding = node_padding(case, name, value.shape)
            if first is None and moved(base_nodes[name], value, padding, case["tolerance"]):
                first = name
    return in_pred, in_loss, first if in_pred else None


def alone(case: Case) -> bool | None:
    """Whether each row by itself at its true length gives the same real outputs."""
    if not case["variable_length"]:
        return None
    together = np.asarray(predict(case), "float64")
    padding, same = case["padding"], True
    for row, real in enumerate(~padding):
        if not real.any():
            continue
        arrays = [np.asarray(a) for a in as_list(case["x"])]
        short = [a[row : row + 1][:, real] if a.shape[:2] == padding.shape else a[row : row + 1]
                 for a in arrays]
        out = np.asarray(predict(case, like(case["x"], short)), "float64")[0]
        full = together[row]
        full = full[~case["out_padding"][row]] if timed(case) else full
        same &= not moved(full, out, None, case["tolerance"])
    return same


def across_rows(case: Case) -> bool:
    """Whether a row's real outputs depend on what the other rows hold."""
    base, depends = np.asarray(predict(case)), False
    for row in range(len(case["padding"])):
        arrays = [np.repeat(np.asarray(a)[row : row + 1], len(a), 0) for a in as_list(case["x"])]
        out = np.asarray(predict(case, like(case["x"], arrays)))
        padding = case["out_padding"][row : row + 1] if timed(case) else None
        depends |= moved(base[row : row + 1], out[row : row + 1], padding, case["tolerance"])
    return depends


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
