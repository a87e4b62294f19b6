"""Running a batch through a model, part by part, as `model.evaluate` does."""

from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray
from inspector.engine import loss_code
from inspector.engine.cache import model_pass
from inspector.engine.calls import CallInfo
from inspector.engine.loss_code import GivenLoss
from inspector.engine.parts import Gatherer, slices
from inspector.engine.passes import ModelPass, PassInputs, PassOptions
from inspector.engine.seam import keras as keras_private
from inspector.engine.watching import tell

# How far predictions are moved where the loss has no slope at the prediction itself: a little, then
# past a margin, either way. The weights do not depend on the prediction, so any point will do.
_SHIFTS = (0.05, -0.3, 1.0)
_LONG = 2**16
"""A batch in parts with more numbers than this says how far it is, in single precision."""


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
        predictions: In the structure of the model's outputs; of a large batch the first rows.
        outlines: An array of the shape of each output, without its values.
        prediction_masks: Mask on each output, or None.
        nan: There is NaN in the predictions.
        total: Keras's value, or None without a loss.
        penalty: Its part from penalties; `call_penalty` of it from activations.
        outputs: One per loss.
        own_test_step: The model's `test_step` is its own and reports another number.
        own_compute_loss: The model's `compute_loss` is its own.
    """

    calls: tuple[CallInfo, ...]
    masks: list[BoolArray]
    predictions: Any
    outlines: list[AnyArray]
    prediction_masks: list[BoolArray | None]
    nan: bool
    total: float | None = None
    penalty: float = 0.0
    call_penalty: float = 0.0
    outputs: list[OutputMeasure] = field(default_factory=list)
    own_test_step: bool = False
    own_compute_loss: bool = False


@dataclass
class _Piece:
    """What one part of the batch says of one output; see `OutputMeasure`."""

    value: float
    loss: FloatArray
    weight: FloatArray | None
    influence: AnyArray
    exact: bool
    unreduced_shape: tuple[int, ...]


@dataclass
class _LossPart:
    """The numbers of one part of the batch, each times its share of the rows."""

    total: float
    penalty: float
    weight_penalty: float
    pieces: list[_Piece]


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

    `given` replaces the loss that the model was compiled with. Of each part only what the answer
    needs is kept, so that the memory does not grow with all that runs inside the model.

    Raises:
        Cancelled: Nobody wants the answer any more.
        Exception: Whatever the model or its loss raises.
    """
    rows = len(keras_private.flatten(inputs.x)[0])
    running = model_pass(model, options, inputs, given)
    gatherer, parts = Gatherer(rows), list[_LossPart]()
    values = sum(leaf.size for leaf in keras_private.flatten(inputs.x))
    long = batch_size < rows and values > _LONG
    for piece in slices(rows, batch_size):
        if long:
            tell(piece.start, rows, "Inspecting the rows")
        part = running.run(_part_of(inputs, piece))
        gatherer.take(part)
        if options.loss:
            share = (piece.stop - piece.start) / rows
            parts.append(_loss_part(part["loss"], share, long))
            if options.gradients:
                _measure_flat_spots(running, _part_of(inputs, piece), parts[-1], share)
    if long:
        tell(rows, rows, "Inspecting the rows")
    joined = gatherer.joined()
    found = Measure(
        running.calls,
        joined.masks,
        joined.predictions,
        joined.outlines,
        joined.prediction_masks,
        joined.nan,
    )
    found.own_compute_loss = given is None and keras_private.overrides_compute_loss(model)
    if options.loss:
        _add_losses(loss_code.entries(model, given), found, parts)
    return found


def _part_of(inputs: PassInputs, rows: slice) -> PassInputs:
    return PassInputs(
        rows_of(inputs.x, rows),
        rows_of(inputs.y, rows),
        rows_of(inputs.sample_weight, rows),
        inputs.draw,
        [where[rows] for where in inputs.where],
        inputs.shift,
    )


def _loss_part(loss: dict[str, Any], share: float, single: bool) -> _LossPart:
    """Keeps of a part's loss what is joined later; of a large batch in single precision."""
    kind = np.float32 if single else np.float64
    pieces = []
    for output in loss["outputs"]:
        weight, influence, exact = _weights(output, share)
        pieces.append(
            _Piece(
                value=share * float(output["value"]),
                loss=output["by_timestep"].astype(kind, copy=False),
                weight=None if weight is None else weight.astype(kind, copy=False),
                influence=influence,
                exact=exact,
                unreduced_shape=np.shape(output["unreduced"]),
            )
        )
    total, penalty, of_weights = (
        share * float(loss[name]) for name in ("total", "penalty", "weight_penalty")
    )
    return _LossPart(total, penalty, of_weights, pieces)


def _measure_flat_spots(
    running: ModelPass, inputs: PassInputs, part: _LossPart, share: float
) -> None:
    """Measures again, at moved predictions, where the loss of a part has no slope."""
    for shift in _SHIFTS:
        if not any(_has_flat_spots(piece) for piece in part.pieces):
            return
        moved = running.run(replace(inputs, shift=shift))["loss"]["outputs"]
        for piece, output in zip(part.pieces, moved, strict=True):
            weight, influence, _ = _weights(output, share)
            if piece.weight is None or weight is None or weight.shape != piece.weight.shape:
                continue
            flat = np.isnan(piece.weight)
            piece.weight = np.where(flat, weight, piece.weight).astype(piece.weight.dtype)
            piece.influence = piece.influence | influence


def _has_flat_spots(piece: _Piece) -> bool:
    return bool(piece.loss.size) and piece.weight is not None and bool(np.isnan(piece.weight).any())


def _add_losses(losses: list[Any], found: Measure, parts: list[_LossPart]) -> None:
    found.total = sum(part.total for part in parts)
    found.penalty = sum(part.penalty for part in parts)
    found.call_penalty = found.penalty - sum(part.weight_penalty for part in parts)
    alone = len(losses) == 1 and found.own_compute_loss
    for i, (_, loss, loss_weight, name) in enumerate(losses):
        pieces = [part.pieces[i] for part in parts]
        by_timestep = np.concatenate([piece.loss for piece in pieces])
        weights = [piece.weight for piece in pieces if piece.weight is not None]
        found.outputs.append(
            OutputMeasure(
                name=name,
                loss_name=str(getattr(loss, "name", name)),
                value=found.total if alone else sum(piece.value for piece in pieces),
                loss_weight=1.0 if loss_weight is None else float(loss_weight),
                loss=by_timestep if by_timestep.size else None,
                weight=np.concatenate(weights) if by_timestep.size and weights else None,
                influence=np.concatenate([piece.influence for piece in pieces]),
                unreduced_shape=pieces[0].unreduced_shape,
                exact=all(piece.exact for piece in pieces),
            )
        )


def _weights(piece: dict[str, Any], share: float) -> tuple[FloatArray | None, AnyArray, bool]:
    """Weight = <g, h> / <h, h> of each timestep, times the part's share of the rows."""
    if "gg" not in piece:
        return None, np.zeros(0, bool), True
    gg = piece["gg"]
    largest = float(gg[np.isfinite(gg)].max(initial=0.0))
    influence = ~(gg <= 1e-20 * max(largest, 1e-30))
    weight = np.full(gg.shape, np.nan)
    if "hh" not in piece:
        return weight, influence, True
    known = np.isfinite(piece["hh"]) & (piece["hh"] > 1e-30)
    np.divide(piece["gh"], piece["hh"], out=weight, where=known)
    off = np.sqrt(piece["residual"][known]) > 1e-3 * np.sqrt(gg[known]) + 1e-3 * np.sqrt(largest)
    return weight * share, influence, not bool(off.any())
