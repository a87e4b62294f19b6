"""Arrays as values: contiguous, read-only, checked on creation."""

from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.errors import BatchError

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
AnyArray = npt.NDArray[Any]


def frozen(array: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> AnyArray:
    """Returns a C-contiguous, read-only copy of `array`, or `array` itself if it is one."""
    value = np.asarray(array, dtype=dtype)
    if value.flags.c_contiguous and not value.flags.writeable and value.base is None:
        return value
    value = np.array(value, order="C", copy=True)
    value.flags.writeable = False
    return value


def frozen_bool(array: npt.ArrayLike, name: str) -> BoolArray:
    """Returns `array` as a frozen bool array of shape (rows, timesteps).

    Raises:
        BatchError: It is not two-dimensional, is empty, or holds other values than 0 and 1.
    """
    value = np.asarray(array)
    if value.ndim != 2 or 0 in value.shape:
        raise BatchError(
            f"`{name}` has shape {tuple(value.shape)}.",
            "It must have shape (rows, timesteps), both at least 1.",
            f"Pass one True or False per timestep in `{name}`.",
        )
    if value.dtype != np.bool_ and not np.isin(value, (0, 1)).all():
        raise BatchError(
            f"`{name}` holds values other than 0 and 1 (dtype {value.dtype}).",
            "It must be True at real timesteps and False at padding.",
            f"Convert it first, for example `{name} = lengths[:, None] > numpy.arange(timesteps)`.",
        )
    return frozen(value, np.bool_)


def widened(array: AnyArray) -> AnyArray:
    """Returns numbers that NumPy itself does not know (bfloat16, float8) as float32; all fit.

    Other packages bring these types, and neither JSON nor a reader without them could take them.
    Arrays of anything else come back as they are.
    """
    foreign = array.dtype.kind == "V" and array.dtype.names is None and array.dtype.subdtype is None
    if not foreign or array.dtype.type is np.void:
        return array
    return array.astype(np.float32)
