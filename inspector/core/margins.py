"""Means and sums at the margins of a table (rows, timesteps), over valid and over all.

With `v` the value of a timestep and `m` = 1 at real timesteps, else 0:

    over valid   sum(v*m) / sum(m)     undefined where sum(m) = 0
    over all     sum(v)   / number of timesteps

along the timesteps of a row, or along the rows of a timestep. Sums leave the divisor out. A padded
value never takes part in what is over valid, not even one that is NaN (0 * NaN would be NaN).
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from inspector.core.arrays import BoolArray, FloatArray, frozen


class MarginKind(str, Enum):
    """What a margin holds: a loss is averaged, weights and contributions add up."""

    MEAN = "mean"
    SUM = "sum"


@dataclass(frozen=True, eq=False)
class Margins:
    """The margins of a table of values.

    Attributes:
        kind: Means or sums.
        row_valid: (rows,), along the real timesteps of each row; NaN for a mean over none.
        row_all: (rows,), along all its timesteps.
        timestep_valid: (timesteps,), along the rows for which the timestep is real.
        timestep_all: (timesteps,), along all rows.
        empty_rows: Positions of rows without a real timestep.
        empty_timesteps: Positions of timesteps that are padding in every row.
        undefined: Number of real timesteps whose own value is NaN; what they are part of is NaN.
    """

    kind: MarginKind
    row_valid: FloatArray
    row_all: FloatArray
    timestep_valid: FloatArray
    timestep_all: FloatArray
    empty_rows: tuple[int, ...]
    empty_timesteps: tuple[int, ...]
    undefined: int

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why some of the margins are undefined, one sentence each."""
        said = []
        if self.empty_rows and self.kind is MarginKind.MEAN:
            said.append(
                f"{_some('row', self.empty_rows)} only padding, so there is no mean over valid."
            )
        if self.empty_timesteps and self.kind is MarginKind.MEAN:
            said.append(
                f"{_some('timestep', self.empty_timesteps)} only padding, so there is no mean "
                "over valid."
            )
        if self.undefined:
            are = "value is" if self.undefined == 1 else "values are"
            said.append(f"{self.undefined} {are} undefined at real timesteps, and what they enter.")
        return tuple(said)


def margins(values: FloatArray, valid: BoolArray | None, kind: MarginKind) -> Margins:
    """Returns the margins of `values` (rows, timesteps); without `valid` all are real."""
    real = np.ones(values.shape, bool) if valid is None else valid
    counted = np.where(real, values, 0.0)
    rows, timesteps = values.shape
    row_valid, row_all = counted.sum(1), values.sum(1)
    timestep_valid, timestep_all = counted.sum(0), values.sum(0)
    if kind is MarginKind.MEAN:
        row_valid, row_all = _quotient(row_valid, real.sum(1)), row_all / timesteps
        timestep_valid, timestep_all = _quotient(timestep_valid, real.sum(0)), timestep_all / rows
    return Margins(
        kind=kind,
        row_valid=frozen(row_valid),
        row_all=frozen(row_all),
        timestep_valid=frozen(timestep_valid),
        timestep_all=frozen(timestep_all),
        empty_rows=tuple(int(row) for row in np.flatnonzero(~real.any(1))),
        empty_timesteps=tuple(int(step) for step in np.flatnonzero(~real.any(0))),
        undefined=int(np.isnan(counted).sum()),
    )


def contribution(loss: FloatArray, weight: FloatArray) -> FloatArray:
    """Returns loss x weight: what each timestep adds to the value that Keras minimises.

    Where the weight is 0 the contribution is 0, even if the loss itself is undefined there.
    """
    return frozen(np.where(weight == 0, 0.0, loss * weight))


def largest(values: FloatArray, take: BoolArray, axis: int) -> FloatArray:
    """Returns the largest of `values` along `axis` where `take` holds; NaN where it never does."""
    taken = np.where(take & ~np.isnan(values), values, -np.inf).max(axis)
    return frozen(np.where(np.isneginf(taken), np.nan, taken))


def _quotient(numerator: FloatArray, divisor: FloatArray) -> FloatArray:
    """Divides; 0 / 0 is NaN, without a warning: the caller states the reason."""
    return np.where(divisor > 0, numerator / np.maximum(divisor, 1), np.nan)


def _some(noun: str, positions: tuple[int, ...]) -> str:
    names = ", ".join(str(position) for position in positions[:5])
    if len(positions) == 1:
        return f"{noun.capitalize()} {names} has"
    more = f" and {len(positions) - 5} more" if len(positions) > 5 else ""
    return f"{noun.capitalize()}s {names}{more} have"
