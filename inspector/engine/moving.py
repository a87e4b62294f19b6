"""Which step moved time without moving the mask."""

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.engine import perturbing
from inspector.engine.passes import PassInputs
from inspector.engine.probing import Prober

_TIMESTEPS = 16


def moved_step(prober: Prober) -> int | None:
    """The first step whose timesteps do not hold what its input's timesteps held.

    One timestep at a time gets other content, for all rows; where the input of a step moved at
    that timestep and its output there did not, the step has moved time (turned, shifted).
    """
    valid = next((truth for truth in prober.truths.inputs if truth is not None), None)
    if valid is None:
        return None
    for timestep in [int(t) for t in np.flatnonzero(valid.any(axis=0))][:_TIMESTEPS]:
        moved = prober.moved(prober.run(one_timestep(prober, valid, timestep)))
        for step in prober.subject.steps:
            if step.index not in moved or not step.has_time_axis or not step.sources:
                continue
            before = [moved.get(source) for source in step.sources]
            came = any(m is not None and at(m, timestep) > 0 for m in before)
            if came and at(moved[step.index], timestep) == 0.0:
                return step.index
    return None


def one_timestep(prober: Prober, valid: BoolArray, timestep: int) -> PassInputs:
    """The batch with other content at one timestep of all rows where it is real."""
    where = np.zeros(valid.shape, bool)
    where[:, timestep] = valid[:, timestep]
    if prober.makers and all(prober.padding(m).shape[1] == valid.shape[1] for m in prober.makers):
        return prober.inputs(1, None, [where] * len(prober.makers))
    changed = perturbing.with_leaves(
        prober.x, lambda number, array: perturbing.noise_at(array, where, 1)
    )
    return prober.inputs(0, changed if prober.raw else None, None, changed)


def at(change: AnyArray, timestep: int) -> float:
    """The largest change at one timestep."""
    if change.ndim < 2 or timestep >= change.shape[1]:
        return 0.0
    return float(change[:, timestep].max())
