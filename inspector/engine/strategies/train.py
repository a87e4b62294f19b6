"""Training strategies side by side: the same weights, rows, order and seeds for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.requests import Watch
from inspector.core.training_run import StrategyRun, TrainingRun
from inspector.engine.failures import NO_FINDING, memory_told, message_of
from inspector.engine.seam.tensorflow import BACKEND_ERROR
from inspector.engine.strategies.applied import plans_for
from inspector.engine.strategies.compared import compared_on
from inspector.engine.strategies.trainers import Trainer, Trainers, trainers_for
from inspector.engine.strategies.weight_copy import digest_of
from inspector.errors import InspectorError, ModelError

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


class TrainingOrder:
    """The rows of every step: the same for everybody, whatever else is drawn at random.

    All rows in their order where a step sees all of them; otherwise another order in every pass
    over the batch, drawn from a generator of its own.
    """

    def __init__(self, rows: int, batch_size: int, seed: int) -> None:
        """Prepares an order for `rows` rows, `batch_size` of them a step."""
        self.rows, self.batch_size, self.seed = rows, min(batch_size, rows), seed
        self.steps_per_pass = -(-rows // self.batch_size)

    def rows_of(self, step: int) -> AnyArray:
        """Positions of the rows of a step, from 0."""
        turn, place = divmod(step, self.steps_per_pass)
        if self.steps_per_pass == 1:
            return np.arange(self.rows)
        shuffled = np.random.default_rng([self.seed, turn]).permutation(self.rows)
        return np.sort(shuffled[place * self.batch_size : (place + 1) * self.batch_size])


def is_looked_at(step: int) -> bool:
    """True for the steps of which a snapshot is kept: many at first, fewer later."""
    if step <= 10:
        return step in (0, 1, 2, 5, 10)
    if step <= 100:
        return step % 10 == 0
    return step % (25 if step <= 500 else 100) == 0


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
        subject = compared_on(model, batch, None, self.settings.loss, leaks=False)
        self._model = subject.model
        plans = plans_for(subject, strategies)
        self._trainers: Trainers = trainers_for(
            subject, plans, self.settings.learning_rate, looking
        )
        size = self.settings.batch_size or len(subject.y)
        self._order = TrainingOrder(len(subject.y), size, self.settings.seed)
        timesteps = subject.truth.shape[1] if subject.truth is not None else 1
        self._shown = np.arange(min(len(subject.y), max(1, _CELLS_SHOWN // timesteps)))
        self._check_weights()

    def _check_weights(self) -> None:
        trainers = self._trainers.trainers
        # With the state of the optimizer, which has to be the same too.
        if len({digest_of(trainer.values) for trainer in trainers}) > 1:
            raise InspectorError("The strategies do not start from the same weights.")
        first = trainers[0].values[: len(self._model.variables)] if trainers else []
        self._weights = digest_of(first)

    def _check_order(self) -> str:
        trainers = [
            trainer for trainer in self._trainers.trainers if trainer.records.diverged_at is None
        ]
        orders = {(trainer.records.steps, trainer.seen.hexdigest()) for trainer in trainers}
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
            for number, trainer in enumerate(self._trainers.trainers):
                if not trainer.records.steps:
                    # A first step takes far longer than all others: TensorFlow compiles it.
                    doing = f"First step: {trainer.strategy.title}"
                    looking.progress(number, len(self._trainers.trainers), doing)
                self._advance(trainer, min(target, until), looking)
            looking.progress(min(target, until), until, "Training")
        for trainer in self._trainers.trainers:
            self._advance(trainer, 0, looking, ending=True)
        return self.so_far()

    def _advance(self, trainer: Trainer, until: int, watch: Watch, ending: bool = False) -> None:
        records = trainer.records
        seen = bool(records.snapshots) and records.snapshots[-1].step == records.steps
        due = ending and not seen and records.diverged_at is None
        if (records.steps >= until or records.diverged_at is not None) and not due:
            return
        trainer.load()
        try:
            if due:
                trainer.look(self._shown)
            while records.steps < until and records.diverged_at is None:
                watch.tick()
                latest = records.snapshots[-1].step if records.snapshots else -1
                if is_looked_at(records.steps) and latest != records.steps:
                    trainer.look(self._shown)
                self._step(trainer)
        finally:
            trainer.save()

    def _step(self, trainer: Trainer) -> None:
        try:
            trainer.step(self._order.rows_of(trainer.records.steps))
        except NO_FINDING:
            raise
        except (BACKEND_ERROR, ValueError, TypeError) as error:
            raise ModelError(
                f"“{trainer.strategy.title}” cannot be trained: {message_of(error)}",
                "Model and loss must take every batch of the training.",
                "Leave that strategy out, or train on all rows at a time.",
            ) from error

    def so_far(self) -> TrainingRun:
        """What was recorded up to now."""
        runs: dict[str, StrategyRun] = {
            trainer.strategy.key: trainer.as_run() for trainer in self._trainers.trainers
        }
        runs |= {run.key: run for run in self._trainers.refused}
        steps = [trainer.records.steps for trainer in self._trainers.trainers]
        return TrainingRun(
            batch=self.batch,
            runs=tuple(runs[key] for key in self._trainers.keys),
            steps=max(steps, default=0),
            batch_size=self._order.batch_size,
            order=self._check_order(),
            weights=self._weights,
            optimizer=self._trainers.optimizer,
            learning_rate=self._trainers.learning_rate,
            rows_shown=len(self._shown),
            notes=self._trainers.notes,
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
