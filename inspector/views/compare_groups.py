"""Strategies that show the same thing share one picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspector.core.arrays import FloatArray
from inspector.core.comparison import StrategyResult
from inspector.core.tables import contribution
from inspector.views.loss_table import Quantity

_ALIKE = 1e-6
"""Differences below this share of the largest value are rounding."""
TRAINED_ALIKE = 1e-3
"""The same after training, where rounding adds up from step to step."""


@dataclass(frozen=True, eq=False)
class StrategyGroup:
    """Strategies with the same values.

    Attributes:
        keys: Keys of the strategies, in their order.
        values: What they have in common.
    """

    keys: tuple[str, ...]
    values: FloatArray


def grouped(
    values: Sequence[tuple[str, FloatArray]], tolerance: float = _ALIKE
) -> list[StrategyGroup]:
    """Returns groups of equal arrays, in the order of their first members.

    Args:
        values: Keys and arrays.
        tolerance: Differences below this share of the largest value do not count.
    """
    groups: list[StrategyGroup] = []
    for key, array in values:
        for at, group in enumerate(groups):
            if alike(group.values, array, tolerance):
                groups[at] = StrategyGroup((*group.keys, key), group.values)
                break
        else:
            groups.append(StrategyGroup((key,), array))
    return groups


def alike(one: FloatArray, other: FloatArray, tolerance: float = _ALIKE) -> bool:
    """True where two arrays differ by rounding only; NaN equals NaN."""
    if one.shape != other.shape:
        return False
    known = np.abs(one[np.isfinite(one)])
    scale = float(known.max()) if known.size else 0.0
    return bool(np.allclose(one, other, rtol=0.0, atol=tolerance * scale, equal_nan=True))


def quantity_of(result: StrategyResult, quantity: Quantity) -> FloatArray | None:
    """Returns a map of a strategy, or None where it has none."""
    loss, weight = result.loss, result.weight
    if quantity is Quantity.LOSS:
        return loss
    if weight is None or quantity is Quantity.WEIGHT:
        return weight
    return None if loss is None or loss.shape != weight.shape else contribution(loss, weight)
