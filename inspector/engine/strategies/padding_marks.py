"""What padding looks like in an array: a value that stands at padding and nowhere else."""

from dataclasses import dataclass

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray


@dataclass(frozen=True, eq=False)
class PaddingMark:
    """The value at padding.

    Attributes:
        value: Shaped like one timestep of the array; None where there is none to go by.
        problem: Why padding cannot be told from real timesteps; empty where it can.
    """

    value: AnyArray | None
    problem: str = ""

    @property
    def as_code(self) -> str:
        """The value as Python code; `0` where there is none."""
        if self.value is None:
            return "0"
        values = np.asarray(self.value)
        whole = values.astype(np.int64) if (values == np.round(values)).all() else values
        return str(whole.tolist())


def padding_mark(array: AnyArray, valid: BoolArray, what: str) -> PaddingMark:
    """Finds the value that all padded timesteps of `array` hold, and no real one.

    Args:
        array: (rows, timesteps, ...).
        valid: bool (rows, timesteps), the truth.
        what: What the array is, for the sentence: `targets`, `input`.
    """
    if array.shape[:2] != valid.shape:
        return PaddingMark(None, f"The {what} have other timesteps than the padding is known for.")
    padded = array[~valid]
    if not len(padded):
        return PaddingMark(None)
    value = padded[0]
    axes = tuple(range(2, array.ndim))
    equal = np.all(array == value, axis=axes) if axes else array == value
    if not equal[~valid].all():
        return PaddingMark(None, f"Padded timesteps of the {what} hold different values.")
    if equal[valid].any():
        count = int(equal[valid].sum())
        word = "timestep holds" if count == 1 else "timesteps hold"
        return PaddingMark(
            None, f"{count} real {word} the same in the {what} as padding does: they look alike."
        )
    return PaddingMark(value)
