"""Leaks by the amount of padding: each row alone, padding elsewhere, more of it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.leaks import Effect
from inspector.engine import perturbing
from inspector.engine.cache import model_pass
from inspector.engine.comparing import Comparer
from inspector.engine.memory import NO_FINDING
from inspector.engine.passes import PassInputs, PassOptions
from inspector.engine.seam import keras as keras_private
from inspector.engine.watching import go_on

if TYPE_CHECKING:
    from inspector.engine.probing import Prober

ROWS_ALONE = 8
"""At most this many rows are run alone at their true length."""
_LONGER = 3
# Other shapes sum in another order, which costs about one digit of float32.
_SHAPE_FACTOR = 20.0
# In half precision that digit is no more than twice the error that is allowed for anyway.
_MOST_ERROR = 2e-2


def amount_effects(prober: "Prober", independent: bool) -> list[Effect]:
    """Each row alone, then the same sentences padded on the other side and padded longer.

    Args:
        prober: What is probed.
        independent: Other rows were seen to change nothing, so rows of one length can be run
            together.
    """
    if draws_matter(prober):
        reason = "Layers draw random numbers here, and other ones for other timesteps."
        return [Effect(what, False, reason=reason) for what in ("alone", "other_side", "longer")]
    fixed = fixed_length(prober)
    if fixed:
        reason = f"The model takes exactly {fixed} timesteps."
        alone, longer = (Effect(what, False, reason=reason) for what in ("alone", "longer"))
    else:
        alone, longer = each_alone(prober, independent), padded(prober, "longer")
    return [alone, padded(prober, "other_side"), longer]


def draws_matter(prober: "Prober") -> bool:
    """True if layers draw random numbers and these, as far as can be told, reach predictions.

    Recurrent layers with dropout draw in inference too and use nothing of it. The batch twice over
    tells: where draws are used, the second half gets others than the first.
    """
    if not any(keras_private.is_seed(path) for path in prober.runner.states_changed):
        return False
    if prober.subject.training:
        return True
    twice = keras_private.map_structure(lambda array: np.concatenate([array, array]), prober.x)
    try:
        found = predict(prober, twice)
    except NO_FINDING:
        raise
    except Exception:  # The model takes so many rows and no others.
        return True
    rows = len(prober.rows)
    leaves = keras_private.flatten(found)
    return not all(np.array_equal(a[:rows], a[rows:], equal_nan=True) for a in leaves)


def fixed_length(prober: "Prober") -> int | None:
    """The number of timesteps that the model's inputs insist on, or None."""
    shapes = keras_private.input_shapes(prober.subject.model)
    first = next((truth for truth in prober.truths.inputs if truth is not None), None)
    for shape, truth in zip(shapes, prober.truths.inputs, strict=False):
        if truth is None or len(shape) < 2 or shape[1] is None:
            continue
        if first is not None and (not truth.all() or truth.shape == first.shape):
            return shape[1]
    return None


def predict(prober: "Prober", x: Any) -> Any:
    """Predictions for rows of any number and length.

    One trace with open axes serves every length; but a layer may compute something else when it
    does not know the number of timesteps (`TimeDistributed` in Keras 3.15.1). So the trace is first
    tried on the batch itself, and where it gives other predictions the model runs eagerly.
    """
    go_on("leak tests")
    options = PassOptions(training=prober.subject.training, relaxed=True)
    runner = model_pass(prober.subject.model, options, PassInputs(prober.x))
    if not runner.verified and not runner.eager:
        known = runner.run(PassInputs(prober.x))["predictions"]
        runner.eager = runner.eager or not _equal(known, prober.base["predictions"])
        runner.verified = True
    return runner.run(PassInputs(x))["predictions"]


def _equal(first: Any, second: Any) -> bool:
    return all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-3, atol=1e-4, equal_nan=True)
        for a, b in zip(keras_private.flatten(first), keras_private.flatten(second), strict=True)
    )


def each_alone(prober: "Prober", independent: bool) -> Effect:
    """Runs rows without their padding, and compares their real timesteps."""
    valid = prober.compare.valid
    compare = Comparer(None, _tolerance(prober))
    worst = Effect("alone", True)
    tested = 0
    for rows in runs_alone(prober, independent):
        try:
            alone = predict(prober, _cut(prober, rows))
        except NO_FINDING:
            raise
        except Exception as error:  # The model's own code rejects this length.
            return Effect("alone", False, reason=_refused(error))
        for place, row in enumerate(rows):
            before = [
                leaf[row][valid[row]]
                if valid is not None and prober.compare.timed(leaf)
                else leaf[row]
                for leaf in keras_private.flatten(prober.base["predictions"])
            ]
            after = [_asked_of(prober, leaf[place], row) for leaf in keras_private.flatten(alone)]
            if any(a.shape != b.shape for a, b in zip(before, after, strict=True)):
                reason = "A row alone gives another number of timesteps."
                return Effect("alone", False, reason=reason)
            effect = compare.effect("alone", [b[None] for b in before], [a[None] for a in after])
            worst, tested = Comparer.worse(worst, effect), tested + 1
    if not tested:
        return Effect("alone", False, reason="No row has a real timestep.")
    return worst


def _tolerance(prober: "Prober") -> float:
    return min(prober.subject.tolerance * _SHAPE_FACTOR, _MOST_ERROR)


def _asked_of(prober: "Prober", alone: AnyArray, row: int) -> AnyArray:
    """Of the predictions for a row alone those whose target is real, as with next tokens."""
    valid = prober.compare.valid
    truth = next((t for t in prober.truths.inputs if t is not None), None)
    if valid is None or truth is None or not _within(valid, truth):
        return alone
    same = alone.ndim > 0 and alone.shape[0] == int(truth[row].sum())
    return alone[valid[row][truth[row]]] if same else alone


def _within(targets: BoolArray, truth: BoolArray) -> bool:
    """True if the targets stand on the timesteps of the input, and are real only where those are.

    The last real timestep of a sentence has no next token: its target is padding.
    """
    return targets.shape == truth.shape and not bool((targets & ~truth).any())


def runs_alone(prober: "Prober", independent: bool) -> list[list[int]]:
    """Rows that are run at a time: one, or all of one length where rows are independent."""
    runs: dict[object, list[int]] = {}
    for row in rows_alone(prober):
        lengths = [int(t[row].sum()) for t in prober.truths.inputs if t is not None]
        runs.setdefault(tuple(lengths) if independent else row, []).append(row)
    return list(runs.values())


def rows_alone(prober: "Prober") -> list[int]:
    """Rows to run alone: those with padding first, of different lengths."""
    truth = next((t for t in prober.truths.inputs if t is not None), None)
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


def _cut(prober: "Prober", rows: list[int]) -> Any:
    """The given rows of one length, without their padding."""
    truths = prober.truths.inputs

    def change(number: int, array: AnyArray) -> AnyArray:
        truth = truths[number] if number < len(truths) else None
        return np.concatenate([perturbing.row_alone(array, row, truth) for row in rows])

    return perturbing.with_leaves(prober.x, change)


def padded(prober: "Prober", what: str) -> Effect:
    """The same sentences with the padding elsewhere (`other_side`) or more of it (`longer`)."""
    truths = prober.truths.inputs
    first = next((t for t in truths if t is not None), None)
    side = None if first is None else perturbing.one_sided(first)
    if first is None or side is None:
        return Effect(what, False, reason="The batch has no padding on one side to go by.")
    target = {"before": "after", "after": "before"}[side] if what == "other_side" else side
    timesteps = first.shape[1] + (_LONGER if what == "longer" else 0)

    def change(number: int, array: AnyArray) -> AnyArray:
        truth = truths[number] if number < len(truths) else None
        if truth is None or truth.shape != first.shape:
            return array
        return perturbing.padded_on(array, truth, target, timesteps)

    moved = perturbing.with_leaves(prober.x, change)
    try:
        after = predict(prober, moved)
    except NO_FINDING:
        raise
    except Exception as error:  # The model's own code rejects this length.
        return Effect(what, False, reason=_refused(error))
    return _compared(prober, what, after, first, target)


def _compared(prober: "Prober", what: str, after: Any, first: BoolArray, target: str) -> Effect:
    """Compares the real timesteps, wherever they are now: puts them back where they were."""
    valid = prober.compare.valid
    compare = replace(prober.compare, tolerance=_tolerance(prober))
    back: list[AnyArray] = []
    before = keras_private.flatten(prober.base["predictions"])
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
    said = lines[0][:160] if lines else type(error).__name__
    return f"The model does not run at that length: {said}"
