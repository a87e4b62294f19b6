"""The loss of one batch, and what the weights of its timesteps are measured from.

Keras minimises a number L. With p the predictions and l the unreduced loss of each timestep, L
depends on p through l alone for every built-in loss, whatever the reduction, mask and sample
weights: L = sum(w * l) + penalties, with weights w that do not depend on p. Differentiating by p at
one timestep gives g = dL/dp and h = d(sum l)/dp = dl/dp there, so g = w * h, and

    w = <g, h> / <h, h>

with the sums over the axes of p that the timestep owns. The residual g - w*h says whether the
assumption held. Verified on Keras 3.15.1 for all built-in losses (see tests/engine).

Several numbers L of one batch (`Rule`) share predictions, l and h: only g is their own.
"""

import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import keras

from inspector.engine.seam import keras as keras_private
from inspector.engine.seam import tensorflow as backend


@dataclass(frozen=True)
class Rule:
    """One number of a batch that could be minimised, without penalties.

    Rules with the same key, loss and factor are equal, whatever their sample weights: one traced
    pass serves them.

    Attributes:
        key: What its losses are found by in a `PassResult`.
        loss: A Keras loss, called with targets, predictions and sample weights of the first
            output; None for the number that the model itself minimises, over all its outputs.
        sample_weight: (rows, ...) weights that the loss is called with, or None.
        factor: The loss weight that the model was compiled with.
    """

    key: str
    loss: Any = None
    sample_weight: Any = field(default=None, compare=False)
    factor: float = 1.0

    def value(self, y_true: Any, y_pred: Any, weight: Any) -> Any:
        """The number that Keras would minimise, without penalties; a scalar."""
        value = self.loss(y_true, y_pred, weight)
        value = keras.ops.mean(value)  # evaluate reports the mean of a loss without reduction
        return value * keras.ops.cast(self.factor, value.dtype) if self.factor != 1.0 else value


COMPILED = Rule("compiled")
"""What the model minimises: the loss it was compiled with, its own `compute_loss`, or one given."""


class GivenLoss:
    """A loss that the model was not compiled with, computed by Keras's own `CompileLoss`."""

    def __init__(self, model: keras.Model, loss: Any) -> None:
        """Wraps `loss` (name, function, `Loss`, or a structure of them) for this model."""
        # Kept, so that the id of the loss stays taken as long as this wrapper is known by it.
        self.source = loss
        names = getattr(model, "output_names", None)
        self.compiled = keras_private.CompileLoss(loss, output_names=names)

    def total(self, model: keras.Model, y: Any, predictions: Any, sample_weight: Any) -> Any:
        """Loss plus penalties, as `Trainer.compute_loss` adds them up."""
        value = self.compiled(y, predictions, sample_weight)
        for penalty in model.losses:
            value = value + keras.ops.sum(keras.ops.cast(penalty, value.dtype))
        return value


_given: "weakref.WeakKeyDictionary[keras.Model, dict[Any, GivenLoss]]" = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def given_loss(model: keras.Model, loss: Any) -> GivenLoss:
    """Returns the wrapper of `loss` for this model, the same one for the same loss."""
    key = loss if isinstance(loss, str) else id(loss)
    with _lock:
        known = _given.setdefault(model, {})
        if key not in known:
            known[key] = GivenLoss(model, loss)
        return known[key]


class LossEntry(NamedTuple):
    """The loss of one output.

    Attributes:
        path: Of the output in the structure of predictions.
        loss: The Keras loss, whose `call` gives the unreduced loss; None where the model computes
            it in a `compute_loss` of its own.
        loss_weight: The factor it was compiled with, or None.
        name: What Keras calls it.
    """

    path: tuple[Any, ...]
    loss: Any
    loss_weight: float | None
    name: str


def entries_of(model: keras.Model, given: GivenLoss | None) -> list[LossEntry]:
    """Returns the losses of the outputs; those that were compiled exist once they were built."""
    if given is None and computes_loss_alone(model):
        names = getattr(model, "output_names", None) or [""]
        return [LossEntry((), None, None, str(names[0]))]
    compiled = keras_private.compile_loss(model) if given is None else given.compiled
    return [LossEntry(*entry) for entry in keras_private.flat_losses(compiled)]


def computes_loss_alone(model: keras.Model) -> bool:
    """True if `compute_loss` is the model's own and there is no compiled loss beside it."""
    compiled = keras_private.compile_loss(model)
    return compiled is None and keras_private.overrides_compute_loss(model)


class LossData(NamedTuple):
    """What a loss is computed of, as tensors.

    Attributes:
        x: Model input.
        y: Targets, in the structure of the outputs.
        sample_weight: As Keras takes them, or None.
        weights: Sample weights of each rule that has a loss of its own, else None.
    """

    x: Any
    y: Any
    sample_weight: Any
    weights: Any


class Slopes(NamedTuple):
    """Of one rule and one output, each (rows, timesteps) or (rows,), float64.

    Attributes:
        gg: <g, g>.
        gh: <g, h>; None where the loss of a timestep is not known.
        residual: |g - w h|^2, or None.
    """

    gg: Any
    gh: Any = None
    residual: Any = None


class OutputTensors(NamedTuple):
    """The loss of one output, at the predictions.

    Attributes:
        value: The output's part of the compiled number, times its loss weight.
        unreduced_shape: Shape of what `loss.call` returns.
        by_timestep: Loss of each timestep, (rows, timesteps) or (rows,), float64; empty where it
            does not break down.
        hh: <h, h> of each timestep, or None.
        slopes: Of each rule; empty where no weights are asked for.
    """

    value: Any
    unreduced_shape: Any
    by_timestep: Any
    hh: Any
    slopes: tuple[Slopes, ...]


class LossTensors(NamedTuple):
    """The loss of one batch.

    Attributes:
        totals: Of each rule: its number, that of `COMPILED` with penalties.
        penalty: Sum of all penalties.
        weight_penalty: The part of it that comes from weights.
        outputs: One entry a loss.
    """

    totals: list[Any]
    penalty: Any
    weight_penalty: Any
    outputs: list[OutputTensors]


class Losses:
    """Computes the losses of a batch by several rules, through Keras's own code."""

    def __init__(
        self,
        model: keras.Model,
        given: GivenLoss | None,
        rules: Sequence[Rule],
        base: Any = None,
        flat_time: bool = False,
    ) -> None:
        """Prepares for one model.

        Args:
            model: The model.
            given: A loss given for it, or None for the one it was compiled with.
            rules: The numbers that are measured.
            base: The loss at a timestep of the first output in place of the compiled one.
            flat_time: Predictions (rows, n) hold one number a timestep.
        """
        self._model, self._given, self._rules = model, given, tuple(rules)
        self._flat_time = flat_time
        self._entries = entries_of(model, given)
        if base is not None:
            first = self._entries[0] if self._entries else LossEntry((), None, None, "")
            self._entries = [first._replace(loss=base)]
        self._alone = base is None and given is None and computes_loss_alone(model)

    def measured(self, data: LossData, predictions: Any, shift: Any, slopes: bool) -> LossTensors:
        """Computes the losses, and with `slopes` what the weights need.

        Args:
            data: Input, targets and weights.
            predictions: What the model returned, masks and logits attached.
            shift: The predictions are moved by about this much before differentiating.
            slopes: Measure weights.
        """
        outputs = [self._at(entry, data, predictions)[0] for entry in self._entries]
        totals = [
            # A loss without reduction gives an array; evaluate reports its mean (metrics.Mean).
            keras.ops.mean(keras.ops.cast(total, "float64"))
            for total in self._totals(data, predictions)
        ]
        if slopes:
            outputs = self._with_slopes(outputs, data, predictions, shift)
        return LossTensors(
            totals,
            sum_of(self._model.losses),
            sum_of(keras_private.weight_penalties(self._model)),
            outputs,
        )

    def _with_slopes(
        self, outputs: list[OutputTensors], data: LossData, predictions: Any, shift: Any
    ) -> list[OutputTensors]:
        # Slopes in half precision are too coarse; the losses of Keras compute in single precision.
        finer = self._given is not None or not keras_private.overrides_compute_loss(self._model)
        copies = keras_private.map_structure(lambda p: moved_copy(p, shift, finer), predictions)
        with backend.recording(keras_private.flatten(copies), several=True) as tape:
            moved = [self._at(entry, data, copies) for entry in self._entries]
            totals = [keras.ops.mean(total) for total in self._totals(data, copies)]
        result = []
        for output, (piece, copy) in zip(outputs, moved, strict=True):
            hh, slopes = _projections(tape, totals, piece.by_timestep, copy)
            result.append(output._replace(hh=hh, slopes=tuple(slopes)))
        return result

    def _totals(self, data: LossData, predictions: Any) -> list[Any]:
        totals = []
        for rule, weight in zip(self._rules, data.weights, strict=True):
            if rule.loss is None:
                totals.append(self._compiled_total(data, predictions))
            else:
                path = self._entries[0].path
                y_true = resolve(data.y, path, predictions)
                y_pred = resolve(predictions, path, predictions)
                totals.append(rule.value(y_true, y_pred, weight))
        return totals

    def _compiled_total(self, data: LossData, predictions: Any) -> Any:
        model, weight = self._model, data.sample_weight
        if self._given is None:
            return keras_private.total_loss(model, data.x, data.y, predictions, weight)
        return self._given.total(model, data.y, predictions, weight)

    def _at(self, entry: LossEntry, data: LossData, predictions: Any) -> tuple[OutputTensors, Any]:
        """The loss of one output, and the prediction it is of."""
        if self._alone:
            return self._own(data, predictions)
        y_true = resolve(data.y, entry.path, predictions)
        y_pred = resolve(predictions, entry.path, predictions)
        value = keras.ops.zeros((), "float64")
        if any(rule.loss is None for rule in self._rules):
            weight = data.sample_weight
            weight = None if weight is None else resolve(weight, entry.path, predictions)
            value = keras.ops.cast(entry.loss(y_true, y_pred, weight), "float64")
            value = keras.ops.mean(value)
            if entry.loss_weight is not None:
                value = value * keras.ops.cast(entry.loss_weight, "float64")
        unreduced = entry.loss.call(*as_loss_sees(entry.loss, y_true, y_pred))
        loss = by_timestep(entry.loss, (y_true, y_pred), unreduced, self._flat_time)
        return OutputTensors(value, backend.shape_of(unreduced), loss, None, ()), y_pred

    def _own(self, data: LossData, predictions: Any) -> tuple[OutputTensors, Any]:
        """The same for a model that computes its loss in its own way, and for its first output."""
        value = keras.ops.mean(keras.ops.cast(self._compiled_total(data, predictions), "float64"))
        loss = loss_by_cell(self._model, data.x, data.y, predictions)
        tensors = OutputTensors(value, backend.shape_of(loss), loss, None, ())
        return tensors, keras_private.flatten(predictions)[0]


def _projections(
    tape: Any, totals: Sequence[Any], loss: Any, prediction: Any
) -> tuple[Any, list[Slopes]]:
    """<h, h>, and of each total <g, g>, <g, h> and the residual of each timestep, float64."""
    ops = keras.ops
    undefined = loss.shape[0] == 0
    keep = 2 if len(loss.shape) == 2 or (undefined and len(prediction.shape) >= 3) else 1
    axes = tuple(range(keep, len(prediction.shape)))
    h = None if undefined else ops.cast(backend.gradient(tape, loss, prediction), "float64")
    hh = None if h is None else _summed(h * h, axes)
    slopes = []
    for total in totals:
        g = ops.cast(backend.gradient(tape, total, prediction), "float64")
        if h is None:
            slopes.append(Slopes(_summed(g * g, axes)))
            continue
        gh = _summed(g * h, axes)
        weight = ops.divide_no_nan(gh, hh)
        spread = ops.reshape(weight, (*ops.shape(weight), *[1] * len(axes)))
        residual = _summed(ops.square(g - spread * h), axes)
        slopes.append(Slopes(_summed(g * g, axes), gh, residual))
    return hh, slopes


def _summed(values: Any, axes: tuple[int, ...]) -> Any:
    """The sum over axes; over no axes, the values."""
    return keras.ops.sum(values, axis=axes) if axes else values


def as_loss_sees(loss: Any, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Targets and predictions in the dtype of the loss, as `Loss.__call__` converts them."""
    # convert_to_tensor on the same dtype returns the tensor itself, with its logits and mask.
    return (
        keras.ops.convert_to_tensor(y_true, dtype=loss.dtype),
        keras.ops.convert_to_tensor(y_pred, dtype=loss.dtype),
    )


def by_timestep(loss: Any, pair: tuple[Any, Any], unreduced: Any, flat_time: bool) -> Any:
    """Returns the loss of each timestep by itself, (rows, timesteps) or (rows,), float64.

    Where `loss.call` keeps the time axis it is that, averaged over further axes. A loss that
    returns one number, or one a row, is evaluated on each timestep alone; where its targets have
    other timesteps than the predictions (CTC, labels of other lengths), timesteps have no loss of
    their own, and it is the loss of each row, or nothing.
    """
    y_true, y_pred = pair
    ops = keras.ops
    timed = len(y_pred.shape) >= 3 or (len(y_pred.shape) == 2 and flat_time)
    if len(unreduced.shape) >= 2 and (not timed or unreduced.shape[1] == y_pred.shape[1]):
        axes = tuple(range(2, len(unreduced.shape)))
        by_step = ops.cast(unreduced, "float64")
        return ops.mean(by_step, axis=axes) if axes else by_step
    if timed and len(y_true.shape) >= 2 and y_true.shape[1] == y_pred.shape[1]:
        return sliced_loss(
            loss, *as_loss_sees(loss, y_true, y_pred), keras_private.get_mask(y_pred)
        )
    if len(unreduced.shape) == 1:
        return ops.cast(unreduced, "float64")
    return ops.zeros([0], "float64")


def loss_map(base: Any, y: Any, prediction: Any, flat_time: bool) -> Any:
    """Returns the loss of each timestep, float64 (rows, timesteps) or (rows,)."""
    pair = as_loss_sees(base, y, prediction)
    return by_timestep(base, (y, prediction), base.call(*pair), flat_time)


def sliced_loss(loss: Any, y_true: Any, y_pred: Any, mask: Any) -> Any:
    """Evaluates `loss.call` on every timestep alone; NaN where it is undefined (0/0)."""
    ops = keras.ops
    rows, timesteps = ops.shape(y_pred)[:2]

    def alone(y: Any) -> Any:
        return ops.reshape(y, (rows * timesteps, 1, 1, *ops.shape(y)[2:]))

    def one(cell: Any) -> Any:
        prediction = backend.copy_of(cell[1])
        if mask is not None:
            keras_private.set_mask(prediction, cell[2])
        return ops.mean(ops.cast(loss.call(cell[0], prediction), "float64"))

    cells = [alone(y_true), alone(y_pred)]
    if mask is not None:
        cells.append(alone(ops.cast(mask, "bool")))
    return ops.reshape(backend.each_of(one, tuple(cells)), (rows, timesteps))


def loss_by_cell(model: keras.Model, x: Any, y: Any, predictions: Any) -> Any:
    """The model's own loss of each timestep alone, or of each row where there is no time axis.

    NaN where it is undefined (0/0); empty where the model's code does not take a cell alone.
    """
    ops = keras.ops
    prediction = keras_private.flatten(predictions)[0]
    timed = len(prediction.shape) >= 3
    unknown = ops.zeros([0] * (2 if timed else 1), "float64")
    if prediction is not predictions:
        return unknown  # Several outputs have one loss together.
    shape = ops.shape(prediction)[: 2 if timed else 1]
    mask = keras_private.get_mask(prediction)

    def cells(tensor: Any) -> Any:
        """Every timestep (or row) as a batch of its own; rows where there are no timesteps."""
        own = timed and len(tensor.shape) >= 2 and tensor.shape[1] == prediction.shape[1]
        if own:
            return ops.reshape(tensor, (-1, 1, 1, *ops.shape(tensor)[2:]))
        each = tensor[:, None]
        return ops.repeat(each, shape[1], axis=0) if timed else each

    def one(cell: Any) -> Any:
        copy = backend.copy_of(cell[2])
        if mask is not None:
            keras_private.set_mask(copy, cell[3])
        # What `compute_loss` notes in metrics of its own must not leave this loop.
        with keras.StatelessScope():
            value = keras_private.total_loss(model, cell[0], cell[1], copy, None)
        return ops.mean(ops.cast(value, "float64"))

    parts = [keras_private.map_structure(cells, part) for part in (x, y, prediction)]
    if mask is not None:
        parts.append(cells(ops.cast(mask, "bool")))
    try:
        values = backend.each_of(one, tuple(parts))
    except Exception:  # The model's own code, which may want whole sentences or batches.
        return unknown
    return ops.reshape(values, shape)


def moved_copy(prediction: Any, shift: Any, finer: bool = True) -> Any:
    """A copy that is cut off from the logits behind it, with its mask, moved by about `shift`.

    Keras keeps the logits of a softmax on its output and differentiates past it otherwise. With
    `finer`, half precision becomes single.
    """
    ops = keras.ops
    noise = backend.uniform_noise(backend.shape_of(prediction), (3, 5), 0.5, 1.0)
    half = backend.dtype_name(prediction) in ("float16", "bfloat16")
    copy = ops.cast(prediction, "float32") if finer and half else backend.copy_of(prediction)
    copy = copy + ops.cast(shift * noise, copy.dtype)
    keras_private.set_mask(copy, keras_private.get_mask(prediction))
    return copy


def resolve(structure: Any, path: tuple[Any, ...], predictions: Any) -> Any:
    """Follows a path of `CompileLoss`; a single target of a one-output model is itself."""
    if not path:
        leaves = keras_private.flatten(structure)
        return leaves[0] if len(leaves) == 1 else structure
    if isinstance(structure, (list, tuple)) and isinstance(predictions, dict):
        structure = dict(zip(predictions, structure, strict=False))
    for key in path:
        if backend.is_tensor(structure):
            return structure
        structure = structure[key]
    return structure


def sum_of(values: Any) -> Any:
    """Returns the sum of scalars as float64; 0 for none."""
    total = keras.ops.zeros((), "float64")
    for value in values:
        total = total + keras.ops.sum(keras.ops.cast(value, "float64"))
    return total


def build_loss(
    model: keras.Model, given: GivenLoss | None, x: Any, y: Any, sample_weight: Any
) -> None:
    """Builds the given loss or the compiled one with its metrics, where they were not yet.

    Args:
        model: The model, whose layers are built.
        given: A loss given for it, or None.
        x: Model input.
        y: Targets.
        sample_weight: Sample weights, or None.

    Raises:
        Exception: Whatever the model or the loss raises.
    """
    if given is not None:
        if not given.compiled.built:
            _build(given.compiled, model, x, y)
        return
    compiled = keras_private.compile_loss(model)
    metrics = keras_private.compiled_metrics(model)
    if compiled is None:  # A `compute_loss` of the model's own is all there is.
        return
    try:
        if not compiled.built or (metrics is not None and not metrics.built):
            keras_private.build_compiled(model, x, y, sample_weight)
    finally:
        # A `compute_loss` of the model's own does not use it; and Keras builds metrics first, so a
        # metric that fails leaves it unbuilt.
        if not compiled.built:
            _build(compiled, model, x, y)


def _build(compiled: Any, model: keras.Model, x: Any, y: Any) -> None:
    first = slice(0, 1)
    with keras_private.stateless_scope(model), keras_private.quiet():
        predictions = model(keras_private.rows_of(x, first))
    compiled.build(keras_private.rows_of(y, first), predictions)
