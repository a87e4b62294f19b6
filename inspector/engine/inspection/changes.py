"""How far two results differ at real timesteps, in plain units."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.leaks import Effect
from inspector.core.truth import Truth
from inspector.engine.seam import keras as keras_private


def change_map(before: AnyArray, after: AnyArray, has_time_axis: bool) -> AnyArray:
    """Largest absolute change per (row, timestep), or per row without a time axis; float64."""
    difference = np.abs(after.astype(np.float64) - before.astype(np.float64))
    # NaN - NaN is no change; a number that becomes NaN, or the reverse, is an unlimited one.
    same = np.isnan(before.astype(np.float64)) & np.isnan(after.astype(np.float64))
    difference = np.where(same, 0.0, np.where(np.isnan(difference), np.inf, difference))
    keep = min(2 if has_time_axis else 1, difference.ndim)
    return np.max(difference, axis=tuple(range(keep, difference.ndim)), initial=0.0)


def scale_of(array: AnyArray) -> float:
    """Largest absolute finite value, at least 1e-3."""
    finite = np.abs(array[np.isfinite(array)].astype(np.float64))
    return max(float(finite.max()) if finite.size else 0.0, 1e-3)


@dataclass(frozen=True)
class Comparer:
    """Compares predictions at real timesteps.

    Attributes:
        truth: Of the rows compared; None to compare whole.
        tolerance: Changes up to this share of the largest prediction are float error.
    """

    truth: Truth | None
    tolerance: float

    @property
    def valid(self) -> BoolArray | None:
        """The truth on the output's time axis, or None."""
        return None if self.truth is None else self.truth.output

    def effect(self, what: str, before: Any, after: Any, rows: AnyArray | None = None) -> Effect:
        """The size of the change between two predictions, at real timesteps of the given rows."""
        largest, beyond = 0.0, False
        flipped = counted = np.zeros(0, bool)
        for first, second in zip(
            keras_private.flatten(before), keras_private.flatten(after), strict=True
        ):
            real = self._real(first, rows)
            change = change_map(first, second, real.ndim == 2)[real]
            top = float(change.max()) if change.size else 0.0
            largest = max(largest, top)
            beyond = beyond or top > self.tolerance * scale_of(first)
            flips = flipped_rows(first, second, real)
            if flips is not None:
                # A row counts that has a real timestep in any output with classes.
                known = flipped if flipped.size else np.zeros(len(flips), bool)
                flipped, counted = known | flips, (counted if counted.size else known) | _any(real)
        # Where classes are as likely as each other, float error alone turns one into another.
        share = float((flipped & beyond)[counted].mean()) if counted.any() else None
        return Effect(what, True, largest, share, beyond)

    def _real(self, prediction: AnyArray, rows: AnyArray | None) -> AnyArray:
        valid = self.valid
        timed = self.timed(prediction)
        count = prediction.shape[0]
        real = np.array(valid) if timed and valid is not None else np.ones(count, bool)
        if rows is not None:
            real[~rows] = False
        return real

    def timed(self, prediction: AnyArray) -> bool:
        """True if the predictions have the time axis of `valid`."""
        return self.truth is not None and self.truth.timed(prediction)

    @staticmethod
    def worse(first: Effect, second: Effect) -> Effect:
        """The worst of two measurements of the same effect, figure by figure."""
        shares = [s for s in (first.flipped_rows, second.flipped_rows) if s is not None]
        return Effect(
            first.what,
            True,
            max(first.largest_change, second.largest_change),
            max(shares) if shares else None,
            first.beyond_float_error or second.beyond_float_error,
        )


def flipped_rows(before: AnyArray, after: AnyArray, real: AnyArray) -> AnyArray | None:
    """Bool (rows,): the predicted class changes at a real timestep; None where there is no class.

    The class is the largest of several outputs; of a single output between 0 and 1, whether it is
    above one half.
    """
    if (
        before.ndim < 2
        or not before.size
        or not np.isfinite(before).all()
        or not np.isfinite(after).all()
    ):
        return None
    if before.shape[-1] > 1:
        changed = before.argmax(axis=-1) != after.argmax(axis=-1)
    elif before.min() >= 0 and before.max() <= 1:
        changed = (before[..., 0] > 0.5) != (after[..., 0] > 0.5)
    else:
        return None
    while changed.ndim > real.ndim:
        changed = changed.any(axis=-1)
    if changed.shape != real.shape:
        return None
    return _any(changed & real)


def _any(cells: AnyArray) -> AnyArray:
    """Rows in which something is True, bool (rows,)."""
    return np.asarray(cells.reshape(len(cells), -1).any(axis=1))
