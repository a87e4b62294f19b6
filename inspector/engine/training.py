"""A few gradient steps before the inspection: an untrained model's losses all look alike."""

from collections.abc import Callable

import keras

from inspector.core.batch import Arrays, Batch
from inspector.engine.failures import NO_FINDING, memory_told
from inspector.engine.forward.row_chunks import rows_at_once, slices
from inspector.engine.seam.keras import quiet
from inspector.engine.seam.tensorflow import BACKEND_ERROR, to_tensor
from inspector.errors import Cancelled, ModelError

Progress = Callable[[int, int, float], None]
"""Called after each step with its number (from 1), the number of steps and the loss."""


@memory_told()
def train(
    model: keras.Model,
    batch: Batch,
    steps: int,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[float]:
    """Takes `steps` gradient steps, each on the whole batch, and changes the model's weights.

    Of a large batch, each step takes as many rows as fit into memory, one part after the other.
    Uses the optimizer that the model was compiled with. Nothing is shuffled, and nothing is drawn
    at random but by the model's own layers, so equal presets and batches give equal losses.

    Args:
        model: A compiled model.
        batch: The batch, its targets as the loss needs them.
        steps: Number of steps, 0 or more.
        progress: Called after each step.
        cancelled: Asked before each step; True stops the training.

    Returns:
        The loss before each step.

    Raises:
        ModelError: The model has no loss, or the batch no targets, or they do not fit.
        Cancelled: `cancelled` said so; the steps taken stay taken.
        LimitError: There is not enough memory.
    """
    if not model.compiled or batch.y is None:
        raise ModelError(
            "The model has no loss." if not model.compiled else "The batch has no targets.",
            "Training needs a compiled model and targets.",
            "Choose a loss and targets, or 0 steps.",
        )
    parts = list(slices(batch.rows, rows_at_once(model, batch.rows, batch.timesteps)))
    data = (batch.x, batch.y, batch.sample_weight)
    x, y, weight = (_tensors(arrays, parts[0]) for arrays in data)
    losses: list[float] = []
    for step in range(1, steps + 1):
        if cancelled is not None and cancelled():
            raise Cancelled(f"Training was stopped after {step - 1} of {steps} steps.")
        if len(parts) > 1:
            part = parts[(step - 1) % len(parts)]
            x, y, weight = (_tensors(arrays, part) for arrays in data)
        losses.append(_step(model, x, y, weight))
        if progress is not None:
            progress(step, steps, losses[-1])
    return losses


def _step(model: keras.Model, x: object, y: object, weight: object) -> float:
    try:
        with quiet():  # Whether a layer destroys the mask is what the inspection finds out.
            result = model.train_on_batch(x, y, sample_weight=weight, return_dict=True)
    except NO_FINDING:
        raise
    except (ValueError, TypeError, BACKEND_ERROR) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(
            f"The model cannot be trained on this batch: {reason[0][:300]}",
            "Input, targets and loss must fit the model.",
            "Check their shapes, or choose 0 steps.",
        ) from error
    return float(result["loss"])


def _tensors(arrays: Arrays | None, rows: slice) -> object:
    """Some rows as tensors: converted once, not at every step, where they are all rows."""
    if arrays is None:
        return None
    if isinstance(arrays, dict):
        return {name: to_tensor(array[rows]) for name, array in arrays.items()}
    if isinstance(arrays, tuple):
        return [to_tensor(array[rows]) for array in arrays]
    return to_tensor(arrays[rows])
