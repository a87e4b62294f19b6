"""Where the mask stops and why, by watching each node of a functional model run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import tree

from tests.engine.maskcases.registry import Array, Case

Runner = Callable[[Case, Any, Callable[[Any], Callable[..., Any]]], None]


def mask_value(tensor: Any) -> Array | None:
    """The mask on a tensor as an array."""
    mask = getattr(tensor, "_keras_mask", None)
    return None if mask is None else np.asarray(mask).astype(bool)


@dataclass(frozen=True, eq=False)
class Call:
    """One node: masks on its inputs before and after, mask arguments, and mask on its output."""

    operation: Any
    before: list[Array | None]
    after: list[Array | None]
    arguments: list[Array]
    out: Array | None
    shape: tuple[int, ...]
    makes_masks: bool = False

    @property
    def received(self) -> list[Array]:
        """Masks that came in, on a tensor or as an argument."""
        return [m for m in self.before if m is not None] + self.arguments


def is_tensor(value: Any) -> bool:
    """Whether `value` is a tensor of the backend."""
    return bool(keras.ops.is_tensor(value))


def watch(case: Case, run: Runner) -> list[Call]:
    """Every node of the graph, in the order it runs."""
    calls: list[Call] = []

    def record(operation: Any) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            named = {k: v for k, v in kwargs.items() if "mask" in k and k != "attention_mask"}
            rest = {k: v for k, v in kwargs.items() if k not in named}
            inputs = [t for t in tree.flatten([args, rest]) if is_tensor(t)]
            arguments = [np.asarray(t).astype(bool) for t in tree.flatten(named) if is_tensor(t)]
            before = [mask_value(t) for t in inputs]
            out = operation(*args, **kwargs)
            first = tree.flatten(out)[0]
            after = [mask_value(t) for t in inputs]
            calls.append(
                Call(
                    operation,
                    before,
                    after,
                    arguments,
                    mask_value(first),
                    tuple(first.shape),
                    first.dtype == "bool",
                )
            )
            return out

        return call

    run(case, case["x"], record)
    return calls


def truth_at(case: Case, call: Call) -> Array | None:
    """The truth on the time axis of a node, if it has one."""
    if call.operation.name in case["time_map"]:
        return ~np.asarray(case["time_map"][call.operation.name])
    valid = ~case["padding"]
    return valid if call.shape[:2] == valid.shape else None


def first_stop(case: Case, calls: list[Call]) -> Call | None:
    """First node that received a mask and handed on none, or a wrong one."""
    for call in calls:
        if not call.received or call.makes_masks:  # nodes that compute a mask have none
            continue
        if call.out is None:
            return call
        truth = truth_at(case, call)
        if truth is not None and not np.array_equal(call.out, truth):
            if not any(np.array_equal(call.out, m) for m in call.received):
                return call
    return None


def explains(cause: str, call: Call | None, case: Case, calls: list[Call]) -> bool:
    """Whether what the nodes did fits the cause that the case names."""
    expected = case["expected"]
    by_name = {c.operation.name: c for c in calls}
    root = by_name.get(expected["root_layer"])
    valid = ~case["padding"]
    layer = isinstance(call.operation, keras.Layer) if call else False
    merge = call is not None and len(call.before) > 1
    checks: dict[str, Callable[[], Any]] = {
        "return_sequences_false": lambda: not returns_sequences(call.operation),
        "compute_mask_returns_none": lambda: layer and call.operation.supports_masking,
        "layer_does_not_support_masking": lambda: layer and not call.operation.supports_masking,
        "op_drops_mask": lambda: not layer,
        "merge_partial": lambda: merge and call.out is None and None in by_id(call.before),
        "merge_all_true": lambda: merge and call.out.all() and None in by_id(call.before),
        "merge_union": lambda: np.array_equal(call.out, np.logical_or.reduce(call.received)),
        "mask_stripped_in_place": lambda: by_id(root.before) != by_id(root.after),
        "mask_overwritten": lambda: call.out is not None and len(call.received) == 1,
        "mask_never_fires": lambda: root.out is not None and root.out.all() and not valid.all(),
        "masks_real_steps": lambda: root.out is not None and (~root.out & valid).any(),
        "no_mask_created": lambda: all(c.out is None for c in calls),
    }
    return bool(checks[cause]()) if cause in checks else True


def by_id(masks: list[Array | None]) -> list[Any]:
    """None where there is no mask, True where there is one."""
    return [None if m is None else True for m in masks]


def returns_sequences(layer: Any) -> bool:
    """`return_sequences` of a recurrent layer or its wrapper."""
    inner = getattr(layer, "forward_layer", layer)
    return bool(inner.return_sequences)


def graph_failure(case: Case, run: Runner) -> str | None:
    """Name of the node that fails when the model is called, if one does."""
    failed: list[str] = []

    def record(operation: Any) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return operation(*args, **kwargs)
            except Exception:
                failed.append(operation.name)
                raise

        return call

    try:
        run(case, case["x"], record)
    except Exception:
        return failed[0] if failed else None
    return None
