"""What each strategy needs on the model at hand, or why it cannot be applied to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import BoolArray
from inspector.core.strategies import (
    STRATEGIES,
    Strategy,
    StrategyName,
    custom_strategy,
)
from inspector.core.strategy_code import Placeholders
from inspector.engine.perturbing import one_sided
from inspector.engine.seam import keras as keras_private
from inspector.engine.strategies.keeping import kept
from inspector.engine.strategies.losses import (
    FromTargets,
    OverGiven,
    PerTimestep,
    code_of,
    ignoring_class,
    sparse_settings,
)
from inspector.engine.strategies.passes import Rule
from inspector.engine.strategies.rebuilding import fixed_timesteps
from inspector.engine.strategies.subject import Subject
from inspector.errors import InspectorError

NO_TIME_AXIS = "The model gives one answer a sentence, so no timestep is in its loss."
OWN_TOTAL = "The model computes the number that it minimises in its own way, not by its loss alone."
NOT_BY_TIMESTEP = "The loss gives one number for all timesteps of a sentence together."


@dataclass(frozen=True, eq=False)
class Plan:
    """How a strategy is applied.

    Attributes:
        strategy: Which one.
        reason: Why it cannot be; empty where it can.
        rule: The number it makes of a batch; None where it cannot be applied, for sentences alone,
            and where the model computes its number in its own way.
        marks: The mask that it makes from lengths, or None.
        values: What the code says of model and batch.
    """

    strategy: Strategy
    reason: str = ""
    rule: Rule | None = None
    marks: BoolArray | None = None
    values: Placeholders = Placeholders()

    def named(self, behind: tuple[str, ...]) -> Strategy:
        """The strategy, its code with the layers that the mask is put back behind."""
        return self.strategy.for_model(replace(self.values, behind=behind))


def asked_strategies(strategies: Sequence[Any] | None) -> list[tuple[Strategy, Any]]:
    """Each strategy asked for, with its loss if it is a custom one.

    Args:
        strategies: `StrategyName`, their values, or losses; None for all that there are.

    Raises:
        InspectorError: One of them is unknown, or there are none.
    """
    wanted: list[Any] = list(STRATEGIES) if strategies is None else list(strategies)
    found: dict[str, tuple[Strategy, Any]] = {}
    customs = 0
    for item in wanted:
        if callable(item):
            customs += 1
            title = getattr(item, "__name__", None) or getattr(item, "name", "loss")
            strategy, loss = custom_strategy(str(title), position=customs), item
        else:
            strategy, loss = _known(item), None
        found[strategy.key] = (strategy, loss)
    if not found:
        raise InspectorError("No strategy was asked for.", "There must be at least one.")
    return list(found.values())


def _known(item: Any) -> Strategy:
    names = [name.value for name in STRATEGIES]
    try:
        return STRATEGIES[StrategyName(item)]
    except (ValueError, KeyError):
        raise InspectorError(
            f"There is no strategy {item!r}.",
            f"It must be one of {', '.join(names)}, or a loss function.",
        ) from None


def plans_for(subject: Subject, strategies: Sequence[Any] | None) -> list[Plan]:
    """Plans every strategy asked for.

    Raises:
        InspectorError: One of them is unknown, or there are none.
    """
    maker = _Maker(subject)
    return [maker.plan(strategy, loss) for strategy, loss in asked_strategies(strategies)]


class _Maker:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.truth = subject.truth
        self.input_mark, self.target_mark = subject.input_mark(), subject.target_mark()
        ledger = subject.inspection.losses
        self.by_timestep = ledger is not None and ledger.per_timestep
        self.side = None if self.truth is None else one_sided(self.truth)

    def plan(self, strategy: Strategy, loss: Any) -> Plan:
        values = self._placeholders()
        strategy = strategy.for_model(values)
        made = _MAKERS[strategy.identifier](self, strategy, loss)
        plan = made if isinstance(made, Plan) else Plan(strategy, reason=made)
        return replace(plan, values=values)

    def _placeholders(self) -> Placeholders:
        loss, settings = code_of(self.subject.base)
        subject, truth = self.subject, self.truth
        main, rows = subject.main_input, len(subject.valid)
        return Placeholders(
            loss=loss,
            settings=settings,
            target_padding=self.target_mark.as_code,
            input_padding=self.input_mark.as_code,
            vectors=truth is not None and subject.y.ndim > 2,
            input_vectors=main is not None and main.ndim > 2,
            reverse=self.side == "before",
            timed=truth is not None and subject.y.shape[:2] == subject.valid.shape,
            own_padding=truth is not None and not np.array_equal(truth, subject.valid),
            fixed_length=fixed_timesteps(subject.model, subject.valid.shape[1]) is not None,
            batch_size="len(y)" if subject.batch_size >= rows else str(subject.batch_size),
            own_weights=subject.sample_weight is not None,
            loss_weight=subject.factor,
        )

    def loss(self, kind: str, make: Callable[[], Any], detail: Any = None) -> Any:
        """A loss that is the same object each time, so that its pass is found again."""
        base = self.subject.base
        return kept(self.subject.model, ("loss", kind, id(base), detail), make, base)

    def rule(self, strategy: Strategy, loss: Any, weight: Any = None) -> Plan:
        return Plan(strategy, rule=Rule(strategy.key, loss, weight, self.subject.factor))

    def not_by_timestep(self) -> str:
        if self.truth is None:
            return NO_TIME_AXIS
        return "" if self.by_timestep else NOT_BY_TIMESTEP

    def no_mask(self, strategy: Strategy, _: Any) -> "Plan | str":
        if not self.by_timestep and self.truth is not None:
            return NOT_BY_TIMESTEP
        base = self.subject.base
        return self.rule(strategy, self.loss("over given", lambda: OverGiven(base)))

    def propagated(self, strategy: Strategy, _: Any) -> "Plan | str":
        if self.subject.own_total:
            return Plan(strategy)  # As `inspect` measured it.
        return self.rule(strategy, self.subject.base, self.subject.sample_weight)

    def from_targets(self, strategy: Strategy, _: Any) -> "Plan | str":
        problem = self.not_by_timestep() or self.target_mark.problem
        if problem:
            return problem
        over_all = strategy.identifier is StrategyName.LOSS_OVER_ALL
        base, value = self.subject.base, self.target_mark.value
        detail = (over_all, None if value is None else (value.tobytes(), value.shape))
        make = partial(FromTargets, base, value, over_all)
        return self.rule(strategy, self.loss("from targets", make, detail))

    def weights(self, strategy: Strategy, _: Any) -> "Plan | str":
        problem = self.not_by_timestep()
        if problem or self.truth is None:
            return problem
        mean = strategy.identifier is StrategyName.SAMPLE_WEIGHT_MEAN
        reduction = "mean_with_sample_weight" if mean else "sum_over_batch_size"
        base = self.subject.base
        loss = self.loss("per timestep", lambda: PerTimestep(base, reduction), reduction)
        return self.rule(strategy, loss, self.truth.astype(np.float32))

    def ignore_class(self, strategy: Strategy, _: Any) -> "Plan | str":
        base = self.subject.base
        if sparse_settings(base) is None:
            return (
                f"`ignore_class` is an argument of the sparse cross-entropy; this is {_name(base)}."
            )
        problem = self.not_by_timestep() or self.target_mark.problem
        if problem:
            return problem
        value = self.target_mark.value
        if value is None:
            return "The batch has no padding, so there is no class to ignore."
        padding_class = int(np.asarray(value).ravel()[0])
        make = partial(ignoring_class, base, padding_class)
        return self.rule(strategy, self.loss("ignore class", make, padding_class))

    def put_back(self, strategy: Strategy, _: Any) -> "Plan | str":
        if self.truth is None:
            return NO_TIME_AXIS
        if not np.array_equal(self.truth, self.subject.valid):
            return (
                "The targets are padded otherwise than the input, so a mask found in the input is "
                "not the one that the loss needs."
            )
        if self.truth.all():
            return "This batch has no padding, so there is no mask to put back."
        state = self.subject.inspection.trace.mask_at_loss_state
        if state is not None and state.value == "correct":
            return "The mask does not stop: it reaches the loss."
        problem = self.input_mark.problem or self._own_total()
        return problem or self.propagated(strategy, None)

    def _own_total(self) -> str:
        return OWN_TOTAL if self.subject.own_total else ""

    def lengths(self, strategy: Strategy, _: Any) -> "Plan | str":
        problem = self.not_by_timestep()
        if problem or self.truth is None:
            return problem
        if self.side is None and not self.truth.all():
            return "Padding is not all on one side, so lengths do not say where it is."
        rows_too = strategy.identifier is StrategyName.LENGTHS_ROWS_REVERSED
        marks = mask_from_lengths(self.truth, self.side == "before", rows_too)
        base = self.subject.base
        loss = self.loss("over given", lambda: OverGiven(base))
        return replace(self.rule(strategy, loss, marks.astype(np.float32)), marks=marks)

    def other_side(self, strategy: Strategy, _: Any) -> "Plan | str":
        if self.subject.valid.all():
            return "This batch has no padding to move."
        if one_sided(self.subject.valid) is None:
            return "Padding is not all on one side, so it has no other side."
        return self._own_total() or self.propagated(strategy, None)

    def alone(self, strategy: Strategy, _: Any) -> "Plan | str":
        if self.truth is not None and self.truth.shape != self.subject.valid.shape:
            return "The output has a time axis of its own, so it cannot be cut with the input."
        if not self.by_timestep and self.truth is not None:
            return NOT_BY_TIMESTEP
        return Plan(strategy)

    def custom(self, strategy: Strategy, loss: Any) -> "Plan | str":
        model = self.subject.model
        made = kept(model, ("custom", id(loss)), lambda: as_loss(loss), loss)
        return Plan(strategy, rule=Rule(strategy.key, made, self.subject.sample_weight))


def as_loss(loss: Any) -> Any:
    """A loss object from a function, as Keras makes it."""
    if isinstance(loss, keras.losses.Loss):
        return loss
    return keras_private.LossFunctionWrapper(loss, name=getattr(loss, "__name__", "custom_loss"))


def mask_from_lengths(valid: BoolArray, reverse: bool, rows_too: bool) -> BoolArray:
    """A mask as it is built from lengths: real timesteps first, then turned.

    Args:
        valid: The truth, which gives the lengths.
        reverse: Turn it along time, as padding comes first.
        rows_too: Turn the rows as well: the mistake.
    """
    mask = np.arange(valid.shape[1]) < valid.sum(axis=1)[:, None]
    if reverse:
        mask = mask[:, ::-1]
    return np.ascontiguousarray(mask[::-1] if rows_too else mask)


def _name(base: Any) -> str:
    return str(getattr(base, "name", "another loss")).replace("_", " ")


_MAKERS: dict[StrategyName, Callable[[_Maker, Strategy, Any], Plan | str]] = {
    StrategyName.NO_MASK: _Maker.no_mask,
    StrategyName.PROPAGATED: _Maker.propagated,
    StrategyName.LOSS_FROM_TARGETS: _Maker.from_targets,
    StrategyName.LOSS_OVER_ALL: _Maker.from_targets,
    StrategyName.SAMPLE_WEIGHT: _Maker.weights,
    StrategyName.SAMPLE_WEIGHT_MEAN: _Maker.weights,
    StrategyName.IGNORE_CLASS: _Maker.ignore_class,
    StrategyName.MASK_PUT_BACK: _Maker.put_back,
    StrategyName.LENGTHS_REVERSED: _Maker.lengths,
    StrategyName.LENGTHS_ROWS_REVERSED: _Maker.lengths,
    StrategyName.OTHER_SIDE: _Maker.other_side,
    StrategyName.ALONE: _Maker.alone,
    StrategyName.CUSTOM: _Maker.custom,
}
