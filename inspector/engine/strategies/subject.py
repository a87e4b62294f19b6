"""The model and the batch that strategies are compared on, checked and taken apart."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.engine import loss_code
from inspector.engine.arrays import as_arrays
from inspector.engine.inspecting import inspect
from inspector.engine.requested import looks_one_hot
from inspector.engine.seam import keras as keras_private
from inspector.engine.strategies.padding_marks import PaddingMark, padding_mark
from inspector.errors import BatchError, ModelError


@dataclass(frozen=True, eq=False)
class Subject:
    """What is compared on.

    Attributes:
        model: The model.
        inspection: What `inspect` says of it on this batch.
        x: Input, in the structure that the model takes.
        y: Targets of its one loss.
        sample_weight: As given with the batch, or None.
        valid: bool (rows, timesteps), the truth about the input.
        truth: bool, the truth on the axes of the loss; None for one loss a sentence.
        base: The loss that the model was compiled with, or the one given.
        factor: Its loss weight.
        flat_time: Predictions (rows, n) hold one number a timestep.
        batch_size: Rows per batch.
        own_total: The model computes the number it minimises in its own way.
    """

    model: keras.Model
    inspection: Inspection
    x: Any
    y: AnyArray
    sample_weight: Any
    valid: BoolArray
    truth: BoolArray | None
    base: Any
    factor: float
    flat_time: bool
    batch_size: int
    own_total: bool

    @property
    def main_input(self) -> AnyArray | None:
        """The input that the padding is known for, or None."""
        leaves = [leaf for leaf in keras_private.flatten(self.x)]
        return next((leaf for leaf in leaves if leaf.shape[:2] == self.valid.shape), None)

    def input_mark(self) -> PaddingMark:
        """What padding looks like in the input."""
        if self.main_input is None:
            return PaddingMark(None, "No input has the timesteps that the padding is known for.")
        return padding_mark(self.main_input, self.valid, "input")

    def target_mark(self) -> PaddingMark:
        """What padding looks like in the targets."""
        if self.truth is None:
            return PaddingMark(None, "The targets have no time axis.")
        return padding_mark(self.y, self.truth, "targets")


def model_of(model: Any) -> keras.Model:
    """The Keras model itself, also from what `model_from_code` returns.

    Raises:
        ModelError: It is none.
    """
    found = model if isinstance(model, keras.Model) else getattr(model, "model", model)
    if not isinstance(found, keras.Model):
        raise ModelError(
            f"`model` is a {type(found).__name__}.",
            "It must be a keras.Model (Sequential, Functional or subclassed).",
        )
    return found


def subject_of(
    model: Any, batch: Any, batch_size: int | None, loss: Any, *, leaks: bool = True
) -> Subject:
    """Inspects the model on the batch and takes both apart.

    Raises:
        BatchError: The batch is none, or has no targets.
        ModelError: The model has no loss, or several, or fails on the batch.
    """
    _check_batch(batch)
    found = inspect(
        model,
        _structure(batch.x),
        _structure(batch.y),
        valid=batch.valid,
        target_valid=batch.target_valid,
        sample_weight=_structure(batch.sample_weight),
        batch_size=batch_size,
        loss=loss,
        leaks=leaks,
        tokens=batch.tokens,
    )
    keras_model = model_of(model)
    ledger = found.losses
    _check(found, batch)
    assert ledger is not None
    given = None if loss is None else loss_code.given_loss(keras_model, loss)
    entry = loss_code.entries(keras_model, given)[0]
    own = given is None and (
        keras_private.overrides_compute_loss(keras_model)
        or keras_private.uses_own_test_step(keras_model)
    )
    y = keras_private.flatten(as_arrays(_structure(batch.y)))[0]
    weights = keras_private.flatten(as_arrays(_structure(batch.sample_weight)))
    return Subject(
        model=keras_model,
        inspection=found,
        x=as_arrays(_structure(batch.x)),
        y=y,
        sample_weight=weights[0] if weights and weights[0] is not None else None,
        valid=batch.valid,
        truth=ledger.target_valid,
        base=entry[1],
        factor=1.0 if entry[2] is None else float(entry[2]),
        flat_time=_flat_time(y, ledger.target_valid),
        batch_size=ledger.batch_size,
        own_total=own,
    )


def _check_batch(batch: Any) -> None:
    if not isinstance(batch, Batch):
        raise BatchError(
            f"`batch` is a {type(batch).__name__}.",
            "It must be an inspector.Batch: input, targets and what is padding.",
            "Make one with inspector.Batch(x, y, valid) or inspector.batch_from_sentences.",
        )
    if batch.y is None:
        raise BatchError("The batch has no targets.", "Strategies are compared by their loss.")


def _structure(arrays: Any) -> Any:
    return list(arrays) if isinstance(arrays, tuple) else arrays


def _check(found: Inspection, batch: Batch) -> None:
    if found.raises is not None:
        raise ModelError(
            f"The model fails on this batch, at `{found.raises.at}`: {found.raises.message}",
            "Strategies can be compared where model, loss and batch fit.",
            "Mend that first; inspector.inspect says more.",
        )
    if not found.ledgers:
        raise ModelError(
            "The model has no loss.",
            "Strategies are compared by their loss.",
            "Compile the model with one, or pass `loss=`.",
        )
    if len(found.ledgers) > 1 or len(keras_private.flatten(_structure(batch.y))) > 1:
        raise ModelError(
            f"The model has {len(found.ledgers)} losses.",
            "Strategies can be compared for a model with one output and one loss.",
            "Compare a model of one of the outputs: keras.Model(model.inputs, model.outputs[0]).",
        )


def _flat_time(y: AnyArray, truth: BoolArray | None) -> bool:
    return truth is not None and np.shape(y) == truth.shape and not looks_one_hot(y)
