"""Finding padding in arrays where it is not given."""

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray


def find_valid(array: AnyArray, padding_id: int | None = None) -> tuple[BoolArray, str] | None:
    """Finds padding in one input: the padding id, or zero vectors, in runs at an end of a row.

    Args:
        array: Ids (rows, timesteps) or vectors (rows, timesteps, ...).
        padding_id: The id that stands for padding; None for 0. Vectors have none.

    Returns:
        bool (rows, timesteps), True at real timesteps, and a sentence that says what was assumed;
        None for an array without a time axis.
    """
    if array.ndim < 2 or array.dtype.kind not in "iufb":
        return None
    if array.ndim == 2 and array.dtype.kind == "f":
        return None
    wanted = padding_id if padding_id is not None and array.ndim == 2 else 0
    zero = np.all(array == wanted, axis=tuple(range(2, array.ndim)))
    leading = np.logical_and.accumulate(zero, axis=1)
    trailing = np.logical_and.accumulate(zero[:, ::-1], axis=1)[:, ::-1]
    valid = ~(leading | trailing)
    what = f"id {wanted}" if array.ndim == 2 else "zero vectors"
    if padding_id is not None and array.ndim == 2:
        found = "none was found" if bool(valid.all()) else "runs of it count as padding"
        return valid, f"Padding was said to be {what} at an end of a row: {found}."
    if bool(valid.all()):
        return valid, f"No padding was given and none was found ({what} at an end of a row)."
    return valid, f"Padding was not given: {what} in runs at an end of a row count as padding."
