"""Whether padding reaches real timesteps: noise at padding, rows alone, other rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from tests.engine.maskcases.brute_calls import (
    as_list,
    forget,
    like,
    loss_at,
    predict,
    timed,
)
from tests.engine.maskcases.registry import Array, Case


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
    forget(case)
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
        forget(case)
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
        short = [
            a[row : row + 1][:, real] if a.shape[:2] == padding.shape else a[row : row + 1]
            for a in arrays
        ]
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
