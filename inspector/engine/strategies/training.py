"""Training strategies side by side: the same weights, rows, order and seeds for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.core.training_run import StrategyRun, TrainingRun
from inspector.core.watching import Watch
from inspector.engine.failures import memory_told
from inspector.engine.strategies.laning import Lanes, lanes_for
from inspector.engine.strategies.order import RowOrder, is_looked_at
from inspector.engine.strategies.own_weights import digest_of
from inspector.engine.strategies.plans import plans_for
from inspector.engine.strategies.subject import subject_of
from inspector.errors import InspectorError

_CHUNK = 10
"""A strategy takes so many steps before the next one's turn."""
_CELLS_SHOWN = 1024


@dataclass(frozen=True)
class TrainSettings:
    """How to train.

    Attributes:
        batch_size: Rows per step; None for all.
        seed: Seed of the order of the rows; it matters where a step sees some of them only.
        learning_rate: None for the one that the model was compiled with.
        loss: The loss at a timestep in place of the compiled one.
    """

    batch_size: int | None = None
    seed: int = 0
    learning_rate: float | None = None
    loss: Any = None


class TrainingSession:
    """Strategies in training; `run` may be called again to go on.

    The model itself is neither trained nor changed.
    """

    @memory_told()
    def __init__(
        self,
        model: Any,
        batch: Any,
        strategies: Sequence[Any] | None = None,
        settings: TrainSettings | None = None,
        watch: Watch | None = None,
    ) -> None:
        """Prepares the training; no step is taken.

        Args:
            model: A compiled Keras model with one output and one loss.
            batch: A `Batch` with targets.
            strategies: As for `compare`.
            settings: How to train.
            watch: Who is told of the progress and may stop the preparation.

        Raises:
            BatchError: As for `compare`.
            ModelError: As for `compare`; or the model has no optimizer.
            InspectorError: A strategy is unknown.
            LimitError: There is not enough memory.
        """
        self.settings = settings or TrainSettings()
        self.batch = batch
        looking = watch or Watch()
        subject = subject_of(model, batch, None, self.settings.loss, leaks=False)
        self._model = subject.model
        plans = plans_for(subject, strategies)
        self._lanes: Lanes = lanes_for(subject, plans, self.settings.learning_rate, looking)
        size = self.settings.batch_size or len(subject.y)
        self._order = RowOrder(len(subject.y), size, self.settings.seed)
        timesteps = subject.truth.shape[1] if subject.truth is not None else 1
        self._shown = np.arange(min(len(subject.y), max(1, _CELLS_SHOWN // timesteps)))
        self._check_weights()

    def _check_weights(self) -> None:
        lanes = self._lanes.lanes
        # With the state of the optimizer, which has to be the same too.
        if len({digest_of(lane.values) for lane in lanes}) > 1:
            raise InspectorError("The strategies do not start from the same weights.")
        first = lanes[0].values[: len(self._model.variables)] if lanes else []
        self._weights = digest_of(first)

    def _check_order(self) -> str:
        lanes = [lane for lane in self._lanes.lanes if lane.records.diverged_at is None]
        orders = {(lane.records.steps, lane.seen.hexdigest()) for lane in lanes}
        if len({steps for steps, _ in orders}) == 1 and len(orders) > 1:
            raise InspectorError("The strategies did not see the same rows in the same order.")
        return max(orders)[1] if orders else ""

    @memory_told()
    def run(self, until: int, watch: Watch | None = None) -> TrainingRun:
        """Trains every strategy until it has taken `until` steps in all.

        Args:
            until: Steps in all; a strategy that has taken more already takes none.
            watch: Who is told of the progress and may stop it; asked before every step.

        Raises:
            Cancelled: `watch` said so; the steps taken stay taken, and `so_far` tells of them.
            LimitError: There is not enough memory.
        """
        looking = watch or Watch()
        for target in range(_CHUNK, until + _CHUNK, _CHUNK):
            for number, lane in enumerate(self._lanes.lanes):
                if not lane.records.steps:
                    # A first step takes far longer than all others: TensorFlow compiles it.
                    told = f"First step: {lane.strategy.title}"
                    looking.progress(number, len(self._lanes.lanes), told)
                self._advance(lane, min(target, until), looking)
            looking.progress(min(target, until), until, "Training")
        for lane in self._lanes.lanes:
            self._advance(lane, 0, looking, ending=True)
        return self.so_far()

    def _advance(self, lane: Any, until: int, watch: Watch, ending: bool = False) -> None:
        records = lane.records
        seen = bool(records.snapshots) and records.snapshots[-1].step == records.steps
        due = ending and not seen and records.diverged_at is None
        if (records.steps >= until or records.diverged_at is not None) and not due:
            return
        lane.load()
        try:
            if due:
                lane.look(self._shown)
            while records.steps < until and records.diverged_at is None:
                watch.tick()
                latest = records.snapshots[-1].step if records.snapshots else -1
                if is_looked_at(records.steps) and latest != records.steps:
                    lane.look(self._shown)
                lane.step(self._order.rows_of(records.steps))
        finally:
            lane.save()

    def so_far(self) -> TrainingRun:
        """What was recorded up to now."""
        found: dict[str, StrategyRun] = {
            lane.strategy.key: lane.as_run() for lane in self._lanes.lanes
        }
        found |= {run.key: run for run in self._lanes.refused}
        steps = [lane.records.steps for lane in self._lanes.lanes]
        return TrainingRun(
            batch=self.batch,
            runs=tuple(found[key] for key in self._lanes.keys),
            steps=max(steps, default=0),
            batch_size=self._order.batch_size,
            order=self._check_order(),
            weights=self._weights,
            optimizer=self._lanes.optimizer,
            learning_rate=self._lanes.learning_rate,
            rows_shown=len(self._shown),
            notes=self._lanes.notes,
        )


def train_strategies(
    model: Any,
    batch: Any,
    strategies: Sequence[Any] | None = None,
    steps: int = 100,
    *,
    settings: TrainSettings | None = None,
    watch: Watch | None = None,
) -> TrainingRun:
    """Trains every strategy from the model's weights, on the same rows in the same order.

    The model itself is neither trained nor changed. To go on later, keep a `TrainingSession`.

    Args:
        model: A compiled Keras model with one output and one loss.
        batch: A `Batch` with targets.
        strategies: As for `compare`; None: all there are.
        steps: Gradient steps.
        settings: How to train.
        watch: Who is told of the progress and may stop it.

    Returns:
        What was recorded, strategies that cannot be trained with the reason.

    Raises:
        BatchError: As for `compare`.
        ModelError: As for `compare`; or the model has no optimizer.
        Cancelled: `watch` said so.
        LimitError: There is not enough memory.
    """
    return TrainingSession(model, batch, strategies, settings, watch).run(steps, watch)
