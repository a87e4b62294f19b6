"""Plain calls of a case's model and loss, and changes of its targets."""

from typing import Any

import numpy as np
from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights

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


def forget(case: Case) -> None:
    """Resets the state of stateful layers."""
    for layer in case["model"]._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_state()


def predict(case: Case, x: Any = None) -> Any:
    """The first output of a plain call, with its mask."""
    x = case["x"] if x is None else x
    forget(case)
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
    forget(case)
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
    forget(case)
    pred = model(case["x"], training=case["mode"] == "training") if pred is None else pred
    value = model.compute_loss(x=case["x"], y=y, y_pred=pred, sample_weight=weights_of(case, y))
    return float(np.sum(np.asarray(value)))


def changed_target(case: Case, y: Array, cell: Any, draw: int = 1, width: int = 0) -> Array:
    """`y` with other values at `cell`; `width` is that of the predictions, where it is known."""
    new = y.copy()
    if case["y_kind"] == "class":
        width = width or int(predict(case).shape[-1])
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
