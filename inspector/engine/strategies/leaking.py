"""Does padding content leak with the mask put back?"""

from dataclasses import replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.leaks import Effect
from inspector.engine import perturbing
from inspector.engine.comparing import Comparer
from inspector.engine.seam import keras as keras_private
from inspector.engine.strategies.measured import PassMeasure
from inspector.engine.strategies.passes import Feed, Key
from inspector.engine.strategies.putting_back import keys_of
from inspector.engine.strategies.runner import Runner
from inspector.engine.strategies.subject import Subject

_DRAWS = (1, 2, 3)
_ROWS = 32


def makers_of(subject: Subject) -> tuple[Key, ...]:
    """The calls that make a mask from their input and hide padding with it."""
    steps = subject.inspection.trace.steps
    keys = keys_of(steps)
    return tuple(
        keys[step.index]
        for step in steps
        if step.makes_mask
        and step.received is None
        and step.handed_on is not None
        and bool((~step.handed_on).any())
        and step.handed_on.shape == subject.valid.shape
    )


def content_leak(
    subject: Subject, runner: Runner, feed: Feed, measure: PassMeasure, behind_makers: bool
) -> Effect:
    """Puts other content at padding, several times, and watches predictions at real timesteps.

    It is put behind the layers that make masks or, where there are none, in the input, which the
    mask that is put back does not depend on.
    """
    part = feed.part(slice(0, _ROWS))
    compare = Comparer(
        None if subject.truth is None else subject.truth[:_ROWS],
        keras_private.float_error(subject.model),
        subject.flat_time,
    )
    worst = Effect("content", True)
    for draw in _DRAWS:
        moved = replace(part, draw=draw)
        if not behind_makers:
            moved.x = _with_noise(part, draw)
        after = runner(*moved.tensors())["prediction"]
        effect = compare.effect("content", np.asarray(measure.prediction[:_ROWS]), after)
        worst = Comparer.worse(worst, effect)
    return worst


def _with_noise(part: Feed, draw: int) -> Any:
    def noisy(array: AnyArray) -> AnyArray:
        fits = array.shape[:2] == part.marks.shape
        return perturbing.noise_at(array, ~part.marks, draw) if fits else array

    return keras_private.map_structure(noisy, part.x)
