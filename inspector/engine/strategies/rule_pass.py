"""The pass that strategies are measured in: the model runs once, and each rule makes its number.

A rule is one way of making a number of a batch. With its number, the pass returns what the weights
of the timesteps are measured from; the algebra stands in `loss_pieces`.
"""

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from cachetools import LRUCache
from keras import ops

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.engine.cache import state
from inspector.engine.failures import NO_FINDING
from inspector.engine.forward.interception import observing
from inspector.engine.loss_pieces import as_loss_sees, by_timestep, moved_copy, sum_of
from inspector.engine.passes import with_noise
from inspector.engine.recorder import Recorder
from inspector.engine.records import CallRecord
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.keras import quiet
from inspector.engine.seam.tensorflow import (
    BACKEND_ERROR,
    copy_of,
    gradient,
    is_tensor,
    name_scope,
    recording,
    to_numpy,
    to_tensor,
    to_tensors,
    trace_count,
    traced,
    traced_or_eager,
)
from inspector.engine.strategies.formulas import Formula, formula_of, verified

CallKey = tuple[tuple[str, ...], str, int]
"""Path, name and count of a call: the same call in every pass."""

FEW_TIMESTEPS = 24
"""With so many timesteps at most, a few calls take less time than tracing does."""

_UNTRACED_CALLS = 8
_KEPT_PER_MODEL = 24
# The points at which a loss is looked at where it has no slope; its weights are the same there.
_SHIFTS = (0.05, -0.3, 1.0)
_MOST_RUNS = 64
"""A loss that reduces by itself is run for batches of which there are at most so many."""

_per_model: "weakref.WeakKeyDictionary[keras.Model, LRUCache[Any, tuple[Any, Any]]]" = (
    weakref.WeakKeyDictionary()
)
_lock = threading.RLock()


def kept(model: keras.Model, key: Any, make: Callable[[], Any], alive: Any = None) -> Any:
    """Returns what `make` made for this model and key, now or earlier, while the model lives.

    `alive` is kept with it: what the key names by identity must not be gone.
    """
    whole = (key, state(model))
    with _lock:
        cache = _per_model.setdefault(model, LRUCache(_KEPT_PER_MODEL))
        if whole not in cache:
            cache[whole] = (make(), alive)
        return cache[whole][0]


@dataclass(frozen=True, eq=False)
class Rule:
    """How a strategy makes one number of a batch.

    Attributes:
        key: The strategy's key.
        loss: A Keras loss; called with targets, predictions and sample weights.
        sample_weight: (rows, ...) weights that it is called with, or None.
        factor: The loss weight that the model was compiled with.
    """

    key: str
    loss: Any
    sample_weight: Any = None
    factor: float = 1.0

    def value(self, y_true: Any, y_pred: Any, weight: Any) -> Any:
        """The number that Keras would minimise, without penalties; a scalar."""
        # `evaluate` reports the mean of a loss without reduction.
        value = ops.mean(self.loss(y_true, y_pred, weight))
        return value * ops.cast(self.factor, value.dtype) if self.factor != 1.0 else value


@dataclass(frozen=True)
class PassSettings:
    """How the model is run.

    Attributes:
        flat_time: Predictions (rows, n) hold one number a timestep.
        put_back: Calls behind which the mask is put back.
        noisy: Calls whose output gets other content at padding.
        training: Value of the `training` argument.
    """

    flat_time: bool = False
    put_back: tuple[CallKey, ...] = ()
    noisy: tuple[CallKey, ...] = ()
    training: bool = False


@dataclass(frozen=True, eq=False)
class PassBatch:
    """Arrays that go into a pass.

    Attributes:
        x: Model input.
        y: Targets of the output that has the loss.
        weights: Sample weights of each rule, or None.
        marks: bool (rows, timesteps), the mask that is put back; also where no noise goes.
        shift: How far predictions are moved before the loss is differentiated.
        draw: Seed of the noise, 0 for none.
    """

    x: Any
    y: Any
    weights: tuple[Any, ...] = ()
    marks: Any = None
    shift: float = 0.0
    draw: int = 0

    def part(self, rows: Any) -> "PassBatch":
        """The same for some of the rows."""

        def cut(array: Any) -> Any:
            return None if array is None else array[rows]

        return replace(
            self,
            x=keras_private.map_structure(cut, self.x),
            y=cut(self.y),
            weights=tuple(cut(weight) for weight in self.weights),
            marks=cut(self.marks),
        )

    def tensors(self) -> tuple[Any, ...]:
        """Everything as tensors, None as it is."""
        return (
            to_tensors(self.x),
            to_tensor(self.y),
            [to_tensor(weight) for weight in self.weights],
            to_tensor(self.marks),
            to_tensor(self.shift, "float32"),
            to_tensor(self.draw, "int32"),
        )


class TracedFunction:
    """A function of tensors that is traced where it pays, or run eagerly where it has to be.

    Attributes:
        body: The function.
        eager: It could not be traced, or a trace gave something else.
        verified: A trace for any shape was compared with an eager run.
    """

    def __init__(self, body: Callable[..., Any]) -> None:
        """Prepares `body`; nothing runs yet."""
        self.body = body
        self._function = traced(body)
        self.eager = False
        self.verified = False
        self._untraced = 0

    def traces(self) -> int:
        """How many traces there are; a second one may be for any shape."""
        return trace_count(self._function)

    def __call__(self, *arguments: Any) -> Any:
        """Runs it; the results are NumPy arrays."""
        if self.eager or self._can_wait(arguments):
            return to_numpy(self.body(*arguments))
        results, failed = traced_or_eager(self._function, self.body, *arguments)
        self.eager = self.eager or failed  # Another thread may have found it out meanwhile.
        return to_numpy(results)

    def _can_wait(self, arguments: tuple[Any, ...]) -> bool:
        """True for the first calls with few timesteps: tracing would take longer than they do."""
        self._untraced += 1
        leaves = [leaf for leaf in keras_private.flatten(arguments) if is_tensor(leaf)]
        longest = max((leaf.shape[1] or 0 for leaf in leaves if len(leaf.shape) >= 2), default=0)
        return self._untraced <= _UNTRACED_CALLS and longest <= FEW_TIMESTEPS


class PutBack:
    """Puts the mask back, and noise at padding, while a pass runs."""

    def __init__(self, settings: PassSettings, marks: Any, draw: Any) -> None:
        """Prepares one pass; `marks` is the mask, `draw` the seed of the noise."""
        self.settings, self.marks, self.draw = settings, marks, draw
        self._done = False

    def outputs(self, record: CallRecord, outputs: Any) -> Any:
        """What the caller of a call shall see."""
        if record.key in self.settings.noisy:
            outputs = _first(outputs, lambda leaf: with_noise(leaf, self.draw, ~self.marks))
        if record.key in self.settings.put_back:
            self._done = True
            outputs = _first(outputs, self._marked)
        return outputs

    def arguments(self, record: CallRecord, arguments: Any) -> Any:
        """A mask wired into the graph gives way to the one that was put back before."""
        args, kwargs = arguments
        if not self._done or not args or not is_tensor(args[0]):
            return arguments
        carried = keras_private.get_mask(args[0])
        if carried is not None and kwargs.get("mask") is not None:
            kwargs = {**kwargs, "mask": carried}
        return args, kwargs

    def _marked(self, leaf: Any) -> Any:
        copy = copy_of(leaf)
        keras_private.set_mask(copy, self.marks)
        return copy


def _first(outputs: Any, change: Callable[[Any], Any]) -> Any:
    leaves = keras_private.flatten(outputs)
    return keras_private.pack_sequence_as(outputs, [change(leaves[0]), *leaves[1:]])


def watching(
    model: keras.Model, settings: PassSettings, marks: Any, draw: Any = None
) -> AbstractContextManager[None]:
    """The context in which the model runs: quiet, and with masks put back where asked for.

    Without `draw`, no call gets other content at padding.
    """
    if not settings.put_back and not settings.noisy:
        return quiet()
    hand = PutBack(settings, marks, to_tensor(0, "int32") if draw is None else draw)
    return observing(Recorder(model, hand.outputs, hand.arguments))


@contextmanager
def running(
    model: keras.Model, settings: PassSettings, marks: Any, name: str, draw: Any = None
) -> Iterator[None]:
    """The context in which the model runs without being changed; `name` is that of its graph."""
    with (
        keras_private.stateless_scope(model),
        watching(model, settings, marks, draw),
        name_scope(name),
    ):
        yield


def predict(model: keras.Model, x: Any, training: bool) -> Any:
    """Calls the model as Keras does; returns the leaf that has the loss, its first."""
    takes = keras_private.call_takes(model, "training")
    predictions = model(x, training=training) if takes else model(x)
    return keras_private.flatten(predictions)[0]


def loss_map(base: Any, y: Any, prediction: Any, flat_time: bool) -> Any:
    """The loss at each timestep, float64 (rows, timesteps) or (rows,)."""
    pair = as_loss_sees(base, y, prediction)
    return by_timestep(base, (y, prediction), base.call(*pair), flat_time)


def strategy_pass(
    model: keras.Model, base: Any, rules: tuple[Rule, ...], settings: PassSettings
) -> TracedFunction:
    """Returns the pass for these rules, made now or traced earlier."""
    identity = tuple((rule.key, id(rule.loss), rule.factor) for rule in rules)

    def make() -> TracedFunction:
        reference = weakref.ref(model)

        def body(*arguments: Any) -> dict[str, Any]:
            return _body(reference(), base, rules, settings, arguments)

        return TracedFunction(body)

    return kept(model, ("losses", id(base), identity, settings), make, (base, rules))


def _body(
    model: Any, base: Any, rules: tuple[Rule, ...], settings: PassSettings, arguments: Any
) -> dict[str, Any]:
    x, y, weights, marks, shift, draw = arguments
    with running(model, settings, marks, "strategies", draw):
        prediction = predict(model, x, settings.training)
        mask = keras_private.get_mask(prediction)
        pieces = {
            "prediction": copy_of(prediction),
            "mask": ops.zeros([0], "bool") if mask is None else ops.cast(mask, "bool"),
            "penalty": sum_of(model.losses),
            "loss": loss_map(base, y, prediction, settings.flat_time),
            "values": [
                ops.cast(rule.value(y, prediction, weight), "float64")
                for rule, weight in zip(rules, weights, strict=True)
            ],
        }
        return pieces | _slopes(base, rules, (y, prediction, weights), settings.flat_time, shift)


def _slopes(
    base: Any, rules: tuple[Rule, ...], data: tuple[Any, Any, Any], flat_time: bool, shift: Any
) -> dict[str, Any]:
    """Per rule <g, h>, <g, g> and the residual of each timestep, and <h, h>; see `loss_pieces`."""
    y, prediction, weights = data
    copy = moved_copy(prediction, shift)
    with recording([copy], several=True) as tape:
        loss = loss_map(base, y, copy, flat_time)
        totals = [r.value(y, copy, w) for r, w in zip(rules, weights, strict=True)]
    keep = max(len(loss.shape), 1)
    axes = tuple(range(keep, len(copy.shape)))
    h = ops.cast(gradient(tape, loss, copy), "float64")
    hh = ops.sum(h * h, axes)
    slopes: dict[str, Any] = {"hh": hh, "gh": [], "gg": [], "residual": []}
    for total in totals:
        g = ops.cast(gradient(tape, total, copy), "float64")
        gh = ops.sum(g * h, axes)
        weight = ops.divide_no_nan(gh, hh)
        spread = ops.reshape(weight, [*ops.shape(weight), *[1] * len(axes)])
        slopes["gh"].append(gh)
        slopes["gg"].append(ops.sum(g * g, axes))
        slopes["residual"].append(ops.sum(ops.square(g - spread * h), axes))
    return slopes


@dataclass
class RuleMeasure:
    """What one rule gives on the whole batch.

    Attributes:
        value: Its part of Keras's value, without penalties.
        weight: Shaped like the loss; NaN where it cannot be measured.
        influence: bool, the value moves with the prediction there.
        exact: The weights explain the gradient.
        formula: The division it makes, if known and verified.
        by_batch_size: Its value for batch sizes, where it was run for them; needed without a
            formula only.
    """

    value: float
    weight: FloatArray
    influence: BoolArray
    exact: bool
    formula: Formula | None = None
    by_batch_size: dict[int, float] = field(default_factory=dict)


@dataclass
class RulesMeasure:
    """What one pass gives on the whole batch.

    Attributes:
        loss: (rows, timesteps) or (rows,), float64.
        prediction: Of the output that has the loss.
        mask: On it, or None.
        penalty: Regularizers.
        rules: By key.
    """

    loss: FloatArray
    prediction: AnyArray
    mask: AnyArray | None
    penalty: float
    rules: dict[str, RuleMeasure]


def measure_rules(
    run: TracedFunction, rules: tuple[Rule, ...], batch: PassBatch, batch_size: int
) -> RulesMeasure:
    """Runs the batch in parts of `batch_size` rows and joins the results."""
    rows = len(batch.y)
    starts = range(0, rows, batch_size)
    pieces = [batch.part(slice(start, start + batch_size)) for start in starts]
    shares = [len(piece.y) / rows for piece in pieces]
    parts = [run(*piece.tensors()) for piece in pieces]
    measure = RulesMeasure(
        loss=np.concatenate([part["loss"] for part in parts]),
        prediction=np.concatenate([part["prediction"] for part in parts]),
        mask=_mask([part["mask"] for part in parts]),
        penalty=_mean(shares, [part["penalty"] for part in parts]),
        rules={},
    )
    for number, rule in enumerate(rules):
        value = _mean(shares, [part["values"][number] for part in parts])
        measure.rules[rule.key] = _rule_measure(parts, shares, number, value)
    for shift in _SHIFTS:
        if not any(_flat(rule) for rule in measure.rules.values()):
            break
        moved = [run(*replace(piece, shift=shift).tensors()) for piece in pieces]
        for number, rule in enumerate(rules):
            _fill(measure.rules[rule.key], _rule_measure(moved, shares, number, 0.0))
    for rule in rules:
        _add_formula(rule, measure, batch.y, batch_size)
    return measure


def _add_formula(rule: Rule, measure: RulesMeasure, target: AnyArray, batch_size: int) -> None:
    measured = measure.rules[rule.key]
    shape = np.shape(measure.loss)
    formula = formula_of(rule.loss, target, rule.sample_weight, measure.mask, shape)
    if formula is not None and rule.factor != 1.0:
        formula = replace(formula, factor=rule.factor)
    measured.formula = verified(formula, measure.loss, batch_size, measured.value)
    if measured.formula is None and np.isfinite(measured.value):
        measured.by_batch_size = _by_running(rule, measure, target)


def _by_running(rule: Rule, measure: RulesMeasure, target: AnyArray) -> dict[int, float]:
    """Its value for doubled batch sizes, on the predictions of the whole batch.

    Sizes at which the loss fails are left out: a mask (rows, timesteps) fits a loss (rows,) where
    both numbers are the same, and only there.
    """
    rows = len(target)
    values = {}
    for size in (*(2**power for power in range(rows.bit_length())), rows):
        if rows > _MOST_RUNS * size:
            continue
        starts = [slice(start, start + size) for start in range(0, rows, size)]
        shares = [len(target[piece]) / rows for piece in starts]
        try:
            values[size] = _mean(shares, [_run(rule, measure, target, piece) for piece in starts])
        except NO_FINDING:
            raise
        except (BACKEND_ERROR, ValueError):
            continue
    return values


def _run(rule: Rule, measure: RulesMeasure, target: AnyArray, piece: slice) -> float:
    prediction = to_tensor(measure.prediction[piece])
    if measure.mask is not None:
        keras_private.set_mask(prediction, to_tensor(measure.mask[piece]))
    weight = None if rule.sample_weight is None else rule.sample_weight[piece]
    return float(rule.value(to_tensor(target[piece]), prediction, weight))


def _mean(shares: list[float], values: list[Any]) -> float:
    return sum(share * float(value) for share, value in zip(shares, values, strict=True))


def _mask(masks: list[AnyArray]) -> AnyArray | None:
    return None if masks[0].ndim == 1 and not masks[0].size else np.concatenate(masks)


def _rule_measure(
    parts: list[dict[str, Any]], shares: list[float], number: int, value: float
) -> RuleMeasure:
    weights, influences, exact = [], [], True
    for part, share in zip(parts, shares, strict=True):
        hh, gh, gg = part["hh"], part["gh"][number], part["gg"][number]
        largest = float(gg[np.isfinite(gg)].max(initial=0.0))
        influences.append(~(gg <= 1e-20 * max(largest, 1e-30)))
        known = np.isfinite(hh) & (hh > 1e-30)
        weight = np.full(gg.shape, np.nan)
        np.divide(gh, hh, out=weight, where=known)
        weights.append(weight * share)
        off = np.sqrt(part["residual"][number][known])
        exact = exact and bool((off <= 1e-3 * (np.sqrt(gg[known]) + np.sqrt(largest))).all())
    return RuleMeasure(value, np.concatenate(weights), np.concatenate(influences), exact)


def _flat(rule: RuleMeasure) -> bool:
    return bool(np.isnan(rule.weight).any())


def _fill(rule: RuleMeasure, moved: RuleMeasure) -> None:
    rule.weight = np.where(np.isnan(rule.weight), moved.weight, rule.weight)
    rule.influence = rule.influence | moved.influence
