"""The way in: a batch and a model become arrays that go into the model and its loss."""

from dataclasses import dataclass, replace

import keras
import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Arrays, Batch
from inspector.core.requests import Encoding, Fitting
from inspector.core.sentences import ENCODING_NOTES
from inspector.engine.fitting import arrays
from inspector.engine.fitting.inputs import FittedInput, Notes, fitted_input
from inspector.engine.fitting.losses import LossKind, loss_kind
from inspector.engine.fitting.ports import Port, has_time_axis, input_ports, output_ports
from inspector.engine.fitting.shortest import least_timesteps
from inspector.engine.fitting.targets import Targets, fitted_target, truth_of
from inspector.engine.fitting.tokens import TokenRows, target_rows, token_rows
from inspector.engine.seam.keras import input_keys, output_keys
from inspector.errors import NothingToMask

_NO_LOSS = "The model has no loss: masks and leaks are looked at, no averages. Choose a loss."


@dataclass(frozen=True, eq=False)
class _FittedTargets:
    """Targets of all outputs, and what the first one was made from."""

    y: Arrays
    first: Targets


def fitted(batch: Batch, model: keras.Model, fitting: Fitting) -> Batch:
    """Returns the batch as the model takes it.

    Tokens are encoded for every input and output; arrays are checked. Without a loss there are no
    targets.

    Args:
        batch: The rows.
        model: Any model that says what its inputs are.
        fitting: How tokens are encoded.

    Raises:
        NothingToMask: Tokens were given, and no tensor of the model has timesteps.
        ModelError: They do not fit; both shapes are said and what to change.
    """
    notes = Notes()
    kinds = [loss_kind(model, port, i) for i, port in enumerate(output_ports(model))]
    if not any(kinds):
        notes.add(_NO_LOSS)
    rows = token_rows(batch)
    if rows is None:
        found = _fitted_arrays(batch, model, kinds, notes)
    else:
        found = _fitted_tokens(batch, rows, model, kinds, fitting, notes)
    # How the tokens were encoded before is no news, and no longer true.
    kept = [note for note in found.notes if rows is None or note not in ENCODING_NOTES.values()]
    said = tuple(dict.fromkeys((*kept, *notes.sentences)))
    return replace(found, notes=said)


def _fitted_arrays(
    batch: Batch, model: keras.Model, kinds: list[LossKind | None], notes: Notes
) -> Batch:
    ports = input_ports(model)
    arrays.check_inputs(batch, ports)
    arrays.check_length(batch, least_timesteps(model, ports, batch.timesteps))
    if batch.y is None or not any(kinds):
        return replace(batch, y=None, sample_weight=None)
    y = arrays.fitted_targets(batch.y, output_ports(model), kinds, notes)
    return replace(batch, y=y)


def _fitted_tokens(
    batch: Batch,
    rows: TokenRows,
    model: keras.Model,
    kinds: list[LossKind | None],
    fitting: Fitting,
    notes: Notes,
) -> Batch:
    ports = input_ports(model)
    if not has_time_axis(model):
        raise NothingToMask(
            f"The model has no axis of timesteps: it takes {', '.join(p.words for p in ports)}.",
            "There is nothing to mask, and no padding to look for.",
            "To look at its loss, use a batch file (NPZ) with x and y.",
        )
    rows = _long_enough(rows, model, ports, fitting, notes)
    inputs = [fitted_input(rows, port, fitting, notes) for port in ports]
    if len(inputs) > 1:
        names = ", ".join(f"`{port.name}`" for port in ports)
        notes.add(f"The model has {len(inputs)} inputs ({names}): each gets the same sentences.")
    if len(ports[0].shape) == 2:
        fitting = replace(fitting, vectors=Encoding.IDS)
    targets = None
    if any(kinds):
        targets = _targets(batch, inputs, model, kinds, fitting, notes)
    x = _structured([entry.x for entry in inputs], input_keys(model))
    return _as_batch(batch, inputs[0].rows, x, targets, fitting)


def _long_enough(
    rows: TokenRows, model: keras.Model, ports: list[Port], fitting: Fitting, notes: Notes
) -> TokenRows:
    """Fills rows up of which a model that takes any length would leave nothing."""
    least = least_timesteps(model, ports, rows.timesteps)
    if least == rows.timesteps:
        return rows
    place = "before" if fitting.side.value == "before" else "after"
    notes.add(
        f"The model needs at least {least:,} timesteps, or a layer has none left: the sentences "
        f"of {rows.timesteps:,} are filled up with padding {place} them."
    )
    return rows.filled(least, fitting.side)


def _targets(
    batch: Batch,
    inputs: list[FittedInput],
    model: keras.Model,
    kinds: list[LossKind | None],
    fitting: Fitting,
    notes: Notes,
) -> _FittedTargets | None:
    rows, chosen = inputs[0].rows, target_rows(batch)
    if chosen is None:
        return None
    if isinstance(chosen, TokenRows):
        # What was filled up in x is filled up in y, where the output has any length.
        chosen = chosen.filled(rows.timesteps, fitting.side)
    shapes = [entry.x.shape for entry in inputs]
    made = [
        fitted_target(rows, chosen, port, fitting, kind or LossKind("", False), notes)
        for port, kind in zip(output_ports(model, shapes), kinds, strict=True)
    ]
    return _FittedTargets(_structured([y for y, _ in made], output_keys(model)), made[0][1])


def _structured(arrays: list[AnyArray], keys: list[str]) -> Arrays:
    """Arrays in the structure of the model: a dictionary, one array or several."""
    if keys:
        return dict(zip(keys, arrays, strict=True))
    return tuple(arrays) if len(arrays) > 1 else arrays[0]


def _as_batch(
    batch: Batch,
    rows: TokenRows,
    x: Arrays,
    targets: _FittedTargets | None,
    fitting: Fitting,
) -> Batch:
    first = targets.first if targets is not None else None
    return replace(
        batch,
        x=x,
        y=targets.y if targets is not None else None,
        valid=rows.valid,
        target_valid=truth_of(first),
        tokens=rows.tokens,
        target_tokens=first.tokens if isinstance(first, TokenRows) else None,
        sample_weight=_weights(batch, rows),
        vocabulary=_in_order(rows.classes, fitting),
        target_vocabulary=None if first is None else _target_classes(first, fitting),
    )


def _weights(batch: Batch, rows: TokenRows) -> Arrays | None:
    """Sample weights stay where their shape still fits."""
    weights = batch.sample_weight
    changed = rows.timesteps != batch.timesteps
    if isinstance(weights, np.ndarray) and weights.ndim > 1 and changed:
        return None
    return weights


def _in_order(classes: tuple[str, ...], fitting: Fitting) -> tuple[str, ...]:
    return classes if fitting.vectors is Encoding.IDS else (*classes[1:], classes[0])


def _target_classes(targets: Targets, fitting: Fitting) -> tuple[str, ...]:
    if isinstance(targets, TokenRows):
        return _in_order(targets.classes, fitting)
    return targets.classes
