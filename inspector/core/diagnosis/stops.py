"""Where the mask stops and why, from what each step received and handed on."""

from dataclasses import dataclass, replace

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.diagnosis.causes import Cause, Stop
from inspector.core.trace import LayerStep, MaskState, Outcome

_BAD = (MaskState.ALL_TRUE, MaskState.WRONG, MaskState.WRONG_RANK)


@dataclass(frozen=True)
class StopEvidence:
    """What the search for the stop goes by.

    Attributes:
        steps: All steps of the trace.
        at_loss: State of the mask at the loss.
        moved: Step whose output's timesteps do not hold what its input's timesteps held, found by
            changing one timestep at a time; None where none was found or looked for.
    """

    steps: tuple[LayerStep, ...]
    at_loss: MaskState | None
    moved: int | None = None


def find_stop(evidence: StopEvidence) -> Stop | None:
    """Returns where the mask stops, or None where it reaches the loss unchanged and right."""
    if evidence.at_loss in (None, MaskState.CORRECT):
        return None
    steps = evidence.steps
    ends = [step for step in steps if step.feeds_output and step.depth == 0]
    path = ancestors(steps, ends)
    bad = first_bad(steps, path)
    lost = [] if evidence.at_loss is not MaskState.ABSENT else losing_steps(steps, ends)
    first_lost = min(lost, key=lambda step: step.index) if lost else None
    if bad is not None and (first_lost is None or bad.index < first_lost.index):
        return stop_at_bad(steps, bad, first_lost)
    if first_lost is not None:
        return stop_at_loss_of_mask(steps, first_lost)
    if evidence.at_loss is MaskState.ABSENT:
        return stop_without_mask(steps, path, ends)
    if evidence.moved is not None:
        step = steps[evidence.moved]
        return Stop(step.name, Cause.MASK_MISALIGNED, step.name, step.line, step.index)
    cause = (
        Cause.MASK_WRONG_RANK if evidence.at_loss is MaskState.WRONG_RANK else Cause.MASK_MISALIGNED
    )
    return Stop(None, cause, None)


def ancestors(steps: tuple[LayerStep, ...], ends: list[LayerStep]) -> set[int]:
    """Positions of all steps that the given ones depend on, and of themselves."""
    found: set[int] = set()
    queue = [step.index for step in ends]
    while queue:
        position = queue.pop()
        if position not in found:
            found.add(position)
            queue.extend(steps[position].sources)
    return found


def first_bad(steps: tuple[LayerStep, ...], path: set[int]) -> LayerStep | None:
    """The first step that hands on a bad mask though it received none, or a good one."""
    for step in steps:
        if step.index not in path or step.depth or step.handed_on_state not in _BAD:
            continue
        from_bad = any(steps[source].handed_on_state in _BAD for source in step.sources)
        if not from_bad or step.outcome is Outcome.CHANGED and step.received_state not in _BAD:
            return step
    return None


def losing_steps(steps: tuple[LayerStep, ...], ends: list[LayerStep]) -> list[LayerStep]:
    """Steps that received a mask and handed on none, walking back from the output without one.

    Only inputs with a time axis are followed where there are any: the mask of a decoder matters to
    the loss, not the one that its encoder used up.
    """
    seen: set[int] = set()

    def visit(step: LayerStep) -> list[LayerStep]:
        if step.index in seen or step.handed_on is not None:
            return []
        seen.add(step.index)
        own = [step] if receives(step) or step.stripped_by is not None else []
        sources = [steps[i] for i in step.sources]
        timed = [source for source in sources if source.has_time_axis]
        if own or timed:
            return own + [found for source in timed for found in visit(source)]
        return [found for source in sources for found in visit(source)]

    return [found for end in ends for found in visit(end)]


def receives(step: LayerStep) -> bool:
    """True if the step received a mask with any of its main inputs."""
    return any(mask is not None for mask in step.input_masks)


def stop_at_bad(steps: tuple[LayerStep, ...], step: LayerStep, lost: LayerStep | None) -> Stop:
    """The stop where a mask is made or turned wrong."""
    cause = cause_of_bad(steps, step)
    if step.outcome is Outcome.CREATED:
        layer = lost.name if lost is not None else None
        return Stop(layer, cause, step.name, step.line, step.index)
    return Stop(step.name, cause, step.name, step.line, step.index)


def cause_of_bad(steps: tuple[LayerStep, ...], step: LayerStep) -> Cause:
    """Why a step hands on a mask that is not the truth."""
    if step.handed_on_state is MaskState.WRONG_RANK:
        return Cause.MASK_WRONG_RANK
    masks = [mask for mask in step.input_masks if mask is not None]
    if step.outcome is Outcome.CREATED or not masks:
        if step.truth is not None and step.handed_on is not None:
            if moved_mask(step.truth, step.handed_on):
                return Cause.MASK_MISALIGNED
        return Cause.MASKS_REAL_STEPS if hides_real(step) else Cause.MASK_NEVER_FIRES
    if step.makes_mask:
        return Cause.MASK_OVERWRITTEN
    handed = step.handed_on
    same_shape = handed is not None and all(mask.shape == handed.shape for mask in masks)
    joined = len(masks) > 1 and same_shape and bool((np.logical_or.reduce(masks) == handed).all())
    if step.outcome is Outcome.KEPT:
        # Where one sentence is never the shorter one, its mask is the union: the merge kept that.
        differ = joined and any(not np.array_equal(mask, masks[0]) for mask in masks)
        return Cause.MERGE_UNION if differ else cause_of_argument(steps, step)
    if handed is not None and bool(handed.all()) and len(masks) < len(step.input_masks):
        return Cause.MERGE_ALL_TRUE
    if joined:
        return Cause.MERGE_UNION
    if handed is None or not same_shape or moved_mask(masks[0], handed):
        return Cause.MASK_MISALIGNED
    return Cause.MASKS_REAL_STEPS if hides_real(step) else Cause.MASK_MISALIGNED


def cause_of_argument(steps: tuple[LayerStep, ...], step: LayerStep) -> Cause:
    """Why a step that keeps the mask it was given has a bad one, though its sources have none."""
    if any(steps[source].handed_on_state is MaskState.CORRECT for source in step.sources):
        return Cause.MASK_OVERWRITTEN
    truth, handed = step.truth, step.handed_on
    if truth is not None and handed is not None and moved_mask(truth, handed):
        return Cause.MASK_MISALIGNED
    return Cause.MASKS_REAL_STEPS if hides_real(step) else Cause.MASK_NEVER_FIRES


def hides_real(step: LayerStep) -> bool:
    """True if the mask that the step hands on hides real timesteps."""
    if step.handed_on is None or step.truth is None or step.truth.shape != step.handed_on.shape:
        return False
    return bool((step.truth & ~step.handed_on).any())


def moved_mask(mask: BoolArray, handed_on: BoolArray) -> bool:
    """True if `handed_on` is `mask` with its timesteps or rows in another order, or shifted."""
    if mask.shape != handed_on.shape or np.array_equal(mask, handed_on):
        return False
    if np.array_equal(_sorted_rows(mask), _sorted_rows(handed_on)):
        return True  # Rows in another order: also shifted ones, or the last first.
    turned = mask[:, ::-1]
    if np.array_equal(turned, handed_on) or np.array_equal(turned[::-1], handed_on):
        return True
    shifts = range(1, mask.shape[1])
    # The first row decides most shifts, so that a large mask is seldom moved as a whole.
    return any(
        np.array_equal(np.roll(mask[0], by), handed_on[0])
        and np.array_equal(np.roll(mask, by, axis=1), handed_on)
        for by in shifts
    )


def _sorted_rows(mask: BoolArray) -> AnyArray:
    """The rows, packed, in a fixed order."""
    packed = np.packbits(mask, axis=1)
    return packed[np.lexsort(packed.T[::-1])]


def stop_at_loss_of_mask(steps: tuple[LayerStep, ...], step: LayerStep) -> Stop:
    """The stop at a step that received a mask and handed on none."""
    stop = Stop(step.name, None, step.name, step.line, step.index)
    stop = replace(stop, rightly=step.outcome is Outcome.USED_UP)
    if step.stripped_by is not None and not (step.is_operator and receives(step)):
        root = steps[step.stripped_by]
        return replace(stop, cause=Cause.MASK_STRIPPED_IN_PLACE, root_layer=root.name)
    if step.is_operator:
        return replace(stop, cause=Cause.OP_DROPS_MASK)
    if step.returns_last and not step.has_time_axis:
        return replace(stop, cause=Cause.RETURN_SEQUENCES_FALSE)
    if step.is_model:
        inside = inner_stop(steps, step)
        if inside is not None:
            return replace(stop, cause=inside.cause, root_layer=inside.root_layer)
    if not step.supports_masking:
        return replace(stop, cause=Cause.LAYER_DOES_NOT_SUPPORT_MASKING)
    if any(mask is None for mask in step.input_masks) and not step.accepts_mask:
        return replace(stop, cause=Cause.MERGE_PARTIAL)
    return replace(stop, cause=Cause.COMPUTE_MASK_RETURNS_NONE)


def inner_steps(steps: tuple[LayerStep, ...], outer: LayerStep) -> list[LayerStep]:
    """The direct inner steps of one call of a composite layer or nested model."""
    path = (*outer.path, outer.name)
    found = []
    for step in reversed(steps[: outer.index]):
        if step.path[: len(path)] != path:
            break
        if step.path == path:
            found.append(step)
    return found[::-1]


def inner_stop(steps: tuple[LayerStep, ...], outer: LayerStep) -> Stop | None:
    """Where the mask stops inside a composite layer, or None where it cannot be told."""
    inside = inner_steps(steps, outer)
    losing = [step for step in inside if receives(step) and step.handed_on is None]
    return stop_at_loss_of_mask(steps, losing[0]) if losing else None


def stop_without_mask(steps: tuple[LayerStep, ...], path: set[int], ends: list[LayerStep]) -> Stop:
    """The stop of a model in which no step of the top level lost a mask: none was made there.

    Where a mask was made beside the way to the loss, as for an encoder's input, the step that
    should have made one for the output's timesteps is to blame.
    """
    for step in steps:
        if step.index not in path or step.depth or step.handed_on is not None:
            continue
        inside = inner_steps(steps, step)
        makers = [inner for inner in inside if inner.handed_on is not None]
        if makers or step.inner_mask or any(inner.inner_mask for inner in inside):
            inner = inner_stop(steps, step)
            root = inner.root_layer if inner is not None else step.name
            later = any(other.has_time_axis for other in descendants(steps, step))
            rightly = inner is not None and inner.rightly and not step.has_time_axis and not later
            return Stop(step.name, Cause.LOST_INSIDE_LAYER, root, step.line, step.index, rightly)
    if any(steps[i].handed_on is not None and not steps[i].depth for i in path):
        first = first_timed(steps, ends)
        if first is not None:
            return Stop(None, Cause.NO_MASK_CREATED, first.name, first.line, first.index)
    return Stop(None, Cause.NO_MASK_CREATED, None)


def first_timed(steps: tuple[LayerStep, ...], ends: list[LayerStep]) -> LayerStep | None:
    """The first step, inputs left out, through which the timesteps of the output come."""
    found: dict[int, LayerStep] = {}
    queue = list(ends)
    while queue:
        step = queue.pop()
        if step.index not in found and step.has_time_axis:
            found[step.index] = step
            queue.extend(steps[source] for source in step.sources)
    made = [index for index, step in found.items() if step.class_name != "InputLayer"]
    return found[min(made)] if made else None


def settle_outcomes(
    steps: tuple[LayerStep, ...], at_loss: MaskState | None
) -> tuple[LayerStep, ...]:
    """Turns `LOST` into `USED_UP` where the mask was used and nothing after it needs it.

    The call could use the mask (it takes one as an argument), its output has no time axis, and
    either the loss gets its own right mask or no later step has a time axis again.
    """
    settled = []
    for step in steps:
        if step.outcome is Outcome.LOST and step.accepts_mask and not step.has_time_axis:
            later = any(other.has_time_axis for other in descendants(steps, step))
            if at_loss is MaskState.CORRECT or not later:
                step = replace(step, outcome=Outcome.USED_UP)
        settled.append(step)
    return tuple(settled)


def descendants(steps: tuple[LayerStep, ...], origin: LayerStep) -> list[LayerStep]:
    """The steps that depend on the output of `origin`."""
    found: set[int] = {origin.index}
    for step in steps[origin.index + 1 :]:
        if step.depth == origin.depth and any(source in found for source in step.sources):
            found.add(step.index)
    return [steps[i] for i in sorted(found - {origin.index})]
