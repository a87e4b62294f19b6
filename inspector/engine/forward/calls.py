"""Recorded calls as plain values: where tensors came from, and which masks they carried.

Raw operations of the backend between two calls are found in the graph (`Origins`): a subclassed
model may compute `h * 2` on plain tensors, which is no call, and the mask is gone.
"""

import re
from collections import deque
from dataclasses import dataclass
from typing import Any

import keras

from inspector.core.trace import CallFacts
from inspector.engine.forward.recorder import CallRecord
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam import tensorflow as backend

# Names that Keras gives to the same operations when they are nodes of a functional model.
_KERAS_NAMES = {
    "AddV2": "add",
    "Mul": "multiply",
    "Sub": "subtract",
    "RealDiv": "divide",
    "StridedSlice": "get_item",
    "BatchMatMulV2": "matmul",
    "ConcatV2": "concatenate",
    "ReverseV2": "flip",
    "GatherV2": "take",
    "SelectV2": "where",
    "Pack": "stack",
}
_TRANSPARENT = {"Identity", "Cast", "StopGradient", "PreventGradient", "EnsureShape"}
_LIMIT = 5000


@dataclass(frozen=True, eq=False)
class CallInfo:
    """One call without its tensors; masks are positions in the list of masks of a pass.

    Attributes:
        facts: What the call is.
        sources: For each data input, positions of the calls it comes from, `-1 - k` for input k
            of the model.
        input_shapes: Static shape of each data input.
        first_count: How many of them belong to the first argument.
        input_masks: For each data input, the mask on the tensor, or None.
        argument_masks: For each data input, the mask passed as an argument, or None.
        output_mask: Mask on the first output, or None.
        alone_mask: What the layer makes of its input without a mask, or None.
        output_shape: Static shape of the first output.
        is_integer: The first output holds integers or truth values.
        is_bool: The first output holds truth values.
        stripped: Positions of inputs whose mask was gone after the call.
        helper: Only computes a mask; not a node of the user's.
        captured: Position in the list of captured outputs, or None.
        feeds: Positions of the model's outputs that come straight from it.
    """

    facts: CallFacts
    sources: tuple[tuple[int, ...], ...]
    input_shapes: tuple[tuple[int | None, ...], ...]
    first_count: int
    input_masks: tuple[int | None, ...]
    argument_masks: tuple[int | None, ...]
    output_mask: int | None
    alone_mask: int | None
    output_shape: tuple[int | None, ...]
    is_integer: bool
    is_bool: bool
    stripped: tuple[int, ...]
    helper: bool
    captured: int | None
    feeds: tuple[int, ...]


def describe(
    inputs: list[Any], records: list[CallRecord], predictions: Any
) -> tuple[tuple[CallInfo, ...], list[Any]]:
    """Returns the calls as plain values, and the mask tensors they refer to."""
    outputs = [leaf for leaf in keras_private.flatten(predictions) if backend.is_tensor(leaf)]
    complete = with_raw_operations(inputs, records)
    for output in outputs:
        gap = gap_at_output(inputs, records, output, keras_private.get_mask(output))
        if gap is not None:
            complete.append(gap)
    origins = Origins(inputs, complete)
    sources = [
        tuple(tuple(origins.sources(t, r.facts.path, i)[0]) for t in r.inputs)
        for i, r in enumerate(complete)
    ]
    final = [set(origins.sources(output, (), len(complete))[0]) for output in outputs]
    needed = _needed_calls(complete, sources, final)
    masks = MaskList()
    numbers: dict[int, int] = {}
    for record in records:
        if not record.facts.path and record.outputs:
            numbers[id(record)] = len(numbers)
    calls = tuple(
        _described(r, sources[i], masks, i not in needed, numbers.get(id(r)), _fed(final, i))
        for i, r in enumerate(complete)
    )
    return calls, masks.tensors


def _fed(final: list[set[int]], position: int) -> tuple[int, ...]:
    """The outputs of the model that come straight from the call at `position`."""
    return tuple(number for number, sources in enumerate(final) if position in sources)


def _described(
    record: CallRecord,
    sources: tuple[tuple[int, ...], ...],
    masks: "MaskList",
    helper: bool,
    number: int | None,
    feeds: tuple[int, ...],
) -> CallInfo:
    output = record.outputs[0] if record.outputs else None
    dtype = "" if output is None else backend.dtype_name(output)
    return CallInfo(
        facts=record.facts,
        sources=sources,
        input_shapes=tuple(backend.static_shape(t) for t in record.inputs),
        first_count=record.first_count,
        input_masks=tuple(masks.add(mask) for mask in record.attribute_masks),
        argument_masks=tuple(masks.add(mask) for mask in record.argument_masks),
        output_mask=masks.add(record.output_mask),
        alone_mask=masks.add(record.alone_mask),
        output_shape=() if output is None else backend.static_shape(output),
        is_integer="int" in dtype or dtype == "bool",
        is_bool=dtype == "bool",
        stripped=tuple(record.stripped),
        helper=helper,
        captured=number,
        feeds=feeds,
    )


class MaskList:
    """Mask tensors without repetition."""

    def __init__(self) -> None:
        """Starts empty."""
        self.tensors: list[Any] = []
        self._positions: dict[int, int] = {}

    def add(self, mask: Any) -> int | None:
        """Returns the position of `mask`, or None for no mask."""
        if mask is None or not backend.is_tensor(mask):
            return None
        if id(mask) not in self._positions:
            self._positions[id(mask)] = len(self.tensors)
            self.tensors.append(keras.ops.cast(mask, "bool"))
        return self._positions[id(mask)]


def _needed_calls(
    records: list[CallRecord],
    sources: list[tuple[tuple[int, ...], ...]],
    final: list[set[int]],
) -> set[int]:
    """Positions of the calls that compute data, not just a mask that is passed as an argument.

    A functional model has the mask of its layers wired in as extra operations (`not_equal`,
    `any`): their results are read as masks only.
    """
    needed = {i for i, record in enumerate(records) if not record.facts.is_operator}
    for feeding in final:
        needed.update(source for source in feeding if source >= 0)
    queue = list(needed)
    while queue:
        consumer = queue.pop()
        for group in sources[consumer]:
            for source in group:
                # What a step inside a layer reads from outside came in through the layer's own
                # arguments, where masks and data are told apart.
                if source < 0 or records[source].facts.path != records[consumer].facts.path:
                    continue
                if source not in needed:
                    needed.add(source)
                    queue.append(source)
    return needed


class Origins:
    """Finds the call that produced a tensor.

    A source is the position of a call in the list of records, `-1 - k` for input `k` of the
    model, or None where it cannot be told.
    """

    def __init__(self, inputs: list[Any], records: list[CallRecord]) -> None:
        """Indexes the outputs of all calls."""
        self._records = records
        self._inputs = {id(tensor): -1 - k for k, tensor in enumerate(inputs)}
        self._makers: dict[int, list[int]] = {}
        for position, record in enumerate(records):
            for tensor in record.outputs:
                self._makers.setdefault(id(tensor), []).append(position)

    def known(self, tensor: Any, path: tuple[str, ...], before: int) -> int | None:
        """The source of exactly this tensor, as seen by a call at `path` and position `before`."""
        makers = [p for p in self._makers.get(id(tensor), ()) if p < before]
        if not makers:
            return self._inputs.get(id(tensor))
        paths = {p: self._records[p].facts.path for p in makers}
        beside = [p for p in makers if paths[p] == path]
        around = [p for p in makers if path[: len(paths[p])] == paths[p]]
        return (beside or around or makers)[-1]

    def sources(
        self, tensor: Any, path: tuple[str, ...], before: int
    ) -> tuple[list[int], dict[int, str]]:
        """The nearest sources of a tensor, walking back through raw operations of the graph.

        Returns:
            The sources, and for each the name of the first raw operation after it ("" if none).
        """
        direct = self.known(tensor, path, before)
        if direct is not None:
            return [direct], {direct: ""}
        first = backend.producer(tensor)
        if first is None:
            return [], {}
        names: dict[int, str] = {}
        queue, seen = deque([first]), {first}
        while queue and len(seen) < _LIMIT:
            operation = queue.popleft()
            for parent in operation.inputs:
                source = self.known(parent, path, before)
                if source is not None:
                    names.setdefault(source, operation_name(operation))
                elif parent.op not in seen:
                    seen.add(parent.op)
                    queue.append(parent.op)
        return sorted(names, reverse=True), names


def operation_name(operation: Any) -> str:
    """The name Keras would give to a raw operation; "" for one that only copies or converts."""
    if operation.type in _TRANSPARENT:
        return ""
    if operation.type in _KERAS_NAMES:
        return _KERAS_NAMES[operation.type]
    words = re.sub(r"V\d+$", "", operation.type)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words).lower()


def with_raw_operations(inputs: list[Any], records: list[CallRecord]) -> list[CallRecord]:
    """Adds a record where raw operations between two calls let the mask fall.

    Such a gap becomes a record of its own, named like the Keras operation.
    """
    origins = Origins(inputs, records)
    result: list[CallRecord] = []
    for position, record in enumerate(records):
        for index, tensor in enumerate(record.inputs):
            if record.attribute_masks[index] is None and record.argument_masks[index] is None:
                gap = _gap(origins, records, tensor, record.facts.path, position)
                if gap is not None:
                    gap.outputs = [tensor]
                    result.append(gap)
        result.append(record)
    return result


def _gap(
    origins: Origins, records: list[CallRecord], tensor: Any, path: tuple[str, ...], before: int
) -> CallRecord | None:
    sources, names = origins.sources(tensor, path, before)
    for source in sources:
        if source < 0 or not names[source] or records[source].facts.path != path:
            continue
        producer = records[source]
        if producer.output_mask is None:
            continue
        return CallRecord(
            facts=CallFacts(names[source], "Operation", path, is_operator=True),
            inputs=producer.outputs[:1],
            first_count=1,
            attribute_masks=[producer.output_mask],
            argument_masks=[None],
        )
    return None


def gap_at_output(
    inputs: list[Any], records: list[CallRecord], tensor: Any, mask: Any
) -> CallRecord | None:
    """The same for raw operations between the last call and the model's output."""
    if mask is not None:
        return None
    gap = _gap(Origins(inputs, records), records, tensor, (), len(records))
    if gap is not None:
        gap.outputs = [tensor]
    return gap
