"""The mask put back behind its stop: where, found by trying, and whether padding then leaks."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.diagnosis.causes import Stop
from inspector.core.leaks import Effect
from inspector.core.trace import CallKey, MaskState, Trace
from inspector.engine.forward.edits import Edit, NoiseAfter, PutMask
from inspector.engine.forward.losses import Rule
from inspector.engine.forward.model_pass import predict, running
from inspector.engine.forward.rows import forward
from inspector.engine.inspection.changes import Comparer
from inspector.engine.inspection.disturb import noise_at, with_leaves
from inspector.engine.inspection.leaks import of_rows
from inspector.engine.inspection.question import Question
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import to_tensor
from inspector.engine.strategies.compared import Compared, leaf_at
from inspector.engine.strategies.rule_measures import RulesMeasure

_MOST_PLACES = 8
_ROWS_TRIED = 4
_DRAWS = (1, 2, 3)
_ROWS_DISTURBED = 32


@dataclass(frozen=True)
class Places:
    """Where the mask is put back.

    Attributes:
        keys: The calls behind which it is put.
        names: Their names.
        problem: Why it cannot be put back, one sentence; empty where it can.
    """

    keys: tuple[CallKey, ...] = ()
    names: tuple[str, ...] = ()
    problem: str = ""


def find_places(on: Compared) -> Places:
    """Puts the mask back behind the stop, and again wherever it is lost once more."""
    trace, marks = on.inspection.trace, on.valid
    left = _candidates(trace, on.inspection.diagnosis.stop, marks)
    if not left:
        return Places(problem="Behind the stop nothing has the time axis of the sentences.")
    keys = [step.key for step in trace.steps]
    few = slice(0, _ROWS_TRIED)
    part = keras_private.map_structure(lambda array: to_tensor(array[few]), on.x)
    chosen: list[int] = []
    index: int | None = left[0]
    while index is not None and len(chosen) < _MOST_PLACES:
        chosen.append(index)
        masks, final = _masks(on, part, tuple(keys[i] for i in chosen), marks[few])
        if _arrives(final, marks[few]):
            names = tuple(trace.steps[number].name for number in chosen)
            return Places(tuple(keys[number] for number in chosen), names)
        later = [i for i in left if i > chosen[-1]]
        index = next((i for i in later if not _arrives(masks.get(keys[i]), marks[few])), None)
    return Places(problem="It is lost again behind every place where it could be put back.")


def _candidates(trace: Trace, stop: Stop | None, valid: BoolArray) -> list[int]:
    """Steps behind which the mask could be put, in the order in which they run.

    These are the calls of the model itself, from the stop on, whose output has the time axis of
    the batch and does not carry the right mask.
    """
    start = stop.step if stop is not None and stop.step is not None else 0
    return [
        step.index
        for step in trace.steps
        if step.index >= start
        and step.depth == 0
        and step.has_time_axis
        and not step.yields_bool
        and len(step.output_shape) >= 3
        and step.output_shape[1] == valid.shape[1]
        and step.handed_on_state is not MaskState.CORRECT
    ]


def _masks(
    on: Compared, x: Any, places: tuple[CallKey, ...], marks: BoolArray
) -> tuple[dict[CallKey, AnyArray | None], AnyArray | None]:
    """The mask behind every call, and on the prediction, with the mask put back at `places`."""
    hand = PutMask(places).begin(to_tensor(marks), x)
    with running(on.model, [hand], calls=True) as (recorder, _):
        prediction = leaf_at(on.path, predict(on.model, x, False))
    assert recorder is not None
    masks = {
        record.facts.key: None if record.output_mask is None else np.asarray(record.output_mask)
        for record in recorder.records
    }
    final = keras_private.get_mask(prediction)
    return masks, None if final is None else np.asarray(final)


def _arrives(mask: AnyArray | None, marks: BoolArray) -> bool:
    return mask is not None and bool(np.array_equal(mask, marks))


def makers_of(on: Compared) -> NoiseAfter:
    """Noise at padding behind the calls that make a mask from their input and hide padding."""
    calls = tuple(
        step.key
        for step in on.inspection.trace.steps
        if step.makes_mask
        and step.received is None
        and step.handed_on is not None
        and bool((~step.handed_on).any())
        and step.handed_on.shape == on.valid.shape
    )
    return NoiseAfter(calls, (~on.valid,) * len(calls))


def content_leak(
    on: Compared, rule: Rule, put: PutMask, noise: NoiseAfter, measure: RulesMeasure
) -> Effect:
    """Does padding content leak with the mask put back?

    Other content is put at padding, several times: behind the layers that make masks or, where
    there are none, in the input, which the mask that is put back does not depend on.

    Args:
        on: Model and batch.
        rule: What was measured with the mask put back.
        put: The mask.
        noise: Noise behind the layers that make masks.
        measure: What was measured.
    """
    rows = np.arange(min(_ROWS_DISTURBED, on.question.rows))
    question, padding = of_rows(on.question, rows), ~on.valid[rows]
    weight = None if rule.sample_weight is None else rule.sample_weight[rows]
    few = replace(rule, sample_weight=weight)
    compare = Comparer(
        None if on.truth is None else question.truth, keras_private.float_error(on.model)
    )
    worst = Effect("content", True)
    for draw in _DRAWS:
        edits: tuple[Edit, ...] = (put.part(rows),)
        moved = question
        if noise.calls:
            edits = (replace(noise.part(rows), draw=draw), *edits)
        else:
            moved = _with_noise(question, padding, draw)
        run = forward(moved, (few,), edits=edits, calls=False, whole=True)
        after = leaf_at(on.path, run.predictions)
        before = np.asarray(measure.prediction[rows])
        worst = Comparer.worse(worst, compare.effect("content", before, after))
    return worst


def _with_noise(question: Question, padding: BoolArray, draw: int) -> Question:
    def noisy(_: int, array: AnyArray) -> AnyArray:
        return noise_at(array, padding, draw) if array.shape[:2] == padding.shape else array

    x = with_leaves(question.x, noisy)
    return replace(question, batch=replace(question.batch, x=x))
