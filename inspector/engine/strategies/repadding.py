"""The same sentences with their padding at the other end of the row, and back."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.engine.inspection.disturb import one_sided
from inspector.engine.seam import keras as keras_private


@dataclass(frozen=True, eq=False)
class Repadding:
    """Where every timestep goes.

    Attributes:
        order: int (rows, timesteps): which timestep stands here now.
        back: int (rows, timesteps): where each timestep has gone.
    """

    order: AnyArray
    back: AnyArray

    def there(self, array: AnyArray) -> AnyArray:
        """Moves the timesteps of an array."""
        return self._taken(array, self.order)

    def home(self, array: AnyArray) -> AnyArray:
        """Puts them back where they stood in the batch."""
        return self._taken(array, self.back)

    def fits(self, array: Any) -> bool:
        """True for an array with the rows and timesteps that are moved."""
        return array is not None and np.shape(array)[:2] == self.order.shape

    def structure(self, arrays: Any) -> Any:
        """Moves every array that has these timesteps; others stay as they are."""
        return keras_private.map_structure(lambda a: self.there(a) if self.fits(a) else a, arrays)

    @staticmethod
    def _taken(array: AnyArray, order: AnyArray) -> AnyArray:
        return np.asarray(array)[np.arange(len(order))[:, None], order]


def to_other_side(valid: BoolArray) -> Repadding | None:
    """Moves all padding to the other end of each row; None where it is not all at one end."""
    side = one_sided(valid)
    if side is None:
        return None
    # A stable sort keeps real timesteps in their order: False before True.
    order = np.argsort(valid if side == "after" else ~valid, axis=1, kind="stable")
    return Repadding(order, np.argsort(order, axis=1, kind="stable"))
