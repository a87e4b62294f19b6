"""Finding padding in arrays where it is not given."""

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray


def find_valid(array: AnyArray) -> tuple[BoolArray, str] | None:
    """Finds padding in one input: id 0, or zero vectors, in runs at an end of a row.

    Args:
        array: Ids (rows, timesteps) or vectors (rows, timesteps, ...).

    Returns:
        bool (rows, timesteps), True at real timesteps, and a sentence that says what was assumed;
        None for an array without a time axis.
    """
    if array.ndim < 2 or array.dtype.kind not in "iufb":
        return None
    if array.ndim == 2 and array.dtype.kind == "f":
        return None
    zero = np.all(array == 0, axis=tuple(range(2, array.ndim)))
    leading = np.logical_and.accumulate(zero, axis=1)
    trailing = np.logical_and.accumulate(zero[:, ::-1], axis=1)[:, ::-1]
    valid = ~(leading | trailing)
    what = "id 0" if array.ndim == 2 else "zero vectors"
    if bool(valid.all()):
        return valid, f"No padding was given and none was found ({what} at an end of a row)."
    return valid, f"Padding was not given: {what} in runs at an end of a row count as padding."
