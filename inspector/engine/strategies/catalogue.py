"""The strategies that differ in the loss or its weights only: their Keras losses, one class each.

A strategy is an entry of `inspector.core.strategies`, the function of `strategy_code` that the
entry names, and a class here or, where the model or the batch changes, in `catalogue_data`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.core.strategies import StrategyName
from inspector.engine.forward.losses import Rule
from inspector.engine.forward.model_pass import kept_for
from inspector.engine.seam import keras as keras_private
from inspector.engine.strategies.compared import Compared
from inspector.engine.strategies.comparison_run import ComparisonRun
from inspector.engine.strategies.formulas import Formula, SaysItsFormula, real_in
from inspector.engine.strategies.plan import (
    NO_TIME_AXIS,
    NOT_BY_TIMESTEP,
    OWN_TOTAL,
    Plan,
    Refusal,
    Treatment,
)


class PerTimestep(keras.losses.Loss):
    """Another loss's value at each timestep, reduced by Keras: mask and sample weights count.

    Args:
        base: The loss whose `call` gives the loss at each timestep.
        reduction: As in Keras.
    """

    def __init__(self, base: keras.losses.Loss, reduction: str = "sum_over_batch_size") -> None:
        """Takes name and dtype of `base`."""
        super().__init__(name=base.name, reduction=reduction, dtype=base.dtype)
        self.base = base

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each timestep; axes behind the time axis are averaged."""
        loss = self.base.call(y_true, y_pred)
        axes = tuple(range(2, len(loss.shape)))
        return ops.mean(loss, axis=axes) if axes else loss


class OverGiven(PerTimestep, SaysItsFormula):
    """Averages over the timesteps with a weight, whatever mask arrives.

    Without sample weights the value is mean(loss), with weights w it is sum(loss * w) / sum(w), and
    0 where no weight is above 0.
    """

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the average."""
        loss = self.call(*self.converted(y_true, y_pred))
        if sample_weight is None:
            return ops.mean(loss)
        weight = ops.convert_to_tensor(sample_weight, dtype=loss.dtype)
        return ops.divide_no_nan(ops.sum(loss * weight), ops.sum(weight))

    def formula(self, target: AnyArray, weights: FloatArray) -> Formula:
        """Weights over weights: sum(l * w) / sum(w)."""
        return Formula(weights, weights)

    def converted(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Targets and predictions in the dtype of the loss, as `Loss.__call__` converts them."""
        return (
            ops.convert_to_tensor(y_true, dtype=self.dtype),
            ops.convert_to_tensor(y_pred, dtype=self.dtype),
        )


class FromTargets(OverGiven):
    """Finds padding in `y_true` and leaves it out of the sum, whatever mask arrives.

    Args:
        base: The loss at a timestep.
        padding: What stands at padding in the targets, shaped like one timestep of them; None
            where the batch has no padding to go by.
        over_all: Divide by all timesteps instead of the real ones: the common mistake.
    """

    def __init__(
        self, base: keras.losses.Loss, padding: AnyArray | None, over_all: bool = False
    ) -> None:
        """Remembers what padding looks like."""
        super().__init__(base)
        self.padding, self.over_all = padding, over_all

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the sum over real timesteps, divided."""
        y_true, y_pred = self.converted(y_true, y_pred)
        loss = self.call(y_true, y_pred)
        real = ops.cast(self._real(y_true, loss), loss.dtype)
        count = ops.size(loss) if self.over_all else ops.sum(real)
        return ops.divide_no_nan(ops.sum(loss * real), ops.cast(count, loss.dtype))

    def formula(self, target: AnyArray, weights: FloatArray) -> Formula:
        """Real timesteps over real ones, or over all."""
        real = real_in(target, self.padding, weights.shape)
        return Formula(real, np.ones(weights.shape) if self.over_all else real)

    def _real(self, y_true: Any, loss: Any) -> Any:
        if self.padding is None:
            return ops.ones_like(loss)
        differs = ops.not_equal(y_true, ops.convert_to_tensor(self.padding, dtype=y_true.dtype))
        axes = tuple(range(2, len(y_true.shape)))
        return ops.any(differs, axis=axes) if axes else differs


def own_loss(on: Compared, kind: str, make: Callable[[], Any], detail: Any = None) -> Any:
    """A loss that is the same object each time, so that its pass is found again."""
    return kept_for(on.model, ("loss", kind, id(on.base), detail), make, on.base)


class _LossTreatment(Treatment):
    """A strategy that replaces the loss, where the loss is known at each timestep."""

    def problem(self, on: Compared) -> str:
        """Why it cannot be applied, one sentence; empty where it can."""
        if on.truth is None:
            return NO_TIME_AXIS
        return "" if on.by_timestep else NOT_BY_TIMESTEP

    def loss(self, on: Compared) -> Any:
        """Returns the Keras loss."""
        raise NotImplementedError

    def weight(self, on: Compared) -> AnyArray | None:
        """Returns the sample weights that the loss is called with."""
        return None

    def apply(self, on: Compared) -> Rule | Refusal | None:
        """Returns the rule of its loss and weights, or why there is none."""
        problem = OWN_TOTAL if on.base is None else self.problem(on)
        if problem:
            return Refusal(problem)
        return Rule(self.identifier.value, self.loss(on), self.weight(on), on.factor)


class NoMask(_LossTreatment):
    """The mean over all timesteps."""

    identifier = StrategyName.NO_MASK

    def problem(self, on: Compared) -> str:
        """A loss that mixes timesteps has no such mean."""
        return NOT_BY_TIMESTEP if not on.by_timestep and on.truth is not None else ""

    def loss(self, on: Compared) -> Any:
        """Returns a loss without mask and weights."""
        return own_loss(on, "over given", partial(OverGiven, on.base))


class Propagated(Treatment):
    """The model as it is."""

    identifier = StrategyName.PROPAGATED

    def apply(self, on: Compared) -> Rule | Refusal | None:
        """Returns the rule of the compiled loss; None where that is not all that is minimised."""
        return None if on.own_total else as_it_is(on, self.identifier.value)


def as_it_is(on: Compared, key: str) -> Rule:
    """The rule of the compiled loss, under the key of a strategy."""
    return Rule(key, on.base, on.sample_weight, on.factor)


class LossFromTargets(_LossTreatment):
    """A loss that finds padding in the targets."""

    identifier = StrategyName.LOSS_FROM_TARGETS
    over_all = False

    def problem(self, on: Compared) -> str:
        """Padding must be told by the targets."""
        return super().problem(on) or on.target_mark.problem

    def loss(self, on: Compared) -> Any:
        """Returns a loss that knows what padding looks like."""
        padding = on.target_mark.value
        detail = (self.over_all, None if padding is None else (padding.tobytes(), padding.shape))
        make = partial(FromTargets, on.base, padding, self.over_all)
        return own_loss(on, "from targets", make, detail)


class LossOverAll(LossFromTargets):
    """The same loss, divided by all timesteps."""

    identifier = StrategyName.LOSS_OVER_ALL
    over_all = True


class SampleWeight(_LossTreatment):
    """Sample weights of 0 and 1."""

    identifier = StrategyName.SAMPLE_WEIGHT
    reduction = "sum_over_batch_size"

    def loss(self, on: Compared) -> Any:
        """Returns the compiled loss with another reduction."""
        make = partial(PerTimestep, on.base, self.reduction)
        return own_loss(on, "per timestep", make, self.reduction)

    def weight(self, on: Compared) -> AnyArray | None:
        """Returns 1 at real timesteps."""
        return None if on.truth is None else on.truth.astype(np.float32)


class SampleWeightMean(SampleWeight):
    """Sample weights of 0 and 1, divided by their sum."""

    identifier = StrategyName.SAMPLE_WEIGHT_MEAN
    reduction = "mean_with_sample_weight"


class IgnoreClass(_LossTreatment):
    """The argument of the sparse cross-entropy."""

    identifier = StrategyName.IGNORE_CLASS

    def problem(self, on: Compared) -> str:
        """It must be that loss, and padding a class of its own."""
        if sparse_settings(on.base) is None:
            name = str(getattr(on.base, "name", "another loss")).replace("_", " ")
            return f"`ignore_class` is an argument of the sparse cross-entropy; this is {name}."
        problem = super().problem(on) or on.target_mark.problem
        if problem or on.target_mark.value is not None:
            return problem
        return "The batch has no padding, so there is no class to ignore."

    def loss(self, on: Compared) -> Any:
        """Returns the compiled loss with the argument."""
        padding_class = int(np.asarray(on.target_mark.value).ravel()[0])
        make = partial(ignoring_class, on.base, padding_class)
        return own_loss(on, "ignore class", make, padding_class)


def sparse_settings(base: Any) -> dict[str, Any] | None:
    """The settings of a sparse cross-entropy, but for `ignore_class`; None for other losses."""
    function = getattr(base, "fn", None)
    known = function is keras.losses.sparse_categorical_crossentropy
    if not known and not isinstance(base, keras.losses.SparseCategoricalCrossentropy):
        return None
    arguments = keras_private.loss_arguments(base)
    return {name: arguments[name] for name in ("from_logits", "axis") if name in arguments}


def ignoring_class(base: Any, padding_class: int) -> keras.losses.Loss:
    """The sparse cross-entropy `base` with `ignore_class`, reduced as Keras does by default."""
    settings = sparse_settings(base) or {}
    settings.pop("axis", None)
    return keras.losses.SparseCategoricalCrossentropy(
        ignore_class=padding_class, dtype=base.dtype, **settings
    )


class LengthsReversed(_LossTreatment):
    """A mask from lengths, turned along time where padding comes first."""

    identifier = StrategyName.LENGTHS_REVERSED
    rows_too = False

    def problem(self, on: Compared) -> str:
        """Lengths must say where padding is."""
        if on.truth is not None and on.side is None and not on.truth.all():
            fault = "Padding is not all on one side, so lengths do not say where it is."
            return super().problem(on) or fault
        return super().problem(on)

    def loss(self, on: Compared) -> Any:
        """Returns a loss over what weights keep."""
        return own_loss(on, "over given", partial(OverGiven, on.base))

    def weight(self, on: Compared) -> AnyArray | None:
        """Returns the mask, as weights."""
        assert on.truth is not None
        mask = mask_from_lengths(on.truth, on.side == "before", self.rows_too)
        return mask.astype(np.float32)


class LengthsRowsReversed(LengthsReversed):
    """The same mask with its rows turned too: the mistake."""

    identifier = StrategyName.LENGTHS_ROWS_REVERSED
    rows_too = True


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


class Custom(Treatment):
    """A loss of the user's own, measured by its own loss at a timestep if it has one."""

    identifier = StrategyName.CUSTOM
    shares_pass = False

    def __init__(self, key: str, loss: Any) -> None:
        """Takes the loss, and the key of its strategy."""
        self.key, self.given = key, loss

    def apply(self, on: Compared) -> Rule | Refusal | None:
        """Returns the rule of the loss as Keras makes it."""
        make = partial(as_loss, self.given)
        loss = kept_for(on.model, ("custom", id(self.given)), make, self.given)
        return Rule(self.key, loss, on.sample_weight)

    def measure(self, run: ComparisonRun, plan: Plan) -> None:
        """Measures it in a pass of its own."""
        assert plan.rule is not None
        own = _by_timestep(run, plan.rule.loss)
        run.measure_alone(plan, plan.rule.loss if own else None)


def _by_timestep(run: ComparisonRun, loss: Any) -> bool:
    """True if a loss keeps the shape of the compiled one's loss at each timestep."""
    y = run.subject.y[:1].astype(np.float32)
    prediction = run.measured.prediction[:1].astype(np.float32)
    return tuple(np.shape(loss.call(y, prediction))) == (1, *run.measured.loss.shape[1:])


def as_loss(loss: Any) -> Any:
    """A loss object from a function, as Keras makes it."""
    if isinstance(loss, keras.losses.Loss):
        return loss
    name = getattr(loss, "__name__", "custom_loss")
    return keras_private.LossFunctionWrapper(loss, name=name)


LOSS_TREATMENTS: tuple[Treatment, ...] = (
    NoMask(),
    Propagated(),
    LossFromTargets(),
    LossOverAll(),
    SampleWeight(),
    SampleWeightMean(),
    IgnoreClass(),
    LengthsReversed(),
    LengthsRowsReversed(),
)
"""One of each class above, but for losses of the user's own."""
