"""The mask put back behind its stop: where, found by trying, and whether padding then leaks."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.diagnosis.causes import Stop
from inspector.core.leaks import Effect
from inspector.core.trace import LayerStep, MaskState, Trace
from inspector.engine import perturbing
from inspector.engine.comparing import Comparer
from inspector.engine.forward.interception import observing
from inspector.engine.recorder import Recorder
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.tensorflow import to_tensor
from inspector.engine.strategies.compared import Compared
from inspector.engine.strategies.rule_pass import (
    CallKey,
    PassBatch,
    PassSettings,
    PutBack,
    RulesMeasure,
    TracedFunction,
    predict,
)

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


def keys_of(steps: tuple[LayerStep, ...]) -> list[CallKey]:
    """The key of every step's call."""
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    keys = []
    for step in steps:
        keys.append((step.path, step.name, seen[step.path, step.name]))
        seen[step.path, step.name] += 1
    return keys


def find_places(on: Compared) -> Places:
    """Puts the mask back behind the stop, and again wherever it is lost once more."""
    model, trace, marks = on.model, on.inspection.trace, on.valid
    left = _candidates(trace, on.inspection.diagnosis.stop, marks)
    if not left:
        return Places(problem="Behind the stop nothing has the time axis of the sentences.")
    keys = keys_of(trace.steps)
    few = slice(0, _ROWS_TRIED)
    part = keras_private.map_structure(lambda array: to_tensor(array[few]), on.x)
    chosen: list[int] = []
    index: int | None = left[0]
    while index is not None and len(chosen) < _MOST_PLACES:
        chosen.append(index)
        masks, final = _masks(model, part, tuple(keys[i] for i in chosen), marks[few])
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
    model: keras.Model, x: Any, places: tuple[CallKey, ...], marks: BoolArray
) -> tuple[dict[CallKey, AnyArray | None], AnyArray | None]:
    """The mask behind every call, and on the prediction, with the mask put back at `places`."""
    hand = PutBack(PassSettings(put_back=places), to_tensor(marks), to_tensor(0))
    recorder = Recorder(model, hand.outputs, hand.arguments)
    with keras_private.stateless_scope(model), observing(recorder):
        prediction = predict(model, x, False)
    masks = {
        record.key: None if record.output_mask is None else np.asarray(record.output_mask)
        for record in recorder.records
    }
    final = keras_private.get_mask(prediction)
    return masks, None if final is None else np.asarray(final)


def _arrives(mask: AnyArray | None, marks: BoolArray) -> bool:
    return mask is not None and bool(np.array_equal(mask, marks))


def makers_of(on: Compared) -> tuple[CallKey, ...]:
    """The calls that make a mask from their input and hide padding with it."""
    steps = on.inspection.trace.steps
    keys = keys_of(steps)
    return tuple(
        keys[step.index]
        for step in steps
        if step.makes_mask
        and step.received is None
        and step.handed_on is not None
        and bool((~step.handed_on).any())
        and step.handed_on.shape == on.valid.shape
    )


def content_leak(
    on: Compared, run: TracedFunction, batch: PassBatch, measure: RulesMeasure, behind_makers: bool
) -> Effect:
    """Puts other content at padding, several times, and watches predictions at real timesteps.

    It is put behind the layers that make masks or, where there are none, in the input, which the
    mask that is put back does not depend on.
    """
    part = batch.part(slice(0, _ROWS_DISTURBED))
    compare = Comparer(
        None if on.truth is None else on.truth[:_ROWS_DISTURBED],
        keras_private.float_error(on.model),
        on.flat_time,
    )
    worst = Effect("content", True)
    for draw in _DRAWS:
        moved = replace(part, draw=draw)
        if not behind_makers:
            moved = replace(moved, x=_with_noise(part, draw))
        after = run(*moved.tensors())["prediction"]
        before = np.asarray(measure.prediction[:_ROWS_DISTURBED])
        worst = Comparer.worse(worst, compare.effect("content", before, after))
    return worst


def _with_noise(part: PassBatch, draw: int) -> Any:
    def noisy(array: AnyArray) -> AnyArray:
        fits = array.shape[:2] == part.marks.shape
        return perturbing.noise_at(array, ~part.marks, draw) if fits else array

    return keras_private.map_structure(noisy, part.x)
