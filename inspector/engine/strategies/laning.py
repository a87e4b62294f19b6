"""Making the lanes: what each strategy needs to be trained, or why it cannot be."""

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.strategies import StrategyName
from inspector.core.training_run import StrategyRun
from inspector.core.watching import Watch
from inspector.engine.memory import NO_FINDING
from inspector.engine.requested import message_of
from inspector.engine.seam import keras as keras_private
from inspector.engine.strategies.alone import MOST_LENGTHS_REBUILT, groups_of
from inspector.engine.strategies.formulas import Formula
from inspector.engine.strategies.lanes import AloneLane, AloneWork, Lane, LaneData
from inspector.engine.strategies.measured import measure_rules
from inspector.engine.strategies.moving import to_other_side
from inspector.engine.strategies.own_weights import OwnWeights, Values, optimizer_config
from inspector.engine.strategies.passes import Feed, Rule, Surroundings, strategy_pass
from inspector.engine.strategies.plans import OWN_TOTAL, Plan
from inspector.engine.strategies.putting_back import find_places
from inspector.engine.strategies.rebuilding import SameAtLength, fixed_timesteps
from inspector.engine.strategies.steps import AloneFunction, StepFunction, StepKind
from inspector.engine.strategies.subject import Subject
from inspector.errors import InspectorError

_OWN = (StrategyName.MASK_PUT_BACK, StrategyName.OTHER_SIDE, StrategyName.ALONE)
_RANDOM = (
    "Layers that draw random numbers, such as Dropout, draw the same ones for all strategies; only "
    "sentences alone, which have other shapes, draw others."
)

_NOTHING_REAL = "No timestep of this batch is real, so masked average and accuracy stand at 0."


@dataclass(eq=False)
class Lanes:
    """All strategies of a training.

    Attributes:
        lanes: Those that are trained.
        refused: Those that cannot be.
        keys: Of all, in the order asked.
        optimizer: Name of the optimizer.
        learning_rate: At the start, or None where it follows a schedule.
        notes: What has to be known, one sentence each.
    """

    lanes: list[Lane]
    refused: list[StrategyRun]
    keys: list[str]
    optimizer: str
    learning_rate: float | None
    notes: tuple[str, ...]


def lanes_for(
    subject: Subject, plans: list[Plan], learning_rate: float | None, watch: Watch
) -> Lanes:
    """Makes a lane for every strategy that can be trained.

    Raises:
        ModelError: The model has no optimizer.
    """
    return _Maker(subject, learning_rate, watch).lanes(plans)


class _Maker:
    def __init__(self, subject: Subject, learning_rate: float | None, watch: Watch) -> None:
        self.subject, self.watch = subject, watch
        self.config = optimizer_config(subject.model, learning_rate)
        self.around = Surroundings(flat_time=subject.flat_time)
        self.weights = self._own_weights()
        self.initial: Values = self.weights.save()
        kind = StepKind(subject.base, self.around, factor=subject.factor)
        self.work = StepFunction(self.weights, kind)
        shape = (len(subject.y),) if subject.truth is None else subject.truth.shape
        real = np.ones(shape, bool) if subject.truth is None else subject.truth
        self.plain = LaneData(subject.x, subject.y, real, right_classes(subject.y, real))

    def _own_weights(self) -> OwnWeights:
        return OwnWeights(self.subject.model, self.config)

    def lanes(self, plans: list[Plan]) -> Lanes:
        lanes, refused = [], []
        formulas = self._formulas([p for p in plans if p.strategy.identifier not in _OWN])
        for plan in plans:
            self.watch.tick()
            made: Lane | str = plan.reason
            if not plan.reason:
                made = self._lane(plan, formulas)
            if isinstance(made, Lane):
                lanes.append(made)
            else:
                refused.append(StrategyRun(plan.strategy, applicable=False, reason=made))
        keys = [plan.strategy.key for plan in plans]
        rate = getattr(self.weights.optimizer, "_learning_rate", None)
        known = float(self.weights.optimizer.learning_rate) if _is_number(rate) else None
        name = type(self.weights.optimizer).__name__
        said = {_RANDOM: _drops_out(self.subject.model), _NOTHING_REAL: not self.plain.real.any()}
        notes = tuple(note for note, holds in said.items() if holds)
        return Lanes(lanes, refused, keys, name, known, notes)

    def _formulas(self, plans: list[Plan]) -> dict[str, Formula | None]:
        rules = tuple(plan.rule for plan in plans if plan.rule is not None)
        if not rules:
            return {}
        feed = Feed(self.subject.x, self.subject.y, [rule.sample_weight for rule in rules])
        return self._verified(rules, feed, self.around)

    def _verified(
        self, rules: tuple[Rule, ...], feed: Feed, around: Surroundings
    ) -> dict[str, Formula | None]:
        subject = self.subject
        runner = strategy_pass(subject.model, subject.base, rules, around)
        measure = measure_rules(runner, rules, feed, len(subject.y))
        return {
            # The loss weight is a setting of the step.
            key: None if rule.formula is None else replace(rule.formula, factor=1.0)
            for key, rule in measure.rules.items()
        }

    def _lane(self, plan: Plan, formulas: dict[str, Formula | None]) -> Lane | str:
        name = plan.strategy.identifier
        if name is StrategyName.ALONE:
            return self._alone(plan)
        if name is StrategyName.OTHER_SIDE:
            return self._other_side(plan)
        if name is StrategyName.MASK_PUT_BACK:
            return self._mask_put_back(plan)
        if plan.rule is None:
            return OWN_TOTAL
        return self._by(plan, self.plain, formulas[plan.rule.key], self.around)

    def _by(
        self, plan: Plan, data: LaneData, formula: Formula | None, around: Surroundings
    ) -> Lane:
        """A lane by the division of its loss, or by the loss itself where none is known."""
        rule = plan.rule
        assert rule is not None
        if formula is not None and around == self.around:
            return Lane(plan.strategy, replace(data, formula=formula), self.work, self.initial)
        subject = self.subject
        own = None if formula is not None else rule
        kind = StepKind(subject.base, around, own, subject.factor)
        data = replace(data, formula=formula, weight=None if own is None else rule.sample_weight)
        work = StepFunction(self._own_weights(), kind)
        return Lane(plan.strategy, data, work, self.initial)

    def _mask_put_back(self, plan: Plan) -> Lane | str:
        subject, rule = self.subject, plan.rule
        found = subject.inspection
        stop = found.diagnosis.stop
        places = find_places(subject.model, found.trace, stop, subject.x, subject.valid)
        if places.problem or rule is None:
            return places.problem
        around = replace(self.around, put_back=places.keys)
        feed = Feed(subject.x, subject.y, [rule.sample_weight], subject.valid)
        formula = self._verified((rule,), feed, around)[rule.key]
        return self._by(plan, replace(self.plain, marks=subject.valid), formula, around)

    def _other_side(self, plan: Plan) -> Lane | str:
        subject, moved = self.subject, to_other_side(self.subject.valid)
        rule = plan.rule
        assert moved is not None and rule is not None
        timed = subject.truth is not None and moved.fits(subject.y)

        def there(array: Any) -> Any:
            return moved.there(array) if timed and moved.fits(array) else array

        rule = replace(rule, sample_weight=there(rule.sample_weight))
        data = LaneData(
            moved.structure(subject.x),
            there(subject.y),
            there(self.plain.real),
            there(self.plain.classes),
            moved=moved,
        )
        formula = self._verified((rule,), Feed(data.x, data.y, [rule.sample_weight]), self.around)[
            rule.key
        ]
        return self._by(replace(plan, rule=rule), data, formula, self.around)

    def _alone(self, plan: Plan) -> Lane | str:
        subject = self.subject
        kind = StepKind(subject.base, self.around, factor=subject.factor)
        weights = self._own_weights()
        timesteps = subject.valid.shape[1]
        lengths = [group.places.shape[1] for group in groups_of(subject.valid)]
        functions = {0: AloneFunction(weights, kind)}
        if fixed_timesteps(subject.model, timesteps) is not None:
            if len(lengths) > MOST_LENGTHS_REBUILT:
                return f"There are {len(lengths)} lengths to build the model anew for."
            try:
                functions = {
                    n: AloneFunction(weights, kind, SameAtLength(subject.model, timesteps, n).model)
                    for n in lengths
                }
            except NO_FINDING:
                raise
            except (InspectorError, ValueError, TypeError) as error:
                return f"The model does not run at another length: {message_of(error)}"
        work = AloneWork(weights, functions)
        lane = AloneLane(plan.strategy, self.plain, work, self.initial, subject.valid)
        try:
            lane.seen_at(np.arange(len(subject.y)))
        except NO_FINDING:
            raise
        except Exception as error:  # The model's own code rejects these lengths.
            return f"The model does not run at another length: {message_of(error)}"
        return lane


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
