"""What the rules of strategies give on a batch: weights by `forward`, and the division of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.core.ledger import LossLedger
from inspector.engine.failures import NO_FINDING
from inspector.engine.forward.edits import Edit
from inspector.engine.forward.losses import Rule
from inspector.engine.forward.rows import OutputLoss, PassResult, forward
from inspector.engine.inspection.ledgers import (
    Measured,
    ledger_of,
    mixes_rows,
    without_own_divisor,
)
from inspector.engine.inspection.question import Question
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import BACKEND_ERROR, to_tensor
from inspector.engine.strategies.compared import Compared, leaf_at
from inspector.engine.strategies.formulas import Formula, formula_of, verified

_MOST_RUNS = 64
"""A loss that reduces by itself is run for batches of which there are at most so many."""


@dataclass(frozen=True, eq=False)
class RuleMeasure:
    """What one rule gives on the whole batch.

    Attributes:
        output: Its value without penalties, and the weight of every timestep in it.
        ledger: The same as a ledger, made as `inspect` makes that of the compiled loss.
        formula: The division it makes, if known and verified.
        by_batch_size: Its value for batch sizes, where it was run for them; needed without a
            formula only.
    """

    output: OutputLoss
    ledger: LossLedger
    formula: Formula | None = None
    by_batch_size: Mapping[int, float] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """Its part of Keras's value, without penalties."""
        return self.output.value

    @property
    def exact(self) -> bool:
        """The weights explain the gradient."""
        return self.output.exact

    @property
    def divides_itself(self) -> bool:
        """The loss divides by the number of real timesteps itself: the ledger has it undone."""
        raw, shown = self.output.loss, self.ledger.loss
        if raw is None or shown is None:
            return False
        return not np.array_equal(raw, shown, equal_nan=True)

    @property
    def weight(self) -> FloatArray:
        """Shaped like the loss; NaN where it cannot be measured."""
        weight = self.output.weight
        return np.full(self.output.influence.shape, np.nan) if weight is None else weight

    @property
    def influence(self) -> BoolArray:
        """bool, the value moves with the prediction there."""
        return self.output.influence


@dataclass(frozen=True, eq=False)
class RulesMeasure:
    """What one pass gives on the whole batch.

    Attributes:
        loss: (rows, timesteps) or (rows,), float64.
        prediction: Of the output that has the loss.
        mask: On it, or None.
        penalty: Regularizers; `call_penalty` of it from calls.
        rules: By key.
    """

    loss: FloatArray
    prediction: AnyArray
    mask: AnyArray | None
    penalty: float
    call_penalty: float
    rules: Mapping[str, RuleMeasure]


def measure_rules(
    on: Compared,
    question: Question,
    rules: Sequence[Rule],
    *,
    edits: Sequence[Edit] = (),
    base: Any = None,
) -> RulesMeasure:
    """Runs the batch of a question once, and measures every rule.

    Args:
        on: Model and batch as they are.
        question: The same, or another batch for that model.
        rules: The numbers to measure.
        edits: Changes of the pass.
        base: The loss at a timestep, in place of the compiled one.
    """
    run = forward(question, rules, edits=edits, base=base, calls=False, whole=True)
    outputs = {rule.key: run.losses[rule.key][0] for rule in rules}
    first = next(iter(outputs.values()))
    measure = RulesMeasure(
        loss=np.zeros(0) if first.loss is None else first.loss,
        prediction=leaf_at(on.path, run.predictions),
        mask=run.prediction_masks[on.position_in(run.predictions)],
        penalty=run.penalty,
        call_penalty=run.call_penalty,
        rules={
            rule.key: RuleMeasure(outputs[rule.key], ledger)
            for rule, ledger in zip(rules, _ledgers(on, question, rules, run, base), strict=True)
        },
    )
    known = {rule.key: _with_formula(rule, measure, question) for rule in rules}
    return replace(measure, rules=known)


def _ledgers(
    on: Compared, question: Question, rules: Sequence[Rule], run: PassResult, base: Any
) -> Iterator[LossLedger]:
    base = on.base if base is None else base
    predictions, position = keras_private.flatten(run.predictions), on.position_in(run.predictions)
    target, truth = keras_private.flatten(question.y)[0], question.truth.output
    broadcast = mixes_rows(base, [target], [predictions[position]], 0)
    for rule in rules:
        measured = Measured(
            total=run.totals[rule.key] + run.penalty,
            penalty=run.penalty,
            call_penalty=run.call_penalty,
            batch_size=question.batch_size,
            in_parts=question.in_parts,
            sample_weight=rule.sample_weight,
            broadcast=broadcast,
        )
        output = run.losses[rule.key][0]
        if truth is not None:
            output = without_own_divisor(base, target, predictions[position], output, truth)
        yield ledger_of(measured, output, truth, run.prediction_masks[position])


def _with_formula(rule: Rule, measure: RulesMeasure, question: Question) -> RuleMeasure:
    measured = measure.rules[rule.key]
    target = keras_private.flatten(question.y)[0]
    shape = np.shape(measure.loss)
    formula = None
    if not measured.divides_itself:
        formula = formula_of(rule.loss, target, rule.sample_weight, measure.mask, shape)
    if formula is not None and rule.factor != 1.0:
        formula = replace(formula, factor=rule.factor)
    value = measured.output.value
    formula = verified(formula, measure.loss, question.batch_size, value)
    if formula is None and np.isfinite(value):
        return replace(measured, by_batch_size=_by_running(rule, measure, target))
    return replace(measured, formula=formula)


def _by_running(rule: Rule, measure: RulesMeasure, target: AnyArray) -> dict[int, float]:
    """Its value for doubled batch sizes, on the predictions of the whole batch.

    Sizes at which the loss fails are left out: a mask (rows, timesteps) fits a loss (rows,) where
    both numbers are the same, and only there.
    """
    rows = len(target)
    values = {}
    for size in (*(2**power for power in range(rows.bit_length())), rows):
        if rows > _MOST_RUNS * size:
            continue
        starts = [slice(start, start + size) for start in range(0, rows, size)]
        shares = [len(target[piece]) / rows for piece in starts]
        try:
            values[size] = _mean(shares, [_run(rule, measure, target, piece) for piece in starts])
        except NO_FINDING:
            raise
        except (BACKEND_ERROR, ValueError):
            continue
    return values


def _run(rule: Rule, measure: RulesMeasure, target: AnyArray, piece: slice) -> float:
    prediction = to_tensor(measure.prediction[piece])
    if measure.mask is not None:
        keras_private.set_mask(prediction, to_tensor(measure.mask[piece]))
    weight = None if rule.sample_weight is None else rule.sample_weight[piece]
    return float(rule.value(to_tensor(target[piece]), prediction, weight))


def _mean(shares: list[float], values: list[Any]) -> float:
    return sum(share * float(value) for share, value in zip(shares, values, strict=True))
