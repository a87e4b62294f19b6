"""Leaks across rows: does what other rows hold change a row?"""

from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.leaks import Effect
from inspector.engine import perturbing
from inspector.engine.comparing import Comparer

if TYPE_CHECKING:
    from inspector.engine.probing import Prober


def across_rows(prober: "Prober") -> Effect:
    """Replaces the real values of half of the rows and watches the other half."""
    count = len(prober.rows)
    if count < 2:
        return Effect("other_rows", False, reason="The batch has one row.")
    worst = Effect("other_rows", True)
    half = np.arange(count) % 2 == 0
    for replaced in (half, ~half):
        x = _with_other_rows(prober, replaced)
        other = prober.run(prober.inputs(0, x, None, x))
        effect = prober.compare.effect(
            "other_rows", prober.base["predictions"], other["predictions"], ~replaced
        )
        worst = Comparer.worse(worst, effect)
    return worst


def _with_other_rows(prober: "Prober", replaced: AnyArray) -> Any:
    def change(number: int, array: AnyArray) -> AnyArray:
        truth = prober.truths.inputs[number] if number < len(prober.truths.inputs) else None
        return perturbing.other_content(array, replaced, truth, 5)

    return perturbing.with_leaves(prober.x, change)
