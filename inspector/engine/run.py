"""One inspection, step by step: run, trace, ledgers, metrics, leaks, diagnosis."""

from dataclasses import replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray
from inspector.core.averages import same
from inspector.core.batch import Batch
from inspector.core.diagnosis import Evidence, diagnose
from inspector.core.inspection import Failure, Inspection
from inspector.core.ledger import LossLedger
from inspector.core.masks import MaskState
from inspector.core.stops import settle_outcomes
from inspector.core.trace import Trace
from inspector.engine import loss_code
from inspector.engine.arrays import row_count
from inspector.engine.broadcasts import mixes_rows
from inspector.engine.ledgers import ledger_of
from inspector.engine.measuring import Measure, measure, rows_of
from inspector.engine.memory import NO_FINDING
from inspector.engine.metrics import metric_masking, outputs_of
from inspector.engine.moving import moved_step
from inspector.engine.own_divisors import without_own_divisor
from inspector.engine.own_loss import is_all_there_is
from inspector.engine.parts import rows_at_once
from inspector.engine.passes import PassInputs, PassOptions
from inspector.engine.preparing import build_loss
from inspector.engine.probing import Prober, Subject
from inspector.engine.requested import Arrays, Request, looks_one_hot, message_of
from inspector.engine.seam import keras as keras_private
from inspector.engine.seam.keras import quiet
from inspector.engine.tracing import Truths, flat_mask, own_truths, state_at_loss, steps_of
from inspector.engine.versions import versions
from inspector.errors import BatchError


class InspectionRun:
    """One inspection, step by step; holds what the steps hand to each other."""

    def __init__(
        self, request: Request, arrays: Arrays, truths: Truths, output_truths: list[Any]
    ) -> None:
        """Prepares the run; nothing is computed yet."""
        self.request, self.arrays, self.truths = request, arrays, truths
        self.output_truths = output_truths
        self.model = request.model
        self.inputs = PassInputs(arrays.x, arrays.y, arrays.sample_weight)
        self.rows = row_count(arrays.x)
        fit = rows_at_once(self.model, self.rows, truths.timesteps)
        self.batch_size = min(request.batch_size or fit, self.rows)
        self.in_parts = request.batch_size is None and self.batch_size < self.rows
        self.given: loss_code.GivenLoss | None = None
        self.with_loss = arrays.y is not None and (
            request.loss is not None
            or keras_private.compile_loss(self.model) is not None
            or is_all_there_is(self.model)
        )

    def run(self, batch: Batch, failure: Failure | None) -> Inspection:
        """Runs the batch through the model and says what was found."""
        measured, failure = self._measured(failure)
        if measured is None:
            trace = Trace((), None, None, self._symbolic(), (), versions())
            return self._answer(Evidence(batch, trace, raises=failure))
        self._look_at_first_loss(measured)
        trace = self._trace(measured)
        ledgers = self._ledgers(measured) if self.with_loss else ()
        metrics, failure = self._metrics(measured, failure)
        evidence = Evidence(batch, trace, ledgers, None, metrics, measured.nan, failure)
        if self.request.leaks:
            evidence = self._with_leaks_tried(evidence, measured)
        return self._answer(evidence)

    def _answer(self, evidence: Evidence) -> Inspection:
        return Inspection(
            batch=evidence.batch,
            trace=evidence.trace,
            diagnosis=diagnose(evidence),
            ledgers=evidence.ledgers,
            leaks=evidence.leaks,
            metrics=evidence.metrics,
            nan=evidence.nan,
            raises=evidence.raises,
            model_name=self.model.name,
            training_leaks=evidence.training_leaks,
        )

    def _measured(self, failure: Failure | None) -> tuple[Measure | None, Failure | None]:
        """Runs the batch; where the loss fails, without it; where the model fails, not at all."""
        options = PassOptions(
            loss=self.with_loss,
            gradients=self.with_loss,
            flat_time=self._flat_time(),
        )
        if self._prepared():
            found, failed = self._tried(options, "loss")
            if found is not None:
                return found, failure
            failure = failed
        self.with_loss = False
        found, failed = self._tried(replace(options, loss=False, gradients=False), self.model.name)
        return found, failed or failure

    def _tried(self, options: PassOptions, blamed: str) -> tuple[Measure | None, Failure | None]:
        """Runs the batch, or says what fails; `blamed` does where the place is not known."""
        try:
            return self._run(options), None
        except NO_FINDING:
            raise
        except Exception as error:
            where = getattr(error, "inspector_failed_at", None) or blamed
            return None, Failure(where, message_of(error))

    def _prepared(self) -> bool:
        """Builds what was never built; True if the loss can be tried.

        Whatever fails here fails again when the batch runs, and is located there.
        """
        try:
            keras_private.build_layers(self.model, self.arrays.x)
            if self.with_loss:
                if self.request.loss is not None:
                    self.given = loss_code.given_loss(self.model, self.request.loss)
                build_loss(self.model, self.given, self.arrays)
        except NO_FINDING:
            raise
        except Exception:
            return self.with_loss and self.model.built
        return self.with_loss

    def _run(self, options: PassOptions) -> Measure:
        inputs = self.inputs if options.loss else PassInputs(self.arrays.x)
        measured = measure(self.model, inputs, self.batch_size, options, self.given)
        if options.loss and self.given is None and keras_private.uses_own_test_step(self.model):
            # Only evaluate itself knows what an overridden test_step reports.
            with quiet():
                logs = self.model.evaluate(
                    self.arrays.x,
                    self.arrays.y,
                    sample_weight=self.arrays.sample_weight,
                    batch_size=self.batch_size,
                    verbose=0,
                    return_dict=True,
                )
            reported = float(logs.get("loss", measured.total))
            measured.own_test_step = not same(reported, measured.total)
            measured.total = reported
        return measured

    def _flat_time(self) -> bool:
        """True if targets (rows, n) hold one number per timestep, not classes."""
        y, truth = self.arrays.y, self.truths.output
        if truth is None or isinstance(y, (list, tuple, dict)) or y is None:
            return False
        same = np.ndim(y) == 2 and y.shape == truth.shape
        return same and not looks_one_hot(y)

    def _fit_truth(self, prediction: AnyArray) -> None:
        """Takes the truth of an input where that of the targets does not fit the output."""
        truth = self.truths.output
        if prediction.ndim < 3 or truth is None or truth.shape == prediction.shape[:2]:
            return
        known = [t for t in self.truths.inputs if t is not None]
        alike = [t for t in known if t.shape == prediction.shape[:2]]
        y = [] if self.arrays.y is None else keras_private.flatten(self.arrays.y)[:1]
        fits_targets = bool(y) and y[0].shape[:2] == prediction.shape[:2]
        if fits_targets and truth.shape not in [t.shape for t in known]:
            raise BatchError(
                f"`target_valid` has shape {truth.shape}.",
                f"The output has {prediction.shape[:2]} rows and timesteps.",
            )
        if alike:
            self.truths = replace(self.truths, output=alike[0])

    def _symbolic(self) -> bool:
        outputs = getattr(self.model, "outputs", None)
        return outputs is not None and keras_private.get_mask(outputs[0]) is not None

    def _look_at_first_loss(self, measured: Measure) -> None:
        """Looks at the output that the first loss belongs to.

        Keras flattens a dictionary of outputs in the order of its sorted keys.
        """
        paths = [path for path, _ in keras_private.leaf_paths(measured.predictions)]
        entries = loss_code.entries(self.model, self.given) if self.with_loss else []
        if entries and entries[0][0] in paths[1:]:
            position = paths.index(entries[0][0])
            truth = self._target_truth(entries[0][0], position)
            self.truths = Truths(self.truths.inputs, truth, position)

    def _target_truth(self, path: tuple[Any, ...], position: int) -> BoolArray | None:
        """The truth that belongs to an output; there may be targets for some outputs only."""
        truths: list[BoolArray | None] = self.output_truths
        if isinstance(self.arrays.y, dict) and path and path[-1] in self.arrays.y:
            return truths[sorted(self.arrays.y).index(path[-1])]
        return truths[min(position, len(truths) - 1)]

    def _metric_truth(self, path: tuple[Any, ...], position: int) -> BoolArray | None:
        """The truth that an output's metrics are judged by."""
        return self._target_truth(path, position) if path else self.truths.output

    def _trace(self, measured: Measure) -> Trace:
        steps = steps_of(measured.calls, measured.masks, self.truths, self.request.lines)
        if own_truths(steps, keras_private.flatten(self.arrays.x), self.truths):
            steps = steps_of(measured.calls, measured.masks, self.truths, self.request.lines)
        prediction = measured.outlines[self.truths.position]
        mask = measured.prediction_masks[self.truths.position]
        timed = prediction.ndim >= 3 or (prediction.ndim == 2 and self._flat_time())
        self._fit_truth(prediction)
        state = state_at_loss(mask, prediction, self.truths.output, timed)
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

    def _ledgers(self, measured: Measure) -> tuple[LossLedger, ...]:
        leaves = keras_private.flatten(measured.predictions)
        targets = rows_of(self.arrays.y, slice(0, len(leaves[0])))
        paths = [path for path, _ in keras_private.leaf_paths(measured.predictions)]
        pairs, ledgers = keras_private.flatten(targets), []
        entries = loss_code.entries(self.model, self.given)
        for entry, output in zip(entries, measured.outputs, strict=True):
            position = paths.index(entry[0]) if entry[0] in paths else 0
            truth = self._target_truth(entry[0], position)
            weights = keras_private.flatten(self.arrays.sample_weight)
            context = {
                "batch_size": self.batch_size,
                "in_parts": self.in_parts,
                "sample_weight": weights[min(position, len(weights) - 1)] if weights else None,
                "broadcast": entry[1] is not None
                and mixes_rows(entry[1], targets, leaves, position),
            }
            mask = measured.prediction_masks[position]
            if entry[1] is not None and position < len(pairs):
                output = without_own_divisor(
                    entry[1], pairs[position], leaves[position], output, truth
                )
            ledgers.append(ledger_of(measured, output, truth, mask, context))
        return tuple(ledgers)

    def _metrics(
        self, measured: Measure, failure: Failure | None
    ) -> tuple[dict[str, str], Failure | None]:
        if not self.with_loss or self.given is not None:
            return {}, failure
        try:
            return metric_masking(
                self.model,
                (self.arrays.y, self.arrays.sample_weight),
                outputs_of(self.model, measured, self.arrays.y, self._metric_truth),
            ), failure
        except NO_FINDING:
            raise
        except Exception as error:
            return {}, failure or Failure("metrics", message_of(error))

    def _with_leaks(self, evidence: Evidence, measured: Measure) -> Evidence:
        """Adds the leak tests, in the mode asked for and, where it matters, in training."""
        training = self.request.training
        prober = Prober(self._subject(measured, evidence.trace, training))
        wrong = evidence.trace.mask_at_loss_state is MaskState.WRONG
        moved = moved_step(prober) if wrong else None
        found = replace(evidence, leaks=prober.report(), moved=moved)
        other = prober if training else Prober(self._subject(measured, evidence.trace, True))
        if training or other.computes_as(prober):
            return found
        return replace(found, training_leaks=other.report(again=True))

    def _with_leaks_tried(self, evidence: Evidence, measured: Measure) -> Evidence:
        """The same, where the model may refuse an input that is not the user's."""
        try:
            return self._with_leaks(evidence, measured)
        except NO_FINDING:
            raise
        except Exception as error:
            return replace(evidence, untested=message_of(error))

    def _subject(self, measured: Measure, trace: Trace, training: bool) -> Subject:
        kept = [call for call in measured.calls if not call.helper]
        return Subject(
            model=self.model,
            inputs=self.inputs,
            truths=self.truths,
            steps=trace.steps,
            keys=tuple(call.key for call in kept),
            captured=tuple(call.captured for call in kept),
            training=training,
            with_loss=self.with_loss,
            tolerance=keras_private.float_error(self.model),
            given=self.given,
            flat_time=self._flat_time(),
        )
