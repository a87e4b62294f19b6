"""Inspections made by hand, so that what is drawn can be checked without a model."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inspector.core.arrays import BoolArray, FloatArray
from inspector.core.batch import Batch
from inspector.core.diagnosis.causes import Cause, Fix, Stop
from inspector.core.diagnosis.findings import Diagnosis, Finding, Severity
from inspector.core.inspection import Inspection
from inspector.core.leaks import Effect, LeakReport, NodeLeak
from inspector.core.ledger import Average, AverageName, Divisor, LossLedger
from inspector.core.trace import LayerStep, MaskState, Outcome, Trace, Versions, mask_state

VERSIONS = Versions("0.1.0", "3.15.1", "2.21.0")
SENTENCES = ("##abb", "#babb")


def a_batch(sentences: Sequence[str] = SENTENCES) -> Batch:
    """A batch of characters in which `#` is padding."""
    tokens = tuple(tuple(sentence) for sentence in sentences)
    valid = np.array([[token != "#" for token in row] for row in tokens])
    return Batch(
        x=np.zeros((*valid.shape, 3), np.float32),
        y=np.zeros((*valid.shape, 3), np.float32),
        valid=valid,
        target_valid=valid,
        tokens=tokens,
        target_tokens=tokens,
        source="typed",
    )


def a_step(
    batch: Batch,
    name: str,
    outcome: Outcome,
    *,
    class_name: str = "Dense",
    received: BoolArray | None = None,
    handed_on: BoolArray | None = None,
    time: bool = True,
    path: tuple[str, ...] = (),
    reason: str = "",
) -> LayerStep:
    """A call whose input is the step before it; `index` and `inputs` are set by `a_trace`."""
    rows, timesteps = batch.valid.shape
    return LayerStep(
        name=name,
        class_name=class_name,
        path=path,
        inputs=(),
        output_shape=(rows, timesteps, 3) if time else (rows, 10),
        received=received,
        handed_on=handed_on,
        received_state=mask_state(received, batch.valid),
        handed_on_state=mask_state(handed_on, batch.valid) if time else None,
        outcome=outcome,
        has_time_axis=time,
        by_attribute=received is not None,
        attribute_mask=received,
        reason=reason,
    )


def a_trace(steps: Sequence[LayerStep], batch: Batch, at_loss: BoolArray | None) -> Trace:
    """A trace of `steps`, each fed by the one before it."""
    numbered, before = [], "input"
    for index, step in enumerate(steps):
        numbered.append(replace(step, index=index, inputs=(before,)))
        if not step.path:
            before = step.name
    time = bool(steps) and steps[-1].has_time_axis
    return Trace(
        steps=tuple(numbered),
        mask_at_loss=at_loss,
        mask_at_loss_state=mask_state(at_loss, batch.target_valid) if time else None,
        symbolic_mask=at_loss is not None,
        false_warnings=(),
        versions=VERSIONS,
    )


def a_ledger(
    batch: Batch, loss: FloatArray, weight: FloatArray, divisor: Divisor | None
) -> LossLedger:
    """A ledger whose numbers agree with each other."""
    valid = batch.valid
    keras = float(np.nansum(loss * weight))
    with np.errstate(invalid="ignore", divide="ignore"):
        over_valid = float(loss[valid].mean()) if valid.any() else None
        rows = [row[keep].mean() for row, keep in zip(loss, valid, strict=True) if keep.any()]
    over_all, row_means = float(loss.mean()), float(np.mean(rows)) if rows else None
    sums = (keras, float(loss[valid].sum()), float(loss.sum()), float(np.sum(rows)))
    values = (keras, over_valid, over_all, row_means)
    numbers = (None, int(valid.sum()), loss.size, len(rows))
    return LossLedger(
        output="output",
        loss_name="categorical_crossentropy",
        loss=loss,
        weight=weight,
        target_valid=valid,
        keras_value=keras,
        output_value=keras,
        batch_size=batch.rows,
        penalty=0.0,
        averages=tuple(
            Average(
                name=name,
                value=value,
                numerator=None if number is None else total,
                divisor=None if number is None else float(number),
                equals_keras=value is not None and bool(np.isclose(value, keras)),
            )
            for name, value, total, number in zip(AverageName, values, sums, numbers, strict=True)
        ),
        divisor=divisor,
        counts_padding=bool((weight[~valid] != 0).any()),
        ignores_valid=bool((weight[valid] == 0).any()),
        weight_on_padding=float(weight[~valid].sum() / weight.sum()) if weight.sum() else 0.0,
    )


def some_losses(batch: Batch, seed: int = 0) -> FloatArray:
    """Losses around 1.1."""
    return np.random.default_rng(seed).uniform(0.6, 1.4, batch.valid.shape)


def some_leaks(batch: Batch, names: Sequence[str], first: int | None) -> LeakReport:
    """Padding leaks from the layer at position `first` on; None: nowhere."""
    nodes = []
    for position, name in enumerate(names):
        leaks = first is not None and position >= first
        change = np.where(batch.valid, 0.02 * (position + 1) if leaks else 0.0, 0.9)
        by_content = float(change[batch.valid].max(initial=0.0))
        nodes.append(NodeLeak(name, (), by_content, by_content / 1.6, change, leaks))
    leaking = first is not None
    return LeakReport(
        predictions=leaking,
        loss=leaking,
        first_layer=names[first] if first is not None else None,
        pad_invariant=not leaking,
        batch_dependent=False,
        nodes=tuple(nodes),
        effects=(
            Effect("content", True, 0.07 if leaking else 0.0, 0.5 if leaking else 0.0, leaking),
            Effect("alone", False, reason="The model needs sentences of one length."),
        ),
        rows_tested=tuple(range(batch.rows)),
    )


def the_question(batch: Batch | None = None) -> Inspection:
    """The autoencoder of the question: the mask stops at the encoder, the loss counts padding."""
    batch = batch or a_batch()
    mask = batch.valid
    steps = [
        a_step(batch, "masking", Outcome.CREATED, class_name="Masking", handed_on=mask),
        a_step(
            batch,
            "encoder",
            Outcome.LOST,
            class_name="LSTM",
            received=mask,
            time=False,
            reason="It returns only its last step, so there is no time axis left for a mask.",
        ),
        a_step(batch, "repeat_vector", Outcome.ABSENT, class_name="RepeatVector"),
        a_step(batch, "decoder", Outcome.ABSENT, class_name="LSTM"),
        a_step(batch, "probabilities", Outcome.ABSENT),
    ]
    stop = Stop("encoder", Cause.RETURN_SEQUENCES_FALSE, "encoder", line=3, step=1)
    loss = some_losses(batch)
    ledger = a_ledger(batch, loss, np.full(loss.shape, 1 / loss.size), Divisor.ALL)
    finding = Finding(
        code="padding_in_loss",
        severity=Severity.WRONG,
        layer="encoder",
        line=3,
        message="Padding has 30 % of the weight in the loss, because the mask stops at encoder.",
        fix=Fix("Use a loss that finds padding in y_true.", "model.compile(loss=masked_loss)"),
    )
    verdict = "The mask stops at encoder, so the loss counts padding."
    names = [step.name for step in steps]
    return Inspection(
        batch=batch,
        trace=a_trace(steps, batch, None),
        diagnosis=Diagnosis(stop, verdict, False, (finding,)),
        ledgers=(ledger,),
        leaks=some_leaks(batch, names, None),
        metrics={"accuracy": "unmasked"},
        nan=False,
        raises=None,
        model_name="question",
    )


def a_right_model(batch: Batch | None = None, layers: int = 2) -> Inspection:
    """The mask reaches the loss."""
    batch = batch or a_batch()
    mask = batch.valid
    steps = [a_step(batch, "masking", Outcome.CREATED, class_name="Masking", handed_on=mask)]
    steps += [
        a_step(batch, f"lstm_{at}", Outcome.KEPT, class_name="LSTM", received=mask, handed_on=mask)
        for at in range(layers)
    ]
    loss = some_losses(batch)
    weight = mask / max(1, mask.sum())
    return Inspection(
        batch=batch,
        trace=a_trace(steps, batch, mask),
        diagnosis=Diagnosis(None, "The mask reaches the loss; nothing is wrong.", True, ()),
        ledgers=(a_ledger(batch, loss, weight, Divisor.VALID),),
        leaks=some_leaks(batch, [step.name for step in steps], None),
        metrics={"accuracy": "masked"},
        nan=False,
        raises=None,
        model_name="right",
    )


def a_classifier() -> Inspection:
    """The mask is used up: no time axis at the loss, one loss a sentence."""
    batch = a_batch()
    batch = replace(batch, target_valid=None, target_tokens=None, y=np.zeros((2, 2)))
    mask = batch.valid
    steps = [
        a_step(batch, "embedding", Outcome.CREATED, class_name="Embedding", handed_on=mask),
        a_step(
            batch,
            "lstm",
            Outcome.USED_UP,
            class_name="LSTM",
            received=mask,
            time=False,
            reason="It used the mask and returned one vector per sentence.",
        ),
        a_step(batch, "label", Outcome.ABSENT, time=False),
    ]
    ledger = replace(
        a_ledger(batch, np.ones((2, 5)), np.full((2, 5), 0.1), Divisor.PER_SEQUENCE),
        loss=np.array([0.4, 0.9]),
        weight=np.array([0.5, 0.5]),
        target_valid=None,
        counts_padding=None,
        ignores_valid=None,
        weight_on_padding=None,
    )
    stop = Stop("lstm", Cause.RETURN_SEQUENCES_FALSE, "lstm", step=1, rightly=True)
    return Inspection(
        batch=batch,
        trace=a_trace(steps, batch, None),
        diagnosis=Diagnosis(stop, "The mask is used up by lstm; nothing is wrong.", True, ()),
        ledgers=(ledger,),
        leaks=None,
        metrics={},
        nan=False,
        raises=None,
        model_name="classifier",
    )


def a_long_batch(rows: int, timesteps: int) -> Batch:
    """A batch of sentences with growing lengths, padded at the end."""
    lengths = np.linspace(timesteps // 3, timesteps, rows).astype(int)
    return a_batch(["ab" * (n // 2) + "a" * (n % 2) + "#" * (timesteps - n) for n in lengths])


def forty_layers(rows: int = 32, timesteps: int = 128) -> Inspection:
    """Forty layers on a large batch; the mask is lost in the middle."""
    batch = a_long_batch(rows, timesteps)
    mask = batch.valid
    made = a_right_model(batch, 39)
    steps = list(made.trace.steps)
    for at in range(20, 40):
        steps[at] = replace(
            steps[at],
            received=mask if at == 20 else None,
            handed_on=None,
            outcome=Outcome.LOST if at == 20 else Outcome.ABSENT,
            handed_on_state=MaskState.ABSENT,
        )
    trace = a_trace(steps, batch, None)
    name = steps[20].name
    stop = Stop(name, Cause.LAYER_DOES_NOT_SUPPORT_MASKING, name, step=20)
    return replace(made, trace=trace, diagnosis=Diagnosis(stop, "Lost.", False, ()))


def a_wrong_mask() -> Inspection:
    """A mask that belongs to the other row reaches the loss."""
    batch = a_batch()
    flipped = np.ascontiguousarray(batch.valid[::-1])
    made = a_right_model(batch)
    steps = list(made.trace.steps)
    steps[1] = replace(
        steps[1],
        name="flip",
        class_name="Reverse",
        handed_on=flipped,
        handed_on_state=MaskState.WRONG,
        outcome=Outcome.CHANGED,
        reason="It hands on the mask of other rows.",
    )
    steps[2] = replace(
        steps[2], received=flipped, handed_on=flipped, handed_on_state=MaskState.WRONG
    )
    stop = Stop("flip", Cause.MASK_MISALIGNED, "flip", step=1)
    return replace(
        made,
        trace=a_trace(steps, batch, flipped),
        diagnosis=Diagnosis(stop, "The mask belongs to other rows.", False, ()),
    )


def nested_model() -> Inspection:
    """A block with two inner calls, the first of which loses the mask."""
    batch = a_batch()
    mask = batch.valid
    steps = [
        a_step(batch, "embedding", Outcome.CREATED, class_name="Embedding", handed_on=mask),
        a_step(batch, "scale", Outcome.LOST, class_name="Multiply", received=mask, path=("block",)),
        a_step(batch, "attention", Outcome.ABSENT, class_name="Attention", path=("block",)),
        a_step(batch, "block", Outcome.LOST, class_name="Block", received=mask),
        a_step(batch, "head", Outcome.ABSENT),
    ]
    made = the_question(batch)
    stop = Stop("block", Cause.LOST_INSIDE_LAYER, "scale", step=1)
    return replace(
        made,
        trace=a_trace(steps, batch, None),
        diagnosis=Diagnosis(stop, "The mask is lost inside block.", False, ()),
        leaks=some_leaks(batch, ["embedding", "block", "head"], 1),
    )
