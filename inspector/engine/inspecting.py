"""`inspect`: one model, one batch, the whole answer."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import BoolArray, frozen
from inspector.core.batch import Batch, Tokens
from inspector.core.inspection import Failure, Inspection
from inspector.engine.arrays import as_arrays, row_count
from inspector.engine.digests import model_digests
from inspector.engine.memory import NO_FINDING, memory_told
from inspector.engine.requested import Arrays, Request, message_of
from inspector.engine.run import InspectionRun
from inspector.engine.seam import keras as keras_private
from inspector.engine.tracing import Truths
from inspector.engine.truth import input_truths, output_truth
from inspector.errors import BatchError


@memory_told()
def inspect(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    valid: Any = None,
    target_valid: Any = None,
    sample_weight: Any = None,
    class_weight: dict[int, float] | None = None,
    batch_size: int | None = None,
    training: bool = False,
    loss: Any = None,
    leaks: bool = True,
    tokens: Any = None,
) -> Inspection:
    """Says where the mask goes, whether padding is in the loss, and whether it leaks.

    The model is neither changed nor recompiled; its variables, metrics and seeds stay as they are.
    Safe to call from several threads at once.

    Args:
        model: Any Keras 3 model on the TensorFlow backend; or what `model_from_code` returns, and
            steps and findings then name lines of the code.
        x: Its input, as for `model.evaluate`: arrays (rows, timesteps, ...), a list, a dictionary.
        y: Its targets, as for `model.evaluate`; without them there are only trace and leaks.
        valid: The truth: bool (rows, timesteps), True at real timesteps; or one per input. None:
            found in `x` (id 0, or zero vectors, in runs at an end of a row), and said in the notes.
        target_valid: The same on the output's time axis. None: as the input's where the lengths
            agree, else found in `y`.
        sample_weight: As for `model.evaluate`.
        class_weight: As for `model.fit`.
        batch_size: Rows per batch, on which Keras's value depends; None for all rows in one, and
            for a batch too large for that, as many as fit into memory (`losses.batch_size`).
        training: Run layers as in training (dropout, batch statistics) in the leak tests. Without
            it they run as in inference and, where it may differ, in training too.
        loss: Measure this loss instead of the compiled one; needed for an uncompiled model.
        leaks: Test whether padding changes results at real timesteps.
        tokens: One sequence of strings per row, for display.

    Returns:
        The inspection.

    Raises:
        BatchError: The arrays do not form a batch.
        ModelError: `model` is no Keras model.
        LimitError: There is not enough memory.
    """
    lines, code = _code_of(model)
    model = model if isinstance(model, keras.Model) else getattr(model, "model", model)
    if x is None:
        raise BatchError("`x` is None.", "It must be the model's input, as for `model.evaluate`.")
    request = Request(model, batch_size, training, loss, leaks, lines)
    arrays = Arrays(as_arrays(x), as_arrays(y), as_arrays(sample_weight))
    notes: list[str] = []
    failure = None
    if class_weight is not None and sample_weight is not None:
        raise BatchError(
            "Both `class_weight` and `sample_weight` were given.",
            "Keras takes one of them at a time.",
            "Multiply the class weights into the sample weights.",
        )
    if class_weight is not None:
        arrays, failure = _with_class_weight(arrays, class_weight)
    truths, tests = _truths(arrays, valid, target_valid, notes)
    batch = _batch(arrays, truths, tokens, notes)
    found = InspectionRun(request, arrays, truths, tests).run(batch, failure)
    return replace(found, code=code, model_digests=model_digests(model))


def _code_of(model: Any) -> tuple[dict[str, int], tuple[str, ...]]:
    """The line of each layer, and the code itself, of a model that was read from code."""
    if isinstance(model, keras.Model):
        return {}, ()
    return dict(getattr(model, "lines", {})), tuple(getattr(model, "source", ()))


def _truths(
    arrays: Arrays, valid: Any, target_valid: Any, notes: list[str]
) -> tuple[Truths, list[BoolArray | None]]:
    leaves = keras_private.flatten(arrays.x)
    truths, said, _ = input_truths(arrays.x, leaves, valid)
    # Frozen once: every step of the trace holds its truth, and a large one only fits in once.
    truths = [None if truth is None else frozen(truth) for truth in truths]
    notes.extend(said)
    targets = keras_private.flatten(arrays.y) if arrays.y is not None else []
    several = isinstance(target_valid, (list, tuple)) and np.ndim(target_valid[0]) == 2
    outputs: list[BoolArray | None] = []
    for i, y in enumerate(targets or [None]):
        given = target_valid[i] if several else target_valid
        outputs.append(output_truth(y, truths, given, notes))
        _check_target_valid(given, y, [t.shape for t in truths if t is not None])
    return Truths(truths, outputs[0]), outputs


def _check_target_valid(given: Any, y: Any, inputs: list[tuple[int, ...]]) -> None:
    """Refuses a truth that fits neither the targets nor an input.

    Where it fits an input and not the targets, it is the targets that do not fit the model: that
    is found when the loss fails.
    """
    if given is None:
        return
    shape = np.shape(given)
    timed = y is not None and np.ndim(y) >= 3
    rows = inputs[0][0] if inputs else shape[:1]
    other = timed and shape[1:2] != np.shape(y)[1:2] and shape not in inputs
    if len(shape) != 2 or (inputs and shape[0] != rows) or other:
        expected = (rows, np.shape(y)[1]) if timed else (rows, "timesteps")
        raise BatchError(
            f"`target_valid` has shape {shape}.",
            f"It must be {expected}, True at real timesteps of the output.",
            "Leave it out where the output has the timesteps of the input.",
        )


def _batch(arrays: Arrays, truths: Truths, tokens: Any, notes: list[str]) -> Batch:
    rows = row_count(arrays.x)
    first = next((t for t in truths.inputs if t is not None), None)
    if first is None:
        first, tokens = np.ones((rows, 1), bool), None
        notes.append("No input has a time axis, so there is nothing to mask.")
    output = truths.output
    return Batch(
        x=tuple(arrays.x) if isinstance(arrays.x, list) else arrays.x,
        y=tuple(arrays.y) if isinstance(arrays.y, list) else arrays.y,
        valid=frozen(first),
        target_valid=output if output is not None and len(output) == rows else None,
        sample_weight=(
            tuple(arrays.sample_weight)
            if isinstance(arrays.sample_weight, list)
            else arrays.sample_weight
        ),
        tokens=None if tokens is None else _named(tokens, first.shape[1]),
        source="arrays",
        notes=tuple(dict.fromkeys(notes)),
    )


def _named(tokens: Any, timesteps: int) -> Tokens:
    try:
        named = tuple(tuple(str(token) for token in row) for row in tokens)
    except TypeError:
        raise BatchError(
            f"`tokens` is a {type(tokens).__name__}.", "It must be one list of strings per row."
        ) from None
    for number, row in enumerate(named):
        if len(row) != timesteps:
            raise BatchError(
                f"Row {number} of `tokens` has {len(row)} tokens.",
                f"There must be one for each of the {timesteps} timesteps, padding too.",
                "Fill shorter rows up, as the rows of `x` are.",
            )
    return named


def _with_class_weight(
    arrays: Arrays, class_weight: dict[int, float]
) -> tuple[Arrays, Failure | None]:
    """Turns class weights into sample weights with Keras's own code, as `fit` does."""
    try:
        weights = keras_private.sample_weight_from_class_weight(arrays.y, class_weight)
    except NO_FINDING:
        raise
    except Exception as error:
        return arrays, Failure("loss", message_of(error))
    return replace(arrays, sample_weight=weights), None
