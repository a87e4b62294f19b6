"""Where the mask has to be put back so that it arrives at the loss: found by trying."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.findings import Stop
from inspector.core.masks import MaskState
from inspector.core.trace import LayerStep, Trace
from inspector.engine.interception import observing
from inspector.engine.recorder import Recorder
from inspector.engine.seam import keras as keras_private
from inspector.engine.strategies.passes import Key, PutBack, Surroundings, predict

_MOST_PLACES = 8
_ROWS = 4


@dataclass(frozen=True)
class Places:
    """Where the mask is put back.

    Attributes:
        keys: The calls behind which it is put.
        names: Their names.
        problem: Why it cannot be put back, one sentence; empty where it can.
    """

    keys: tuple[Key, ...] = ()
    names: tuple[str, ...] = ()
    problem: str = ""


def keys_of(steps: tuple[LayerStep, ...]) -> list[Key]:
    """The key of every step's call."""
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    keys = []
    for step in steps:
        keys.append((step.path, step.name, seen[step.path, step.name]))
        seen[step.path, step.name] += 1
    return keys


def find_places(
    model: keras.Model, trace: Trace, stop: Stop | None, x: Any, marks: BoolArray
) -> Places:
    """Puts the mask back behind the stop, and again wherever it is lost once more.

    Args:
        model: The model.
        trace: Of it as it is.
        stop: Where the mask stops.
        x: The batch.
        marks: The mask to put back.
    """
    left = _candidates(trace, stop, marks)
    if not left:
        return Places(problem="Behind the stop nothing has the time axis of the sentences.")
    keys = keys_of(trace.steps)
    few = slice(0, _ROWS)
    part = keras_private.map_structure(lambda array: tf.convert_to_tensor(array[few]), x)
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
    model: keras.Model, x: Any, places: tuple[Key, ...], marks: BoolArray
) -> tuple[dict[Key, AnyArray | None], AnyArray | None]:
    """The mask behind every call, and on the prediction, with the mask put back at `places`."""
    hand = PutBack(Surroundings(put_back=places), tf.constant(marks), tf.constant(0))
    recorder = Recorder(model, hand.outputs, hand.arguments)
    with keras_private.stateless_scope(model), observing(recorder):
        prediction = predict(model, x, False)
    found = {
        record.key: None if record.output_mask is None else np.asarray(record.output_mask)
        for record in recorder.records
    }
    final = keras_private.get_mask(prediction)
    return found, None if final is None else np.asarray(final)


def _arrives(mask: AnyArray | None, marks: BoolArray) -> bool:
    return mask is not None and bool(np.array_equal(mask, marks))
