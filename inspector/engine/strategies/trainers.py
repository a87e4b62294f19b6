"""The training of every strategy: its data, its weights, what it records; or why it has none."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from keras import ops

from inspector.core.arrays import AnyArray, BoolArray, FloatArray, frozen
from inspector.core.requests import Watch
from inspector.core.strategies import Strategy
from inspector.core.training_run import Snapshot, StrategyRun
from inspector.engine.failures import NO_FINDING, message_of
from inspector.engine.forward.edits import Edit, PutMask
from inspector.engine.forward.losses import Rule
from inspector.engine.inspection.question import Question
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import to_tensor, to_tensors
from inspector.engine.strategies.alone import MOST_LENGTHS_REBUILT, LengthGroup, groups_of
from inspector.engine.strategies.compared import Compared
from inspector.engine.strategies.formulas import Formula
from inspector.engine.strategies.plan import OWN_TOTAL, Plan, Refusal
from inspector.engine.strategies.rebuild import SameAtLength, fixed_timesteps
from inspector.engine.strategies.repadding import Repadding
from inspector.engine.strategies.rule_measures import measure_rules
from inspector.engine.strategies.train_steps import (
    AloneFunction,
    StepFunction,
    StepInputs,
    StepKind,
    summed,
)
from inspector.engine.strategies.weight_copy import WeightCopy, WeightValues, optimizer_config
from inspector.errors import InspectorError

_RANDOM = (
    "Layers that draw random numbers, such as Dropout, draw the same ones for all strategies; only "
    "sentences alone, which have other shapes, draw others."
)

_NOTHING_REAL = "No timestep of this batch is real, so masked average and accuracy stand at 0."


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The batch as one strategy sees it.

    Attributes:
        x: Input.
        y: Targets.
        real: bool, shaped like the loss.
        classes: int32, the right class of each, -1 where targets are not classes.
        formula: The division that the strategy makes; None where its own loss is run.
        weight: Sample weights for that loss, or None.
        put: The mask that is put back, or None.
        moved: How timesteps were moved, or None.
    """

    x: Any
    y: AnyArray
    real: BoolArray
    classes: AnyArray
    formula: Formula | None = None
    weight: Any = None
    put: PutMask | None = None
    moved: Repadding | None = None

    def inputs(self, rows: AnyArray) -> StepInputs:
        """The tensors of a step on these rows."""
        if self.formula is None:
            numerator, divisor = np.zeros(self.real[rows].shape), 1.0
        else:
            numerator = self.formula.numerator[rows]
            given = self.formula.divisor
            divisor = 1.0 if given is None else float(given[rows].sum())
        return StepInputs(
            keras_private.map_structure(lambda array: to_tensor(array[rows]), self.x),
            to_tensor(self.y[rows]),
            to_tensor(numerator, "float64"),
            to_tensor(divisor, "float64"),
            to_tensor(self.real[rows].astype(np.float64)),
            to_tensor(self.classes[rows], "int32"),
            None if self.weight is None else to_tensor(self.weight[rows]),
            None if self.put is None else to_tensor(self.put.mask[rows]),
        )


@dataclass(eq=False)
class TrainingRecords:
    """What a trainer has recorded, step by step."""

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


class Trainer:
    """One strategy in training."""

    def __init__(
        self, strategy: Strategy, data: TrainingData, work: Any, initial: WeightValues
    ) -> None:
        """Starts from the values `initial`."""
        self.strategy, self.data, self.work = strategy, data, work
        self.values: WeightValues = [np.array(value) for value in initial]
        self.records = TrainingRecords()
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
        results: tuple[Any, Any, Any] = work.step(self._inputs(rows))
        return results

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
            back = Repadding(moved.order[rows], moved.back[rows])
            loss = back.home(loss)
            classes = back.home(classes) if classes.shape == loss.shape else classes
        known = classes.shape == loss.shape
        self.records.snapshots.append(
            Snapshot(self.records.steps, frozen(loss), frozen(classes) if known else None)
        )

    def seen_at(self, rows: AnyArray) -> tuple[Any, Any]:
        """Loss and predicted class of these rows, as this strategy sees them."""
        work: StepFunction = self.work
        results: tuple[Any, Any] = work.look(self.data.inputs(rows))
        return results

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

    def __init__(self, weights: WeightCopy, functions: dict[int, AloneFunction]) -> None:
        """Takes the functions by length; one under 0 serves all."""
        self.weights, self.functions = weights, functions

    def function(self, length: int) -> AloneFunction:
        """The function for a length."""
        return self.functions.get(length, self.functions.get(0) or self.functions[length])


class AloneTrainer(Trainer):
    """Each sentence alone: gradients are summed over the lengths before the step is taken."""

    def __init__(
        self,
        strategy: Strategy,
        data: TrainingData,
        work: AloneWork,
        initial: WeightValues,
        valid: BoolArray,
    ) -> None:
        """Starts from the values `initial`; `valid` is the truth about the input."""
        super().__init__(strategy, data, work, initial)
        self.valid = valid
        self.timed = data.real.ndim == 2
        self._kept: dict[bytes, list[tuple[LengthGroup, StepInputs]]] = {}

    def _groups(self, rows: AnyArray) -> list[tuple[LengthGroup, StepInputs]]:
        key = rows.tobytes()
        if key not in self._kept:
            if len(self._kept) > 4:
                self._kept.clear()
            groups = [
                LengthGroup(rows[group.rows], group.places) for group in groups_of(self.valid[rows])
            ]
            self._kept[key] = [(group, self._cut(group)) for group in groups]
        return self._kept[key]

    def _cut(self, group: LengthGroup) -> StepInputs:
        shape, data = self.valid.shape, self.data

        def cut(array: AnyArray) -> AnyArray:
            return group.cut(array, shape) if self.timed else array[group.rows]

        x = keras_private.map_structure(lambda a: group.cut(a, shape), data.x)
        return StepInputs(
            to_tensors(x),
            to_tensor(cut(data.y)),
            to_tensor(0.0, "float64"),
            to_tensor(1.0, "float64"),
            to_tensor(cut(data.real).astype(np.float64)),
            to_tensor(cut(data.classes), "int32"),
        )

    def take(self, rows: AnyArray) -> tuple[Any, Any, Any]:
        """Value, mean over real timesteps and accuracy of a step."""
        gradients: list[Any] | None = None
        total = right = count = 0.0
        take = None
        for group, inputs in self._groups(rows):
            function = self.work.function(group.places.shape[1])
            parts, part, correct = function.part(inputs)
            gradients = (
                parts
                if gradients is None
                else [summed(a, b) for a, b in zip(gradients, parts, strict=True)]
            )
            total, right = total + float(part), right + float(correct)
            count += float(ops.sum(inputs.real))
            take = take or function
        if take is None or not count:
            return 0.0, 0.0, 0.0
        penalty = float(take.take(gradients, to_tensor(count, "float32")))
        mean = total / count
        return take.kind.on.factor * mean + penalty, mean, right / count

    def seen_at(self, rows: AnyArray) -> tuple[Any, Any]:
        """Loss and predicted class of these rows; NaN and -1 where there is no timestep."""
        shape = self.data.real[rows].shape
        loss, classes = np.full(shape, np.nan, np.float32), np.full(shape, -1, np.int32)
        place = {int(row): number for number, row in enumerate(rows)}
        for group, inputs in self._groups(rows):
            part, predicted = self.work.function(group.places.shape[1]).look(inputs)
            own = np.array([place[int(row)] for row in group.rows])
            where = (own[:, None], group.places) if self.timed else own
            loss[where] = np.asarray(part)
            if np.shape(predicted) == np.shape(part):
                classes[where] = np.asarray(predicted)
        return loss, classes


@dataclass(eq=False)
class Trainers:
    """All strategies of a training.

    Attributes:
        trainers: Those that are trained.
        refused: Those that cannot be.
        keys: Of all, in the order asked.
        optimizer: Name of the optimizer.
        learning_rate: At the start, or None where it follows a schedule.
        notes: What has to be known, one sentence each.
    """

    trainers: list[Trainer]
    refused: list[StrategyRun]
    keys: list[str]
    optimizer: str
    learning_rate: float | None
    notes: tuple[str, ...]


def trainers_for(
    subject: Compared, plans: list[Plan], learning_rate: float | None, watch: Watch
) -> Trainers:
    """Makes a trainer for every strategy that can be trained.

    Raises:
        ModelError: The model has no optimizer.
    """
    return TrainerMaker(subject, learning_rate, watch).trainers(plans)


class TrainerMaker:
    """Makes the trainers of one training, which share weights, optimizer and step where they can.

    Attributes:
        subject: Model and batch.
        plain: The batch as it is.
    """

    def __init__(self, subject: Compared, learning_rate: float | None, watch: Watch) -> None:
        """Copies the weights.

        Raises:
            ModelError: The model has no optimizer.
        """
        self.subject, self._watch = subject, watch
        self._config = optimizer_config(subject.model, learning_rate)
        self._weights = self._weight_copy()
        self._initial: WeightValues = self._weights.save()
        self._work = StepFunction(self._weights, StepKind(subject))
        shape = (len(subject.y),) if subject.truth is None else subject.truth.shape
        real = np.ones(shape, bool) if subject.truth is None else subject.truth
        self.plain = TrainingData(subject.x, subject.y, real, right_classes(subject.y, real))
        self._formulas: dict[str, Formula | None] = {}

    def _weight_copy(self) -> WeightCopy:
        return WeightCopy(self.subject.model, self._config)

    def trainers(self, plans: list[Plan]) -> Trainers:
        """Makes a trainer for every strategy that can be trained."""
        trainers, refused = [], []
        rules = tuple(
            plan.rule for plan in plans if plan.rule is not None and plan.strategy.changes_loss
        )
        if rules:
            self._formulas = self.verified(rules, self.subject.question)
        for plan in plans:
            self._watch.tick()
            trainer: Trainer | Refusal = Refusal(plan.reason)
            if not plan.reason:
                trainer = plan.treatment.trainer(self, plan)
            if isinstance(trainer, Trainer):
                trainers.append(trainer)
            else:
                run = StrategyRun(plan.strategy, applicable=False, reason=trainer.reason)
                refused.append(run)
        keys = [plan.strategy.key for plan in plans]
        optimizer = self._weights.optimizer
        rate = keras_private.learning_rate(optimizer)
        known = float(optimizer.learning_rate) if _is_number(rate) else None
        notes = (
            *([_RANDOM] if _drops_out(self.subject.model) else []),
            *([_NOTHING_REAL] if not self.plain.real.any() else []),
        )
        return Trainers(trainers, refused, keys, type(optimizer).__name__, known, notes)

    def verified(
        self, rules: tuple[Rule, ...], question: Question, edits: Sequence[Edit] = ()
    ) -> dict[str, Formula | None]:
        """The divisions that rules make, where known and found to give what was measured."""
        whole = replace(question, batch_size=question.rows)
        measured = measure_rules(self.subject, whole, rules, edits=edits)
        return {
            # The loss weight is a setting of the step.
            key: None if rule.formula is None else replace(rule.formula, factor=1.0)
            for key, rule in measured.rules.items()
        }

    def by_loss(self, plan: Plan) -> Trainer | Refusal:
        """A trainer of a strategy that differs in the loss only."""
        if plan.rule is None:
            return Refusal(OWN_TOTAL)
        return self.by(plan, self.plain, self._formulas[plan.rule.key])

    def by(self, plan: Plan, data: TrainingData, formula: Formula | None) -> Trainer:
        """A trainer by the division of its loss, or by the loss itself where none is known."""
        rule = plan.rule
        assert rule is not None
        data = replace(data, formula=formula)
        if formula is not None and data.put is None:
            return Trainer(plan.strategy, data, self._work, self._initial)
        own = None if formula is not None else rule
        kind = StepKind(self.subject, data.put, own)
        data = replace(data, weight=None if own is None else rule.sample_weight)
        work = StepFunction(self._weight_copy(), kind)
        return Trainer(plan.strategy, data, work, self._initial)

    def alone(self, plan: Plan) -> Trainer | Refusal:
        """A trainer of sentences alone."""
        subject = self.subject
        kind = StepKind(subject)
        weights = self._weight_copy()
        timesteps = subject.valid.shape[1]
        lengths = [group.places.shape[1] for group in groups_of(subject.valid)]
        functions = {0: AloneFunction(weights, kind)}
        if fixed_timesteps(subject.model, timesteps) is not None:
            if len(lengths) > MOST_LENGTHS_REBUILT:
                return Refusal(f"There are {len(lengths)} lengths to build the model anew for.")
            try:
                functions = {
                    n: AloneFunction(weights, kind, SameAtLength(subject.model, timesteps, n).model)
                    for n in lengths
                }
            except NO_FINDING:
                raise
            except (InspectorError, ValueError, TypeError) as error:
                return Refusal(f"The model does not run at another length: {message_of(error)}")
        work = AloneWork(weights, functions)
        trainer = AloneTrainer(plan.strategy, self.plain, work, self._initial, subject.valid)
        try:
            trainer.seen_at(np.arange(len(subject.y)))
        except NO_FINDING:
            raise
        except Exception as error:  # The model's own code rejects these lengths.
            return Refusal(f"The model does not run at another length: {message_of(error)}")
        return trainer


def right_classes(y: AnyArray, real: AnyArray) -> AnyArray:
    """The right class of every timestep, int32, shaped like `real`; -1 where there are none."""
    none = np.full(real.shape, -1, np.int32)
    values = np.asarray(y)
    if values.shape[:-1] == real.shape and values.shape[-1] > 1:
        one_hot = np.isin(values, (0, 1)).all() and (values.sum(axis=-1) <= 1).all()
        return values.argmax(axis=-1).astype(np.int32) if one_hot else none
    if values.size == real.size and np.array_equal(values, np.round(values)):
        whole = values.dtype.kind in "iu" or bool((values >= 0).all())
        return values.reshape(real.shape).astype(np.int32) if whole else none
    return none


def _is_number(rate: Any) -> bool:
    return isinstance(rate, (float, keras.Variable))


def _drops_out(model: keras.Model) -> bool:
    layers = keras_private.all_layers(model)
    settings = ("rate", "dropout", "recurrent_dropout", "stddev")
    return any(
        isinstance(getattr(layer, n, None), float)
        for layer in layers
        for n in settings
        if getattr(layer, n, None)
    )
