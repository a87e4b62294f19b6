"""Records every call of one forward pass: masks before and after, inputs, outputs."""

import inspect as python_inspect
from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from inspector.engine.forward.interception import Call
from inspector.engine.records import CallRecord
from inspector.engine.seam import keras as keras_private

Intervention = Callable[[CallRecord, Any], Any]
"""Given a finished call and its outputs, returns the outputs that the caller shall see."""


class Recorder:
    """Observes one pass through `model` (see `interception.observing`).

    Attributes:
        records: Finished calls in order; a composite layer comes after what happened inside it.
        failed_at: Name of the node whose call raised, or None.
    """

    def __init__(
        self,
        model: keras.Model,
        intervene: Intervention | None = None,
        feed: Callable[[CallRecord, Any], Any] | None = None,
    ) -> None:
        """Prepares to record one pass through `model`.

        `intervene` may replace outputs; `feed` the arguments of a call.
        """
        self._feed = feed
        self.records: list[CallRecord] = []
        self.failed_at: str | None = None
        self._model = model
        self._intervene = intervene
        self._stack: list[Any] = []
        self._open: list[CallRecord] = []
        self._calls: Counter[tuple[tuple[str, ...], str]] = Counter()
        self._graph = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()

    def observe(
        self,
        operation: Any,
        call: Call,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Makes the call and notes what happened to the masks."""
        if operation is self._model and not self._stack:
            return self._pass_through(operation, call, args, kwargs)
        if self._muted() or keras_private.is_symbolic((args, kwargs)):
            return self._muted_call(operation, call, args, kwargs)
        record = self._begin(operation, args, kwargs)
        self._open.append(record)
        given, named = (args, kwargs) if self._feed is None else self._feed(record, (args, kwargs))
        try:
            outputs = self._pass_through(operation, call, given, named)
        finally:
            self._open.pop()
        return self._end(operation, record, args, outputs)

    def _pass_through(
        self,
        operation: Any,
        call: Call,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        self._stack.append(operation)
        try:
            return call(operation, *args, **kwargs)
        except Exception:
            if self.failed_at is None:
                self.failed_at = self._blamed()
            raise
        finally:
            self._stack.pop()

    def _blamed(self) -> str:
        """The outermost node on the stack that is not just a container of others."""
        inside = [op for op in self._stack if op is not self._model]
        leaf = [op for op in inside if not isinstance(op, keras.Model)]
        return str((leaf or inside or [self._model])[0].name)

    def _muted(self) -> bool:
        # Cells of a recurrent layer run once a timestep, in a loop whose tensors live in a graph
        # of their own and cannot be outputs of ours.
        if any(keras_private.is_recurrent(operation) for operation in self._stack):
            return True
        if self._graph is None:
            return not tf.executing_eagerly()
        return tf.compat.v1.get_default_graph() is not self._graph

    def _muted_call(
        self,
        operation: Any,
        call: Call,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        outputs = call(operation, *args, **kwargs)
        if self._open and any(
            keras_private.get_mask(leaf) is not None for leaf in tensors(outputs)
        ):
            self._open[-1].inner_mask = True
        return outputs

    def _begin(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> CallRecord:
        path = tuple(op.name for op in self._stack if op is not self._model)
        data, masks = split_arguments(operation, args, kwargs)
        inputs = [leaf for _, value in data for leaf in tensors(value)]
        argument_masks: list[Any] = []
        for name, value in data:
            given = masks.get(f"{name}_mask", masks.get("mask") if value is data[0][1] else None)
            leaves = tensors(value)
            flat = keras_private.flatten(given) if given is not None else []
            argument_masks += flat if len(flat) == len(leaves) else [None] * len(leaves)
        self._calls[path, operation.name] += 1
        is_layer = isinstance(operation, keras.layers.Layer)
        return CallRecord(
            name=operation.name,
            class_name=type(operation).__name__,
            path=path,
            call=self._calls[path, operation.name] - 1,
            inputs=inputs,
            first_count=len(tensors(data[0][1])) if data else 0,
            attribute_masks=[keras_private.get_mask(leaf) for leaf in inputs],
            argument_masks=argument_masks,
            is_operator=not is_layer,
            is_model=isinstance(operation, keras.Model),
            supports_masking=bool(getattr(operation, "supports_masking", False)),
            accepts_mask=bool(masks) or takes_mask(operation),
            return_sequences=getattr(operation, "return_sequences", None),
        )

    def _end(self, operation: Any, record: CallRecord, args: tuple[Any, ...], outputs: Any) -> Any:
        record.stripped = [
            position
            for position, (leaf, before) in enumerate(
                zip(record.inputs, record.attribute_masks, strict=True)
            )
            if before is not None and keras_private.get_mask(leaf) is None
        ]
        if self._intervene is not None:
            outputs = self._intervene(record, outputs)
        record.outputs = tensors(outputs)
        record.output_mask = next(
            (keras_private.get_mask(leaf) for leaf in record.outputs[:1]), None
        )
        record.alone_mask = mask_alone(operation, record, args)
        record.inner_mask = record.inner_mask or wrapped_mask(operation, record)
        self.records.append(record)
        return outputs


def tensors(structure: Any) -> list[Any]:
    """The tensors among the leaves of a structure."""
    return [leaf for leaf in keras_private.flatten(structure) if tf.is_tensor(leaf)]


def takes_mask(operation: Any) -> bool:
    """True if `call` has a parameter for a mask."""
    parameters = python_inspect.signature(operation.call).parameters
    return any(name == "mask" or name.endswith("_mask") for name in parameters)


def split_arguments(
    operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    """Splits the arguments of a call into data (name, value) and masks by name."""
    parameters = python_inspect.signature(operation.call).parameters
    names = [
        name
        for name, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    named = [(names[i] if i < len(names) else f"argument_{i}", v) for i, v in enumerate(args)]
    named += list(kwargs.items())
    masks = {n: v for n, v in named if (n == "mask" or n.endswith("_mask")) and tensors(v)}
    return [(n, v) for n, v in named if n not in masks and tensors(v)], masks


def wrapped_mask(operation: Any, record: CallRecord) -> bool:
    """True if the layer inside a wrapper would make a mask that the wrapper does not hand on.

    `TimeDistributed` runs `layer.call`, not the layer, so such a call cannot be observed.
    """
    if not isinstance(operation, keras.layers.Wrapper) or record.output_mask is not None:
        return False
    try:
        return bool(record.inputs) and tf.is_tensor(
            operation.layer.compute_mask(record.inputs[0], None)
        )
    except (TypeError, ValueError, AttributeError):
        return False  # It cannot do without a mask, so it does not make one.


def mask_alone(operation: Any, record: CallRecord, args: tuple[Any, ...]) -> Any:
    """Asks a layer that was given a mask which mask it would make without one.

    A layer that answers with a mask makes masks from its input; it does not hand one on.
    """
    received = [m for m in record.attribute_masks + record.argument_masks if m is not None]
    if record.is_operator or record.output_mask is None or not received or not args:
        return None
    if any(record.output_mask is mask for mask in received) or record.is_model:
        return None
    try:
        alone = operation.compute_mask(args[0], None)
    except (TypeError, ValueError, AttributeError):
        return None  # It cannot do without a mask, so it does not make one.
    return alone if tf.is_tensor(alone) else None
