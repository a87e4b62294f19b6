"""One training step of a strategy, and a look at what the model does, each traced once.

Strategies whose value is sum(l * a) / sum(d) share the trace: a and d are inputs of it.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
from keras import ops

from inspector.engine.forward.edits import PutMask
from inspector.engine.forward.interception import observing
from inspector.engine.forward.losses import Rule, loss_map, sum_of
from inspector.engine.forward.model_pass import predict
from inspector.engine.forward.recorder import Recorder
from inspector.engine.seam.keras import quiet
from inspector.engine.seam.tensorflow import (
    gradients,
    is_sparse,
    joined_slices,
    name_scope,
    recording,
    scaled,
    to_tensor,
    traced,
)
from inspector.engine.strategies.compared import Compared, leaf_at
from inspector.engine.strategies.gradients import dense
from inspector.engine.strategies.weight_copy import WeightCopy


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
        on: The model, and the loss at a timestep.
        put: The mask that is put back, or None.
        rule: Run this instead of the division; for losses that reduce by themselves.
    """

    on: Compared
    put: PutMask | None = None
    rule: Rule | None = None

    def loss(self, y: Any, prediction: Any) -> Any:
        """The loss at each timestep."""
        return loss_map(self.on.base, y, prediction, self.on.flat_time)

    def predict(self, model: keras.Model, x: Any, training: bool) -> Any:
        """The prediction that has the loss."""
        return leaf_at(self.on.path, predict(model, x, training))

    def watching(self, model: keras.Model, marks: Any) -> AbstractContextManager[None]:
        """The context in which the model runs: quiet, with the mask put back where asked for."""
        if self.put is None:
            return quiet()
        return observing(Recorder(model, [self.put.bare().begin(marks, None)]))


class StepFunction:
    """Takes training steps on `weights`."""

    def __init__(self, weights: WeightCopy, kind: StepKind) -> None:
        """Prepares it; nothing is traced yet."""
        self.weights, self.kind = weights, kind
        self.step = traced(self._step)
        self.look = traced(self._look)

    def _step(self, inputs: StepInputs) -> tuple[Any, Any, Any]:
        """Takes one step; returns the value, the mean over real timesteps and the accuracy."""
        weights, kind = self.weights, self.kind
        trained = [variable.value for variable in weights.trainable]
        with recording(trained) as tape:
            with (
                weights.scope() as scope,
                kind.watching(weights.model, inputs.marks),
                name_scope("step"),
            ):
                prediction = kind.predict(weights.model, inputs.x, True)
                loss = kind.loss(inputs.y, prediction)
                total = self._value(loss, prediction, inputs) + sum_of(weights.model.losses)
            minimised = weights.optimizer.scale_loss(ops.cast(total, keras.config.floatx()))
        weights.optimizer.apply(gradients(tape, minimised, trained), weights.trainable)
        weights.keep_updates(scope)
        return total, *means(loss, prediction, inputs)

    def _value(self, loss: Any, prediction: Any, inputs: StepInputs) -> Any:
        rule = self.kind.rule
        if rule is not None:
            return ops.cast(rule.value(inputs.y, prediction, inputs.weight), "float64")
        total = ops.sum(loss * inputs.numerator)
        return ops.divide_no_nan(total, inputs.divisor) * self.kind.on.factor

    def _look(self, inputs: StepInputs) -> tuple[Any, Any]:
        """Loss at each timestep and predicted class, layers as in inference."""
        weights, kind = self.weights, self.kind
        with weights.scope(), kind.watching(weights.model, inputs.marks):
            prediction = kind.predict(weights.model, inputs.x, False)
            loss = kind.loss(inputs.y, prediction)
        return ops.cast(loss, "float32"), ops.cast(ops.argmax(prediction, axis=-1), "int32")


def means(loss: Any, prediction: Any, inputs: StepInputs) -> tuple[Any, Any]:
    """Mean of the loss, and share of right classes, over real timesteps; 0 where none is real."""
    count = ops.sum(inputs.real)
    classes = ops.cast(ops.argmax(prediction, axis=-1), "int32")
    right = ops.zeros_like(loss)
    if len(classes.shape) == len(loss.shape):
        right = ops.cast(ops.equal(classes, inputs.classes), "float64")
    return (
        ops.divide_no_nan(ops.sum(loss * inputs.real), count),
        ops.divide_no_nan(ops.sum(right * inputs.real), count),
    )


class AloneFunction:
    """Gradients of sentences of one length, summed up, and the step taken with them."""

    def __init__(self, weights: WeightCopy, kind: StepKind, running: Any = None) -> None:
        """Prepares it; `running` is the model built for another length, or None for the model."""
        self.weights, self.kind, self.running = weights, kind, running
        self.part = traced(self._part)
        self.take = traced(self._take)
        self.look = traced(self._look)

    def _forward(self, inputs: StepInputs, training: bool) -> tuple[Any, Any, Any]:
        weights = self.weights
        if self.running is None:
            with weights.scope() as scope, quiet():
                prediction = self.kind.predict(weights.model, inputs.x, training)
        else:
            pairs = zip(self.running.variables, weights.variables, strict=True)
            scope = keras.StatelessScope([(theirs, own.value) for theirs, own in pairs])
            with scope, quiet():
                prediction = self.kind.predict(self.running, inputs.x, training)
        return self.kind.loss(inputs.y, prediction), prediction, scope

    def _part(self, inputs: StepInputs) -> tuple[Any, Any, Any]:
        """Gradients of the summed loss, that sum, and how many classes are right."""
        trained = [variable.value for variable in self.weights.trainable]
        with recording(trained) as tape:
            loss, prediction, scope = self._forward(inputs, True)
            total = ops.sum(loss * inputs.real)
        parts = gradients(tape, total, trained)
        if self.running is None:
            self.weights.keep_updates(scope)
        count = ops.sum(inputs.real)
        right = means(loss, prediction, inputs)[1] * count
        return [_known(g, v) for g, v in zip(parts, trained, strict=True)], total, right

    def _take(self, sums: Any, count: Any) -> Any:
        """Takes a step along gradients of sums over `count` timesteps; returns the penalties."""
        weights = self.weights
        trained = [variable.value for variable in weights.trainable]
        with recording(trained) as tape:
            penalties = [
                theirs.regularizer(own.value)
                for theirs, own in zip(weights.model.variables, weights.variables, strict=True)
                if own.trainable and getattr(theirs, "regularizer", None) is not None
            ]
            penalty = sum_of(penalties)
        extra = gradients(tape, penalty, trained)
        scale = weights.optimizer.scale_loss(to_tensor(1.0, "float32"))
        taken = []
        for total, more in zip(sums, extra, strict=True):
            mean = scaled(total, scale * self.kind.on.factor / count)
            if more is not None:
                mean = dense(mean, mean) + ops.cast(scale, more.dtype) * dense(more, more)
            taken.append(mean)
        weights.optimizer.apply(taken, weights.trainable)
        return penalty

    def _look(self, inputs: StepInputs) -> tuple[Any, Any]:
        loss, prediction, _ = self._forward(inputs, False)
        return ops.cast(loss, "float32"), ops.cast(ops.argmax(prediction, axis=-1), "int32")


def _known(gradient: Any, variable: Any) -> Any:
    return ops.zeros_like(variable) if gradient is None else gradient


def summed(first: Any, second: Any) -> Any:
    """The sum of two gradients; slices stand beside each other, as in one larger batch.

    Optimizers treat slices one by one, so that a sum would be another step than Keras takes.
    """
    return joined_slices(first, second) if is_sparse(first) else first + second
