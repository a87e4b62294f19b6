"""The data that pasted code contains, as the batch: small literal arrays, by variable."""

from collections.abc import Mapping

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.batch import Batch
from inspector.core.truth import find_valid
from inspector.engine.fitting.ports import Port, input_ports
from inspector.engine.user_models import OwnModel
from inspector.errors import CodeError

_INPUTS = ("x", "input", "data", "sentence", "seq", "batch", "train")
_TARGETS = ("y", "target", "label", "out")


def batch_in_code(own: OwnModel) -> Batch:
    """Returns the arrays of the code as a batch: the one that fits the input, and its targets.

    Raises:
        CodeError: The code contains no array that fits the model.
    """
    ports = input_ports(own.model)
    fitting = {name: x for name, x in own.arrays.items() if len(ports) == 1 and _fits(x, ports[0])}
    x_name = _best(fitting, _INPUTS, _TARGETS)
    if x_name is None:
        raise _none(own.arrays, ports)
    x = fitting[x_name]
    others = {
        name: y
        for name, y in own.arrays.items()
        if name != x_name and y.ndim > 0 and len(y) == len(x)
    }
    y_name = _best(others, _TARGETS, ())
    valid, note = _valid(x, ports[0])
    said = f"The batch is the data in the code: `{x_name}` {x.shape}"
    said += f" with the targets `{y_name}` {others[y_name].shape}." if y_name else ", no targets."
    return Batch(
        x=x.astype(ports[0].dtype),
        y=others[y_name] if y_name else None,
        valid=valid,
        source="data in the code",
        notes=(said, note) if note else (said,),
    )


def _fits(array: AnyArray, port: Port) -> bool:
    sides = zip(array.shape[1:], port.shape[1:], strict=False)
    return (
        array.ndim == len(port.shape)
        and array.ndim in (2, 3)
        and array.dtype.kind in "biuf"
        and array.size > 0
        and all(wanted in (None, got) for got, wanted in sides)
    )


def _best(
    arrays: Mapping[str, AnyArray], first: tuple[str, ...], last: tuple[str, ...]
) -> str | None:
    """The variable whose name begins most like one of `first`, and like none of `last`."""

    def rank(name: str) -> tuple[bool, int]:
        word = name.lower()
        found = [at for at, start in enumerate(first) if word.startswith(start)]
        return word.startswith(last) if last else False, min(found, default=len(first))

    return min(arrays, key=rank, default=None)


def _valid(x: AnyArray, port: Port) -> tuple[BoolArray, str]:
    if port.masked_value and x.ndim == 3:
        note = f"Padding is where all features are {port.masked_value:g}, as `Masking` says."
        return (x != port.masked_value).any(axis=-1), note
    found = find_valid(x)
    if found is None:
        return np.ones(x.shape[:2], bool), "No padding was found in it."
    return found


def _none(arrays: Mapping[str, AnyArray], ports: list[Port]) -> CodeError:
    shapes = ", ".join(f"`{name}` {array.shape}" for name, array in list(arrays.items())[:4])
    inputs = ", ".join(port.words for port in ports)
    return CodeError(
        f"The code contains no data that fits the model: {shapes or 'no small arrays at all'}.",
        f"The model takes {inputs}.",
        "Switch off “Use the data in the code”; the typed sentences are used then.",
    )
