"""`inspect`: one model, one batch, the whole answer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from inspector.core.batch import Batch, Tokens
from inspector.core.diagnosis.causes import Failure
from inspector.core.diagnosis.findings import Evidence
from inspector.core.diagnosis.stops import settle_outcomes
from inspector.core.diagnosis.verdict import diagnose
from inspector.core.inspection import Inspection
from inspector.core.ledger import same
from inspector.core.trace import MaskState, Trace
from inspector.core.truth import Truth
from inspector.engine.failures import NO_FINDING, memory_told, message_of
from inspector.engine.forward.losses import (
    COMPILED,
    build_loss,
    computes_loss_alone,
    entries_of,
)
from inspector.engine.forward.row_chunks import rows_at_once
from inspector.engine.forward.rows import PassResult, forward
from inspector.engine.inspection.leaks import LeakTests, Tested, moved_step
from inspector.engine.inspection.ledgers import ledgers_of
from inspector.engine.inspection.metrics import metric_masking, outputs_of
from inspector.engine.inspection.padding_evidence import question_about, settled, stated, truth_of
from inspector.engine.inspection.question import (
    Question,
    as_arrays,
    check_options,
    check_texts,
    row_count,
)
from inspector.engine.inspection.steps import flat_mask, state_at_loss, steps_of
from inspector.engine.provenance import model_digests, versions
from inspector.engine.seam import keras as keras_private
from inspector.errors import BatchError
from inspector.files.sources import Truths, read_source


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
        x: Its input, as for `model.evaluate`: arrays (rows, timesteps, ...), a list, a dictionary,
            rows of different lengths (filled up, and the truth is then known); or a
            `tf.data.Dataset`, `PyDataset`, `DataLoader`, Hugging Face `Dataset` or generator, of
            which the first rows are taken, targets and weights included, with its batch size.
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
    check_options(model, batch_size, loss)
    source = read_source(x, y, sample_weight, input_rank=_input_rank(model))
    x, y, sample_weight = map(as_arrays, (source.x, source.y, source.sample_weight))
    check_texts(model, x)
    valid = _known(source.valid) if valid is None else valid
    target_valid = _known(source.target_valid) if target_valid is None else target_valid
    batch_size = source.batch_size if batch_size is None else batch_size
    failure = None
    if class_weight is not None and sample_weight is not None:
        raise BatchError(
            "Both `class_weight` and `sample_weight` were given.",
            "Keras takes one of them at a time.",
            "Multiply the class weights into the sample weights.",
        )
    if class_weight is not None:
        sample_weight, failure = _with_class_weight(y, class_weight)
    truth, notes = truth_of(x, y, valid, target_valid)
    batch = _batch(x, y, sample_weight, truth, tokens, (*source.notes, *notes))
    fit = rows_at_once(model, batch.rows, truth.timesteps)
    size = min(batch_size or fit, batch.rows)
    question = Question(
        model=model,
        batch=batch,
        truth=truth,
        batch_size=size,
        loss=loss,
        training=training,
        leaks=leaks,
        lines=lines,
        in_parts=batch_size is None and size < batch.rows,
    )
    return replace(answer(question, failure), code=code, model_digests=model_digests(model))


def _input_rank(model: keras.Model) -> int | None:
    """Rank of the first input, rows included, where the model says it."""
    tensors = getattr(model, "inputs", None)
    return len(tensors[0].shape) if tensors else None


def _known(valid: Truths) -> Any:
    """The truth that a source knows, as it is passed to `inspect`: nothing for what is unknown."""
    if isinstance(valid, dict):
        return {name: truth for name, truth in valid.items() if truth is not None}
    return list(valid) if isinstance(valid, tuple) else valid


def inspect_batch(model: Any, batch: Batch, **options: Any) -> Inspection:
    """Inspects a model on a batch, with its own truth, sample weights and tokens.

    Args:
        model: As for `inspector.inspect`.
        batch: What `read_batch` or `batch_from_sentences` returns.
        options: Options of `inspector.inspect`, which come before what the batch holds.
    """
    held: dict[str, Any] = {
        "valid": batch.valid,
        "target_valid": batch.target_valid,
        "sample_weight": batch.sample_weight,
        "tokens": batch.tokens,
    }
    inspection = inspect(model, batch.x, batch.y, **(held | options))
    # The given batch knows more: its vocabulary, target tokens and source.
    whole = replace(
        inspection.batch,
        source=batch.source,
        notes=tuple(dict.fromkeys((*batch.notes, *inspection.batch.notes))),
        target_tokens=batch.target_tokens,
        vocabulary=batch.vocabulary,
        target_vocabulary=batch.target_vocabulary,
    )
    return replace(inspection, batch=whole)


def answer(question: Question, failure: Failure | None = None) -> Inspection:
    """Runs the batch through the model once, and judges what was seen.

    Args:
        question: What is asked; its truth is settled here, once the model has run.
        failure: What has failed already.
    """
    # The number itself is that of evaluation, whatever mode the leaks are tested in.
    run, with_loss, own_test_step, failed = _first_pass(replace(question, training=False))
    failure = failed or failure
    symbolic = _symbolic(question.model)
    if run is None:
        trace = Trace((), None, None, symbolic, (), versions())
        return _told(question, Evidence(question.batch, trace, raises=failure))
    entries = entries_of(question.model, question.given) if with_loss else []
    truth = settled(question.truth, question.x, question.y, run, entries)
    question = replace(question, truth=truth, batch=_with_truth(question.batch, truth))
    trace = _trace(question, run, symbolic)
    ledgers = ledgers_of(question, run, entries, own_test_step) if with_loss else ()
    metrics, failure = _metrics(question, run, failure) if with_loss else ({}, failure)
    evidence = Evidence(
        question.batch,
        trace,
        ledgers,
        None,
        metrics,
        run.nan,
        failure,
        question=question_about(truth),
    )
    if question.leaks:
        evidence = _with_leaks(question, evidence, run, with_loss)
    return _told(question, evidence)


def _told(question: Question, evidence: Evidence) -> Inspection:
    return Inspection(
        batch=evidence.batch,
        trace=evidence.trace,
        diagnosis=diagnose(evidence),
        ledgers=evidence.ledgers,
        leaks=evidence.leaks,
        metrics=evidence.metrics,
        nan=evidence.nan,
        raises=evidence.raises,
        model_name=question.model.name,
        training_leaks=evidence.training_leaks,
        truth=stated(
            question.truth, question.x, getattr(question.model, "output_names", None) or ()
        ),
    )


def _code_of(model: Any) -> tuple[dict[str, int], tuple[str, ...]]:
    """The line of each layer, and the code itself, of a model that was read from code."""
    if isinstance(model, keras.Model):
        return {}, ()
    return dict(getattr(model, "lines", {})), tuple(getattr(model, "source", ()))


def _batch(
    x: Any, y: Any, sample_weight: Any, truth: Truth, tokens: Any, notes: Sequence[str]
) -> Batch:
    rows, valid, notes = row_count(x), truth.first, list(notes)
    if valid is None:
        valid, tokens = np.ones((rows, 1), bool), None
        notes.append("No input has a time axis, so there is nothing to mask.")
    output = truth.output
    return Batch(
        x=x,
        y=y,
        valid=valid,
        target_valid=output if output is not None and len(output) == rows else None,
        sample_weight=sample_weight,
        tokens=None if tokens is None else _named(tokens, valid.shape[1]),
        source="arrays",
        notes=tuple(dict.fromkeys(notes)),
    )


def _with_truth(batch: Batch, truth: Truth) -> Batch:
    """The batch with the truth as it is known once the model has run."""
    valid, output = truth.first, truth.output
    fits = valid is not None and (batch.tokens is None or valid.shape == batch.valid.shape)
    target_valid = output if output is not None and len(output) == batch.rows else None
    return replace(
        batch,
        valid=valid if valid is not None and fits else batch.valid,
        target_valid=target_valid,
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


def _with_class_weight(y: Any, class_weight: dict[int, float]) -> tuple[Any, Failure | None]:
    """Turns class weights into sample weights with Keras's own code, as `fit` does."""
    try:
        return keras_private.sample_weight_from_class_weight(y, class_weight), None
    except NO_FINDING:
        raise
    except Exception as error:
        return None, Failure("loss", message_of(error))


# The first pass


def _first_pass(question: Question) -> tuple[PassResult | None, bool, bool, Failure | None]:
    """Runs the batch; where the loss fails, without it; where the model fails, not at all.

    Returns:
        What the pass gave, whether its loss was measured, whether a `test_step` of the model's own
        reports another number, and what failed.
    """
    model = question.model
    with_loss = question.y is not None and (
        question.loss is not None
        or keras_private.compile_loss(model) is not None
        or computes_loss_alone(model)
    )
    failure = None
    if _prepared(question, with_loss):
        try:
            run, own_test_step = _with_own_test_step(question, forward(question, (COMPILED,)))
            return run, True, own_test_step, None
        except NO_FINDING:
            raise
        except Exception as error:
            failure = _failure(error, "loss")
    try:
        return forward(question), False, False, failure
    except NO_FINDING:
        raise
    except Exception as error:
        return None, False, False, _failure(error, model.name)


def _failure(error: Exception, blamed: str) -> Failure:
    """What fails; at `blamed` where the place is not known."""
    return Failure(getattr(error, "inspector_failed_at", None) or blamed, message_of(error))


def _prepared(question: Question, with_loss: bool) -> bool:
    """Builds what was never built; True if the loss can be tried.

    Whatever fails here fails again when the batch runs, and is located there.
    """
    model = question.model
    try:
        keras_private.build_layers(model, question.x)
        if with_loss:
            build_loss(model, question.given, question.x, question.y, question.sample_weight)
    except NO_FINDING:
        raise
    except Exception:
        return with_loss and model.built
    return with_loss


def _with_own_test_step(question: Question, run: PassResult) -> tuple[PassResult, bool]:
    """Takes the number that `evaluate` itself reports where a `test_step` is overridden."""
    model = question.model
    if question.loss is not None or not keras_private.uses_own_test_step(model):
        return run, False
    with keras_private.quiet():
        logs = model.evaluate(
            question.x,
            question.y,
            sample_weight=question.sample_weight,
            batch_size=question.batch_size,
            verbose=0,
            return_dict=True,
        )
    total = run.totals[COMPILED.key]
    reported = float(logs.get("loss", total))
    return replace(run, totals={**run.totals, COMPILED.key: reported}), not same(reported, total)


# What is read off it


def _symbolic(model: keras.Model) -> bool:
    outputs = getattr(model, "outputs", None)
    return outputs is not None and keras_private.get_mask(outputs[0]) is not None


def _trace(question: Question, run: PassResult, symbolic: bool) -> Trace:
    truth = question.truth
    steps = steps_of(run.calls, run.masks, truth, question.lines)
    prediction, mask = run.outlines[truth.position], run.prediction_masks[truth.position]
    timed = prediction.ndim >= 3 or (prediction.ndim == 2 and truth.flat)
    state = state_at_loss(mask, prediction, truth.output, timed)
    steps = settle_outcomes(steps, state)
    return Trace(
        steps=steps,
        mask_at_loss=None if mask is None else flat_mask(mask),
        mask_at_loss_state=state,
        symbolic_mask=symbolic,
        false_warnings=tuple(
            dict.fromkeys(s.name for s in steps if s.warned and s.handed_on is not None)
        ),
        versions=versions(),
    )


def _metrics(
    question: Question, run: PassResult, failure: Failure | None
) -> tuple[dict[str, str], Failure | None]:
    if question.loss is not None:
        return {}, failure
    try:
        outputs = outputs_of(question, run)
        return metric_masking(question, outputs), failure
    except NO_FINDING:
        raise
    except Exception as error:
        return {}, failure or Failure("metrics", message_of(error))


def _with_leaks(
    question: Question, evidence: Evidence, run: PassResult, with_loss: bool
) -> Evidence:
    """Adds the leak tests, in the mode asked for and, where it matters, in training.

    The model may refuse an input that is not the user's: then they are untested.
    """
    calls = tuple(call for call in run.calls if not call.helper)
    tested = Tested(question, evidence.trace.steps, calls, with_loss)
    try:
        tests = LeakTests(tested)
        wrong = evidence.trace.mask_at_loss_state is MaskState.WRONG
        moved = moved_step(tests) if wrong else None
        result = replace(evidence, leaks=tests.report(), moved=moved)
        if question.training:
            return result
        other = LeakTests(replace(tested, question=replace(question, training=True)))
        if other.computes_as(tests):
            return result
        return replace(result, training_leaks=other.report(again=True))
    except NO_FINDING:
        raise
    except Exception as error:
        return replace(evidence, untested=message_of(error))
