"""A batch, fitted to a model: tokens are encoded, arrays are taken as they are, or refused."""

from dataclasses import dataclass, replace

import keras
import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Arrays, Batch, leaves
from inspector.core.requests import Encoding, Fitting
from inspector.core.text.sentences import ENCODING_NOTES
from inspector.core.text.tokens import one_hot
from inspector.engine.fitting.fitted_targets import (
    LossKind,
    Targets,
    fitted_target,
    loss_kind,
    truth_of,
)
from inspector.engine.fitting.fitted_tokens import (
    FittedInput,
    Notes,
    TokenRows,
    fitted_input,
    target_rows,
    token_rows,
)
from inspector.engine.fitting.ports import (
    Port,
    has_time_axis,
    input_ports,
    least_timesteps,
    output_ports,
    shape_words,
)
from inspector.engine.seam.keras import input_keys, output_keys
from inspector.errors import ModelError, NothingToMask

_AXES = ("rows", "timesteps", "features")


def check_inputs(batch: Batch, ports: list[Port]) -> None:
    """Checks the arrays of a batch against the inputs of a model.

    Raises:
        ModelError: They do not fit; both shapes are said and what to change.
    """
    arrays = list(leaves(batch.x))
    if len(arrays) != len(ports):
        raise ModelError(
            f"The batch has {_count(len(arrays), 'input')}; the model has "
            f"{_count(len(ports), 'input')}: {_named(ports)}.",
            "There must be one array for each input.",
            "Save an NPZ file with one array for each input, named as the inputs are.",
        )
    if isinstance(batch.x, dict):
        unknown = [name for name in batch.x if name not in {port.name for port in ports}]
        if not unknown:
            ports = [next(port for port in ports if port.name == name) for name in batch.x]
    for array, port in zip(arrays, ports, strict=True):
        _check_input(array, port)


def check_length(batch: Batch, least: int) -> None:
    """Checks that the rows are as long as the model needs them.

    Raises:
        ModelError: They are too short.
    """
    if least > batch.timesteps:
        raise ModelError(
            f"The rows have {batch.timesteps:,} timesteps; the model needs at least {least:,}.",
            "With fewer, a convolution or pooling of it has no timestep left.",
            f"Fill the rows up with padding to {least:,} timesteps.",
        )


def _check_input(array: AnyArray, port: Port) -> None:
    if array.ndim != len(port.shape):
        raise ModelError(
            f"x has shape {array.shape}; the input `{port.name}` takes {port.words}.",
            f"It needs {len(port.shape)} axes and has {array.ndim}.",
            "Ids have shape (rows, timesteps), vectors (rows, timesteps, features): change the "
            "arrays, or the input of the model.",
        )
    for axis, (got, wanted) in enumerate(zip(array.shape, port.shape, strict=True)):
        if wanted is not None and got != wanted:
            what = (
                ("rows", "timesteps", "features")[axis] if axis < 3 else f"numbers on axis {axis}"
            )
            raise ModelError(
                f"x has shape {array.shape}; the input `{port.name}` takes {port.words}.",
                f"It needs {wanted:,} {what} and has {got:,}.",
                f"Give arrays with {wanted:,} {what}, or a model with an input of {got:,}.",
            )
    if port.ids_below is not None and array.size and not 0 <= array.min() <= array.max():
        raise ModelError(
            f"x holds {array.min():,}; the input `{port.name}` is looked up in an embedding.",
            "Ids are 0 or larger.",
            "Number the tokens from 1; 0 is padding.",
        )
    if port.ids_below is not None and array.size and array.max() >= port.ids_below:
        raise ModelError(
            f"x holds ids up to {array.max():,}; the embedding of `{port.name}` takes ids below "
            f"{port.ids_below:,}.",
            "Every id needs a row in the embedding.",
            f"Make `input_dim` at least {array.max() + 1:,}, or use other ids.",
        )


def fitted_targets(
    y: Arrays, ports: list[Port], kinds: list[LossKind | None], notes: Notes
) -> Arrays:
    """Returns targets as the losses take them: classes and one-hot vectors become each other.

    Raises:
        ModelError: Their number differs from that of the outputs.
    """
    arrays = list(leaves(y))
    if len(arrays) != len(ports):
        raise ModelError(
            f"The batch has {_count(len(arrays), 'array')} of targets; the model has "
            f"{_count(len(ports), 'output')}: {_named(ports)}.",
            "There must be one array of targets for each output.",
            "Save an NPZ file with one y for each output, or look at masks and leaks only.",
        )
    fitted = [
        _fitted(array, port, kind, notes)
        for array, port, kind in zip(arrays, ports, kinds, strict=True)
    ]
    if isinstance(y, dict):
        return dict(zip(y, fitted, strict=True))
    return tuple(fitted) if isinstance(y, (tuple, list)) else fitted[0]


def _fitted(array: AnyArray, port: Port, kind: LossKind | None, notes: Notes) -> AnyArray:
    if kind is None:
        return array
    axes, classes = len(port.shape), port.shape[-1]
    if kind.takes_ids and array.ndim == axes and classes is not None and array.shape[-1] == classes:
        if classes > 1 and _is_one_hot(array):
            notes.add("The targets are one-hot and the loss takes classes: they became classes.")
            return array.argmax(axis=-1).astype(np.int32)
    if not kind.takes_ids and array.ndim == axes - 1 and classes is not None and classes > 1:
        if np.issubdtype(array.dtype, np.integer):
            _check_classes(array, port, classes)
            notes.add("The targets are classes and the loss takes vectors: they became one-hot.")
            return one_hot(array, classes)
    if kind.takes_ids and array.ndim == axes - 1 and classes is not None:
        _check_classes(array, port, classes)
    _check_sides(array, port, kind)
    return array


def _check_classes(array: AnyArray, port: Port, classes: int) -> None:
    if array.size and array.max() >= classes:
        raise ModelError(
            f"y holds classes up to {array.max():,}; the output `{port.name}` is {port.words}: "
            f"{classes:,} classes.",
            "Every class needs a place in the output.",
            f"Number the classes below {classes:,}, or give the last layer {array.max() + 1:,} "
            "units.",
        )


def _check_sides(array: AnyArray, port: Port, kind: LossKind) -> None:
    shape = port.shape[:-1] if kind.takes_ids and array.ndim < len(port.shape) else port.shape
    pairs = list(zip(array.shape, shape, strict=False))[1:]
    if any(wanted not in (None, 1, got) and got != 1 for got, wanted in pairs):
        raise ModelError(
            f"y has shape {array.shape}; the output `{port.name}` is {shape_words(port.shape)}.",
            f"The loss `{kind.name}` takes targets of shape {shape_words(shape)}.",
            "Change the targets, the last layer, or the loss.",
        )


def _is_one_hot(array: AnyArray) -> bool:
    return bool(np.isin(array, (0, 1)).all() and (array.sum(axis=-1) == 1).all())


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _named(ports: list[Port]) -> str:
    return ", ".join(f"`{port.name}` {port.words}" for port in ports)


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
    check_inputs(batch, ports)
    check_length(batch, least_timesteps(model, ports, batch.timesteps))
    if batch.y is None or not any(kinds):
        return replace(batch, y=None, sample_weight=None)
    y = fitted_targets(batch.y, output_ports(model), kinds, notes)
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
