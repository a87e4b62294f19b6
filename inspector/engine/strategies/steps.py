"""One training step of a strategy, and a look at what the model does, each traced once.

Strategies whose value is sum(l * a) / sum(d) share the trace: a and d are inputs of it.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from inspector.engine.loss_pieces import sum_of
from inspector.engine.strategies.gradients import dense
from inspector.engine.strategies.own_weights import OwnWeights
from inspector.engine.strategies.passes import Rule, Surroundings, loss_map, predict, watching


class StepInputs(NamedTuple):
    """Tensors of one step.

    Attributes:
        x: Input.
        y: Targets.
        numerator: a, shaped like the loss.
        divisor: sum(d), a scalar.
        real: 1 at real timesteps, shaped like the loss.
        classes: The right class of each, or -1.
        weight: Sample weights of a rule that is run itself, or None.
        marks: The mask that is put back, or None.
    """

    x: Any
    y: Any
    numerator: Any
    divisor: Any
    real: Any
    classes: Any
    weight: Any = None
    marks: Any = None


@dataclass(frozen=True, eq=False)
class StepKind:
    """What distinguishes one trace from another.

    Attributes:
        base: The loss at a timestep.
        around: How the model is run.
        rule: Run this instead of the division; for losses that reduce by themselves.
        factor: Loss weight that the model was compiled with.
    """

    base: Any
    around: Surroundings
    rule: Rule | None = None
    factor: float = 1.0


class StepFunction:
    """Takes training steps on `weights`."""

    def __init__(self, weights: OwnWeights, kind: StepKind) -> None:
        """Prepares it; nothing is traced yet."""
        self.weights, self.kind = weights, kind
        self.step = tf.function(self._step, autograph=False, reduce_retracing=True)
        self.look = tf.function(self._look, autograph=False, reduce_retracing=True)

    def _step(self, inputs: StepInputs) -> tuple[Any, Any, Any]:
        """Takes one step; returns the value, the mean over real timesteps and the accuracy."""
        weights, around = self.weights, self.kind.around
        trained = [variable.value for variable in weights.trainable]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trained)
            with (
                weights.scope() as scope,
                watching(weights.model, around, inputs.marks, tf.constant(0)),
                tf.name_scope("step"),
            ):
                prediction = predict(weights.model, inputs.x, True)
                loss = loss_map(self.kind.base, inputs.y, prediction, around.flat_time)
                total = self._value(loss, prediction, inputs) + sum_of(weights.model.losses)
            scaled = weights.optimizer.scale_loss(tf.cast(total, keras.config.floatx()))
        gradients = tape.gradient(scaled, trained)
        weights.optimizer.apply(gradients, weights.trainable)
        weights.keep_updates(scope)
        return total, *means(loss, prediction, inputs)

    def _value(self, loss: Any, prediction: Any, inputs: StepInputs) -> Any:
        rule = self.kind.rule
        if rule is not None:
            return tf.cast(rule.value(inputs.y, prediction, inputs.weight), tf.float64)
        total = tf.reduce_sum(loss * inputs.numerator)
        return tf.math.divide_no_nan(total, inputs.divisor) * self.kind.factor

    def _look(self, inputs: StepInputs) -> tuple[Any, Any]:
        """Loss at each timestep and predicted class, layers as in inference."""
        weights, around = self.weights, self.kind.around
        with weights.scope(), watching(weights.model, around, inputs.marks, tf.constant(0)):
            prediction = predict(weights.model, inputs.x, False)
            loss = loss_map(self.kind.base, inputs.y, prediction, around.flat_time)
        return tf.cast(loss, tf.float32), tf.argmax(prediction, axis=-1, output_type=tf.int32)


def means(loss: Any, prediction: Any, inputs: StepInputs) -> tuple[Any, Any]:
    """Mean of the loss, and share of right classes, over real timesteps; 0 where none is real."""
    count = tf.reduce_sum(inputs.real)
    classes = tf.argmax(prediction, axis=-1, output_type=tf.int32)
    right = tf.zeros_like(loss)
    if len(classes.shape) == len(loss.shape):
        right = tf.cast(tf.equal(classes, inputs.classes), tf.float64)
    return (
        tf.math.divide_no_nan(tf.reduce_sum(loss * inputs.real), count),
        tf.math.divide_no_nan(tf.reduce_sum(right * inputs.real), count),
    )


class AloneFunction:
    """Gradients of sentences of one length, summed up, and the step taken with them."""

    def __init__(self, weights: OwnWeights, kind: StepKind, running: Any = None) -> None:
        """Prepares it; `running` is the model built for another length, or None for the model."""
        self.weights, self.kind, self.running = weights, kind, running
        self.part = tf.function(self._part, autograph=False, reduce_retracing=True)
        self.take = tf.function(self._take, autograph=False, reduce_retracing=True)
        self.look = tf.function(self._look, autograph=False, reduce_retracing=True)

    def _forward(self, inputs: StepInputs, training: bool) -> tuple[Any, Any, Any]:
        weights = self.weights
        if self.running is None:
            with weights.scope() as scope, watching(weights.model, Surroundings(), None, None):
                prediction = predict(weights.model, inputs.x, training)
        else:
            pairs = zip(self.running.variables, weights.variables, strict=True)
            scope = keras.StatelessScope([(theirs, own.value) for theirs, own in pairs])
            with scope, watching(self.running, Surroundings(), None, None):
                prediction = predict(self.running, inputs.x, training)
        loss = loss_map(self.kind.base, inputs.y, prediction, self.kind.around.flat_time)
        return loss, prediction, scope

    def _part(self, inputs: StepInputs) -> tuple[Any, Any, Any]:
        """Gradients of the summed loss, that sum, and how many classes are right."""
        trained = [variable.value for variable in self.weights.trainable]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trained)
            loss, prediction, scope = self._forward(inputs, True)
            total = tf.reduce_sum(loss * inputs.real)
        gradients = tape.gradient(total, trained)
        if self.running is None:
            self.weights.keep_updates(scope)
        count = tf.reduce_sum(inputs.real)
        right = means(loss, prediction, inputs)[1] * count
        return [_known(g, v) for g, v in zip(gradients, trained, strict=True)], total, right

    def _take(self, gradients: Any, count: Any) -> Any:
        """Takes a step along gradients of sums over `count` timesteps; returns the penalties."""
        weights = self.weights
        trained = [variable.value for variable in weights.trainable]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trained)
            penalties = [
                theirs.regularizer(own.value)
                for theirs, own in zip(weights.model.variables, weights.variables, strict=True)
                if own.trainable and getattr(theirs, "regularizer", None) is not None
            ]
            penalty = sum_of(penalties)
        extra = tape.gradient(penalty, trained)
        scale = weights.optimizer.scale_loss(tf.constant(1.0))
        found = []
        for gradient, more in zip(gradients, extra, strict=True):
            mean = scaled(gradient, scale * self.kind.factor / count)
            if more is not None:
                mean = dense(mean, mean) + tf.cast(scale, more.dtype) * dense(more, more)
            found.append(mean)
        weights.optimizer.apply(found, weights.trainable)
        return penalty

    def _look(self, inputs: StepInputs) -> tuple[Any, Any]:
        loss, prediction, _ = self._forward(inputs, False)
        return tf.cast(loss, tf.float32), tf.argmax(prediction, axis=-1, output_type=tf.int32)


def _known(gradient: Any, variable: Any) -> Any:
    return tf.zeros_like(variable) if gradient is None else gradient


def scaled(gradient: Any, factor: Any) -> Any:
    """A gradient times a number; one of an embedding stays a list of slices."""
    if isinstance(gradient, tf.IndexedSlices):
        values = gradient.values * tf.cast(factor, gradient.values.dtype)
        return tf.IndexedSlices(values, gradient.indices, gradient.dense_shape)
    return gradient * tf.cast(factor, gradient.dtype)


def summed(first: Any, second: Any) -> Any:
    """The sum of two gradients; slices stand beside each other, as in one larger batch.

    Optimizers treat slices one by one, so that a sum would be another step than Keras takes.
    """
    if isinstance(first, tf.IndexedSlices):
        return tf.IndexedSlices(
            tf.concat([first.values, second.values], 0),
            tf.concat([first.indices, second.indices], 0),
            first.dense_shape,
        )
    return first + second
