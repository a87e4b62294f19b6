"""Which call produced which tensor, and what raw operations lie between two calls."""

import re
from collections import deque
from typing import Any

import tensorflow as tf

from inspector.engine.records import CallRecord

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
        beside = [p for p in makers if self._records[p].path == path]
        around = [p for p in makers if path[: len(self._records[p].path)] == self._records[p].path]
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
        if not hasattr(tensor, "op") or tf.executing_eagerly():
            return [], {}
        found: dict[int, str] = {}
        queue, seen = deque([tensor.op]), {tensor.op}
        while queue and len(seen) < _LIMIT:
            operation = queue.popleft()
            for parent in operation.inputs:
                source = self.known(parent, path, before)
                if source is not None:
                    found.setdefault(source, operation_name(operation))
                elif parent.op not in seen:
                    seen.add(parent.op)
                    queue.append(parent.op)
        return sorted(found, reverse=True), found


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

    A subclassed model may compute `h * 2` or `h[:, 1:]` on plain tensors: no call, no node, and
    the mask is gone. Such a gap becomes a record of its own, named like the Keras operation.
    """
    origins = Origins(inputs, records)
    result: list[CallRecord] = []
    for position, record in enumerate(records):
        for index, tensor in enumerate(record.inputs):
            if record.attribute_masks[index] is None and record.argument_masks[index] is None:
                gap = _gap(origins, records, tensor, record.path, position)
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
        if source < 0 or not names[source] or records[source].path != path:
            continue
        producer = records[source]
        if producer.output_mask is None:
            continue
        return CallRecord(
            name=names[source],
            class_name="Operation",
            path=path,
            call=0,
            inputs=producer.outputs[:1],
            first_count=1,
            attribute_masks=[producer.output_mask],
            argument_masks=[None],
            is_operator=True,
            synthetic=True,
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
