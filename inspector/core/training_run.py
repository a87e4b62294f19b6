"""What was recorded while strategies were trained from the same weights on the same rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, FloatArray
from inspector.core.batch import Batch
from inspector.core.inspection import finite
from inspector.core.strategies import Strategy
from inspector.core.text_files import json_text


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What the model did at one step, before it was taken; layers ran as in inference.

    Attributes:
        step: Steps taken so far.
        loss: float32 (rows shown, timesteps) loss at each timestep, (rows,) for one a sentence;
            NaN where there is none.
        predicted: int32, the same shape: the predicted class; None where predictions are not
            classes.
    """

    step: int
    loss: FloatArray
    predicted: AnyArray | None


@dataclass(frozen=True, eq=False)
class StrategyRun:
    """The training of one strategy.

    Attributes:
        strategy: Which one.
        applicable: It can be trained on this model and batch.
        reason: Why not, one sentence; empty where it can.
        reported: (steps,) the value Keras reports at each step, before it is taken.
        masked_average: (steps,) the mean over real timesteps of the same predictions.
        accuracy: (steps,) share (0 to 1) of real timesteps whose class is predicted right; None
            where targets are not classes.
        snapshots: In the order of their steps.
        diverged_at: The step, from 0, at which the value was no longer a finite number; None
            where that did not happen. Such a strategy is not trained further.
    """

    strategy: Strategy
    applicable: bool
    reason: str = ""
    reported: FloatArray | None = None
    masked_average: FloatArray | None = None
    accuracy: FloatArray | None = None
    snapshots: tuple[Snapshot, ...] = ()
    diverged_at: int | None = None

    @property
    def key(self) -> str:
        """Unique among the strategies of a run."""
        return self.strategy.key

    @property
    def steps(self) -> int:
        """Steps recorded."""
        return 0 if self.reported is None else len(self.reported)

    def snapshot(self, step: int) -> Snapshot | None:
        """Returns the last snapshot at or before `step`, or None."""
        before = [snapshot for snapshot in self.snapshots if snapshot.step <= step]
        return before[-1] if before else None


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """Strategies trained side by side.

    Attributes:
        batch: The rows.
        runs: One per strategy asked for, in the order asked.
        steps: Steps taken.
        batch_size: Rows per step.
        order: SHA-256 (hexadecimal) of the rows of every step, the same for all strategies.
        weights: SHA-256 (hexadecimal) of the initial weights, the same for all strategies.
        optimizer: Name of the optimizer.
        learning_rate: Its learning rate at the start, or None where it follows a schedule.
        rows_shown: Rows of the snapshots: the first ones of the batch.
        notes: What has to be known about the numbers, one sentence each.
    """

    batch: Batch
    runs: tuple[StrategyRun, ...]
    steps: int
    batch_size: int
    order: str
    weights: str
    optimizer: str
    learning_rate: float | None
    rows_shown: int
    notes: tuple[str, ...] = ()

    def run(self, key: str) -> StrategyRun:
        """Returns the run of a strategy; `key` is the value of its identifier."""
        return next(run for run in self.runs if run.key == key)

    @property
    def snapshot_steps(self) -> tuple[int, ...]:
        """The steps of which some strategy has a snapshot."""
        return tuple(sorted({s.step for run in self.runs for s in run.snapshots}))

    def to_dict(self) -> dict[str, Any]:
        """Returns plain JSON values."""
        return {
            "steps": self.steps,
            "batch_size": self.batch_size,
            "optimizer": self.optimizer,
            "learning_rate": finite(self.learning_rate),
            "initial_weights": self.weights,
            "order": self.order,
            "strategies": [_plain(run) for run in self.runs],
            "notes": list(self.notes),
        }

    def to_json(self, path: str | Path | None = None) -> str:
        """Returns `to_dict()` as JSON, and writes it to `path` if given."""
        return json_text(self.to_dict(), path)


def _plain(run: StrategyRun) -> dict[str, Any]:
    return {
        "strategy": run.key,
        "title": run.strategy.title,
        "applicable": run.applicable,
        "reason": run.reason or None,
        "diverged_at": run.diverged_at,
        "reported": _numbers(run.reported),
        "masked_average": _numbers(run.masked_average),
        "accuracy": _numbers(run.accuracy),
    }


def _numbers(values: FloatArray | None) -> list[float | None] | None:
    return None if values is None else [finite(value) for value in np.asarray(values).tolist()]
