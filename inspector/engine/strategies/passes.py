"""One pass through the model for all strategies that differ in the loss only."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from inspector.engine.interception import observing
from inspector.engine.loss_pieces import as_loss_sees, by_timestep, moved_copy, sum_of
from inspector.engine.loss_pieces import zeros_if_none as zeros
from inspector.engine.passes import with_noise
from inspector.engine.recorder import Recorder
from inspector.engine.records import CallRecord
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.keras import quiet
from inspector.engine.strategies.keeping import kept
from inspector.engine.strategies.runner import Runner

Key = tuple[tuple[str, ...], str, int]
"""Path, name and count of a call: the same call in every pass."""


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
        value = self.loss(y_true, y_pred, weight)
        value = tf.reduce_mean(value)  # evaluate reports the mean of a loss without reduction
        return value * tf.cast(self.factor, value.dtype) if self.factor != 1.0 else value


@dataclass(frozen=True)
class Surroundings:
    """How the model is run.

    Attributes:
        flat_time: Predictions (rows, n) hold one number a timestep.
        put_back: Calls behind which the mask is put back.
        noisy: Calls whose output gets other content at padding.
        training: Value of the `training` argument.
    """

    flat_time: bool = False
    put_back: tuple[Key, ...] = ()
    noisy: tuple[Key, ...] = ()
    training: bool = False


@dataclass
class Feed:
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
    weights: list[Any] = field(default_factory=list)
    marks: Any = None
    shift: float = 0.0
    draw: int = 0

    def part(self, rows: Any) -> "Feed":
        """The same for some of the rows."""

        def cut(array: Any) -> Any:
            return None if array is None else array[rows]

        return Feed(
            keras_private.map_structure(cut, self.x),
            cut(self.y),
            [cut(weight) for weight in self.weights],
            cut(self.marks),
            self.shift,
            self.draw,
        )

    def tensors(self) -> tuple[Any, ...]:
        """Everything as tensors, None as it is."""
        return (
            keras_private.map_structure(tf.convert_to_tensor, self.x),
            tensor(self.y),
            [tensor(weight) for weight in self.weights],
            tensor(self.marks),
            tf.constant(self.shift, tf.float32),
            tf.constant(self.draw, tf.int32),
        )


def tensor(array: Any) -> Any:
    """An array as a tensor; None stays None."""
    return None if array is None else tf.convert_to_tensor(array)


class PutBack:
    """Puts the mask back, and noise at padding, while a pass runs."""

    def __init__(self, around: Surroundings, marks: Any, draw: Any) -> None:
        """Prepares one pass; `marks` is the mask, `draw` the seed of the noise."""
        self.around, self.marks, self.draw = around, marks, draw
        self._done = False

    def outputs(self, record: CallRecord, outputs: Any) -> Any:
        """What the caller of a call shall see."""
        if record.key in self.around.noisy:
            outputs = _first(outputs, lambda leaf: with_noise(leaf, self.draw, ~self.marks))
        if record.key in self.around.put_back:
            self._done = True
            outputs = _first(outputs, self._marked)
        return outputs

    def arguments(self, record: CallRecord, arguments: Any) -> Any:
        """A mask wired into the graph gives way to the one that was put back before."""
        args, kwargs = arguments
        if not self._done or not args or not tf.is_tensor(args[0]):
            return arguments
        carried = keras_private.get_mask(args[0])
        if carried is not None and kwargs.get("mask") is not None:
            kwargs = {**kwargs, "mask": carried}
        return args, kwargs

    def _marked(self, leaf: Any) -> Any:
        copy = tf.identity(leaf)
        keras_private.set_mask(copy, self.marks)
        return copy


def _first(outputs: Any, change: Callable[[Any], Any]) -> Any:
    leaves = keras_private.flatten(outputs)
    return keras_private.pack_sequence_as(outputs, [change(leaves[0]), *leaves[1:]])


def watching(
    model: keras.Model, around: Surroundings, marks: Any, draw: Any
) -> AbstractContextManager[None]:
    """The context in which the model runs: quiet, and with masks put back where asked for."""
    if not around.put_back and not around.noisy:
        return quiet()
    hand = PutBack(around, marks, draw)
    return observing(Recorder(model, hand.outputs, hand.arguments))


@contextmanager
def running(
    model: keras.Model, around: Surroundings, marks: Any, name: str, draw: Any = None
) -> Iterator[None]:
    """The context in which the model runs without being changed; `name` is that of its graph.

    Without `draw`, no call gets other content at padding.
    """
    with (
        keras_private.stateless_scope(model),
        watching(model, around, marks, tf.constant(0) if draw is None else draw),
        tf.name_scope(name),
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
    model: keras.Model, base: Any, rules: tuple[Rule, ...], around: Surroundings
) -> Runner:
    """Returns the pass for these rules, made now or traced earlier."""
    identity = tuple((rule.key, id(rule.loss), rule.factor) for rule in rules)

    def make() -> Runner:
        reference = weakref.ref(model)

        def body(*arguments: Any) -> dict[str, Any]:
            return _body(reference(), base, rules, around, arguments)

        return Runner(body)

    return kept(model, ("losses", id(base), identity, around), make, (base, rules))


def _body(
    model: Any, base: Any, rules: tuple[Rule, ...], around: Surroundings, arguments: Any
) -> dict[str, Any]:
    x, y, weights, marks, shift, draw = arguments
    with running(model, around, marks, "strategies", draw):
        prediction = predict(model, x, around.training)
        mask = keras_private.get_mask(prediction)
        found = {
            "prediction": tf.identity(prediction),
            "mask": tf.zeros([0], tf.bool) if mask is None else tf.cast(mask, tf.bool),
            "penalty": sum_of(model.losses),
            "loss": loss_map(base, y, prediction, around.flat_time),
            "values": [
                tf.cast(rule.value(y, prediction, weight), tf.float64)
                for rule, weight in zip(rules, weights, strict=True)
            ],
        }
        found |= _slopes(base, rules, (y, prediction, weights), around.flat_time, shift)
    return found


def _slopes(
    base: Any, rules: tuple[Rule, ...], data: tuple[Any, Any, Any], flat_time: bool, shift: Any
) -> dict[str, Any]:
    """Per rule <g, h>, <g, g> and the residual of each timestep, and <h, h>; see `loss_pieces`."""
    y, prediction, weights = data
    copy = moved_copy(prediction, shift)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(copy)
        loss = loss_map(base, y, copy, flat_time)
        totals = [r.value(y, copy, w) for r, w in zip(rules, weights, strict=True)]
    keep = max(len(loss.shape), 1)
    axes = list(range(keep, len(copy.shape)))
    h = tf.cast(zeros(tape.gradient(loss, copy), copy), tf.float64)
    hh = tf.reduce_sum(h * h, axes)
    found: dict[str, Any] = {"hh": hh, "gh": [], "gg": [], "residual": []}
    for total in totals:
        g = tf.cast(zeros(tape.gradient(total, copy), copy), tf.float64)
        gh = tf.reduce_sum(g * h, axes)
        weight = tf.math.divide_no_nan(gh, hh)
        spread = tf.reshape(weight, tf.concat([tf.shape(weight), [1] * len(axes)], 0))
        found["gh"].append(gh)
        found["gg"].append(tf.reduce_sum(g * g, axes))
        found["residual"].append(tf.reduce_sum(tf.square(g - spread * h), axes))
    return found
