"""One inspection, step by step: run, trace, ledgers, metrics, leaks, diagnosis."""

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray
from inspector.core.batch import Batch
from inspector.core.diagnosis import Evidence, diagnose
from inspector.core.inspection import Failure, Inspection
from inspector.core.leaks import LeakReport
from inspector.core.masks import MaskState
from inspector.core.stops import settle_outcomes
from inspector.core.trace import LayerStep, Trace
from inspector.engine import keras_private, loss_code
from inspector.engine.arrays import row_count
from inspector.engine.broadcasts import mixes_rows
from inspector.engine.ledgers import ledger_of
from inspector.engine.measuring import Measure, measure, rows_of
from inspector.engine.metrics import metric_masking
from inspector.engine.moving import moved_step
from inspector.engine.passes import PassInputs, PassOptions
from inspector.engine.probing import Prober, Subject
from inspector.engine.tracing import Truths, flat_mask, steps_of
from inspector.engine.truth import find_valid
from inspector.engine.versions import versions
from inspector.errors import BatchError, ModelError


@dataclass(frozen=True)
class Request:
    """What was asked of `inspect`, besides the arrays."""

    model: keras.Model
    batch_size: int | None
    training: bool
    loss: Any
    leaks: bool

    def __post_init__(self) -> None:
        if not isinstance(self.model, keras.Model):
            raise ModelError(
                f"`model` is a {type(self.model).__name__}.",
                "It must be a keras.Model (Sequential, Functional or subclassed).",
            )
        if self.batch_size is not None and self.batch_size < 1:
            raise BatchError(f"`batch_size` is {self.batch_size}.", "It must be at least 1.")


@dataclass(frozen=True)
class Arrays:
    """The arrays of the batch, in the structures that the model takes."""

    x: Any
    y: Any
    sample_weight: Any


class InspectionRun:
    """One inspection, step by step; holds what the steps hand to each other."""

    def __init__(
        self, request: Request, arrays: Arrays, truths: Truths, output_truths: list[Any]
    ) -> None:
        self.request, self.arrays, self.truths = request, arrays, truths
        self.output_truths = output_truths
        self.model = request.model
        self.inputs = PassInputs(arrays.x, arrays.y, arrays.sample_weight)
        self.rows = row_count(arrays.x)
        self.batch_size = min(request.batch_size or self.rows, self.rows)
        self.given: loss_code.GivenLoss | None = None
        self.with_loss = arrays.y is not None and (
            request.loss is not None or keras_private.compile_loss(self.model) is not None
        )

    def run(self, batch: Batch, failure: Failure | None) -> Inspection:
        measured, failure = self._measured(failure)
        if measured is None:
            trace = Trace((), None, None, self._symbolic(), (), versions())
            return self._answer(batch, trace, (), None, {}, False, failure)
        trace = self._trace(measured)
        ledgers = self._ledgers(measured) if self.with_loss else ()
        metrics, failure = self._metrics(measured, failure)
        leaks, moved = self._leaks(measured, trace)
        nan = any(
            bool(np.isnan(leaf).any()) for leaf in keras_private.flatten(measured.predictions)
        )
        return self._answer(batch, trace, ledgers, leaks, metrics, nan, failure, moved)

    def _answer(
        self,
        batch: Batch,
        trace: Trace,
        ledgers: tuple[Any, ...],
        leaks: LeakReport | None,
        metrics: dict[str, str],
        nan: bool,
        failure: Failure | None,
        moved: int | None = None,
    ) -> Inspection:
        evidence = Evidence(batch, trace, ledgers, leaks, metrics, nan, failure, moved)
        return Inspection(
            batch=batch,
            trace=trace,
            diagnosis=diagnose(evidence),
            ledgers=ledgers,
            leaks=leaks,
            metrics=metrics,
            nan=nan,
            raises=failure,
            model_name=self.model.name,
        )

    def _measured(self, failure: Failure | None) -> tuple[Measure | None, Failure | None]:
        """Runs the batch; where the loss fails, without it; where the model fails, not at all."""
        options = PassOptions(
            training=self.request.training,
            loss=self.with_loss,
            gradients=self.with_loss,
            flat_time=self._flat_time(),
        )
        try:
            keras_private.build_layers(self.model, self.arrays.x)
        except Exception as error:
            return None, Failure(self._where(error) or self.model.name, message_of(error))
        if self.with_loss:
            try:
                self._prepare_loss()
            except Exception:
                # Whatever fails here, the loss or a metric, fails again below, where it is located.
                self.given = self.given
            try:
                return self._run(options), failure
            except Exception as error:
                where = self._where(error)
                failure = Failure(where or "loss", message_of(error))
                self.with_loss = False
        try:
            bare = replace(options, loss=False, gradients=False)
            return self._run(bare), failure
        except Exception as error:
            return None, Failure(self._where(error) or self.model.name, message_of(error))

    def _prepare_loss(self) -> None:
        if self.request.loss is not None:
            self.given = loss_code.given_loss(self.model, self.request.loss)
            if not self.given.compiled.built:
                first = rows_of(self.arrays.x, slice(0, 1))
                self.given.compiled.build(rows_of(self.arrays.y, slice(0, 1)), self.model(first))
            return
        compiled = keras_private.compile_loss(self.model)
        metrics = keras_private.compiled_metrics(self.model)
        if not compiled.built or (metrics is not None and not metrics.built):
            keras_private.build_compiled(
                self.model, self.arrays.x, self.arrays.y, self.arrays.sample_weight
            )

    def _run(self, options: PassOptions) -> Measure:
        inputs = self.inputs if options.loss else PassInputs(self.arrays.x)
        measured = measure(self.model, inputs, self.batch_size, options, self.given)
        if options.loss and self.given is None and keras_private.uses_own_test_step(self.model):
            # Only evaluate itself knows what an overridden test_step reports.
            logs = self.model.evaluate(
                self.arrays.x,
                self.arrays.y,
                sample_weight=self.arrays.sample_weight,
                batch_size=self.batch_size,
                verbose=0,
                return_dict=True,
            )
            measured.total = float(logs.get("loss", measured.total))
        return measured

    @staticmethod
    def _where(error: Exception) -> str | None:
        return getattr(error, "inspector_failed_at", None)

    def _flat_time(self) -> bool:
        """True if targets (rows, n) hold one number per timestep, not classes."""
        y, truth = self.arrays.y, self.truths.output
        if truth is None or isinstance(y, (list, tuple, dict)) or y is None:
            return False
        same = np.ndim(y) == 2 and y.shape == truth.shape
        return same and not looks_one_hot(y)

    def _symbolic(self) -> bool:
        outputs = getattr(self.model, "outputs", None)
        return bool(outputs) and keras_private.get_mask(outputs[0]) is not None

    def _trace(self, measured: Measure) -> Trace:
        steps = steps_of(measured.calls, measured.masks, self.truths, {})
        if self._own_truths(steps):
            steps = steps_of(measured.calls, measured.masks, self.truths, {})
        prediction = keras_private.flatten(measured.predictions)[0]
        mask = measured.prediction_masks[0]
        state = self._state_at_loss(mask, prediction)
        steps = settle_outcomes(steps, state)
        return Trace(
            steps=steps,
            mask_at_loss=None if mask is None else flat_mask(mask),
            mask_at_loss_state=state,
            symbolic_mask=self._symbolic(),
            false_warnings=tuple(
                dict.fromkeys(s.name for s in steps if s.warned and s.handed_on is not None)
            ),
            versions=versions(),
        )

    def _own_truths(self, steps: tuple[LayerStep, ...]) -> bool:
        """Gives an input that is padded in its own way its own truth.

        Two inputs may be as long and padded differently, and `valid` was given for one. Where a
        mask maker reads such an input, and its mask is what the input's own data say, that is its
        truth; nothing is taken from the mask alone.
        """
        changed = False
        leaves = keras_private.flatten(self.arrays.x)
        for number, leaf in enumerate(leaves[1:], start=1):
            found, truth = find_valid(leaf), self.truths.inputs[number]
            makers = [s for s in steps if s.makes_mask and s.inputs == (f"input {number + 1}",)]
            if found is None or truth is None or np.array_equal(found[0], truth):
                continue
            if any(np.array_equal(m.handed_on, found[0]) for m in makers):
                self.truths.inputs[number] = found[0]
                changed = True
        return changed

    def _state_at_loss(self, mask: AnyArray | None, prediction: AnyArray) -> MaskState:
        """The mask on the prediction against the truth on the output's time axis."""
        if mask is None:
            return MaskState.ABSENT
        timed = prediction.ndim >= 3 or (prediction.ndim == 2 and self._flat_time())
        if not timed or mask.shape != prediction.shape[: mask.ndim]:
            return MaskState.WRONG_RANK
        flat, truth = flat_mask(mask), self.truths.output
        if truth is None or truth.shape != flat.shape:
            return MaskState.ALL_TRUE if bool(flat.all()) else MaskState.WRONG
        if np.array_equal(flat, truth):
            return MaskState.CORRECT
        return MaskState.ALL_TRUE if bool(flat.all()) else MaskState.WRONG

    def _ledgers(self, measured: Measure) -> tuple[Any, ...]:
        leaves = keras_private.flatten(measured.predictions)
        paths = [path for path, _ in keras_private.leaf_paths(measured.predictions)]
        ledgers = []
        for entry, output in zip(
            loss_code.entries(self.model, self.given), measured.outputs, strict=True
        ):
            position = paths.index(entry[0]) if entry[0] in paths else 0
            truth = self.output_truths[position] if position < len(self.output_truths) else None
            weights = keras_private.flatten(self.arrays.sample_weight)
            context = {
                "batch_size": self.batch_size,
                "sample_weight": weights[min(position, len(weights) - 1)] if weights else None,
                "broadcast": mixes_rows(entry[1], self.arrays.y, leaves, position),
            }
            mask = measured.prediction_masks[position]
            ledgers.append(ledger_of(measured, output, truth, mask, context))
        return tuple(ledgers)

    def _metrics(
        self, measured: Measure, failure: Failure | None
    ) -> tuple[dict[str, str], Failure | None]:
        if not self.with_loss or self.given is not None:
            return {}, failure
        try:
            found = metric_masking(
                self.model,
                (self.arrays.y, self.arrays.sample_weight),
                measured.predictions,
                measured.prediction_masks,
                self.truths.output,
            )
            return found, failure
        except Exception as error:
            return {}, failure or Failure("metrics", message_of(error))

    def _leaks(self, measured: Measure, trace: Trace) -> tuple[LeakReport | None, int | None]:
        wrong = trace.mask_at_loss_state is MaskState.WRONG
        if not self.request.leaks:
            return None, None
        kept = [call for call in measured.calls if not call.helper]
        prober = Prober(
            Subject(
                model=self.model,
                inputs=self.inputs,
                truths=self.truths,
                steps=trace.steps,
                keys=tuple(call.key for call in kept),
                captured=tuple(call.captured for call in kept),
                training=self.request.training,
                with_loss=self.with_loss,
                tolerance=keras_private.float_error(self.model),
                given=self.given,
                flat_time=self._flat_time(),
            )
        )
        return prober.report(), moved_step(prober) if wrong else None


def looks_one_hot(y: AnyArray) -> bool:
    """True for rows of 0 and 1 with a single 1 each."""
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all() and y.shape[1] > 1)


def message_of(error: Exception) -> str:
    """The first lines of an exception, on one line."""
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    text = " ".join(lines[:3]) if lines else type(error).__name__
    return text[:400]
