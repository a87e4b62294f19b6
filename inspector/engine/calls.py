"""Recorded calls as plain values: where tensors came from, and which masks they carried."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from inspector.engine.ancestry import Origins, gap_at_output, with_raw_operations
from inspector.engine.records import CallRecord
from inspector.engine.seam import keras as keras_private


@dataclass(frozen=True)
class CallInfo:
    """One call without its tensors; masks are positions in the list of masks of a pass.

    Attributes:
        key: Path, name and count: the same call in another pass through the model.
        sources: For each data input, positions of the calls it comes from, `-1 - k` for input k
            of the model.
        input_masks: For each data input, the mask on the tensor, or None.
        argument_masks: For each data input, the mask given as an argument, or None.
        output_mask: Mask on the first output, or None.
        alone_mask: What the layer makes of its input without a mask, or None.
        output_shape: Static shape of the first output.
        is_integer: The first output holds integers or truth values.
        is_bool: The first output holds truth values.
        helper: Only computes a mask; not a node of the user's.
        captured: Position in the list of captured outputs, or None.
        feeds: Positions of the model's outputs that come straight from it.
    """

    key: tuple[tuple[str, ...], str, int]
    class_name: str
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
    is_operator: bool
    is_model: bool
    supports_masking: bool
    accepts_mask: bool
    return_sequences: bool | None
    inner_mask: bool
    synthetic: bool
    helper: bool
    captured: int | None
    feeds: tuple[int, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """Names of the layers around it."""
        return self.key[0]

    @property
    def name(self) -> str:
        """Name of the node."""
        return self.key[1]


def describe(
    inputs: list[Any], records: list[CallRecord], predictions: Any
) -> tuple[tuple[CallInfo, ...], list[Any]]:
    """Returns the calls as plain values, and the mask tensors they refer to."""
    outputs = [leaf for leaf in keras_private.flatten(predictions) if tf.is_tensor(leaf)]
    complete = with_raw_operations(inputs, records)
    for output in outputs:
        gap = gap_at_output(inputs, records, output, keras_private.get_mask(output))
        if gap is not None:
            complete.append(gap)
    origins = Origins(inputs, complete)
    sources = [
        tuple(tuple(origins.sources(t, r.path, i)[0]) for t in r.inputs)
        for i, r in enumerate(complete)
    ]
    final = [set(origins.sources(output, (), len(complete))[0]) for output in outputs]
    needed = needed_calls(complete, sources, origins, outputs)
    masks = MaskList()
    numbers: dict[int, int] = {}
    for record in records:
        if not record.path and record.outputs:
            numbers[id(record)] = len(numbers)
    calls = tuple(
        describe_one(r, sources[i], masks, i not in needed, numbers.get(id(r)), fed(final, i))
        for i, r in enumerate(complete)
    )
    return calls, masks.tensors


def fed(final: list[set[int]], position: int) -> tuple[int, ...]:
    """The outputs of the model that come straight from the call at `position`."""
    return tuple(number for number, sources in enumerate(final) if position in sources)


def describe_one(
    record: CallRecord,
    sources: tuple[tuple[int, ...], ...],
    masks: "MaskList",
    helper: bool,
    number: int | None,
    feeds: tuple[int, ...],
) -> CallInfo:
    """Turns one record into a plain value."""
    output = record.outputs[0] if record.outputs else None
    return CallInfo(
        key=record.key,
        class_name=record.class_name,
        sources=sources,
        input_shapes=tuple(tuple(t.shape.as_list()) for t in record.inputs),
        first_count=record.first_count,
        input_masks=tuple(masks.add(mask) for mask in record.attribute_masks),
        argument_masks=tuple(masks.add(mask) for mask in record.argument_masks),
        output_mask=masks.add(record.output_mask),
        alone_mask=masks.add(record.alone_mask),
        output_shape=() if output is None else tuple(output.shape.as_list()),
        is_integer=output is not None and (output.dtype.is_integer or output.dtype.is_bool),
        is_bool=output is not None and output.dtype.is_bool,
        stripped=tuple(record.stripped),
        is_operator=record.is_operator,
        is_model=record.is_model,
        supports_masking=record.supports_masking,
        accepts_mask=record.accepts_mask,
        return_sequences=record.return_sequences,
        inner_mask=record.inner_mask,
        synthetic=record.synthetic,
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
        if mask is None or not tf.is_tensor(mask):
            return None
        if id(mask) not in self._positions:
            self._positions[id(mask)] = len(self.tensors)
            self.tensors.append(tf.cast(mask, tf.bool))
        return self._positions[id(mask)]


def needed_calls(
    records: list[CallRecord],
    sources: list[tuple[tuple[int, ...], ...]],
    origins: Origins,
    outputs: list[Any],
) -> set[int]:
    """Positions of the calls that compute data, not just a mask that is passed as an argument.

    A functional model has the mask of its layers wired in as extra operations (`not_equal`,
    `any`): their results are read as masks only.
    """
    needed = {i for i, record in enumerate(records) if not record.is_operator}
    for output in outputs:
        needed.update(s for s in origins.sources(output, (), len(records))[0] if s >= 0)
    queue = list(needed)
    while queue:
        consumer = queue.pop()
        for group in sources[consumer]:
            for source in group:
                # What a step inside a layer reads from outside came in through the layer's own
                # arguments, where masks and data are told apart.
                if source < 0 or records[source].path != records[consumer].path:
                    continue
                if source not in needed:
                    needed.add(source)
                    queue.append(source)
    return needed
