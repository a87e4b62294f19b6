"""Each sentence alone, without padding: the reference. Sentences of equal length run together."""

import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.engine.failures import NO_FINDING, message_of
from inspector.engine.forward.losses import loss_map
from inspector.engine.forward.model_pass import TracedFunction, kept_for, predict
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.keras import quiet
from inspector.engine.seam.tensorflow import (
    BACKEND_ERROR,
    name_scope,
    recording,
    to_numpy,
    to_tensors,
)
from inspector.engine.strategies.compared import Compared, leaf_at
from inspector.engine.strategies.gradients import dense_gradients, flat
from inspector.engine.strategies.rebuild import SameAtLength, fixed_timesteps
from inspector.errors import InspectorError

MOST_LENGTHS_REBUILT = 24
"""A model that takes one length only is built anew for each; beyond so many it takes too long."""


class NotAlone(Exception):
    """Sentences cannot run alone; the message says why."""


@dataclass(frozen=True, eq=False)
class LengthGroup:
    """Sentences of one length.

    Attributes:
        rows: Their positions in the batch.
        places: int (rows of the group, length): the timesteps that are real.
    """

    rows: AnyArray
    places: AnyArray

    def cut(self, array: AnyArray, shape: tuple[int, ...]) -> AnyArray:
        """The real timesteps of these rows; whole rows of an array without these timesteps."""
        if array.shape[:2] != shape:
            return array[self.rows]
        return array[self.rows[:, None], self.places]


@dataclass(frozen=True, eq=False)
class AloneMeasure:
    """What sentences alone give.

    Attributes:
        loss: Shaped like the loss of the batch; NaN at padding.
        counted: bool, the same shape: timesteps that are real and have a target.
        gradient: Of the mean over `counted`, flat.
    """

    loss: FloatArray
    counted: BoolArray
    gradient: AnyArray | None


def groups_of(valid: BoolArray) -> Iterator[LengthGroup]:
    """Yields the rows by length, shortest first; rows of nothing but padding are left out."""
    lengths = valid.sum(axis=1)
    for length in np.unique(lengths[lengths > 0]):
        rows = np.flatnonzero(lengths == length)
        yield LengthGroup(rows, np.stack([np.flatnonzero(valid[row]) for row in rows]))


def run_alone(on: Compared, tick: Callable[[], None]) -> AloneMeasure:
    """Runs every sentence without its padding.

    Args:
        on: Model and batch.
        tick: Called between groups; raises where nobody waits any more.

    Raises:
        NotAlone: The model does not take them, and why.
    """
    groups = list(groups_of(on.valid))
    timesteps = fixed_timesteps(on.model, on.valid.shape[1])
    if timesteps is not None and len(groups) > MOST_LENGTHS_REBUILT:
        raise NotAlone(
            f"The model takes exactly {timesteps} timesteps, and there are {len(groups)} lengths "
            f"to build it anew for (at most {MOST_LENGTHS_REBUILT})."
        )
    try:
        return _run(on, tick, groups, timesteps is not None)
    except NO_FINDING:
        raise
    except NotAlone:
        raise
    except (InspectorError, ValueError, TypeError, IndexError, BACKEND_ERROR) as error:
        raise NotAlone(f"The model does not run at another length: {message_of(error)}") from error


def _run(
    on: Compared, tick: Callable[[], None], groups: list[LengthGroup], rebuild: bool
) -> AloneMeasure:
    shape = on.valid.shape
    whole = len(on.y) if on.truth is None else shape
    loss, used = np.full(whole, np.nan), np.zeros(whole, bool)
    total: AnyArray | None = None
    run = None if rebuild else _function(on)
    for group in groups:
        tick()
        if rebuild:
            run = _rebuilt_function(on, group.places.shape[1])
        assert run is not None
        x = keras_private.map_structure(lambda a, g=group: g.cut(a, shape), on.x)
        y = on.y[group.rows] if on.truth is None else group.cut(on.y, shape)
        cells = (
            np.ones(len(group.rows))
            if on.truth is None
            else np.asarray(group.cut(on.truth, shape), float)
        )
        arguments = to_tensors((x, y, cells))
        part, gradients = _checked(run, arguments)
        if part.shape != cells.shape:
            raise NotAlone("A sentence alone gives another number of timesteps.")
        _put(loss, used, group, part, cells)
        vector = flat(gradients)
        total = vector if total is None else total + vector
    count = int(used.sum())
    if not count:
        raise NotAlone("No timestep of this batch is real.")
    return AloneMeasure(loss, used, None if total is None else total / count)


def _put(
    loss: FloatArray, used: BoolArray, group: LengthGroup, part: AnyArray, cells: AnyArray
) -> None:
    if loss.ndim == 1:
        loss[group.rows], used[group.rows] = part, True
        return
    place = (group.rows[:, None], group.places)
    loss[place] = np.where(cells > 0, part, np.nan)
    used[place] = cells > 0


def _checked(run: TracedFunction, arguments: Any) -> Any:
    """Runs a group; the first one of each shape-free trace is compared with an eager run.

    A layer may compute something else where it does not know the number of timesteps.
    """
    results = run(*arguments)
    if not run.eager and run.traces() > 1 and not run.verified:
        plain = to_numpy(run.body(*arguments))
        run.verified = bool(np.allclose(plain[0], results[0], rtol=1e-3, atol=1e-4))
        run.eager = not run.verified
        return plain
    return results


def _function(on: Compared) -> TracedFunction:
    def make() -> TracedFunction:
        return TracedFunction(_body(weakref.ref(on.model), on, None))

    key = ("alone", id(on.base), on.flat_time)
    function: TracedFunction = kept_for(on.model, key, make, on.base)
    return function


def _rebuilt_function(on: Compared, length: int) -> TracedFunction:
    def make() -> TracedFunction:
        same = SameAtLength(on.model, on.valid.shape[1], length)
        return TracedFunction(_body(weakref.ref(on.model), on, same))

    key = ("alone", id(on.base), on.flat_time, length)
    function: TracedFunction = kept_for(on.model, key, make, on.base)
    return function


def _body(
    reference: Callable[[], Any], on: Compared, same: SameAtLength | None
) -> Callable[..., Any]:
    # Not `on` itself, which holds the model: what is kept for a model must not keep it alive.
    base, flat_time, path = on.base, on.flat_time, on.path

    def body(x: Any, y: Any, cells: Any) -> Any:
        model = reference()
        running = model if same is None else same.model
        variables = [variable.value for variable in model.trainable_variables]
        with recording(variables) as tape:
            scope = keras_private.stateless_scope(model) if same is None else same.scope(model)
            with scope, quiet(), name_scope("alone"):
                prediction = leaf_at(path, predict(running, x, False))
                loss = loss_map(base, y, prediction, flat_time)
            total = ops.sum(loss * ops.cast(cells, loss.dtype))
        return loss, dense_gradients(tape, total, variables)

    return body
