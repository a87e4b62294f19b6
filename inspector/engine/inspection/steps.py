"""From recorded calls and their masks to the steps of a trace."""

from collections.abc import Mapping, Sequence

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, frozen
from inspector.core.trace import LayerStep, MaskState, Outcome, mask_state
from inspector.core.truth import Truth
from inspector.engine.forward.calls import CallInfo


def steps_of(
    calls: Sequence[CallInfo], masks: Sequence[AnyArray], truth: Truth, lines: Mapping[str, int]
) -> tuple[LayerStep, ...]:
    """Judges every call that is not a mask helper.

    Args:
        calls: From a pass.
        masks: Mask values, in the numbering of the calls.
        truth: What is padding.
        lines: Line of the source for a layer name, where known.

    Returns:
        The steps, in execution order; `USED_UP` and `LOST` are settled by `settle_outcomes`.
    """
    builder = _Builder(calls, masks, truth, lines)
    return tuple(builder.step(position) for position in builder.kept)


class _Builder:
    def __init__(
        self,
        calls: Sequence[CallInfo],
        masks: Sequence[AnyArray],
        truth: Truth,
        lines: Mapping[str, int],
    ) -> None:
        self.calls, self.truth, self.lines = calls, truth, lines
        self.masks = [flat_mask(mask) for mask in masks]
        self.kept = [i for i, call in enumerate(calls) if not call.helper]
        self.number = {position: index for index, position in enumerate(self.kept)}
        self.truths: dict[int, BoolArray | None] = {}
        for position in range(len(calls)):
            self.truths[position] = self._truth(position)

    def mask(self, index: int | None) -> BoolArray | None:
        return None if index is None else self.masks[index]

    def _first(self, indices: tuple[int | None, ...]) -> BoolArray | None:
        return next((self.mask(index) for index in indices if index is not None), None)

    def source_truth(self, source: int) -> BoolArray | None:
        return self.truth.of_input(-1 - source) if source < 0 else self.truths.get(source)

    def _truth(self, position: int) -> BoolArray | None:
        call = self.calls[position]
        timesteps = time_axis(call)
        if timesteps is None:
            return None
        known = [self.source_truth(s) for group in call.sources for s in group]
        output, first = self.truth.output, self.truth.first
        fallback = [output, first] if not any(t is not None for t in known) else [first, output]
        fitting = [t for t in known if t is not None and t.shape[1] == timesteps]
        if not call.facts.accepts_mask and any(_alike(output, truth) for truth in fitting):
            # A merge of sentences that are padded differently: the one that the loss asks for.
            return output
        for truth in [*fitting, *fallback]:
            if truth is not None and truth.shape[1] == timesteps:
                return truth
        return None

    def step(self, position: int) -> LayerStep:
        call = self.calls[position]
        facts = call.facts
        received_all = [
            self.mask(argument if argument is not None else attribute)
            for argument, attribute in zip(call.argument_masks, call.input_masks, strict=True)
        ][: _judged_inputs(call)]
        received = next((m for m in received_all if m is not None), None)
        handed_on, truth = self.mask(call.output_mask), self.truths[position]
        shape = self._shape(call)
        count = len(received_all)
        return LayerStep(
            **facts.values(),
            inputs=tuple(self._name(s) for group in call.sources for s in group),
            output_shape=tuple(-1 if d is None else d for d in shape),
            received=received,
            handed_on=handed_on,
            received_state=self._received_state(call, received),
            handed_on_state=handed_state(handed_on, truth, shape, time_axis(call) is not None),
            outcome=outcome(received_all, handed_on),
            has_time_axis=time_axis(call) is not None,
            by_attribute=bool(call.input_masks[:1]) and call.input_masks[0] is not None,
            by_argument=any(index is not None for index in call.argument_masks),
            input_masks=tuple(received_all),
            attribute_mask=self._first(call.input_masks[:count]),
            argument_mask=self._first(call.argument_masks[:count]),
            stripped=bool(call.stripped),
            makes_mask=makes_mask(call, self.masks),
            warned=not facts.is_operator and not facts.supports_masking and received is not None,
            line=self.lines.get(facts.name),
            index=self.number[position],
            sources=tuple(
                dict.fromkeys(self.number[s] for g in call.sources for s in g if s in self.number)
            ),
            truth=truth if truth is None else frozen(truth),
            stripped_by=self._stripped_by(position),
            feeds_output=self.truth.position in call.feeds,
            yields_bool=call.is_bool,
        )

    def _shape(self, call: CallInfo) -> tuple[int | None, ...]:
        rows = None if self.truth.first is None else self.truth.first.shape[0]
        return (rows, *call.output_shape[1:]) if call.output_shape else ()

    def _name(self, source: int) -> str:
        return f"input {-source}" if source < 0 else self.calls[source].facts.name

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


def _judged_inputs(call: CallInfo) -> int:
    """How many inputs a call is judged by: all of an operator, of a layer its first argument's."""
    return len(call.input_masks) if call.facts.is_operator else call.first_count


def makes_mask(call: CallInfo, masks: Sequence[AnyArray]) -> bool:
    """True if a call makes a mask from its input, whatever mask it receives."""
    if call.output_mask is None:
        return False
    pairs = list(zip(call.argument_masks, call.input_masks, strict=True))[: _judged_inputs(call)]
    if all(argument is None and attribute is None for argument, attribute in pairs):
        return True
    return call.alone_mask is not None and np.array_equal(
        flat_mask(masks[call.alone_mask]), flat_mask(masks[call.output_mask])
    )


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


def outcome(received: Sequence[BoolArray | None], handed_on: BoolArray | None) -> Outcome:
    """What a call did, from the masks alone; "lost" may turn out to be "used up"."""
    masks = [mask for mask in received if mask is not None]
    if handed_on is None:
        return Outcome.LOST if masks else Outcome.ABSENT
    if not masks:
        return Outcome.CREATED
    if any(np.array_equal(mask, handed_on) for mask in masks):
        return Outcome.KEPT
    return Outcome.CHANGED
