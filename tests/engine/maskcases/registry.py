"""How a masking case is registered, and the data and models that the cases are made of.

A case is a builder that returns a compiled model, a batch and a few hints, together with what a
right inspector finds (the fields of `DEFAULTS`). `padding` is True where a timestep is padding;
Keras masks are the opposite.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers as L

Array = npt.NDArray[Any]
Parts = dict[str, Any]
Case = dict[str, Any]

CAUSES = frozenset(
    "return_sequences_false compute_mask_returns_none layer_does_not_support_masking op_drops_mask "
    "merge_partial merge_all_true merge_union mask_stripped_in_place lost_inside_layer "
    "mask_misaligned mask_overwritten mask_wrong_rank mask_never_fires masks_real_steps "
    "no_mask_created".split()
)
DIVISORS = frozenset(
    "valid all actual_mask sum_valid weights_over_valid weights_over_all batchwise "
    "valid_plus_penalty square_broadcast per_sequence".split()
)
MASK_STATES = frozenset("correct absent all_true wrong wrong_rank".split())

# What a right inspector finds where nothing is wrong.
DEFAULTS: dict[str, Any] = {
    "stops_at": None,
    "stop_cause": None,
    "root_layer": None,
    "mask_at_loss": "correct",
    "symbolic_mask": True,
    "warns": [],
    "counted_padding": False,
    "real_ignored": False,
    "denominator": "valid",
    "leaks_pred": False,
    "leaks_loss": False,
    "leaks_at": None,
    "pad_invariant": None,
    "batch_dependent": False,
    "nan": False,
    "raises": None,
    "raises_at": None,
    "metrics": None,
}

# Hints for brute force. inject: the mask maker whose output gets noise at padding (or a dictionary
# maker -> its padding); None: the raw input. time_map: node -> padding on that node's own time
# axis. per_step: NumPy loss at every timestep, if not the loss named by `loss_kind`. square: the
# number that a silent broadcast gives. count_method: what is changed to see whether a timestep
# counts (targets, or predictions where the targets themselves say what is padding). coincide:
# other formulas that give the same number on this batch. ambiguous: fields that the vocabulary
# leaves open, not compared with the engine. loss_mask: the mask that the loss itself makes.
HINTS: dict[str, Any] = {
    "sample_weight": None,
    "class_weight": None,
    "out_padding": None,
    "batch_size": None,
    "inject": None,
    "time_map": {},
    "variable_length": False,
    "mode": "inference",
    "run": "evaluate",
    "y_kind": "float",
    "count_method": "targets",
    "loss_kind": "mse",
    "per_step": None,
    "square": None,
    "loss_mask": None,
    "coincide": (),
    "ambiguous": (),
    "tolerance": 1e-4,
}

CASES: dict[str, Callable[[], Case]] = {}

# What a classifier that has used its mask looks like.
USED_UP: dict[str, Any] = {
    "mask_at_loss": "absent",
    "symbolic_mask": False,
    "counted_padding": None,
    "real_ignored": None,
    "denominator": "per_sequence",
}
# What a lost mask costs, where the targets have a time axis.
LOST: dict[str, Any] = {
    "mask_at_loss": "absent",
    "symbolic_mask": False,
    "counted_padding": True,
    "denominator": "all",
}
# Padding content reaches real timesteps and the loss.
LEAKS: dict[str, Any] = {"leaks_pred": True, "leaks_loss": True}


def case(
    name: str, source: str, note: str = "", **expected: Any
) -> Callable[[Callable[[], Parts]], Callable[[], Case]]:
    """Registers a builder under `name`; `expected` overrides `DEFAULTS`."""
    assert not set(expected) - set(DEFAULTS), (name, set(expected) - set(DEFAULTS))
    assert name not in CASES, name
    wanted = {**DEFAULTS, **expected}
    assert wanted["stop_cause"] in CAUSES | {None}, name
    assert wanted["mask_at_loss"] in MASK_STATES | {None}, name
    assert wanted["denominator"] in DIVISORS | {None}, name
    if wanted["stops_at"] and not wanted["root_layer"]:
        wanted["root_layer"] = wanted["stops_at"]

    def register(parts: Callable[[], Parts]) -> Callable[[], Case]:
        def build() -> Case:
            keras.utils.clear_session()
            keras.utils.set_random_seed(7)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                made = {**HINTS, **parts()}
            made.update(id=name, source=source, note=note, expected=dict(wanted))
            made["warned"] = sorted(
                {
                    str(w.message).split("'")[1]
                    for w in caught
                    if "destroy the mask" in str(w.message)
                }
            )
            if made["out_padding"] is None:
                made["out_padding"] = made["padding"]
            return made

        build.module = parts.__module__  # type: ignore[attr-defined]
        build.meta = {**wanted, "note": note}  # type: ignore[attr-defined]
        CASES[name] = build
        return build

    return register


LENGTHS = (6, 4, 2, 3)
ROWS, TIMESTEPS, FEATURES, VOCABULARY = 4, 6, 3, 12


def pads(
    lengths: Sequence[int] = LENGTHS, timesteps: int = TIMESTEPS, side: str = "right"
) -> Array:
    """Padding on the right, on the left or on both sides (the odd step on the right)."""
    step = np.arange(timesteps)[None, :]
    length = np.asarray(lengths)[:, None]
    if side == "both":
        start = (timesteps - length) // 2
        return (step < start) | (step >= start + length)
    return step >= length if side == "right" else step < timesteps - length


def vectors(
    padding: Array | None = None, features: int = FEATURES, value: float = 0.0, seed: int = 1
) -> tuple[Array, Array]:
    """Float sequences whose padding is `value`, and where that padding is."""
    padding = pads() if padding is None else padding
    x = np.random.default_rng(seed).normal(0.4, 1.0, (*padding.shape, features)).astype("float32")
    x[padding] = value
    return x, padding


def tokens(
    padding: Array | None = None,
    pad_id: int = 0,
    low: int = 1,
    high: int = VOCABULARY,
    seed: int = 2,
) -> tuple[Array, Array]:
    """Ids from `low` to `high` - 1, `pad_id` at padding, and where that padding is."""
    padding = pads() if padding is None else padding
    x = np.random.default_rng(seed).integers(low, high, padding.shape).astype("int32")
    x[padding] = pad_id
    return x, padding


def targets(padding: Array, width: int = 1, seed: int = 3) -> Array:
    """Float targets at every timestep, 0 at padding."""
    y = np.random.default_rng(seed).normal(size=(*padding.shape, width)).astype("float32")
    y[padding] = 0.0
    return y


def classes(padding: Array, width: int = 3, pad_class: int = 0, seed: int = 3) -> Array:
    """Class ids at every timestep, `pad_class` at padding."""
    y = np.random.default_rng(seed).integers(0, width, padding.shape).astype("int32")
    y[padding] = pad_class
    return y


def onehot(ids: Array, width: int = 3) -> Array:
    """One-hot rows for `ids`."""
    return np.eye(width, dtype="float32")[ids]


def per_sequence(rows: int = ROWS, seed: int = 4) -> Array:
    """One float target per sequence."""
    return np.random.default_rng(seed).normal(size=(rows, 1)).astype("float32")


def finish(inputs: Any, outputs: Any, loss: Any = "mse", **options: Any) -> keras.Model:
    """A functional model with reproducible, non-zero weights (biases too), compiled."""
    return compiled(keras.Model(inputs, outputs), loss, **options)


def compiled(model: keras.Model, loss: Any = "mse", **options: Any) -> keras.Model:
    """`model`, already built, with reproducible weights, compiled."""
    random = np.random.default_rng(11)
    for weight in model.trainable_weights:
        weight.assign(random.normal(0, 0.5, weight.shape).astype("float32"))
    model.compile(optimizer="sgd", loss=loss, **options)
    return model


def vec_in(timesteps: int | None = None, features: int = FEATURES, name: str = "x") -> Any:
    """Input of float vectors."""
    return keras.Input((timesteps, features), name=name)


def tok_in(timesteps: int | None = None, name: str = "ids") -> Any:
    """Input of ids."""
    return keras.Input((timesteps,), dtype="int32", name=name)


def emb(name: str = "emb", mask_zero: bool = True, width: int = 4, **options: Any) -> L.Layer:
    """An embedding that makes a mask unless told not to."""
    return L.Embedding(VOCABULARY, width, mask_zero=mask_zero, name=name, **options)


def masking(value: float = 0.0, name: str = "masking") -> L.Layer:
    """A `Masking` layer."""
    return L.Masking(mask_value=value, name=name)


def lstm(units: int = 4, sequences: bool = True, name: str = "lstm", **options: Any) -> L.Layer:
    """An LSTM that returns sequences unless told not to."""
    return L.LSTM(units, return_sequences=sequences, name=name, **options)


def bi(units: int = 3, name: str = "bi", sequences: bool = True, **options: Any) -> L.Layer:
    """A bidirectional LSTM."""
    return L.Bidirectional(lstm(units, sequences, name="inner_lstm"), name=name, **options)


def head(x: Any, width: int = 1, name: str = "head", **options: Any) -> Any:
    """A dense head at every timestep."""
    return L.Dense(width, name=name, **options)(x)
