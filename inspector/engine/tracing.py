"""From recorded calls and their masks to the steps of a trace."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, frozen
from inspector.core.masks import MaskState, mask_state
from inspector.core.trace import LayerStep, Outcome
from inspector.core.truth import find_valid
from inspector.engine.calls import CallInfo


@dataclass(frozen=True)
class Truths:
    """The truth on the time axes that are known.

    Attributes:
        inputs: Per input of the model, bool (rows, timesteps) or None.
        output: On the output's time axis, or None.
        position: Which output of the model is looked at, among its leaves.
    """

    inputs: list[BoolArray | None]
    output: BoolArray | None
    position: int = 0

    @property
    def timesteps(self) -> int:
        """Timesteps of the first input with a time axis; 1 without one."""
        return next((truth.shape[1] for truth in self.inputs if truth is not None), 1)


def steps_of(
    calls: tuple[CallInfo, ...], masks: list[AnyArray], truths: Truths, lines: dict[str, int]
) -> tuple[LayerStep, ...]:
    """Judges every call that is not a mask helper.

    Args:
        calls: From `ModelPass.calls`.
        masks: Mask values, in the numbering of the calls.
        truths: What is padding.
        lines: Line of the source for a layer name, where known.

    Returns:
        The steps, in execution order; `USED_UP` and `LOST` are settled by `settle_outcomes`.
    """
    builder = _Builder(calls, masks, truths, lines)
    return tuple(builder.step(position) for position in builder.kept)


class _Builder:
    def __init__(
        self,
        calls: tuple[CallInfo, ...],
        masks: list[AnyArray],
        truths: Truths,
        lines: dict[str, int],
    ) -> None:
        self.calls, self.truths, self.lines = calls, truths, lines
        self.masks = [flat_mask(mask) for mask in masks]
        self.kept = [i for i, call in enumerate(calls) if not call.helper]
        self.number = {position: index for index, position in enumerate(self.kept)}
        self.truth: dict[int, BoolArray | None] = {}
        for position in range(len(calls)):
            self.truth[position] = self._truth(position)

    def mask(self, index: int | None) -> BoolArray | None:
        return None if index is None else self.masks[index]

    def _first(self, indices: tuple[int | None, ...]) -> BoolArray | None:
        return next((self.mask(index) for index in indices if index is not None), None)

    def source_truth(self, source: int) -> BoolArray | None:
        if source < 0:
            inputs = self.truths.inputs
            return inputs[-1 - source] if -1 - source < len(inputs) else None
        return self.truth.get(source)

    def _truth(self, position: int) -> BoolArray | None:
        call = self.calls[position]
        timesteps = time_axis(call)
        if timesteps is None:
            return None
        known = [self.source_truth(s) for group in call.sources for s in group]
        output = self.truths.output
        first = next((truth for truth in self.truths.inputs if truth is not None), None)
        fallback = [output, first] if not any(t is not None for t in known) else [first, output]
        fitting = [t for t in known if t is not None and t.shape[1] == timesteps]
        if not call.accepts_mask and any(_alike(output, truth) for truth in fitting):
            # A merge of sentences that are padded differently: the one that the loss asks for.
            return output
        for truth in [*fitting, *fallback]:
            if truth is not None and truth.shape[1] == timesteps:
                return truth
        return None

    def step(self, position: int) -> LayerStep:
        call = self.calls[position]
        received_all = [
            self.mask(argument if argument is not None else attribute)
            for argument, attribute in zip(call.argument_masks, call.input_masks, strict=True)
        ]
        count = len(received_all) if call.is_operator else call.first_count
        received = next((m for m in received_all[:count] if m is not None), None)
        handed_on, truth = self.mask(call.output_mask), self.truth[position]
        shape = self._shape(call)
        alone = self.mask(call.alone_mask)
        return LayerStep(
            name=call.name,
            class_name=call.class_name,
            path=call.path,
            inputs=tuple(self._name(s) for group in call.sources for s in group),
            output_shape=tuple(-1 if d is None else d for d in shape),
            received=received,
            handed_on=handed_on,
            received_state=self._received_state(call, received),
            handed_on_state=handed_state(handed_on, truth, shape, time_axis(call) is not None),
            outcome=outcome(received_all[:count], handed_on),
            has_time_axis=time_axis(call) is not None,
            input_masks=tuple(received_all[:count]),
            attribute_mask=self._first(call.input_masks[:count]),
            argument_mask=self._first(call.argument_masks[:count]),
            makes_mask=handed_on is not None
            and (received is None or (alone is not None and np.array_equal(alone, handed_on))),
            warned=not call.is_operator and not call.supports_masking and received is not None,
            line=self.lines.get(call.name),
            index=self.number[position],
            sources=tuple(
                dict.fromkeys(self.number[s] for g in call.sources for s in g if s in self.number)
            ),
            truth=truth if truth is None else frozen(truth),
            stripped_by=self._stripped_by(position),
            feeds_output=self.truths.position in call.feeds,
            **plain_facts(call),
        )

    def _shape(self, call: CallInfo) -> tuple[int | None, ...]:
        rows = next((t.shape[0] for t in self.truths.inputs if t is not None), None)
        if not call.output_shape:
            return ()
        return (rows, *call.output_shape[1:])

    def _name(self, source: int) -> str:
        return f"input {-source}" if source < 0 else self.calls[source].name

    def _received_state(self, call: CallInfo, received: BoolArray | None) -> MaskState | None:
        truths = [self.source_truth(s) for group in call.sources[:1] for s in group]
        truth = next((t for t in truths if t is not None), None)
        if received is not None and truth is not None and received.shape != truth.shape:
            return MaskState.WRONG_RANK
        return mask_state(received, truth)

    def _stripped_by(self, position: int) -> int | None:
        """The earlier call that took the mask off a tensor that this call reads now."""
        call = self.calls[position]
        for group, attribute, argument in zip(
            call.sources, call.input_masks, call.argument_masks, strict=True
        ):
            if attribute is not None or argument is not None or len(group) != 1:
                continue
            source = group[0]
            if source < 0 or self.calls[source].output_mask is None:
                continue
            for earlier in range(source + 1, position):
                taken = [self.calls[earlier].sources[i] for i in self.calls[earlier].stripped]
                if any(group == other for other in taken):
                    return self.number.get(earlier)
        return None


def _alike(first: BoolArray | None, second: BoolArray | None) -> bool:
    return first is not None and second is not None and np.array_equal(first, second)


def plain_facts(call: CallInfo) -> dict[str, Any]:
    """What a step takes over from its call as it is."""
    return {
        "by_attribute": bool(call.input_masks[:1]) and call.input_masks[0] is not None,
        "by_argument": any(index is not None for index in call.argument_masks),
        "stripped": bool(call.stripped),
        "is_operator": call.is_operator,
        "supports_masking": call.supports_masking,
        "accepts_mask": call.accepts_mask,
        "returns_last": call.return_sequences is False,
        "is_model": call.is_model,
        "inner_mask": call.inner_mask,
        "yields_bool": call.is_bool,
    }


def time_axis(call: CallInfo) -> int | None:
    """Number of timesteps of a call's output, or None where it has no time axis.

    An output (rows, timesteps, ...) has one. (rows, n) has one where it holds ids with n as long as
    an input's time axis, or where it comes from (rows, n, 1).
    """
    shape = call.output_shape
    if len(shape) >= 3:
        return shape[1] if shape[1] is not None else None
    if len(shape) < 2:
        return None
    for other in call.input_shapes:
        same = len(other) >= 2 and other[1] == shape[1]
        if same and (call.is_integer or (len(other) == 3 and other[2] == 1)):
            return shape[1]
    return None


def flat_mask(mask: AnyArray) -> BoolArray:
    """A mask as (rows, timesteps): further axes (characters of a word) are joined by `any`."""
    array = np.asarray(mask, bool)
    if array.ndim > 2:
        array = np.asarray(array.any(axis=tuple(range(2, array.ndim))))
    return frozen(array)


def handed_state(
    mask: BoolArray | None,
    truth: BoolArray | None,
    shape: tuple[int | None, ...],
    has_time: bool,
) -> MaskState | None:
    """The state of a mask on an output of the given shape."""
    if mask is None:
        return MaskState.ABSENT if has_time else None
    if not has_time or mask.shape[1:] != tuple(shape[1:2]):
        return MaskState.WRONG_RANK
    return mask_state(mask, truth)


def own_truths(steps: tuple[LayerStep, ...], leaves: list[AnyArray], truths: Truths) -> bool:
    """Gives an input that is padded in its own way its own truth; True if any was changed.

    Two inputs may be as long and padded differently, and `valid` was given for one. Where a mask
    maker reads such an input, and its mask is what the input's own data say, that is its truth;
    nothing is taken from the mask alone.
    """
    changed = False
    for number, leaf in enumerate(leaves[1:], start=1):
        found, truth = find_valid(leaf), truths.inputs[number]
        makers = [s for s in steps if s.makes_mask and s.inputs == (f"input {number + 1}",)]
        if found is None or truth is None or np.array_equal(found[0], truth):
            continue
        if any(m.handed_on is not None and np.array_equal(m.handed_on, found[0]) for m in makers):
            truths.inputs[number] = found[0]
            changed = True
    return changed


def state_at_loss(
    mask: AnyArray | None, prediction: AnyArray, truth: BoolArray | None, timed: bool
) -> MaskState:
    """The mask on the prediction against the truth on the output's time axis."""
    if mask is None:
        return MaskState.ABSENT
    if not timed or mask.shape != prediction.shape[: mask.ndim]:
        return MaskState.WRONG_RANK
    flat = flat_mask(mask)
    if truth is not None and np.array_equal(flat, truth):
        return MaskState.CORRECT
    return MaskState.ALL_TRUE if bool(flat.all()) else MaskState.WRONG


def outcome(received: list[BoolArray | None], handed_on: BoolArray | None) -> Outcome:
    """What a call did, from the masks alone; "lost" may turn out to be "used up"."""
    masks: list[Any] = [mask for mask in received if mask is not None]
    if handed_on is None:
        return Outcome.LOST if masks else Outcome.ABSENT
    if not masks:
        return Outcome.CREATED
    if any(np.array_equal(mask, handed_on) for mask in masks):
        return Outcome.KEPT
    return Outcome.CHANGED
