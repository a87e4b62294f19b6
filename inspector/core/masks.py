"""Comparing a mask that Keras carries with the truth."""

from enum import Enum

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray


class MaskState(str, Enum):
    """What a mask is, against the truth. `True` in a mask means "keep"."""

    CORRECT = "correct"
    """Equal to `valid`, timestep by timestep."""
    ABSENT = "absent"
    """There is no mask: every timestep counts."""
    ALL_TRUE = "all_true"
    """There is a mask, it keeps everything, and the batch has padding."""
    WRONG = "wrong"
    """It keeps padding or hides real timesteps."""
    WRONG_RANK = "wrong_rank"
    """Its shape does not match the time axis of the tensor that carries it."""


def mask_state(
    mask: AnyArray | None, valid: BoolArray | None, shape: tuple[int | None, ...] | None = None
) -> MaskState | None:
    """Compares `mask` with `valid`.

    Args:
        mask: The mask (rows, timesteps) that Keras carries, or None.
        valid: The truth on the same time axis, or None where it is not known.
        shape: Shape of the tensor that carries the mask, or None to skip the check of ranks.

    Returns:
        The state; None where there is no mask to judge by: no time axis, or no known truth.
    """
    if mask is None:
        return None if valid is None else MaskState.ABSENT
    if shape is not None and (
        len(shape) < mask.ndim or tuple(mask.shape) != tuple(shape[: mask.ndim])
    ):
        return MaskState.WRONG_RANK
    if valid is None or mask.shape != valid.shape:
        return MaskState.WRONG_RANK if valid is not None and shape is None else None
    if np.array_equal(mask, valid):
        return MaskState.CORRECT
    return MaskState.ALL_TRUE if bool(np.all(mask)) else MaskState.WRONG
