"""Tokens, turned into targets that the loss of an output takes."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.presets import SPARSE
from inspector.core.requests import Encoding, Fitting
from inspector.core.text.tokens import one_hot
from inspector.engine.fitting.fitted_tokens import Labels, Notes, TokenRows, first_token_labels
from inspector.engine.fitting.ports import Port
from inspector.engine.seam.keras import output_spec
from inspector.errors import ModelError


@dataclass(frozen=True)
class LossKind:
    """What is known of the loss of one output.

    Attributes:
        name: Its name, or an empty text.
        takes_ids: It takes one class for each prediction, not a vector.
    """

    name: str
    takes_ids: bool

    @property
    def binary(self) -> bool:
        """Its targets are numbers between 0 and 1."""
        return self.name.lower().startswith("binary")


def loss_kind(model: keras.Model, port: Port, position: int) -> LossKind | None:
    """Returns the kind of loss of one output; None where it has none."""
    loss = _of_output(getattr(model, "loss", None), port.name, position)
    if loss is None:
        return None
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    name = str(getattr(loss, "name", None) or getattr(loss, "__name__", ""))
    if name in (SPARSE, "sparse_categorical_focal_crossentropy"):
        return LossKind(name, True)
    if (getattr(loss, "__module__", None) or type(loss).__module__).startswith("keras."):
        return LossKind(name, isinstance(loss, keras.losses.SparseCategoricalCrossentropy))
    return LossKind(name, _only_takes_ids(loss, port))


def _of_output(loss: Any, name: str, position: int) -> Any:
    if isinstance(loss, dict):
        return loss.get(name)
    if isinstance(loss, (list, tuple)):
        return loss[position] if position < len(loss) else None
    return loss


def _only_takes_ids(loss: Any, port: Port) -> bool:
    """True for a loss of the user's own that fails for vectors and works for classes."""
    prediction = keras.KerasTensor(port.shape, port.dtype)
    vectors = keras.KerasTensor(port.shape, "float32")
    classes = keras.KerasTensor(port.shape[:-1], "int32")
    return not _works(loss, vectors, prediction) and _works(loss, classes, prediction)


def _works(loss: Any, target: Any, prediction: Any) -> bool:
    try:
        output_spec(loss, target, prediction)
    except Exception:
        return False
    return True


Targets = TokenRows | Labels


def fitted_target(
    rows: TokenRows, targets: Targets, port: Port, fitting: Fitting, loss: LossKind, notes: Notes
) -> tuple[AnyArray, Targets]:
    """Returns y for one output, and the tokens or labels that it was made from.

    Args:
        rows: The sentences.
        targets: What was chosen as targets.
        port: The output.
        fitting: How tokens are encoded.
        loss: Its loss, which decides between classes and vectors.
        notes: Where to say what was assumed.

    Raises:
        ModelError: They do not fit; both shapes are said and what to change.
    """
    if len(port.shape) == 2:
        labels = _labels(rows, targets, port, notes)
        return _encoded_labels(labels, port, loss), labels
    if len(port.shape) != 3:
        raise ModelError(
            f"The output `{port.name}` is {port.words}.",
            "Targets can be made for (rows, classes) or (rows, timesteps, classes).",
            "Use a batch file (NPZ) that has y in that shape.",
        )
    if isinstance(targets, Labels):
        raise ModelError(
            f"The targets are one label a sentence; the output `{port.name}` is {port.words}: one "
            "prediction a timestep.",
            "It needs a target for each timestep.",
            "Choose other targets: the sentences themselves, the next token, or typed ones.",
        )
    targets = _as_long(targets, port, fitting, notes)
    if port.shape[2] == 1 and loss.binary:
        return _one_or_nothing(targets, notes), targets
    return _encoded_tokens(targets, port, fitting, loss), targets


def _as_long(targets: TokenRows, port: Port, fitting: Fitting, notes: Notes) -> TokenRows:
    wanted = port.shape[1]
    if wanted is None or wanted == targets.timesteps:
        return targets
    if wanted < targets.timesteps:
        raise ModelError(
            f"The targets have {targets.timesteps:,} timesteps; the output `{port.name}` is "
            f"{port.words}.",
            "Each predicted timestep needs one target.",
            "Type targets of that length (Targets: typed), change the model so that it returns "
            f"{targets.timesteps:,} timesteps, or choose the loss “none” to look at masks only.",
        )
    notes.add(
        f"The model predicts {wanted:,} timesteps: the targets of {targets.timesteps:,} are filled "
        "up with padding."
    )
    return targets.filled(wanted, fitting.side)


def _encoded_tokens(targets: TokenRows, port: Port, fitting: Fitting, loss: LossKind) -> AnyArray:
    count, wanted = port.shape[2] or len(targets.classes), len(targets.classes)
    ids_first = _takes_ids(fitting)
    if loss.takes_ids:
        _check_classes(wanted, count, port)
        return targets.ids if ids_first else _padding_last(targets)
    if count == 1:
        return targets.ids[..., None].astype(np.float32)
    if count == wanted - 1:  # No class for padding: zeros, of which no class is right.
        return targets.vectors(count, padding_column=False)
    _check_classes(wanted, count, port)
    if ids_first:
        return one_hot(targets.ids, count)
    return targets.vectors(count, padding_column=True)


def _one_or_nothing(targets: TokenRows, notes: Notes) -> AnyArray:
    last = len(targets.classes) - 1
    notes.add(
        "The model predicts one number between 0 and 1 a timestep: the target is 1 at "
        f"`{targets.classes[last]}` and 0 elsewhere."
    )
    return ((targets.ids == last) & targets.valid)[..., None].astype(np.float32)


def _takes_ids(fitting: Fitting) -> bool:
    return fitting.vectors is Encoding.IDS


def _padding_last(targets: TokenRows) -> AnyArray:
    """Classes in the order of one-hot vectors: padding comes after the real ones."""
    ids = np.where(targets.valid, targets.ids - 1, len(targets.classes) - 1)
    return ids.astype(np.int32)


def _labels(rows: TokenRows, targets: Targets, port: Port, notes: Notes) -> Labels:
    if isinstance(targets, Labels):
        return targets
    notes.add(
        f"The model predicts {port.words}, one thing a sentence, so the targets are labels: each "
        "sentence's first real token."
    )
    return first_token_labels(rows)


def _encoded_labels(labels: Labels, port: Port, loss: LossKind) -> AnyArray:
    count, wanted = port.shape[1] or len(labels.classes), len(labels.classes)
    if count == 1 and not loss.takes_ids:
        if loss.binary and wanted > 2:
            raise ModelError(
                f"There are {wanted:,} different labels; the output `{port.name}` is {port.words}, "
                "one number between 0 and 1.",
                "It tells two labels apart.",
                "Choose the targets “one label a sentence” and type 0 or 1 on each line.",
            )
        return labels.ids[:, None].astype(np.float32)
    _check_classes(wanted, count, port)
    return labels.ids if loss.takes_ids else one_hot(labels.ids, count)


def _check_classes(wanted: int, count: int, port: Port) -> None:
    if wanted > count:
        raise ModelError(
            f"The targets have {wanted:,} different classes; the output `{port.name}` is "
            f"{port.words}: {count:,} classes.",
            "Every class, that of padding included, needs a place in the output.",
            f"Use targets with at most {count:,} classes, or give the last layer {wanted:,} units.",
        )


def truth_of(targets: Targets | None) -> BoolArray | None:
    """Returns which timesteps of the targets are real; None where they have no time axis."""
    return targets.valid if isinstance(targets, TokenRows) else None
