"""A forward pass of one model, traced once and kept as long as the model lives."""

import functools
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import keras

from inspector.engine.forward.calls import CallInfo, describe
from inspector.engine.forward.edits import Edit, FeedHand
from inspector.engine.forward.interception import observing
from inspector.engine.forward.losses import GivenLoss, LossData, Losses, LossTensors, Rule
from inspector.engine.forward.recorder import Hand, Recorder, tensors
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam import tensorflow as backend

FEW_TIMESTEPS = 24
"""With so many timesteps at most, a few calls take less time than tracing does."""

_UNTRACED_CALLS = 8
_KEPT_PER_MODEL = 36


class TracedFunction:
    """A function of tensors that is traced, or run eagerly where it cannot be.

    Attributes:
        body: The function.
        eager: It could not be traced, or a trace gave something else.
        verified: A trace for any shape was compared with an eager run.
    """

    def __init__(self, body: Callable[..., Any], *, patient: bool = True) -> None:
        """Prepares `body`; nothing runs yet.

        Args:
            body: Takes and returns structures of tensors.
            patient: The first calls with few timesteps run eagerly: tracing takes longer.
        """
        self.body = body
        self.eager = False
        self.verified = False
        self._function = backend.traced(body)
        self._untraced = 0 if patient else _UNTRACED_CALLS

    def traces(self) -> int:
        """How many traces there are; a second one may be for any shape."""
        return backend.trace_count(self._function)

    def open_shapes(self, *signature: Any) -> None:
        """From now on one trace serves every shape of the specifications given."""
        self._function = backend.traced(self.body, signature)

    def __call__(self, *arguments: Any) -> Any:
        """Runs it; the results are NumPy arrays."""
        if self.eager or self._can_wait(arguments):
            return backend.to_numpy(self.body(*arguments))
        result, failed = backend.traced_or_eager(self._function, self.body, *arguments)
        self.eager = self.eager or failed  # Another thread may have found it out meanwhile.
        return backend.to_numpy(result)

    def _can_wait(self, arguments: tuple[Any, ...]) -> bool:
        self._untraced += 1
        if self._untraced > _UNTRACED_CALLS:
            return False
        leaves = tensors(arguments)
        longest = max((leaf.shape[1] or 0 for leaf in leaves if len(leaf.shape) >= 2), default=0)
        return longest <= FEW_TIMESTEPS


_kept: "weakref.WeakKeyDictionary[keras.Model, OrderedDict[Any, tuple[Any, Any]]]" = (
    weakref.WeakKeyDictionary()
)
_lock = threading.RLock()


def kept_for(model: keras.Model, key: Any, make: Callable[[], Any], alive: Any = None) -> Any:
    """Returns what `make` made for this model and key, now or earlier.

    Recompiling the model, or changing what a layer says about masks, makes it anew.

    Args:
        model: It is held weakly.
        key: Hashable.
        make: Called where nothing is kept yet.
        alive: Kept with it: what the key names by identity must not be gone.
    """
    layers = tuple((id(layer), layer.supports_masking) for layer in keras_private.all_layers(model))
    compiled = keras_private.compile_loss(model)
    whole = (key, id(compiled), layers)
    with _lock:
        known = _kept.setdefault(model, OrderedDict())
        if whole not in known:
            known[whole] = (make(), (alive, compiled))
            if len(known) > _KEPT_PER_MODEL:
                known.popitem(last=False)
        known.move_to_end(whole)
        return known[whole][0]


@dataclass(frozen=True)
class PassPlan:
    """What a pass does besides running the model; equal plans share a trace.

    Attributes:
        training: Value of the `training` argument.
        rules: The numbers that are computed of the loss; none for no loss.
        base: The loss at a timestep, in place of the compiled one.
        slopes: Compute what the weights of the timesteps need.
        calls: Record what runs, with its masks.
        capture: Return the output of every call at the top level.
        edits: Changes of the pass.
        flat_time: Predictions (rows, n) hold one number a timestep.
        relaxed: One trace serves every number of rows and timesteps; there is no loss.
    """

    training: bool = False
    rules: tuple[Rule, ...] = ()
    base: Any = None
    slopes: bool = False
    calls: bool = True
    capture: bool = False
    edits: tuple[Edit, ...] = ()
    flat_time: bool = False
    relaxed: bool = False


@dataclass(frozen=True, eq=False)
class PassInputs:
    """Arrays that go into a pass, in the structures that the model takes.

    Attributes:
        x: Model input.
        y: Targets, or None.
        sample_weight: Sample weights, or None.
        rules: In the order of the plan's, with their sample weights.
        edits: In the order of the plan's, with their arrays.
        shift: How far predictions are moved before the loss is differentiated.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None
    rules: tuple[Rule, ...] = ()
    edits: tuple[Edit, ...] = ()
    shift: float = 0.0

    def part(self, rows: Any) -> "PassInputs":
        """Returns the same for some of the rows."""

        def cut(structure: Any) -> Any:
            return keras_private.rows_of(structure, rows)

        return PassInputs(
            cut(self.x),
            cut(self.y),
            cut(self.sample_weight),
            tuple(replace(rule, sample_weight=cut(rule.sample_weight)) for rule in self.rules),
            tuple(edit.part(rows) for edit in self.edits),
            self.shift,
        )

    def tensors(self) -> tuple[Any, ...]:
        """Returns everything as tensors, None as it is."""
        return (
            keras_private.map_structure(backend.to_tensor, self.x),
            backend.to_tensors(self.y),
            backend.to_tensors(self.sample_weight),
            [backend.to_tensors(rule.sample_weight) for rule in self.rules],
            [backend.to_tensors(edit.arrays()) for edit in self.edits],
            backend.to_tensor(self.shift, "float32"),
        )


class RawPass(NamedTuple):
    """What one run of a pass returns, as arrays.

    Attributes:
        masks: Values of all masks, in the numbering of `ModelPass.calls`.
        predictions: In the structure of the model's outputs.
        prediction_masks: Mask on each output; an empty array of one axis for none.
        activations: First output of each call at the top level, where captured.
        losses: The losses, or None.
    """

    masks: list[Any]
    predictions: Any
    prediction_masks: list[Any]
    activations: list[Any]
    losses: LossTensors | None


class ModelPass:
    """Runs a model, in a graph where it can be traced, eagerly where it cannot.

    Attributes:
        plan: What it does.
        calls: What each recorded call was, after the first run.
        fed: A call read another input (`FeedInstead`), in the first run or later.
        states_changed: Variables that the model changes as it runs, after the first run.
        function: The traced function; `eager` and `verified` stand there.
    """

    def __init__(self, model: keras.Model, plan: PassPlan, given: GivenLoss | None) -> None:
        """Prepares the pass; nothing runs yet. `given` replaces the compiled loss."""
        self.plan = plan
        self.calls: tuple[CallInfo, ...] = ()
        self.fed = False
        self.states_changed: tuple[str, ...] = ()
        self._given = given
        self._specified = False
        # Weakly, so that passes can be kept for a model without keeping it alive.
        self._reference = weakref.ref(model)
        body = self._bare if plan.relaxed else self._body
        # The calls are found in the graph: a pass that is asked for them is traced at once.
        self.function = TracedFunction(functools.partial(body), patient=not plan.calls)

    def run(self, inputs: PassInputs) -> RawPass:
        """Runs the pass once."""
        arguments = inputs.tensors()
        if self.plan.relaxed:
            arguments = arguments[:1]
            if not self._specified:
                spec = keras_private.map_structure(backend.open_spec, arguments[0])
                self.function.open_shapes(spec)
                self._specified = True
        result: RawPass = self.function(*arguments)
        return result

    @property
    def _model(self) -> keras.Model:
        model = self._reference()
        if model is None:
            raise ReferenceError("the model of this pass is gone")
        return model

    def _bare(self, x: Any) -> RawPass:
        """The model alone, for any number of rows and timesteps."""
        return self._body(x, None, None, [], [], keras.ops.zeros(()))

    def _body(
        self, x: Any, y: Any, sample_weight: Any, weights: Any, edits: Any, shift: Any
    ) -> RawPass:
        hands = [edit.begin(arrays, x) for edit, arrays in zip(self.plan.edits, edits, strict=True)]
        with running(self._model, hands, calls=self.plan.calls) as (recorder, scope):
            try:
                predictions = predict(self._model, x, self.plan.training)
            except Exception as error:
                # It travels with whatever the model raises, so that nothing is wrapped.
                if recorder is not None:
                    error.inspector_failed_at = recorder.failed_at  # type: ignore[attr-defined]
                raise
            self.states_changed = keras_private.changed_states(self._model, scope)
            self.fed = self.fed or any(isinstance(h, FeedHand) and h.fed for h in hands)
            masks: list[Any] = []
            records = [] if recorder is None else recorder.records
            if self.plan.calls:
                self.calls, masks = describe(tensors(x), records, predictions)
            losses = None
            if self.plan.rules:
                data = LossData(x, y, sample_weight, weights)
                losses = self._losses(data, predictions, shift)
            return RawPass(
                masks,
                # Copies, so that an output that is also an input can be returned.
                keras_private.map_structure(backend.copy_of, predictions),
                [_mask_or_empty(leaf) for leaf in keras_private.flatten(predictions)],
                _captured(records) if self.plan.capture else [],
                losses,
            )

    def _losses(self, data: LossData, predictions: Any, shift: Any) -> LossTensors:
        plan = self.plan
        losses = Losses(self._model, self._given, plan.rules, plan.base, plan.flat_time)
        # A scope, since a loss named `_mine` is no valid name at the root of a graph.
        with backend.name_scope("inspector"):
            return losses.measured(data, predictions, shift, plan.slopes)


def model_pass(
    model: keras.Model, plan: PassPlan, inputs: PassInputs, given: GivenLoss | None = None
) -> ModelPass:
    """Returns the pass for this model, plan and these shapes; made now or traced earlier.

    A pass is traced for one number of timesteps and any number of rows.
    """
    leaves = keras_private.flatten(
        (
            inputs.x,
            inputs.y,
            inputs.sample_weight,
            [rule.sample_weight for rule in inputs.rules],
            [edit.arrays() for edit in inputs.edits],
        )
    )
    shapes = tuple(
        None if leaf is None else (tuple(leaf.shape[1:]), str(leaf.dtype)) for leaf in leaves
    )
    key = ("pass", _identity(plan), shapes, id(given))
    bare = _bare_plan(plan)
    running_pass: ModelPass = kept_for(model, key, lambda: ModelPass(model, bare, given), bare)
    return running_pass


def _identity(plan: PassPlan) -> tuple[Any, ...]:
    """What makes two plans share a trace: their losses by identity, since these may change."""
    rules = tuple((rule.key, id(rule.loss), rule.factor) for rule in plan.rules)
    flags = (plan.training, plan.slopes, plan.calls, plan.capture, plan.flat_time, plan.relaxed)
    return rules, id(plan.base), plan.edits, flags


def _bare_plan(plan: PassPlan) -> PassPlan:
    """The plan without the arrays of its first run."""
    return replace(
        plan,
        rules=tuple(replace(rule, sample_weight=None) for rule in plan.rules),
        edits=tuple(edit.bare() for edit in plan.edits),
    )


@contextmanager
def running(
    model: keras.Model, hands: Sequence[Hand] = (), *, calls: bool = False
) -> Iterator[tuple[Recorder | None, Any]]:
    """The context in which a model runs without being changed.

    A stateless scope keeps seeds, batch statistics, states and metrics of the user's model as they
    are; penalties from calls are collected in the scope.

    Args:
        model: The model.
        hands: Change the pass while it runs.
        calls: Record what runs, also where nothing is changed.

    Yields:
        The recorder, or None where nothing is recorded; and the scope.
    """
    with keras_private.stateless_scope(model) as scope:
        if not calls and not hands:
            with keras_private.quiet():
                yield None, scope
            return
        recorder = Recorder(model, hands)
        with observing(recorder):
            yield recorder, scope


def predict(model: keras.Model, x: Any, training: bool) -> Any:
    """Calls the model as Keras does."""
    if keras_private.call_takes(model, "training"):
        return model(x, training=training)
    return model(x)


def _captured(records: Sequence[Any]) -> list[Any]:
    """First output of each call at the top level."""
    return [record.outputs[0] for record in records if not record.facts.path and record.outputs]


def _mask_or_empty(tensor: Any) -> Any:
    """The mask of a tensor, or an empty tensor of one axis for none."""
    mask = keras_private.get_mask(tensor)
    return keras.ops.zeros([0], "bool") if mask is None else keras.ops.cast(mask, "bool")
