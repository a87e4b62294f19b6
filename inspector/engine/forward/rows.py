"""`forward`: a question's batch through its model, part by part, as `model.evaluate` does it.

Of each part only what an answer needs is kept, since all parts of a large batch together would not
fit into memory: of predictions the first rows, of equal masks one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, FloatArray, frozen
from inspector.engine.forward.calls import CallInfo
from inspector.engine.forward.edits import Edit
from inspector.engine.forward.losses import (
    LossEntry,
    LossTensors,
    OutputTensors,
    Rule,
    entries_of,
)
from inspector.engine.forward.model_pass import (
    ModelPass,
    PassInputs,
    PassPlan,
    RawPass,
    model_pass,
)
from inspector.engine.forward.row_chunks import slices
from inspector.engine.inspection.question import Question
from inspector.engine.seam import keras as keras_private
from inspector.engine.watching import tell

# How far predictions are moved where the loss has no slope at the prediction itself: a little, then
# past a margin, either way. The weights do not depend on the prediction, so any point will do.
_SHIFTS = (0.05, -0.3, 1.0)
_LONG = 2**16
"""A batch in parts with more numbers than this says how far it is, in single precision."""

KEPT_VALUES = 2**22
"""Predictions of more numbers are not kept whole."""
KEPT_ROWS = 256
"""So many rows of predictions are kept at least."""


@dataclass(frozen=True, eq=False)
class OutputLoss:
    """What one rule makes of the loss of one output, over the whole batch; NumPy, float64.

    Attributes:
        name: Name of the output's loss entry.
        loss_name: Name of the loss.
        value: The output's part of the rule's number, without penalties.
        loss_weight: The factor the loss was compiled with.
        loss: (rows, timesteps) or (rows,); None where it does not break down.
        weight: Same shape; NaN where it could not be measured.
        influence: bool, same shape: the number moves with the prediction there.
        unreduced_shape: Shape of what `loss.call` returns for the first part of the batch.
        exact: The weights explain the gradient.
    """

    name: str
    loss_name: str
    value: float
    loss_weight: float
    loss: FloatArray | None
    weight: FloatArray | None
    influence: BoolArray
    unreduced_shape: tuple[int, ...]
    exact: bool


@dataclass(frozen=True, eq=False)
class PassResult:
    """What one run of the whole batch gave.

    Attributes:
        calls: The recorded calls; none where they were not asked for.
        masks: Values of all masks, whole batch.
        predictions: In the structure of the model's outputs; of a large batch the first rows.
        outlines: An array of the shape of each output, without its values.
        prediction_masks: Mask on each output, or None.
        nan: There is NaN in the predictions.
        totals: The number of each rule, by its key: that of the compiled one with penalties.
        penalty: Regularization and penalties of calls; `call_penalty` of it from calls.
        losses: Of each rule by its key, what it makes of each output's loss.
        own_compute_loss: The model's `compute_loss` is its own.
    """

    calls: tuple[CallInfo, ...]
    masks: tuple[BoolArray, ...]
    predictions: Any
    outlines: tuple[AnyArray, ...]
    prediction_masks: tuple[BoolArray | None, ...]
    nan: bool
    totals: Mapping[str, float]
    penalty: float
    call_penalty: float
    losses: Mapping[str, tuple[OutputLoss, ...]]
    own_compute_loss: bool


def forward(
    question: Question,
    rules: Sequence[Rule] = (),
    *,
    edits: Sequence[Edit] = (),
    base: Any = None,
    calls: bool = True,
    whole: bool = False,
) -> PassResult:
    """Runs the batch through the model once, and measures rules x outputs of losses.

    `inspect` asks one rule, `COMPILED`, of all outputs: `forward(question, (COMPILED,))`. To
    compare, ask k rules of the one output that has a loss:

        rules = (Rule("masked", loss, None, factor), Rule("weights", other, weights, factor))
        result = forward(question, rules, calls=False, whole=True)
        result.losses["weights"][0].weight        # (rows, timesteps)

    All rules share the model's predictions and the loss at a timestep, that of the compiled loss
    or `base`; only their gradients are their own. A batch with its padding elsewhere is another
    question: `replace(question, batch=...)` shares the trace.

    Args:
        question: Model, batch and how to run it; the batch runs in parts of its `batch_size`.
        rules: Which numbers to measure; none runs the model without a loss.
        edits: Changes of the pass: other content, another input, a mask put back.
        base: The loss at a timestep, in place of the compiled one.
        calls: Record what runs, with its masks.
        whole: Keep all predictions, in full precision, however large the batch.

    Raises:
        Cancelled: Nobody wants the answer any more.
        Exception: Whatever the model or its loss raises.
    """
    inputs = PassInputs(question.x, edits=tuple(edits))
    if rules:
        inputs = replace(
            inputs, y=question.y, sample_weight=question.sample_weight, rules=tuple(rules)
        )
        if all(rule.loss is not None for rule in rules):
            inputs = replace(inputs, sample_weight=None)
    plan = PassPlan(
        training=question.training,
        rules=tuple(rules),
        base=base,
        slopes=bool(rules),
        calls=calls,
        edits=tuple(edits),
        flat_time=question.truth.flat,
    )
    running = model_pass(question.model, plan, inputs, question.given)
    rows, batch_size = question.rows, question.batch_size
    gatherer, parts = Gatherer(rows, whole=whole), list[_LossPart]()
    values = sum(leaf.size for leaf in keras_private.flatten(question.x))
    long = batch_size < rows and values > _LONG and not whole
    for piece in slices(rows, batch_size):
        if long:
            tell(piece.start, rows, "Inspecting the rows")
        arrays = inputs.part(piece)
        raw = running.run(arrays)
        gatherer.take(raw)
        if raw.losses is not None:
            share = (piece.stop - piece.start) / rows
            part = _loss_part(raw.losses, share, single=long)
            parts.append(_without_flat_spots(running, arrays, part, share))
    if long:
        tell(rows, rows, "Inspecting the rows")
    entries = entries_of(question.model, question.given) if rules else []
    if base is not None:
        first = entries[0] if entries else LossEntry((), base, None, "")
        entries = [first._replace(loss=base)]
    return _result(question, running, gatherer, tuple(rules), entries, parts)


# What is kept of each part


@dataclass(frozen=True, eq=False)
class _Weights:
    """Weight = <g, h> / <h, h> of each timestep of one part, times its share of the rows."""

    weight: FloatArray | None
    influence: BoolArray
    exact: bool

    @property
    def flat_spots(self) -> bool:
        return self.weight is not None and bool(np.isnan(self.weight).any())


@dataclass(frozen=True, eq=False)
class _Piece:
    """What one part of the batch says of one output: shared by all rules but for the weights."""

    value: float
    loss: FloatArray
    unreduced_shape: tuple[int, ...]
    weights: tuple[_Weights, ...]


@dataclass(frozen=True, eq=False)
class _LossPart:
    """The numbers of one part of the batch, each times its share of the rows."""

    totals: tuple[float, ...]
    penalty: float
    weight_penalty: float
    pieces: tuple[_Piece, ...]


def _loss_part(raw: LossTensors, share: float, *, single: bool) -> _LossPart:
    """Keeps of a part's loss what is joined later; of a large batch in single precision."""
    kind = np.float32 if single else np.float64
    return _LossPart(
        tuple(share * float(total) for total in raw.totals),
        share * float(raw.penalty),
        share * float(raw.weight_penalty),
        tuple(
            _Piece(
                value=share * float(output.value),
                loss=output.by_timestep.astype(kind, copy=False),
                unreduced_shape=tuple(int(size) for size in output.unreduced_shape),
                weights=tuple(_weights_of(output, share, kind)),
            )
            for output in raw.outputs
        ),
    )


def _weights_of(output: OutputTensors, share: float, kind: Any) -> Iterator[_Weights]:
    for slopes in output.slopes:
        gg, hh = slopes.gg, output.hh
        largest = float(gg[np.isfinite(gg)].max(initial=0.0))
        influence = ~(gg <= 1e-20 * max(largest, 1e-30))
        weight = np.full(gg.shape, np.nan)
        if hh is None:
            yield _Weights(weight, influence, True)
            continue
        known = np.isfinite(hh) & (hh > 1e-30)
        np.divide(slopes.gh, hh, out=weight, where=known)
        limit = 1e-3 * np.sqrt(gg[known]) + 1e-3 * np.sqrt(largest)
        off = np.sqrt(slopes.residual[known]) > limit
        weight = (weight * share).astype(kind, copy=False)
        yield _Weights(weight, influence, not bool(off.any()))


def _without_flat_spots(
    running: ModelPass, inputs: PassInputs, part: _LossPart, share: float
) -> _LossPart:
    """Measures again, at moved predictions, where the loss of a part has no slope."""
    for shift in _SHIFTS:
        if not any(p.loss.size and w.flat_spots for p in part.pieces for w in p.weights):
            break
        raw = running.run(replace(inputs, shift=shift)).losses
        assert raw is not None
        pieces = []
        for piece, output in zip(part.pieces, raw.outputs, strict=True):
            again = _weights_of(output, share, np.float64)
            filled = [_filled(w, moved) for w, moved in zip(piece.weights, again, strict=True)]
            pieces.append(replace(piece, weights=tuple(filled)))
        part = replace(part, pieces=tuple(pieces))
    return part


def _filled(weights: _Weights, moved: _Weights) -> _Weights:
    first, second = weights.weight, moved.weight
    if first is None or second is None or first.shape != second.shape:
        return weights
    weight = np.where(np.isnan(first), second, first).astype(first.dtype)
    return replace(weights, weight=weight, influence=weights.influence | moved.influence)


class Gatherer:
    """Takes the parts one by one and keeps what an answer needs."""

    def __init__(self, rows: int, *, whole: bool = False) -> None:
        """Prepares for the parts of a batch of `rows` rows; `whole` keeps all predictions."""
        self._rows, self._whole = rows, whole
        self._masks: list[list[AnyArray]] = []
        self._on_outputs: list[list[AnyArray | None]] = []
        self._predictions: list[Any] = []
        self._kept_rows = 0
        self.nan = False

    def take(self, part: RawPass) -> None:
        """Keeps what is needed of one part; its other arrays can go."""
        known: list[AnyArray] = []
        self._masks.append([_one_of_equals(mask, known) for mask in part.masks])
        self._on_outputs.append(
            [None if _is_none(m) else _one_of_equals(m, known) for m in part.prediction_masks]
        )
        leaves = keras_private.flatten(part.predictions)
        self.nan = self.nan or any(bool(np.isnan(leaf).any()) for leaf in leaves)
        if self._wants_predictions(leaves):
            self._predictions.append(part.predictions)
            self._kept_rows += len(leaves[0]) if leaves and leaves[0].ndim else 0

    def masks(self) -> tuple[tuple[BoolArray, ...], tuple[BoolArray | None, ...]]:
        """Returns all masks, and the mask on each output or None; equal masks are one array."""
        joined: dict[tuple[int, ...], BoolArray] = {}
        return (
            tuple(_joined(list(arrays), joined) for arrays in zip(*self._masks, strict=True)),
            tuple(
                None if arrays[0] is None else _joined(list(arrays), joined)
                for arrays in zip(*self._on_outputs, strict=True)
            ),
        )

    def predictions(self) -> tuple[Any, tuple[AnyArray, ...]]:
        """Returns the predictions of the first rows, and an array of the shape of each output."""
        predictions = keras_private.map_structure(
            lambda *arrays: np.concatenate(arrays) if len(arrays) > 1 else arrays[0],
            *self._predictions,
        )
        outlines = tuple(
            np.broadcast_to(np.zeros((), leaf.dtype), (self._rows, *leaf.shape[1:]))
            for leaf in keras_private.flatten(predictions)
        )
        return predictions, outlines

    def _wants_predictions(self, leaves: list[AnyArray]) -> bool:
        if self._whole or not self._predictions or self._kept_rows < KEPT_ROWS:
            return True
        values = sum(int(np.prod(leaf.shape[1:])) for leaf in leaves) * self._rows
        return values <= KEPT_VALUES


def _is_none(mask: AnyArray) -> bool:
    return mask.size == 0 and mask.ndim == 1


def _one_of_equals(mask: AnyArray, known: list[AnyArray]) -> AnyArray:
    """The array among `known` that equals `mask`; else `mask`, which is known from now on."""
    for other in known:
        if other.shape == mask.shape and np.array_equal(other, mask):
            return other
    known.append(mask)
    return mask


def _joined(parts: list[Any], known: dict[tuple[int, ...], BoolArray]) -> BoolArray:
    """The parts joined; the same array for the same parts."""
    key = tuple(id(part) for part in parts)
    if key not in known:
        known[key] = frozen(np.concatenate(parts) if len(parts) > 1 else parts[0], np.bool_)
    return known[key]


# From the parts to the result


def _result(
    question: Question,
    running: ModelPass,
    gatherer: Gatherer,
    rules: tuple[Rule, ...],
    entries: list[LossEntry],
    parts: list[_LossPart],
) -> PassResult:
    model = question.model
    masks, on_outputs = gatherer.masks()
    predictions, outlines = gatherer.predictions()
    own = question.given is None and keras_private.overrides_compute_loss(model)
    penalty = float(sum(part.penalty for part in parts))
    totals = {
        rule.key: sum(part.totals[number] for part in parts) for number, rule in enumerate(rules)
    }
    losses = {}
    for number, rule in enumerate(rules):
        # A rule of its own, and the compiled one of a single own loss, are their whole number.
        alone = rule.loss is not None or (len(entries) == 1 and own)
        losses[rule.key] = tuple(
            _output_loss(entry, rule, number, [part.pieces[place] for part in parts])
            if not alone
            else replace(
                _output_loss(entry, rule, number, [part.pieces[place] for part in parts]),
                value=totals[rule.key],
            )
            for place, entry in enumerate(entries)
        )
    return PassResult(
        calls=running.calls,
        masks=masks,
        predictions=predictions,
        outlines=outlines,
        prediction_masks=on_outputs,
        nan=gatherer.nan,
        totals=totals,
        penalty=penalty,
        call_penalty=penalty - sum(part.weight_penalty for part in parts),
        losses=losses,
        own_compute_loss=own,
    )


def _output_loss(entry: LossEntry, rule: Rule, number: int, pieces: list[_Piece]) -> OutputLoss:
    loss = np.concatenate([piece.loss for piece in pieces])
    measured = [piece.weights[number] for piece in pieces]
    weights = [part.weight for part in measured if part.weight is not None]
    factor = rule.factor if rule.loss is not None else entry.loss_weight
    return OutputLoss(
        name=entry.name,
        loss_name=str(getattr(entry.loss, "name", entry.name)),
        value=sum(piece.value for piece in pieces),
        loss_weight=1.0 if factor is None else float(factor),
        loss=loss if loss.size else None,
        weight=np.concatenate(weights) if loss.size and weights else None,
        influence=np.concatenate([part.influence for part in measured]),
        unreduced_shape=pieces[0].unreduced_shape,
        exact=all(part.exact for part in measured),
    )
