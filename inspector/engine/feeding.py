"""Which steps read content, and which only make or carry masks."""

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.trace import LayerStep


def mask_only(steps: tuple[LayerStep, ...]) -> set[int]:
    """Steps of the top level whose result is read as a mask, and never as data.

    A layer of the user's may compute a mask from the input that is then passed as `mask=`.
    """
    read = {source for step in steps for source in step.sources if step.depth == 0}
    found: set[int] = set()
    for step in reversed([step for step in steps if step.depth == 0]):
        readers = {other.index for other in steps if step.index in other.sources}
        if not step.feeds_output and (step.index not in read or readers <= found):
            found.add(step.index)
    return found


def is_mask(array: AnyArray, truth: BoolArray | None) -> bool:
    """True for an input that is itself the mask: disturbing it would unmask padding."""
    if array.dtype.kind == "b":
        return True
    return truth is not None and array.ndim == 2 and np.array_equal(array, truth)


def has_inner_maker(steps: tuple[LayerStep, ...], outer: LayerStep) -> bool:
    """True if the mask that a composite step hands on was made by a step inside it."""
    path = (*outer.path, outer.name)
    return any(
        step.path[: len(path)] == path and step.makes_mask and step.handed_on is not None
        for step in steps[: outer.index]
    )
