"""What a random model really does, measured with plain Keras and NumPy; no inspector here.

A field is `OPEN` where the definition leaves it open or float error decides; see the package.
"""

import warnings
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tests.engine.random_models import batches
from tests.engine.random_models.recording import Call, flatten, mask_of, watching
from tests.engine.random_models.stops import Stops, stops_of
from tests.engine.random_models.subject import Array, OutputSpec, Subject

OPEN = "open"
_SURE, _NOTHING = 1e-4, 2e-6
_DRAWS = 4


@dataclass
class OutputTruth:
    """What the loss of one output does.

    Attributes:
        counts_padding: Predictions at padding move the loss.
        ignores_valid: Some prediction at a real timestep does not.
        divisors: Names of the formulas that give the output's value; empty where none does.
        mean_over_valid: Mean of the loss over real timesteps, or `OPEN`.
        weighted: Sample weights are in it.
    """

    counts_padding: Any = None
    ignores_valid: Any = None
    divisors: Any = OPEN
    mean_over_valid: Any = OPEN
    weighted: bool = False


@dataclass
class Truth:
    """Everything that was measured; field names are those of the contract."""

    raises: bool = False
    failure: str = ""
    keras_value: Any = None
    mask_at_loss: Any = OPEN
    symbolic_mask: bool = False
    outputs: list[OutputTruth] = field(default_factory=list)
    leak_predictions: Any = OPEN
    leak_loss: Any = OPEN
    first_layer: Any = OPEN
    pad_invariant: Any = OPEN
    batch_dependent: Any = OPEN
    metrics: dict[str, Any] = field(default_factory=dict)
    nan: bool = False
    stops: Stops | None = None
    notes: list[str] = field(default_factory=list)


def measure(subject: Subject) -> Truth:
    """Measures everything."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _measured(subject)


def _measured(subject: Subject) -> Truth:
    truth = Truth(symbolic_mask=symbolic(subject))
    try:
        truth.keras_value = evaluate(subject)
    except Exception as error:
        truth.raises, truth.failure = True, f"{type(error).__name__}: {str(error)[:200]}"
        return truth
    with watching(subject.model) as watch:
        made = forward(subject, tensors(subject))
    predictions = flatten(made)
    truth.nan = any(bool(np.isnan(np.asarray(p)).any()) for p in predictions)
    first = subject.outputs[0]
    truth.mask_at_loss = mask_state(predictions[0], first)
    if truth.nan:
        return truth
    truth.stops = stops_of(subject, watch.calls, predictions[0], truth.mask_at_loss)
    for number in range(len(subject.outputs)):
        truth.outputs.append(output_truth(subject, made, number, truth))
    content(subject, watch.calls, made, truth)
    truth.pad_invariant = pad_invariant(subject, predictions)
    truth.batch_dependent = batch_dependent(subject, predictions)
    truth.metrics = metrics(subject, made)
    return truth


def tensors(subject: Subject, arrays: list[Array] | None = None) -> Any:
    """The input as tensors, in the structure of `x`."""
    arrays = [spec.array for spec in subject.inputs] if arrays is None else arrays
    made = [tf.convert_to_tensor(array) for array in arrays]
    if isinstance(subject.x, dict):
        return {spec.name: tensor for spec, tensor in zip(subject.inputs, made, strict=True)}
    return made[0] if len(made) == 1 else made


def forward(subject: Subject, x: Any) -> Any:
    """The predictions, masks attached."""
    return subject.model(x, training=False)


def evaluate(subject: Subject) -> float:
    """What `model.evaluate` reports."""
    found = subject.model.evaluate(
        subject.x,
        subject.y,
        sample_weight=subject.sample_weight,
        batch_size=subject.batch_size or subject.rows,
        verbose=0,
        return_dict=True,
    )
    return float(found["loss"])


def symbolic(subject: Subject) -> bool:
    """Whether the symbolic output carries a mask."""
    outputs = None if subject.subclassed else getattr(subject.model, "outputs", None)
    return bool(outputs) and getattr(outputs[0], "_keras_mask", None) is not None


def mask_state(prediction: Any, output: OutputSpec) -> Any:
    """The mask on the prediction against the truth."""
    mask = mask_of(prediction)
    if mask is None:
        return "absent"
    if output.valid is None or mask.shape != output.valid.shape:
        return "wrong_rank"
    if tuple(prediction.shape[:2]) != mask.shape:
        return "wrong_rank"
    if np.array_equal(mask, output.valid):
        return "correct"
    return "all_true" if mask.all() else "wrong"


# ------------------------------------------------------------------------------------------ loss


def loss_at(subject: Subject, made: Any, number: int, moved: Array) -> float:
    """Keras's loss with one prediction replaced, masks kept, in the batches of `evaluate`."""
    leaves = flatten(made)
    size = subject.batch_size or subject.rows
    total = 0.0
    for start in range(0, subject.rows, size):
        rows = slice(start, start + size)

        def leaf(position: int, tensor: Any, rows: slice = rows) -> Any:
            array = moved if position == number else np.asarray(tensor)
            value = tf.convert_to_tensor(array[rows])
            mask = mask_of(tensor)
            if mask is not None:
                value._keras_mask = tf.convert_to_tensor(mask[rows])
            return value

        cut = [leaf(position, tensor) for position, tensor in enumerate(leaves)]
        predicted = keras.tree.pack_sequence_as(made, cut)
        value = subject.model.compute_loss(
            x=None,
            y=part(subject.y, rows),
            y_pred=predicted,
            sample_weight=part(subject.sample_weight, rows),
            training=False,
        )
        total += float(np.mean(np.asarray(value))) * len(moved[rows]) / subject.rows
    return total


def part(structure: Any, rows: slice) -> Any:
    """Some rows, as tensors."""
    if structure is None:
        return None
    return keras.tree.map_structure(lambda a: tf.convert_to_tensor(np.asarray(a)[rows]), structure)


def moved_at(prediction: Array, cells: Array, probabilities: bool) -> Array:
    """The predictions with other values at `cells`."""
    moved = np.array(prediction)
    if not probabilities:
        step = np.linspace(0.37, 0.91, moved[cells].shape[-1]) if moved.ndim > cells.ndim else 0.37
        moved[cells] = moved[cells] + np.asarray(step, moved.dtype)
    elif moved.shape[-1] == 1:
        moved[cells] = np.where(moved[cells] > 0.5, moved[cells] - 0.3, moved[cells] + 0.3)
    else:
        ramp = np.linspace(1.0, 2.0, moved.shape[-1], dtype=moved.dtype)
        other = moved[cells] * ramp + 0.05 * ramp[::-1]
        moved[cells] = other / other.sum(-1, keepdims=True)
    return moved


def output_truth(subject: Subject, made: Any, number: int, truth: Truth) -> OutputTruth:
    """What the loss does with the timesteps of one output."""
    spec = subject.outputs[number]
    found = OutputTruth(weighted=spec.weight is not None)
    prediction = np.asarray(flatten(made)[number])
    base = loss_at(subject, made, number, prediction)
    if abs(base - truth.keras_value) > 1e-4 * max(1.0, abs(base)):
        truth.notes.append(f"compute_loss gives {base}, evaluate {truth.keras_value}")
        return OutputTruth(OPEN, OPEN)
    if spec.valid is None:
        if len(subject.outputs) == 1 and spec.per_step is not None and spec.weight is None:
            rows = spec.per_step(spec.target, prediction.astype("float64"))
            alike = np.isclose(rows.mean() * spec.loss_weight, truth.keras_value, rtol=1e-4)
            found.divisors = {"per_sequence"} if alike else OPEN
        return found
    if prediction.shape[:2] != spec.valid.shape:
        return OutputTruth(OPEN, OPEN)
    moves = np.zeros(spec.valid.shape, bool)
    slopes = np.full(spec.valid.shape, np.nan)
    parts = _parts(spec, prediction)
    unclear = False
    for cell in np.ndindex(*spec.valid.shape):
        cells = np.zeros(spec.valid.shape, bool)
        cells[cell] = True
        moved = moved_at(prediction, cells, spec.probabilities)
        change = loss_at(subject, made, number, moved) - base
        size = abs(change) / max(1.0, abs(base))
        moves[cell] = size > 3e-6
        unclear = unclear or 3e-7 < size < 3e-6
        if parts is not None:
            step = _parts(spec, moved)[cell] - parts[cell]
            slopes[cell] = change / step if abs(step) > 1e-4 else np.nan
    if not unclear:
        found.counts_padding = bool((moves & ~spec.valid).any())
        found.ignores_valid = bool((spec.valid & ~moves).any())
    else:
        found.counts_padding = found.ignores_valid = OPEN
    if parts is not None and len(subject.outputs) == 1:
        found.divisors = formulas(subject, spec, parts, slopes, flatten(made)[number], base)
    if parts is not None and np.isfinite(parts[spec.valid]).all():
        found.mean_over_valid = float(parts[spec.valid].mean())
    return found


def _parts(spec: OutputSpec, prediction: Array) -> Any:
    if spec.per_step is None:
        return None
    found = np.asarray(spec.per_step(spec.target, prediction.astype("float64")))
    return found if spec.valid is not None and found.shape == spec.valid.shape else None


def formulas(
    subject: Subject, spec: OutputSpec, parts: Array, slopes: Array, prediction: Any, value: float
) -> Any:
    """Names of the formulas whose value and weights are the measured ones."""
    assert spec.valid is not None
    valid = spec.valid.astype("float64")
    penalty = float(sum(np.asarray(p) for p in subject.model.losses))
    mask = mask_of(prediction)
    size = subject.batch_size or subject.rows

    def over(kept: Array) -> Array:
        return kept / kept.sum() if kept.any() else np.zeros(kept.shape)

    def batchwise(kept: Array) -> Array:
        cuts = [kept[s : s + size] for s in range(0, len(kept), size)]
        return np.concatenate([over(cut) * len(cut) / len(kept) for cut in cuts])

    whole = np.ones(valid.shape)
    found = {"valid": over(valid), "all": over(whole), "sum_valid": valid}
    if penalty:
        found["valid_plus_penalty"] = over(valid)
    if mask is not None and mask.shape == valid.shape:
        found["actual_mask"] = over(mask.astype("float64"))
        found["batchwise/mask"] = batchwise(mask.astype("float64"))
    found["batchwise"] = batchwise(valid)
    if spec.weight is not None:
        weight = np.asarray(spec.weight, "float64")
        if weight.shape == valid.shape:
            found["weights_over_valid"] = weight * over(valid)
            found["weights_over_all"] = weight * over(whole)
        if weight.ndim == 1 and valid.shape[0] == valid.shape[1]:
            found["square_broadcast"] = np.broadcast_to(weight[None], valid.shape) * over(whole)
            found["square_broadcast/valid"] = weight[None] * over(valid)
    names: set[str] = set()
    for name, weights in found.items():
        total = float((weights * np.nan_to_num(parts)).sum()) + penalty
        if name == "valid" and penalty:
            continue
        known = np.isfinite(slopes)
        alike = np.allclose(slopes[known], weights[known], rtol=2e-2, atol=2e-3 * weights.max())
        if np.isclose(total, value, rtol=5e-5, atol=1e-6) and alike:
            names.add(name.partition("/")[0])
    return names


# ----------------------------------------------------------------------------------------- leaks


def content(subject: Subject, calls: list[Call], made: Any, truth: Truth) -> None:
    """Other content at padding, masks kept: do predictions at real timesteps move, and where?"""
    base = flatten(made)
    predictions = [np.asarray(p) for p in base]
    before = loss_at(subject, made, 0, predictions[0])
    shares: list[float] = []
    loss_changes: list[float] = []
    nodes: dict[int, tuple[float, bool]] = {}
    for draw in range(_DRAWS):
        change = Disturbance(subject, calls, draw)
        with watching(subject.model, change.change) as watch:
            after = forward(subject, change.x)
        other = [np.asarray(p) for p in flatten(after)]
        shares.append(
            max(
                moved_share(a, b, output.valid)
                for output, a, b in zip(subject.outputs, predictions, other, strict=True)
            )
        )
        loss = loss_at(subject, after, 0, other[0])
        loss_changes.append(abs(loss - before) / max(abs(before), 1e-3))
        for position, (a, b) in enumerate(zip(calls, watch.calls, strict=True)):
            share, known = node_change(subject, a, b.value)
            held = nodes.get(position, (0.0, True))
            nodes[position] = (max(share, held[0]), known)
    truth.leak_predictions = judged_of(shares)
    truth.leak_loss = judged_of(loss_changes)
    truth.first_layer = first_layer(calls, nodes) if truth.leak_predictions is True else None
    if truth.leak_predictions is OPEN:
        truth.first_layer = OPEN


class Disturbance:
    """Other content at the padding of every input.

    A call that reads an input and makes a mask that hides its padding gets noise behind it; every
    other call that reads an input gets another input, but for those that only compute a mask.
    """

    def __init__(self, subject: Subject, calls: list[Call], draw: int) -> None:
        self.subject = subject
        self.rng = np.random.default_rng(1000 + draw)
        self.calls, self.position = calls, -1
        rng, arrays = np.random.default_rng(2000 + draw), []
        for spec in subject.inputs:
            array = spec.array
            if spec.valid is not None and not spec.is_mask and not spec.protected_by:
                array = batches.other_content(rng, array, ~spec.valid, None)
            arrays.append(array)
        self.other = arrays
        changed = subject.raw_first and not any(s.protected_by for s in subject.inputs)
        self.x = tensors(subject, arrays if changed else None)
        self.leaves = [tf.convert_to_tensor(a) for a in arrays]
        ordered = self.x if isinstance(self.x, list) else [self.x]
        if isinstance(self.x, dict):
            ordered = [self.x[spec.name] for spec in subject.inputs]
        self.number = {id(t): i for i, t in enumerate(ordered)}

    def change(self, operation: Any, args: Any, kwargs: Any, run: Any) -> Any:
        """Makes the call with other content at padding."""
        self.position += 1
        call = self.calls[self.position]
        assert call.name == operation.name
        if call.value.dtype.kind == "b":
            return run(*args, **kwargs)
        read = [self.number[id(t)] for t in call_inputs(args, kwargs) if id(t) in self.number]
        padding = self.hidden(call, read)
        if padding is not None:
            return self.noisy(run(*args, **kwargs), padding)
        if not read:
            return run(*args, **kwargs)

        def other(leaf: Any) -> Any:
            number = self.number.get(id(leaf)) if tf.is_tensor(leaf) else None
            return leaf if number is None else self.leaves[number]

        # Masks passed as arguments are those of the real input.
        masks = {n: v for n, v in kwargs.items() if n == "mask" or n.endswith("_mask")}
        data = {n: v for n, v in kwargs.items() if n not in masks}
        changed = keras.tree.map_structure(other, (args, data))
        return run(*changed[0], **changed[1], **masks)

    def hidden(self, call: Call, read: list[int]) -> Array | None:
        """The padding that a mask maker hides of what it reads; None for any other call."""
        names = {s.protected_by: s for s in self.subject.inputs if s.protected_by}
        spec = names.get(call.name)
        if spec is None and len(read) == 1:
            spec = self.subject.inputs[read[0]]
        if spec is None or spec.valid is None or call.mask is None or call.received:
            return None
        if call.mask.shape != spec.valid.shape:
            return None
        return ~spec.valid if bool((~call.mask & ~spec.valid).any()) else None

    def noisy(self, output: Any, padding: Array) -> Any:
        """The output with noise at padding, its mask kept."""
        array = np.array(output)
        scale = 3.0 * float(array.std()) if float(array.std()) > 1e-6 else 1.0
        array[padding] = scale * self.rng.normal(size=array[padding].shape)
        made = tf.convert_to_tensor(array)
        if getattr(output, "_keras_mask", None) is not None:
            made._keras_mask = output._keras_mask
        return made


def call_inputs(args: Any, kwargs: Any) -> list[Any]:
    """Tensors that a call reads as data."""
    data = {n: v for n, v in kwargs.items() if n != "mask" and not n.endswith("_mask")}
    return [t for t in flatten([args, data]) if tf.is_tensor(t)]


def moved_share(before: Array, after: Array, valid: Array | None) -> float:
    """Largest change at real timesteps, as a share of the largest value."""
    change = np.abs(after.astype("float64") - before.astype("float64"))
    if valid is not None and change.shape[:2] == valid.shape:
        change = change[valid]
    largest = float(np.abs(before).max(initial=0.0))
    return float(change.max(initial=0.0)) / max(largest, 1e-3)


def judged(share: float) -> Any:
    """True, False, or `OPEN` where float error may be all there is."""
    return True if share > _SURE else False if share < _NOTHING else OPEN


def judged_of(shares: list[float]) -> Any:
    """The same over several draws; `OPEN` where it takes luck to find a change."""
    found = judged(max(shares))
    return OPEN if found is True and sum(judged(s) is True for s in shares) < 2 else found


def node_change(subject: Subject, before: Call, after: Array) -> tuple[float, bool]:
    """How far a node moves at real timesteps, and whether its timesteps are known."""
    value = before.value
    if value.dtype.kind != "f":
        return 0.0, True
    valid = subject.time_map.get(before.name, OPEN)
    if isinstance(valid, str):
        return moved_share(value, after, None), False
    if valid is not None and value.shape[:2] != valid.shape:
        return moved_share(value, after, None), False
    return moved_share(value, after, valid), True


def first_layer(calls: list[Call], nodes: dict[int, tuple[float, bool]]) -> Any:
    """The first node that moves at real timesteps; `OPEN` where that is not clear."""
    for position, call in enumerate(calls):
        share, known = nodes[position]
        if judged(share) is False:
            continue
        return call.name if known and judged(share) is True else OPEN
    return OPEN


def pad_invariant(subject: Subject, predictions: list[Any]) -> Any:
    """Whether each row alone, without its padding, gives the same at real timesteps."""
    if subject.fixed_length:
        return OPEN if len(subject.inputs) > 1 else None
    worst = 0.0
    for output in subject.outputs:
        if output.valid is None or output.moves_with is not None:
            continue
        if not any(n in subject.kinds for n in ("repeated",)):
            return OPEN  # Cut, lengthened or turned: which timesteps are the same is open.
    for row in range(subject.rows):
        arrays = []
        for spec in subject.inputs:
            array = spec.array[row : row + 1]
            arrays.append(array if spec.valid is None else array[:, spec.valid[row]])
        try:
            alone = flatten(forward(subject, tensors(subject, arrays)))
        except Exception:
            return OPEN  # Too short for it.
        for output, full, other in zip(subject.outputs, predictions, alone, strict=True):
            whole, single = np.asarray(full)[row], np.asarray(other)[0]
            if output.valid is not None:
                whole = whole[output.valid[row]]
                if output.moves_with is None:
                    single = single[output.valid[row]]
            if whole.shape != single.shape:
                return OPEN
            change = float(np.abs(whole - single).max(initial=0.0))
            worst = max(worst, change / max(float(np.abs(np.asarray(full)).max()), 1e-3))
    if 2e-5 < worst < 1e-3:
        return OPEN
    return worst <= 2e-5


def batch_dependent(subject: Subject, predictions: list[Any]) -> Any:
    """Whether a row's predictions depend on the other rows."""
    worst = 0.0
    for row in range(subject.rows):
        arrays = [np.repeat(s.array[row : row + 1], subject.rows, 0) for s in subject.inputs]
        other = flatten(forward(subject, tensors(subject, arrays)))
        for output, full, changed in zip(subject.outputs, predictions, other, strict=True):
            valid = None if output.valid is None else output.valid[row : row + 1]
            before = np.asarray(full)
            share = moved_share(before[row : row + 1], np.asarray(changed)[row : row + 1], valid)
            worst = max(worst, share)
    return judged(worst)


# --------------------------------------------------------------------------------------- metrics


def metrics(subject: Subject, made: Any) -> dict[str, Any]:
    """Each compiled metric, with other predictions at padding."""
    spec = subject.outputs[0]
    if len(subject.outputs) > 1 or spec.valid is None or spec.valid.all():
        return {}
    prediction = np.asarray(made)
    if prediction.shape[:2] != spec.valid.shape:
        return {}
    base = _metric_values(subject, made, prediction, spec.target)
    found = dict.fromkeys(base, "masked")
    for seed in range(8):
        rng = np.random.default_rng(seed)
        moved, target = prediction.copy(), spec.target.copy()
        cells = ~spec.valid
        fresh = rng.random(moved[cells].shape).astype(moved.dtype)
        moved[cells] = fresh / fresh.sum(-1, keepdims=True) if moved.shape[-1] > 1 else fresh
        if seed % 2:
            real = spec.target[spec.valid]
            target[cells] = real[rng.integers(0, len(real), int(cells.sum()))]
        for name, value in _metric_values(subject, made, moved, target).items():
            if abs(value - base[name]) > 1e-5:
                found[name] = "unmasked"
    return found


def _metric_values(subject: Subject, made: Any, moved: Array, target: Array) -> dict[str, float]:
    value = tf.convert_to_tensor(moved)
    mask = mask_of(made)
    if mask is not None:
        value._keras_mask = tf.convert_to_tensor(mask)
    for metric in subject.model.metrics:
        metric.reset_state()
    weight = subject.sample_weight
    got = subject.model.compute_metrics(
        None,
        tf.convert_to_tensor(target),
        value,
        None if weight is None else tf.convert_to_tensor(weight),
    )
    return {name: float(np.mean(np.asarray(v))) for name, v in got.items() if name != "loss"}
