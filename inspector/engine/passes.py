"""One forward pass of a model as a traced function, with everything we want to know as outputs."""

import functools
import weakref
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from inspector.engine.calls import CallInfo, describe
from inspector.engine.interception import observing
from inspector.engine.loss_code import GivenLoss
from inspector.engine.loss_pieces import loss_pieces
from inspector.engine.recorder import Recorder
from inspector.engine.records import CallRecord
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import to_numpy, traced_or_eager


@dataclass(frozen=True)
class PassOptions:
    """What a pass does besides running the model.

    Attributes:
        training: Value of the `training` argument.
        loss: Compute the loss.
        gradients: Compute what the weights of the timesteps need.
        capture: Return the output of every call at the top level.
        makers: Keys of the calls whose output is replaced at given timesteps.
        feeds: Keys of the calls that read `disturbed` in place of the model's input.
        flat_time: Predictions (rows, n) hold one number a timestep.
        relaxed: One trace serves every number of rows and timesteps.
    """

    training: bool = False
    loss: bool = False
    gradients: bool = False
    capture: bool = False
    makers: tuple[tuple[tuple[str, ...], str, int], ...] = ()
    feeds: tuple[tuple[tuple[str, ...], str, int], ...] = ()
    flat_time: bool = False
    relaxed: bool = False


@dataclass
class PassInputs:
    """Arrays that go into a pass; structures as the model takes them.

    Attributes:
        x: Model input.
        y: Targets, or None.
        sample_weight: Sample weights, or None.
        draw: 0 to leave the makers' outputs alone, else the seed of the noise put in.
        where: For each maker, bool (rows, timesteps): where noise is put.
        shift: How far predictions are moved before the loss is differentiated.
        disturbed: What the feeds read in place of `x`; masks are made from `x` all the same.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None
    draw: Any = 0
    where: Any = field(default_factory=list)
    shift: Any = 0.0
    disturbed: Any = None


class PassTensors(NamedTuple):
    """`PassInputs` as tensors."""

    x: Any
    y: Any
    sample_weight: Any
    draw: Any
    where: Any
    shift: Any
    disturbed: Any = None


class ModelPass:
    """Runs `model` with a recorder, in a graph where it can be traced, eagerly where it cannot.

    Attributes:
        calls: What each recorded call was, after the first run.
        eager: The model could not be traced.
        verified: A relaxed trace was compared with a plain one.
        fed: A call read `disturbed` in place of the model's input, in the first run or later.
        states_changed: Variables that the model changes as it runs, after the first run.
    """

    def __init__(
        self, model: keras.Model, options: PassOptions, given: GivenLoss | None = None
    ) -> None:
        """Prepares the pass; nothing runs yet. `given` replaces the compiled loss."""
        self.given = given
        # A pass is found again by the identity of the loss it was traced with, which must stay
        # taken when the user compiles the model anew.
        self._traced_with = keras_private.compile_loss(model)
        self.calls: tuple[CallInfo, ...] = ()
        self.eager = False
        self.verified = False
        self.fed = False
        self.states_changed: tuple[str, ...] = ()
        self._specified = False
        self.options = options
        # Weakly, so that passes can be cached for a model without keeping it alive.
        self._reference = weakref.ref(model)
        # TensorFlow counts retracings per Python function, over all models, and warns of many; a
        # partial object is counted by itself.
        self._function = tf.function(
            functools.partial(self._body), autograph=False, reduce_retracing=True
        )

    def run(self, inputs: PassInputs) -> dict[str, Any]:
        """Runs the pass; NumPy arrays in the structure that `_body` returns."""
        arguments = PassTensors(
            keras_private.map_structure(tf.convert_to_tensor, inputs.x),
            as_tensors(inputs.y),
            as_tensors(inputs.sample_weight),
            tf.convert_to_tensor(inputs.draw, tf.int32),
            [tf.convert_to_tensor(where, tf.bool) for where in inputs.where],
            tf.convert_to_tensor(inputs.shift, tf.float32),
            as_tensors(inputs.disturbed),
        )
        if self.eager:
            return to_numpy(self._body(arguments))
        result, failed = traced_or_eager(self._traced, self._body, arguments)
        self.eager = self.eager or failed  # Another thread may have found it out meanwhile.
        return to_numpy(result)

    @property
    def _model(self) -> keras.Model:
        model = self._reference()
        if model is None:
            raise ReferenceError("the model of this pass is gone")
        return model

    def _traced(self, arguments: PassTensors) -> dict[str, Any]:
        return self._relaxed(arguments.x) if self.options.relaxed else self._function(arguments)

    def _relaxed(self, x: Any) -> dict[str, Any]:
        """Runs the model alone, in one trace for every number of rows and timesteps."""
        if not self._specified:
            self._function = tf.function(
                functools.partial(self._bare),
                autograph=False,
                input_signature=[keras_private.map_structure(open_spec, x)],
            )
            self._specified = True
        return self._function(x)

    def _bare(self, x: Any) -> dict[str, Any]:
        return self._body(PassTensors(x, None, None, tf.zeros([], tf.int32), [], tf.zeros([])))

    def _body(self, inputs: PassTensors) -> dict[str, Any]:
        recorder = Recorder(self._model, self._intervention(inputs), self._feeding(inputs))
        # A stateless scope keeps seeds, batch statistics, states and metrics of the user's model
        # as they are; penalties from calls are collected in the scope.
        with keras_private.stateless_scope(self._model) as scope, observing(recorder):
            try:
                predictions = self._call(inputs.x)
            except Exception as error:
                # It travels with whatever the model raises, so that nothing is wrapped.
                error.inspector_failed_at = recorder.failed_at  # type: ignore[attr-defined]
                raise
            self.states_changed = keras_private.changed_states(self._model, scope)
            self.calls, masks = describe(recorder_inputs(inputs.x), recorder.records, predictions)
            result: dict[str, Any] = {"masks": masks, "predictions": plain(predictions)}
            result["prediction_masks"] = [
                mask_or_empty(leaf) for leaf in keras_private.flatten(predictions)
            ]
            if self.options.capture:
                result["activations"] = captured(recorder.records)
            if self.options.loss:
                result["loss"] = self._loss(inputs, predictions)
        return result

    def _loss(self, inputs: PassTensors, predictions: Any) -> dict[str, Any]:
        data = (inputs.x, inputs.y, inputs.sample_weight)
        # A scope, since a loss named `_mine` is no valid name at the root of a graph.
        with tf.name_scope("inspector"):
            return loss_pieces(
                self._model, self.given, data, predictions, inputs.shift, self.options
            )

    def _call(self, x: Any) -> Any:
        if keras_private.call_takes(self._model, "training"):
            return self._model(x, training=self.options.training)
        return self._model(x)

    def _intervention(self, inputs: PassTensors) -> Any:
        draw, where = inputs.draw, inputs.where
        makers = self.options.makers

        def intervene(record: CallRecord, outputs: Any) -> Any:
            if record.key not in makers:
                return outputs
            leaves = keras_private.flatten(outputs)
            leaves[0] = with_noise(leaves[0], draw, where[makers.index(record.key)])
            return keras_private.pack_sequence_as(outputs, leaves)

        return intervene if makers else None

    def _feeding(self, inputs: PassTensors) -> Any:
        x, disturbed = inputs.x, inputs.disturbed
        feeds = self.options.feeds
        if not feeds or disturbed is None:
            return None
        pairs = zip(keras_private.flatten(x), keras_private.flatten(disturbed), strict=True)
        replacements = {id(leaf): other for leaf, other in pairs}

        def feed(record: CallRecord, arguments: Any) -> Any:
            if record.key not in feeds:
                return arguments
            return keras_private.map_structure(replaced, arguments)

        def replaced(leaf: Any) -> Any:
            other = like(leaf, replacements) if tf.is_tensor(leaf) else leaf
            self.fed = self.fed or other is not leaf
            return other

        return feed


def like(tensor: Any, replacements: dict[int, Any]) -> Any:
    """The replacement of a tensor, or of the one it is a cast or copy of; else the tensor."""
    origin = tensor
    while id(origin) not in replacements:
        operation = None if tf.executing_eagerly() else getattr(origin, "op", None)
        if operation is None or operation.type not in ("Cast", "Identity"):
            return tensor
        origin = operation.inputs[0]
    replaced = tf.cast(replacements[id(origin)], tensor.dtype)
    keras_private.set_mask(replaced, keras_private.get_mask(tensor))
    return replaced


def with_noise(output: Any, draw: Any, where: Any) -> Any:
    """Replaces `output` by noise of its own scale at `where`, with its mask kept, if draw > 0."""
    if not output.dtype.is_floating:
        return output
    values = tf.cast(output, tf.float32)
    spread = tf.math.reduce_std(values)
    # Three standard deviations: large enough to win a maximum over real timesteps.
    scale = tf.where(spread > 1e-6, 3.0 * spread, 1.0)
    noise = scale * tf.random.stateless_normal(tf.shape(values), seed=tf.stack([draw, 17]))
    cells = tf.reshape(where, tf.concat([tf.shape(where), [1] * (len(output.shape) - 2)], 0))
    replaced = tf.where(cells & (draw > 0), tf.cast(noise, output.dtype), output)
    keras_private.set_mask(replaced, keras_private.get_mask(output))
    return replaced


def open_spec(tensor: Any) -> Any:
    """The spec of a tensor with any number of rows and timesteps."""
    open_axes = min(2, len(tensor.shape))
    return tf.TensorSpec([None] * open_axes + tensor.shape.as_list()[open_axes:], tensor.dtype)


def recorder_inputs(x: Any) -> list[Any]:
    """The tensors that count as inputs of the model."""
    return [leaf for leaf in keras_private.flatten(x) if tf.is_tensor(leaf)]


def captured(records: list[CallRecord]) -> list[Any]:
    """First output of each call at the top level."""
    return [record.outputs[0] for record in records if not record.path and record.outputs]


def plain(predictions: Any) -> Any:
    """Copies of the predictions, so that an output that is also an input can be returned."""
    return keras_private.map_structure(tf.identity, predictions)


def mask_or_empty(tensor: Any) -> Any:
    """The mask of a tensor, or an empty tensor of rank 0 dimensions [0] for "no mask"."""
    mask = keras_private.get_mask(tensor)
    return tf.zeros([0], tf.bool) if mask is None else tf.cast(mask, tf.bool)


def as_tensors(structure: Any) -> Any:
    """Converts the leaves of a structure of arrays to tensors; None stays None."""
    if structure is None:
        return None
    return keras_private.map_structure(tf.convert_to_tensor, structure)
