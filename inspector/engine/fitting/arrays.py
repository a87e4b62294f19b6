"""Arrays of a file, whose meaning is not known: checked against the model, hardly changed."""

import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Arrays, Batch, leaves
from inspector.core.vocabulary import one_hot
from inspector.engine.fitting.inputs import Notes
from inspector.engine.fitting.losses import LossKind
from inspector.engine.fitting.ports import Port, shape_words
from inspector.errors import ModelError

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
