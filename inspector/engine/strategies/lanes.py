"""The training of one strategy: its data, its weights, what was recorded."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from inspector.core.arrays import AnyArray, BoolArray, FloatArray, frozen
from inspector.core.strategies import Strategy
from inspector.core.training_run import Snapshot, StrategyRun
from inspector.engine.seam import keras as keras_private
from inspector.engine.strategies.alone import Group, groups_of
from inspector.engine.strategies.formulas import Formula
from inspector.engine.strategies.moving import Moved
from inspector.engine.strategies.own_weights import OwnWeights, Values
from inspector.engine.strategies.steps import AloneFunction, StepFunction, StepInputs, summed


@dataclass(frozen=True, eq=False)
class LaneData:
    """The batch as one strategy sees it.

    Attributes:
        x: Input.
        y: Targets.
        real: bool, shaped like the loss.
        classes: int32, the right class of each, -1 where targets are not classes.
        formula: The division that the strategy makes; None where its own loss is run.
        weight: Sample weights for that loss, or None.
        marks: The mask that is put back, or None.
        moved: How timesteps were moved, or None.
    """

    x: Any
    y: AnyArray
    real: BoolArray
    classes: AnyArray
    formula: Formula | None = None
    weight: Any = None
    marks: Any = None
    moved: Moved | None = None

    def inputs(self, rows: AnyArray) -> StepInputs:
        """The tensors of a step on these rows."""
        if self.formula is None:
            numerator, divisor = np.zeros(self.real[rows].shape), 1.0
        else:
            numerator = self.formula.numerator[rows]
            given = self.formula.divisor
            divisor = 1.0 if given is None else float(given[rows].sum())
        return StepInputs(
            keras_private.map_structure(lambda a: tf.convert_to_tensor(a[rows]), self.x),
            tf.convert_to_tensor(self.y[rows]),
            tf.constant(numerator, tf.float64),
            tf.constant(divisor, tf.float64),
            tf.constant(self.real[rows], tf.float64),
            tf.constant(self.classes[rows], tf.int32),
            None if self.weight is None else tf.convert_to_tensor(self.weight[rows]),
            None if self.marks is None else tf.convert_to_tensor(self.marks[rows]),
        )


@dataclass(eq=False)
class Records:
    """What a lane has recorded, step by step."""

    reported: list[float] = field(default_factory=list)
    masked: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    diverged_at: int | None = None

    @property
    def steps(self) -> int:
        """Steps recorded."""
        return len(self.reported)

    def add(self, reported: float, masked: float, accuracy: float) -> None:
        """Records a step; a value that is no finite number ends the training."""
        self.reported.append(reported)
        self.masked.append(masked)
        self.accuracy.append(accuracy)
        if not np.isfinite(reported):
            self.diverged_at = self.steps - 1


class Lane:
    """One strategy in training."""

    def __init__(self, strategy: Strategy, data: LaneData, work: Any, initial: Values) -> None:
        """Starts from the values `initial`."""
        self.strategy, self.data, self.work = strategy, data, work
        self.values: Values = [np.array(value) for value in initial]
        self.records = Records()
        self.seen = hashlib.sha256()
        self._all: tuple[int, StepInputs] | None = None

    def load(self) -> None:
        """Puts its weights into the variables that its step works on."""
        self.work.weights.load(self.values)

    def save(self) -> None:
        """Takes them out again."""
        self.values = self.work.weights.save()

    def step(self, rows: AnyArray) -> None:
        """Takes one step on these rows."""
        self.seen.update(np.ascontiguousarray(rows, np.int64).tobytes())
        total, masked, accuracy = self.take(rows)
        self.records.add(float(total), float(masked), float(accuracy))

    def take(self, rows: AnyArray) -> tuple[Any, Any, Any]:
        """Value, mean over real timesteps and accuracy of a step."""
        work: StepFunction = self.work
        found: tuple[Any, Any, Any] = work.step(self._inputs(rows))
        return found

    def _inputs(self, rows: AnyArray) -> StepInputs:
        if len(rows) < len(self.data.y):
            return self.data.inputs(rows)
        if self._all is None:  # All rows, in their order: converted once.
            self._all = (len(rows), self.data.inputs(rows))
        return self._all[1]

    def look(self, rows: AnyArray) -> None:
        """Records the loss and the predicted class at each timestep of these rows."""
        loss, classes = (np.asarray(part) for part in self.seen_at(rows))
        moved = self.data.moved
        if moved is not None and loss.ndim == 2:
            back = Moved(moved.order[rows], moved.back[rows])
            loss = back.home(loss)
            classes = back.home(classes) if classes.shape == loss.shape else classes
        known = classes.shape == loss.shape
        self.records.snapshots.append(
            Snapshot(self.records.steps, frozen(loss), frozen(classes) if known else None)
        )

    def seen_at(self, rows: AnyArray) -> tuple[Any, Any]:
        """Loss and predicted class of these rows, as this strategy sees them."""
        work: StepFunction = self.work
        found: tuple[Any, Any] = work.look(self.data.inputs(rows))
        return found

    def as_run(self) -> StrategyRun:
        """What was recorded."""
        records = self.records
        classes = bool((self.data.classes >= 0).any())
        return StrategyRun(
            strategy=self.strategy,
            applicable=True,
            reported=_series(records.reported),
            masked_average=_series(records.masked),
            accuracy=_series(records.accuracy) if classes else None,
            snapshots=tuple(records.snapshots),
            diverged_at=records.diverged_at,
        )


def _series(values: list[float]) -> FloatArray:
    return frozen(np.asarray(values, np.float64))


class AloneWork:
    """Steps on sentences alone: a function for every length where the model wants one."""

    def __init__(self, weights: OwnWeights, functions: dict[int, AloneFunction]) -> None:
        """Takes the functions by length; one under 0 serves all."""
        self.weights, self.functions = weights, functions

    def function(self, length: int) -> AloneFunction:
        """The function for a length."""
        return self.functions.get(length, self.functions.get(0) or self.functions[length])


class AloneLane(Lane):
    """Each sentence alone: gradients are summed over the lengths before the step is taken."""

    def __init__(
        self,
        strategy: Strategy,
        data: LaneData,
        work: AloneWork,
        initial: Values,
        valid: BoolArray,
    ) -> None:
        """Starts from the values `initial`; `valid` is the truth about the input."""
        super().__init__(strategy, data, work, initial)
        self.valid = valid
        self.timed = data.real.ndim == 2
        self._kept: dict[bytes, list[tuple[Group, StepInputs]]] = {}

    def _groups(self, rows: AnyArray) -> list[tuple[Group, StepInputs]]:
        key = rows.tobytes()
        if key not in self._kept:
            if len(self._kept) > 4:
                self._kept.clear()
            groups = [
                Group(rows[group.rows], group.places) for group in groups_of(self.valid[rows])
            ]
            self._kept[key] = [(group, self._cut(group)) for group in groups]
        return self._kept[key]

    def _cut(self, group: Group) -> StepInputs:
        shape, data = self.valid.shape, self.data

        def cut(array: AnyArray) -> AnyArray:
            return group.cut(array, shape) if self.timed else array[group.rows]

        x = keras_private.map_structure(lambda a: group.cut(a, shape), data.x)
        return StepInputs(
            keras_private.map_structure(tf.convert_to_tensor, x),
            tf.convert_to_tensor(cut(data.y)),
            tf.zeros([], tf.float64),
            tf.ones([], tf.float64),
            tf.constant(cut(data.real), tf.float64),
            tf.constant(cut(data.classes), tf.int32),
        )

    def take(self, rows: AnyArray) -> tuple[Any, Any, Any]:
        """Value, mean over real timesteps and accuracy of a step."""
        gradients: list[Any] | None = None
        total = right = count = 0.0
        take = None
        for group, inputs in self._groups(rows):
            function = self.work.function(group.places.shape[1])
            found, part, correct = function.part(inputs)
            gradients = (
                found
                if gradients is None
                else [summed(a, b) for a, b in zip(gradients, found, strict=True)]
            )
            total, right = total + float(part), right + float(correct)
            count += float(tf.reduce_sum(inputs.real))
            take = take or function
        if take is None or not count:
            return 0.0, 0.0, 0.0
        penalty = float(take.take(gradients, tf.constant(count, tf.float32)))
        mean = total / count
        return take.kind.factor * mean + penalty, mean, right / count

    def seen_at(self, rows: AnyArray) -> tuple[Any, Any]:
        """Loss and predicted class of these rows; NaN and -1 where there is no timestep."""
        shape = self.data.real[rows].shape
        loss, classes = np.full(shape, np.nan, np.float32), np.full(shape, -1, np.int32)
        place = {int(row): number for number, row in enumerate(rows)}
        for group, inputs in self._groups(rows):
            found, predicted = self.work.function(group.places.shape[1]).look(inputs)
            own = np.array([place[int(row)] for row in group.rows])
            where = (own[:, None], group.places) if self.timed else own
            loss[where] = np.asarray(found)
            if np.shape(predicted) == np.shape(found):
                classes[where] = np.asarray(predicted)
        return loss, classes
