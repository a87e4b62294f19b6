"""Gradients by the parameters, computed once for all strategies that share them.

A strategy's gradient is  sum_t w_t * dl_t/dtheta  with its weights w: a real part, over real
timesteps, and a padding part. Most strategies weight all real timesteps alike, and all padding, so
that their parts differ by a factor only and one backward pass serves them all.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from keras import ops

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.engine.forward.edits import Edit
from inspector.engine.forward.losses import Rule, loss_map
from inspector.engine.forward.model_pass import (
    FEW_TIMESTEPS,
    TracedFunction,
    kept_for,
    predict,
    running,
)
from inspector.engine.inspection.question import Question
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import gradients, name_scope, recording, to_tensor, to_tensors
from inspector.engine.strategies.compared import Compared, leaf_at

CELLS_AT_ONCE = 2**15
"""At most so many timesteps are held for one backward pass."""

_ALIKE = 1e-5


@dataclass
class Directions:
    """Weights of timesteps that differ by more than a factor.

    Attributes:
        kept: One array per direction, its largest absolute value 1.
    """

    kept: list[FloatArray] = field(default_factory=list)

    def add(self, weight: FloatArray) -> tuple[int, float] | None:
        """Returns number and factor of the direction of `weight`; None where it is all 0."""
        size = float(np.abs(weight).max(initial=0.0))
        if size == 0.0:
            return None
        for number, known in enumerate(self.kept):
            factor = float((known * weight).sum() / (known * known).sum())
            if np.abs(weight - factor * known).max() <= _ALIKE * size:
                return number, factor
        self.kept.append(weight / size)
        return len(self.kept) - 1, size


@dataclass(frozen=True, eq=False)
class GradientParts:
    """The gradient of one strategy in its two parts.

    Attributes:
        real: The part from real timesteps, flat; None where it is zero.
        padding: The part from padding, flat; None where it is zero.
    """

    real: AnyArray | None
    padding: AnyArray | None

    @property
    def whole(self) -> AnyArray | None:
        """Their sum; None where it is zero."""
        if self.real is None or self.padding is None:
            return self.padding if self.real is None else self.real
        return self.real + self.padding

    @property
    def padding_share(self) -> float | None:
        """|padding| / (|padding| + |real|); None where both are zero or not finite."""
        padding, real = length(self.padding), length(self.real)
        total = padding + real
        return padding / total if np.isfinite(total) and total > 0 else None


def length(vector: AnyArray | None) -> float:
    """Euclidean length; 0 for None."""
    return 0.0 if vector is None else float(np.sqrt((vector * vector).sum()))


def cosine(first: AnyArray | None, second: AnyArray | None) -> float | None:
    """Cosine of the angle between two gradients; None where one is zero or not finite."""
    if first is None or second is None:
        return None
    product = length(first) * length(second)
    if not np.isfinite(product) or product == 0.0:
        return None
    return float(np.clip((first * second).sum() / product, -1.0, 1.0))


def gradient_parts(
    weights: dict[str, FloatArray],
    valid: BoolArray | None,
    run: Callable[[list[FloatArray]], list[AnyArray]],
) -> dict[str, GradientParts]:
    """Computes the gradient of every strategy from as few backward passes as possible.

    Args:
        weights: Weights of the timesteps, per strategy; no NaN.
        valid: The truth; None counts everything as real.
        run: Given directions, returns their gradients, flat.
    """
    directions = Directions()
    where: dict[str, list[tuple[int, float] | None]] = {}
    for key, weight in weights.items():
        real = np.ones(weight.shape, bool) if valid is None else valid
        where[key] = [directions.add(np.where(cells, weight, 0.0)) for cells in (real, ~real)]
    vectors = run(directions.kept) if directions.kept else []

    def vector(place: tuple[int, float] | None) -> AnyArray | None:
        return None if place is None else vectors[place[0]] * place[1]

    return {
        key: GradientParts(*(vector(place) for place in places)) for key, places in where.items()
    }


@dataclass(frozen=True, eq=False)
class GradientPass:
    """How a model is run for gradients by its parameters.

    Attributes:
        on: The model.
        question: Its batch, or another one.
        edits: Changes of the pass.
    """

    on: Compared
    question: Question
    edits: tuple[Edit, ...] = ()

    @property
    def targets(self) -> AnyArray:
        """Targets of the output that has the loss."""
        targets: AnyArray = keras_private.flatten(self.question.y)[0]
        return targets

    def function(
        self, key: tuple[Any, ...], total_of: Callable[..., list[Any]], alive: Any
    ) -> TracedFunction:
        """Returns a function of tensors that gives the gradients of some totals.

        Args:
            key: Tells it from others of this model.
            total_of: Given targets, prediction and further tensors, returns the totals.
            alive: Kept with the function: what the key names by identity must not be gone.
        """
        on = self.on
        edits = tuple(edit.bare() for edit in self.edits)
        reference = weakref.ref(on.model)
        path = on.path

        def body(x: Any, y: Any, arrays: Any, further: Any) -> Any:
            model: Any = reference()
            hands = [edit.begin(a, x) for edit, a in zip(edits, arrays, strict=True)]
            variables = [variable.value for variable in model.trainable_variables]
            with recording(variables, several=True) as tape:
                with running(model, hands), name_scope("gradients"):
                    prediction = leaf_at(path, predict(model, x, False))
                    totals = total_of(y, prediction, further)
            return [dense_gradients(tape, total, variables) for total in totals]

        made: TracedFunction = kept_for(
            on.model, (*key, edits, on.flat_time), lambda: TracedFunction(body), alive
        )
        return made

    def arrays(self, rows: slice) -> tuple[Any, Any, Any]:
        """Input, targets and what the edits need of some rows, as tensors."""
        x = keras_private.rows_of(self.question.x, rows)
        edits = [to_tensors(edit.part(rows).arrays()) for edit in self.edits]
        return to_tensors(x), to_tensor(self.targets[rows]), edits


def weighted_gradients(place: GradientPass, directions: list[FloatArray]) -> list[AnyArray]:
    """The gradient of sum(direction * loss) by the parameters for each direction, flat, float64.

    Long sequences take two directions at a time, so that one forward pass serves both; more would
    take too long to trace.
    """
    timesteps = directions[0].size // len(place.targets)
    at_once = 2 if timesteps > FEW_TIMESTEPS else 1
    totals: list[AnyArray] = []
    for start in range(0, len(directions), at_once):
        totals += _gradients(place, directions[start : start + at_once])
    return totals


def _gradients(place: GradientPass, directions: list[FloatArray]) -> list[AnyArray]:
    base, flat_time = place.on.base, place.on.flat_time

    def totals_of(y: Any, prediction: Any, weights: Any) -> list[Any]:
        loss = loss_map(base, y, prediction, flat_time)
        return [ops.sum(loss * ops.cast(weight, loss.dtype)) for weight in weights]

    run = place.function(("gradients", id(base), len(directions)), totals_of, base)
    rows = len(place.targets)
    rows_at_once = max(1, CELLS_AT_ONCE // max(directions[0].size // rows, 1))
    totals: list[AnyArray] = []
    for start in range(0, rows, rows_at_once):
        piece = slice(start, start + rows_at_once)
        weights = [to_tensor(direction[piece].astype(np.float32)) for direction in directions]
        vectors = [flat(parts) for parts in run(*place.arrays(piece), weights)]
        totals = [a + b for a, b in zip(totals, vectors, strict=True)] if totals else vectors
    return totals


def flat(parts: list[AnyArray]) -> AnyArray:
    """The gradients of all variables in one vector, float64."""
    vectors = [np.asarray(part, np.float64).ravel() for part in parts]
    return np.concatenate(vectors) if vectors else np.zeros(0)


def dense_gradients(tape: Any, total: Any, variables: list[Any]) -> list[Any]:
    """The gradients of all variables, each one tensor; zeros where nothing depends on it."""
    return [dense(g, v) for g, v in zip(gradients(tape, total, variables), variables, strict=True)]


def dense(part: Any, variable: Any) -> Any:
    """A gradient as one tensor; zeros where nothing depends on the variable."""
    return ops.zeros_like(variable) if part is None else to_tensor(part)


def rule_gradient(place: GradientPass, rule: Rule, valid: BoolArray | None) -> GradientParts:
    """The gradient of a loss that mixes timesteps, in the parts that go through each of them.

    It is taken on the whole batch, since nothing is known of how such a loss divides.
    """

    def totals_of(y: Any, prediction: Any, further: Any) -> list[Any]:
        weight, cells = further
        ones = [1] * (len(prediction.shape) - len(cells.shape))
        through = ops.reshape(cells, [*ops.shape(cells), *ones])
        held = ops.where(through, prediction, ops.stop_gradient(prediction))
        keras_private.set_mask(held, keras_private.get_mask(prediction))
        return [rule.value(y, held, weight)]

    run = place.function(("rule gradient", id(rule.loss), rule.factor), totals_of, rule)
    arrays, weight = place.arrays(slice(None)), to_tensor(rule.sample_weight)
    real = np.ones(len(place.targets), bool) if valid is None else valid
    parts = [flat(run(*arrays, (weight, to_tensor(cells)))[0]) for cells in (real, ~real)]
    return GradientParts(*(vector if vector.any() else None for vector in parts))
