"""Leaks by the amount of padding: each row alone, padding elsewhere, more of it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.leaks import Effect
from inspector.engine.failures import NO_FINDING
from inspector.engine.forward.model_pass import PassInputs, PassPlan, model_pass
from inspector.engine.inspection import disturb
from inspector.engine.inspection.changes import Comparer
from inspector.engine.inspection.question import Question
from inspector.engine.seam import keras as keras_private
from inspector.engine.watching import go_on

ROWS_ALONE = 8
"""At most this many rows are run alone at their true length."""
_LONGER = 3
# Other shapes sum in another order, which costs about one digit of float32.
_SHAPE_FACTOR = 20.0
# In half precision that digit is no more than twice the error that is allowed for anyway.
_MOST_ERROR = 2e-2


@dataclass(frozen=True, eq=False)
class Undisturbed:
    """The rows that are tested, and what the model gives for them as they are.

    Attributes:
        question: Of these rows, its truth settled.
        predictions: In the structure of the model's outputs.
        states_changed: Variables that the model changes as it runs.
        compare: Compares predictions at real timesteps.
    """

    question: Question
    predictions: Any
    states_changed: tuple[str, ...]
    compare: Comparer


def amount_effects(tested: Undisturbed, independent: bool) -> list[Effect]:
    """Each row alone, then the same sentences padded on the other side and padded longer.

    Args:
        tested: The rows and what they give.
        independent: Other rows were seen to change nothing, so rows of one length can be run
            together.
    """
    if draws_matter(tested):
        reason = "Layers draw random numbers here, and other ones for other timesteps."
        return [Effect(what, False, reason=reason) for what in ("alone", "other_side", "longer")]
    fixed = fixed_length(tested)
    if fixed:
        reason = f"The model takes exactly {fixed} timesteps."
        alone, longer = (Effect(what, False, reason=reason) for what in ("alone", "longer"))
    else:
        alone, longer = each_alone(tested, independent), padded(tested, "longer")
    return [alone, padded(tested, "other_side"), longer]


def draws_matter(tested: Undisturbed) -> bool:
    """True if layers draw random numbers and these, as far as can be told, reach predictions.

    Recurrent layers with dropout draw in inference too and use nothing of it. The batch twice over
    tells: where draws are used, the second half gets others than the first.
    """
    if not any(keras_private.is_seed(path) for path in tested.states_changed):
        return False
    if tested.question.training:
        return True
    twice = keras_private.map_structure(
        lambda array: np.concatenate([array, array]), tested.question.x
    )
    try:
        predictions = predict(tested, twice)
    except NO_FINDING:
        raise
    except Exception:  # The model takes so many rows and no others.
        return True
    rows = tested.question.rows
    leaves = keras_private.flatten(predictions)
    return not all(np.array_equal(a[:rows], a[rows:], equal_nan=True) for a in leaves)


def fixed_length(tested: Undisturbed) -> int | None:
    """The number of timesteps that the model's inputs insist on, or None."""
    shapes = keras_private.input_shapes(tested.question.model)
    first = tested.question.truth.first
    for shape, known in zip(shapes, tested.question.truth.inputs, strict=False):
        truth = known.valid
        if truth is None or len(shape) < 2 or shape[1] is None:
            continue
        if first is not None and (not truth.all() or truth.shape == first.shape):
            return shape[1]
    return None


def predict(tested: Undisturbed, x: Any) -> Any:
    """Predictions for rows of any number and length.

    One trace with open axes serves every length; but a layer may compute something else when it
    does not know the number of timesteps (`TimeDistributed` in Keras 3.15.1). So the trace is first
    tried on the batch itself, and where it gives other predictions the model runs eagerly.
    """
    go_on("leak tests")
    question = tested.question
    plan = PassPlan(training=question.training, relaxed=True)
    running = model_pass(question.model, plan, PassInputs(question.x))
    function = running.function
    if not function.verified and not function.eager:
        predictions = running.run(PassInputs(question.x)).predictions
        function.eager = function.eager or not _equal(predictions, tested.predictions)
        function.verified = True
    return running.run(PassInputs(x)).predictions


def _equal(first: Any, second: Any) -> bool:
    return all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-3, atol=1e-4, equal_nan=True)
        for a, b in zip(keras_private.flatten(first), keras_private.flatten(second), strict=True)
    )


def each_alone(tested: Undisturbed, independent: bool) -> Effect:
    """Runs rows without their padding, and compares their real timesteps."""
    valid = tested.compare.valid
    compare = Comparer(None, _tolerance(tested))
    worst = Effect("alone", True)
    count = 0
    for rows in runs_alone(tested, independent):
        try:
            alone = predict(tested, _cut(tested, rows))
        except NO_FINDING:
            raise
        except Exception as error:  # The model's own code rejects this length.
            return Effect("alone", False, reason=_refused(error))
        for place, row in enumerate(rows):
            before = [
                leaf[row][valid[row]]
                if valid is not None and tested.compare.timed(leaf)
                else leaf[row]
                for leaf in keras_private.flatten(tested.predictions)
            ]
            after = [_asked_of(tested, leaf[place], row) for leaf in keras_private.flatten(alone)]
            if any(a.shape != b.shape for a, b in zip(before, after, strict=True)):
                reason = "A row alone gives another number of timesteps."
                return Effect("alone", False, reason=reason)
            effect = compare.effect("alone", [b[None] for b in before], [a[None] for a in after])
            worst, count = Comparer.worse(worst, effect), count + 1
    if not count:
        return Effect("alone", False, reason="No row has a real timestep.")
    return worst


def _tolerance(tested: Undisturbed) -> float:
    return min(tested.compare.tolerance * _SHAPE_FACTOR, _MOST_ERROR)


def _asked_of(tested: Undisturbed, alone: AnyArray, row: int) -> AnyArray:
    """Of the predictions for a row alone those whose target is real, as with next tokens."""
    valid = tested.compare.valid
    truth = tested.question.truth.first
    if valid is None or truth is None or not _within(valid, truth):
        return alone
    same = alone.ndim > 0 and alone.shape[0] == int(truth[row].sum())
    return alone[valid[row][truth[row]]] if same else alone


def _within(targets: BoolArray, truth: BoolArray) -> bool:
    """True if the targets stand on the timesteps of the input, and are real only where those are.

    The last real timestep of a sentence has no next token: its target is padding.
    """
    return targets.shape == truth.shape and not bool((targets & ~truth).any())


def runs_alone(tested: Undisturbed, independent: bool) -> list[list[int]]:
    """Rows that are run at a time: one, or all of one length where rows are independent."""
    runs: dict[object, list[int]] = {}
    for row in rows_alone(tested):
        inputs = [known.valid for known in tested.question.truth.inputs]
        lengths = [int(valid[row].sum()) for valid in inputs if valid is not None]
        runs.setdefault(tuple(lengths) if independent else row, []).append(row)
    return list(runs.values())


def rows_alone(tested: Undisturbed) -> list[int]:
    """Rows to run alone: those with padding first, of different lengths."""
    truth = tested.question.truth.first
    if truth is None:
        return []
    lengths = truth.sum(axis=1)
    order = sorted(range(len(lengths)), key=lambda row: (lengths[row] == truth.shape[1], row))
    usable = [row for row in order if lengths[row] > 0]
    distinct: dict[int, int] = {}
    for row in usable:
        distinct.setdefault(int(lengths[row]), row)
    rest = [row for row in usable if row not in distinct.values()]
    return [*distinct.values(), *rest][:ROWS_ALONE]


def _cut(tested: Undisturbed, rows: list[int]) -> Any:
    """The given rows of one length, without their padding."""
    truth = tested.question.truth

    def change(number: int, array: AnyArray) -> AnyArray:
        valid = truth.of_input(number)
        return np.concatenate([disturb.row_alone(array, row, valid) for row in rows])

    return disturb.with_leaves(tested.question.x, change)


def padded(tested: Undisturbed, what: str) -> Effect:
    """The same sentences with the padding elsewhere (`other_side`) or more of it (`longer`)."""
    known = tested.question.truth
    first = known.first
    side = None if first is None else disturb.one_sided(first)
    if first is None or side is None:
        return Effect(what, False, reason="The batch has no padding on one side to go by.")
    target = {"before": "after", "after": "before"}[side] if what == "other_side" else side
    timesteps = first.shape[1] + (_LONGER if what == "longer" else 0)

    def change(number: int, array: AnyArray) -> AnyArray:
        truth = known.of_input(number)
        if truth is None or truth.shape != first.shape:
            return array
        return disturb.padded_on(array, truth, target, timesteps)

    moved = disturb.with_leaves(tested.question.x, change)
    try:
        after = predict(tested, moved)
    except NO_FINDING:
        raise
    except Exception as error:  # The model's own code rejects this length.
        return Effect(what, False, reason=_refused(error))
    return _compared(tested, what, after, first, target)


def _compared(tested: Undisturbed, what: str, after: Any, first: BoolArray, target: str) -> Effect:
    """Compares the real timesteps, wherever they are now: puts them back where they were."""
    valid = tested.compare.valid
    compare = replace(tested.compare, tolerance=_tolerance(tested))
    back: list[AnyArray] = []
    before = keras_private.flatten(tested.predictions)
    for b, a in zip(before, keras_private.flatten(after), strict=True):
        moved = a
        if valid is not None and compare.timed(b):
            if not _within(valid, first):
                return Effect(what, False, reason="The output has a time axis of its own.")
            lengths, steps = first.sum(axis=1)[:, None], np.arange(a.shape[1])[None]
            now = steps < lengths if target == "after" else steps >= a.shape[1] - lengths
            moved = np.array(b)
            if a[now].shape == b[first].shape:
                moved[valid] = a[now][valid[first]]
            else:
                moved = a[:0]
        if moved.shape != b.shape:
            reason = "The output has another number of timesteps then."
            return Effect(what, False, reason=reason)
        back.append(moved)
    return compare.effect(what, before, back)


def _refused(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    message = lines[0][:160] if lines else type(error).__name__
    return f"The model does not run at that length: {message}"
