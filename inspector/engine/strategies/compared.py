"""The model and the batch that strategies are compared on, checked and taken apart."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.core.truth import AxisTruth, Truth, TruthEvidence, looks_one_hot
from inspector.engine.forward.losses import entries_of, given_loss, resolve
from inspector.engine.inspection.disturb import one_sided
from inspector.engine.inspection.inspect import inspect
from inspector.engine.inspection.question import Question, structure_of
from inspector.engine.seam import keras as keras_private
from inspector.errors import BatchError, ModelError


@dataclass(frozen=True, eq=False)
class PaddingMark:
    """The value at padding.

    Attributes:
        value: Shaped like one timestep of the array; None where there is none to go by.
        problem: Why padding cannot be told from real timesteps; empty where it can.
    """

    value: AnyArray | None
    problem: str = ""

    @property
    def as_code(self) -> str:
        """The value as Python code; `0` where there is none."""
        if self.value is None:
            return "0"
        values = np.asarray(self.value)
        whole = values.astype(np.int64) if (values == np.round(values)).all() else values
        return str(whole.tolist())


@dataclass(frozen=True, eq=False)
class Compared:
    """What is compared on.

    Attributes:
        question: Model and batch, and how they are run.
        inspection: What `inspect` says of them.
        y: Targets of the model's one loss.
        sample_weight: As given with the batch, or None.
        valid: bool (rows, timesteps), the truth about the input.
        truth: bool, the truth on the axes of the loss; None for one loss a sentence.
        base: The loss that the model was compiled with, or the one given.
        factor: Its loss weight.
        path: Of the output that has it, in the structure of predictions.
        own_total: The model computes the number it minimises in its own way.
    """

    question: Question
    inspection: Inspection
    y: AnyArray
    sample_weight: Any
    valid: BoolArray
    truth: BoolArray | None
    base: Any
    factor: float
    path: tuple[Any, ...]
    own_total: bool

    @property
    def model(self) -> keras.Model:
        """The model."""
        return self.question.model

    @property
    def x(self) -> Any:
        """The input, in the structure that the model takes."""
        return self.question.x

    @property
    def batch_size(self) -> int:
        """Rows per batch."""
        return self.question.batch_size

    @property
    def flat_time(self) -> bool:
        """Predictions (rows, n) hold one number a timestep."""
        return self.question.truth.flat

    def position_in(self, predictions: Any) -> int:
        """Its position among the predictions."""
        paths = [path for path, _ in keras_private.leaf_paths(predictions)]
        return paths.index(self.path) if self.path in paths else 0

    @property
    def main_input(self) -> AnyArray | None:
        """The input that the padding is known for, or None."""
        leaves = [leaf for leaf in keras_private.flatten(self.x)]
        return next((leaf for leaf in leaves if leaf.shape[:2] == self.valid.shape), None)

    @cached_property
    def input_mark(self) -> PaddingMark:
        """What padding looks like in the input."""
        if self.main_input is None:
            return PaddingMark(None, "No input has the timesteps that the padding is known for.")
        return padding_mark(self.main_input, self.valid, "input")

    @cached_property
    def target_mark(self) -> PaddingMark:
        """What padding looks like in the targets."""
        if self.truth is None:
            return PaddingMark(None, "The targets have no time axis.")
        return padding_mark(self.y, self.truth, "targets")

    @property
    def by_timestep(self) -> bool:
        """The loss gives a number for every timestep."""
        ledger = self.inspection.losses
        return ledger is not None and ledger.per_timestep

    @property
    def side(self) -> str | None:
        """`before` or `after`, where all padding of the targets is on that side."""
        return None if self.truth is None else one_sided(self.truth)


def model_of(model: Any) -> keras.Model:
    """The Keras model itself, also from what `model_from_code` returns.

    Raises:
        ModelError: It is none.
    """
    keras_model = model if isinstance(model, keras.Model) else getattr(model, "model", model)
    if not isinstance(keras_model, keras.Model):
        raise ModelError(
            f"`model` is a {type(keras_model).__name__}.",
            "It must be a keras.Model (Sequential, Functional or subclassed).",
        )
    return keras_model


def compared_on(
    model: Any, batch: Any, batch_size: int | None, loss: Any, *, leaks: bool = True
) -> Compared:
    """Inspects the model on the batch and takes both apart.

    Raises:
        BatchError: The batch is none, or has no targets.
        ModelError: The model has no loss, or several, or fails on the batch.
    """
    _check_batch(batch)
    inspection = inspect(
        model,
        structure_of(batch.x),
        structure_of(batch.y),
        valid=batch.valid,
        target_valid=batch.target_valid,
        sample_weight=structure_of(batch.sample_weight),
        batch_size=batch_size,
        loss=loss,
        leaks=leaks,
        tokens=batch.tokens,
    )
    keras_model = model_of(model)
    ledger = inspection.losses
    _check(inspection, batch)
    assert ledger is not None
    given = None if loss is None else given_loss(keras_model, loss)
    entry = entries_of(keras_model, given)[0]
    own = given is None and (
        keras_private.overrides_compute_loss(keras_model)
        or keras_private.uses_own_test_step(keras_model)
    )
    y = keras_private.flatten(structure_of(inspection.batch.y))[0]
    weights = keras_private.flatten(structure_of(inspection.batch.sample_weight))
    truth = ledger.target_valid
    question = Question(
        model=keras_model,
        batch=inspection.batch,
        truth=Truth(
            (AxisTruth(batch.valid, TruthEvidence.GIVEN),),
            (
                AxisTruth(
                    truth, TruthEvidence.GIVEN if truth is not None else TruthEvidence.UNKNOWN
                ),
            ),
            flat=truth is not None and np.shape(y) == truth.shape and not looks_one_hot(y),
        ),
        batch_size=ledger.batch_size,
        loss=loss,
    )
    return Compared(
        question=question,
        inspection=inspection,
        y=y,
        sample_weight=weights[0] if weights else None,
        valid=batch.valid,
        truth=truth,
        base=entry.loss,
        factor=1.0 if entry.loss_weight is None else float(entry.loss_weight),
        path=entry.path,
        own_total=own,
    )


def leaf_at(path: tuple[Any, ...], predictions: Any) -> Any:
    """The prediction at a path of Keras's losses; the first one where there is none."""
    if path:
        return resolve(predictions, path, predictions)
    return keras_private.flatten(predictions)[0]


def _check_batch(batch: Any) -> None:
    if not isinstance(batch, Batch):
        raise BatchError(
            f"`batch` is a {type(batch).__name__}.",
            "It must be an inspector.Batch: input, targets and what is padding.",
            "Make one with inspector.Batch(x, y, valid) or inspector.batch_from_sentences.",
        )
    if batch.y is None:
        raise BatchError("The batch has no targets.", "Strategies are compared by their loss.")


def _check(inspection: Inspection, batch: Batch) -> None:
    if inspection.raises is not None:
        failure = inspection.raises
        raise ModelError(
            f"The model fails on this batch, at `{failure.at}`: {failure.message}",
            "Strategies can be compared where model, loss and batch fit.",
            "Mend that first; inspector.inspect says more.",
        )
    if not inspection.ledgers:
        raise ModelError(
            "The model has no loss.",
            "Strategies are compared by their loss.",
            "Compile the model with one, or pass `loss=`.",
        )
    if len(inspection.ledgers) > 1 or len(keras_private.flatten(structure_of(batch.y))) > 1:
        raise ModelError(
            f"The model has {len(inspection.ledgers)} losses.",
            "Strategies can be compared for a model with one output and one loss.",
            "Compare a model of one of the outputs: keras.Model(model.inputs, model.outputs[0]).",
        )


def padding_mark(array: AnyArray, valid: BoolArray, what: str) -> PaddingMark:
    """Finds the value that all padded timesteps of `array` hold, and no real one.

    Args:
        array: (rows, timesteps, ...).
        valid: bool (rows, timesteps), the truth.
        what: What the array is, for the sentence: `targets`, `input`.
    """
    if array.shape[:2] != valid.shape:
        return PaddingMark(None, f"The {what} have other timesteps than the padding is known for.")
    padded = array[~valid]
    if not len(padded):
        return PaddingMark(None)
    value = padded[0]
    axes = tuple(range(2, array.ndim))
    equal = np.all(array == value, axis=axes) if axes else array == value
    if not equal[~valid].all():
        return PaddingMark(None, f"Padded timesteps of the {what} hold different values.")
    if equal[valid].any():
        count = int(equal[valid].sum())
        word = "timestep holds" if count == 1 else "timesteps hold"
        return PaddingMark(
            None, f"{count} real {word} the same in the {what} as padding does: they look alike."
        )
    return PaddingMark(value)
