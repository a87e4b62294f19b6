"""Measuring two things fairly on a machine that does other work too."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One measured number.

    Attributes:
        what: What was measured.
        ours: The project's figure.
        reference: The figure of the plain thing beside it; None for a figure with a fixed bound.
        unit: Unit of both.
        target: The largest allowed ratio, or the largest allowed figure without a reference;
            None where the row only informs.
        against: What the reference is.
    """

    what: str
    ours: float
    reference: float | None
    unit: str
    target: float | None
    against: str = ""

    @property
    def figure(self) -> float:
        """The number that the target bounds: the ratio, or `ours` without a reference."""
        return self.ours if self.reference is None else self.ours / self.reference

    @property
    def met(self) -> bool | None:
        """The target is met; None without a target."""
        return None if self.target is None else self.figure <= self.target


def milliseconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def side_by_side(
    ours: Callable[[], object], reference: Callable[[], object], times: int, warm: int = 3
) -> tuple[float, float]:
    """Medians in milliseconds of two calls, taken in turns.

    In turns, so that other work on the machine hits both alike.
    """
    for _ in range(warm):
        ours()
        reference()
    gc.collect()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        taken[0].append(milliseconds(ours))
        taken[1].append(milliseconds(reference))
    return statistics.median(taken[0]), statistics.median(taken[1])
