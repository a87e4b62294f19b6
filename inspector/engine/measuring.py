"""Running a batch through a model, part by part, as `model.evaluate` does."""

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, FloatArray
from inspector.engine import keras_private, loss_code
from inspector.engine.cache import model_pass
from inspector.engine.calls import CallInfo
from inspector.engine.loss_code import GivenLoss
from inspector.engine.passes import ModelPass, PassInputs, PassOptions

# How far predictions are moved where the loss has no slope at the prediction itself: a little, then
# past a margin, either way. The weights do not depend on the prediction, so any point will do.
_SHIFTS = (0.05, -0.3, 1.0)


@dataclass
class OutputMeasure:
    """Pieces of the loss of one output over the whole batch; NumPy, float64.

    Attributes:
        name: Name of the output's loss entry.
        loss_name: Name of the loss.
        value: The output's part of Keras's value.
        loss_weight: The factor it was compiled with.
        loss: (rows, timesteps) or (rows,); None where it does not break down.
        weight: Same shape; NaN where it could not be measured.
        influence: bool, same shape: Keras's value moves with the prediction there.
        unreduced_shape: Shape of what `loss.call` returns for the first batch.
        exact: The weights explain the gradient.
    """

    name: str
    loss_name: str
    value: float
    loss_weight: float
    loss: FloatArray | None
    weight: FloatArray | None
    influence: AnyArray
    unreduced_shape: tuple[int, ...]
    exact: bool


@dataclass
class Measure:
    """What one run of the whole batch gave.

    Attributes:
        calls: The recorded calls.
        masks: Values of all masks, whole batch.
        predictions: In the structure of the model's outputs.
        prediction_masks: Mask on each output, or None.
        total: Keras's value, or None without a loss.
        penalty: Its part from penalties; `call_penalty` of it from activations.
        outputs: One per loss.
        own_test_step: The model's `test_step` is its own and reports another number.
        own_compute_loss: The model's `compute_loss` is its own.
    """

    calls: tuple[CallInfo, ...]
    masks: list[AnyArray]
    predictions: Any
    prediction_masks: list[AnyArray | None]
    total: float | None
    penalty: float
    call_penalty: float
    outputs: list[OutputMeasure]
    own_test_step: bool = False
    own_compute_loss: bool = False


def rows_of(structure: Any, rows: slice | AnyArray) -> Any:
    """Picks rows from every array of a structure; None stays None."""
    if structure is None:
        return None
    return keras_private.map_structure(lambda array: array[rows], structure)


def measure(
    model: keras.Model,
    inputs: PassInputs,
    batch_size: int,
    options: PassOptions,
    given: GivenLoss | None = None,
) -> Measure:
    """Runs the batch in parts of `batch_size` rows and joins the results.

    `given` replaces the loss that the model was compiled with.

    Raises:
        Exception: Whatever the model or its loss raises.
    """
    rows = len(keras_private.flatten(inputs.x)[0])
    running = model_pass(model, options, inputs, given)
    parts = _run_parts(running, inputs, batch_size, rows)
    shares = [min(batch_size, rows - start) / rows for start in range(0, rows, batch_size)]
    masks = [np.concatenate([p["masks"][i] for p in parts]) for i in range(len(parts[0]["masks"]))]
    on_outputs = [
        _joined_mask([p["prediction_masks"][i] for p in parts])
        for i in range(len(parts[0]["prediction_masks"]))
    ]
    predictions = keras_private.map_structure(
        lambda *arrays: np.concatenate(arrays), *[p["predictions"] for p in parts]
    )
    found = Measure(running.calls, masks, predictions, on_outputs, None, 0.0, 0.0, [])
    found.own_compute_loss = given is None and keras_private.overrides_compute_loss(model)
    if options.loss:
        _add_losses(loss_code.entries(model, given), found, parts, shares)
        if options.gradients and any(_flat_spots(output) for output in found.outputs):
            for shift in _SHIFTS:
                moved = _run_parts(running, replace(inputs, shift=shift), batch_size, rows)
                _fill_flat_spots(found.outputs, moved, shares)
                if not any(_flat_spots(output) for output in found.outputs):
                    break
    return found


def _run_parts(
    running: ModelPass, inputs: PassInputs, batch_size: int, rows: int
) -> list[dict[str, Any]]:
    parts = []
    for start in range(0, rows, batch_size):
        piece = slice(start, start + batch_size)
        part = PassInputs(
            rows_of(inputs.x, piece),
            rows_of(inputs.y, piece),
            rows_of(inputs.sample_weight, piece),
            inputs.draw,
            [where[piece] for where in inputs.where],
            inputs.shift,
        )
        parts.append(running.run(part))
    return parts


def _joined_mask(masks: list[AnyArray]) -> AnyArray | None:
    return None if masks[0].size == 0 and masks[0].ndim == 1 else np.concatenate(masks)


def _add_losses(
    losses: list[Any], found: Measure, parts: list[dict[str, Any]], shares: list[float]
) -> None:
    def mean(name: str) -> float:
        return sum(share * float(p["loss"][name]) for share, p in zip(shares, parts, strict=True))

    found.total = mean("total")
    found.penalty = mean("penalty")
    found.call_penalty = found.penalty - mean("weight_penalty")
    alone = len(losses) == 1 and found.own_compute_loss
    for i, (_, loss, loss_weight, name) in enumerate(losses):
        pieces = [p["loss"]["outputs"][i] for p in parts]
        by_timestep = np.concatenate([piece["by_timestep"] for piece in pieces])
        value = sum(s * float(piece["value"]) for s, piece in zip(shares, pieces, strict=True))
        weight, influence, exact = _weights(pieces, shares)
        found.outputs.append(
            OutputMeasure(
                name=name,
                loss_name=str(getattr(loss, "name", name)),
                value=found.total if alone else value,
                loss_weight=1.0 if loss_weight is None else float(loss_weight),
                loss=by_timestep if by_timestep.size else None,
                weight=weight if by_timestep.size else None,
                influence=influence,
                unreduced_shape=np.shape(pieces[0]["unreduced"]),
                exact=exact,
            )
        )


def _weights(
    pieces: list[dict[str, Any]], shares: list[float]
) -> tuple[FloatArray | None, AnyArray, bool]:
    """Weight = <g, h> / <h, h> of each timestep, times the batch's share of the rows."""
    if "gg" not in pieces[0]:
        return None, np.zeros(0, bool), True
    weights, influences, exact = [], [], True
    for piece, share in zip(pieces, shares, strict=True):
        gg = piece["gg"]
        largest = float(gg[np.isfinite(gg)].max(initial=0.0))
        influences.append(~(gg <= 1e-20 * max(largest, 1e-30)))
        if "hh" not in piece:
            weights.append(np.full(gg.shape, np.nan))
            continue
        known = np.isfinite(piece["hh"]) & (piece["hh"] > 1e-30)
        weight = np.full(gg.shape, np.nan)
        np.divide(piece["gh"], piece["hh"], out=weight, where=known)
        weights.append(weight * share)
        off = np.sqrt(piece["residual"][known]) > 1e-3 * np.sqrt(gg[known]) + 1e-3 * np.sqrt(
            largest
        )
        exact = exact and not bool(off.any())
    return np.concatenate(weights), np.concatenate(influences), exact


def _flat_spots(output: OutputMeasure) -> bool:
    return output.weight is not None and bool(np.isnan(output.weight).any())


def _fill_flat_spots(
    outputs: list[OutputMeasure], parts: list[dict[str, Any]], shares: list[float]
) -> None:
    for i, output in enumerate(outputs):
        if output.weight is None:
            continue
        pieces = [p["loss"]["outputs"][i] for p in parts]
        weight, influence, _ = _weights(pieces, shares)
        if weight is not None and weight.shape == output.weight.shape:
            output.weight = np.where(np.isnan(output.weight), weight, output.weight)
            output.influence = output.influence | influence
