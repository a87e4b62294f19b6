"""What the inspector says of the presets, against Keras's own numbers and plain TensorFlow."""

import functools
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import inspector
from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.core.ledger import AverageName, Divisor
from inspector.core.presets import PRESETS
from inspector.core.requests import ModelChoices, SentenceChoices
from inspector.core.text.sentences import batch_from_choices
from inspector.core.truth import Truth as PaddingTruth
from inspector.engine.forward.losses import COMPILED
from inspector.engine.forward.rows import forward
from inspector.engine.inspection.question import Question
from inspector.engine.presets import build, targets_for

# Building models whose masks are destroyed is what these tests are for.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support mask:UserWarning")

FLOAT32 = {"rel": 1e-6, "abs": 1e-6}
QUESTION = "##abb\n#babb"
TEXTS = {
    "question": QUESTION,
    "padding after": "abc##\nba###\ncabba",
    "padding inside and a row of padding": "a##bc\n#####\nc#a#b",
    "no padding": "abcba\ncabab",
    "one row": "#abca",
}
# A second loss for some presets; every preset is tested with its own.
OTHER_LOSSES = (
    ("question", "mae"),
    ("answer", "mse"),
    ("cure", "sparse_categorical_crossentropy"),
    ("tagger", "categorical_crossentropy"),
    ("conv", "mse"),
)
# Which formula Keras's value equals where the batch has padding.
DIVISORS = {
    "question": Divisor.ALL,
    "answer": Divisor.VALID,
    "cure": Divisor.VALID,
    "tagger": Divisor.VALID,
    "classifier": Divisor.PER_SEQUENCE,
    "attention": Divisor.ALL,
    "conv": Divisor.ALL,
    "transformer": Divisor.VALID,
    "never_fires": Divisor.ALL,
}


@dataclass(frozen=True, eq=False)
class Truth:
    """One inspection beside what plain Keras says of the same batch."""

    batch: Batch
    model: keras.Model
    inspection: Inspection
    loss: Any  # the plain loss of every timestep, straight from Keras's function

    @property
    def ledger(self) -> Any:
        return self.inspection.losses

    @property
    def masked_mean(self) -> float:
        valid = self.batch.target_valid
        loss = self.loss if valid is None else tf.boolean_mask(self.loss, valid)
        return float(tf.reduce_mean(loss))

    @property
    def plain_mean(self) -> float:
        return float(tf.reduce_mean(self.loss))

    def evaluated(self, batch_size: int) -> float:
        return float(
            self.model.evaluate(self.batch.x, self.batch.y, batch_size=batch_size, verbose=0)
        )


_models: dict[Any, keras.Model] = {}


@functools.cache
def truth_of(
    preset: str, text: str, loss: str | None = None, batch_size: int | None = None
) -> Truth:
    """Inspects a preset on a batch; models are shared between batches of one shape."""
    known = PRESETS[preset]
    sentences = SentenceChoices(text, encoding=known.encodings[0], targets=known.targets[0])
    choices = ModelChoices(preset, loss=loss)
    batch = targets_for(choices, batch_from_choices(sentences))
    key = (preset, loss, batch.x.shape[1:], batch.vocabulary, batch.target_vocabulary)
    model = _models.setdefault(key, None) or build(choices, batch)
    _models[key] = model
    inspection = inspector.inspect(
        model,
        batch.x,
        batch.y,
        valid=batch.valid,
        target_valid=batch.target_valid,
        batch_size=batch_size,
        leaks=False,
    )
    plain = keras.losses.get(loss or known.losses[0])(batch.y, model(batch.x))
    return Truth(batch, model, inspection, np.asarray(plain))


CASES = [
    (preset, text, None)
    for preset in PRESETS
    for text in TEXTS.values()
    # One row has one label, and Keras warns of a softmax over one class.
    if (preset, text) != ("classifier", TEXTS["one row"])
]
CASES += [(name, text, loss) for name, loss in OTHER_LOSSES for text in list(TEXTS.values())[:2]]
IDS = [
    f"{preset}-{next(n for n, t in TEXTS.items() if t == text)}-{loss or 'own loss'}"
    for preset, text, loss in CASES
]
every_case = pytest.mark.parametrize(("preset", "text", "loss"), CASES, ids=IDS)


@every_case
def test_keras_value_is_what_evaluate_reports(preset: str, text: str, loss: str | None) -> None:
    truth = truth_of(preset, text, loss)
    reported = truth.evaluated(truth.batch.rows)
    assert truth.ledger.keras_value == pytest.approx(reported, **FLOAT32)


@every_case
def test_loss_at_every_timestep_is_keras_own(preset: str, text: str, loss: str | None) -> None:
    truth = truth_of(preset, text, loss)
    np.testing.assert_allclose(truth.ledger.loss, truth.loss, rtol=1e-5, atol=1e-6)


@every_case
def test_named_formula_gives_keras_value(preset: str, text: str, loss: str | None) -> None:
    truth = truth_of(preset, text, loss)
    padded = truth.batch.target_valid is not None and not truth.batch.target_valid.all()
    formulas = {
        Divisor.VALID: truth.masked_mean,
        Divisor.ALL: truth.plain_mean,
        Divisor.PER_SEQUENCE: truth.plain_mean,
    }
    assert truth.ledger.divisor in formulas
    if padded:
        assert truth.ledger.divisor is DIVISORS[preset]
    assert truth.ledger.keras_value == pytest.approx(formulas[truth.ledger.divisor], **FLOAT32)


@every_case
def test_weights_times_losses_add_up_to_keras_value(
    preset: str, text: str, loss: str | None
) -> None:
    ledger = truth_of(preset, text, loss).ledger
    assert np.isfinite(ledger.weight).all() and ledger.exact
    total = float((ledger.weight * ledger.loss).sum()) + ledger.penalty
    assert total == pytest.approx(ledger.keras_value, **FLOAT32)
    assert ledger.penalty == 0.0


@every_case
def test_averages_are_those_of_tensorflow(preset: str, text: str, loss: str | None) -> None:
    truth = truth_of(preset, text, loss)
    over_valid = truth.ledger.average(AverageName.VALID)
    over_all = truth.ledger.average(AverageName.ALL)
    assert over_valid.value == pytest.approx(truth.masked_mean, **FLOAT32)
    assert over_all.value == pytest.approx(truth.plain_mean, **FLOAT32)
    assert over_valid.value == pytest.approx(over_valid.numerator / over_valid.divisor)
    assert over_all.divisor == truth.loss.size
    if truth.batch.target_valid is not None:
        assert over_valid.divisor == truth.batch.target_valid.sum()


@every_case
def test_mean_of_row_means_is_made_row_by_row(preset: str, text: str, loss: str | None) -> None:
    truth = truth_of(preset, text, loss)
    valid = truth.batch.target_valid
    rows = [
        float(tf.reduce_mean(row if valid is None else tf.boolean_mask(row, valid[number])))
        for number, row in enumerate(truth.loss)
        if valid is None or valid[number].any()
    ]
    assert truth.ledger.average(AverageName.ROW_MEANS).value == pytest.approx(
        np.mean(rows), **FLOAT32
    )


@pytest.mark.parametrize("text", list(TEXTS.values())[:3], ids=list(TEXTS)[:3])
@pytest.mark.parametrize("preset", PRESETS)
def test_traced_prediction_is_the_model_s(preset: str, text: str) -> None:
    truth = truth_of(preset, text)
    batch = truth.batch
    question = Question(truth.model, batch, PaddingTruth(()), batch.rows)
    traced = forward(question, (COMPILED,))
    np.testing.assert_allclose(traced.predictions, truth.model(batch.x), rtol=1e-5, atol=1e-6)


# What Keras reports where each row is a batch: masked means are averaged by rows.
@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "cure"])
def test_batches_of_one_row(preset: str) -> None:
    truth = truth_of(preset, TEXTS["padding after"], None, 1)
    ledger = truth.ledger
    assert ledger.batch_size == 1
    assert ledger.keras_value == pytest.approx(truth.evaluated(1), **FLOAT32)
    batchwise = DIVISORS[preset] is Divisor.VALID
    assert ledger.divisor is (Divisor.BATCHWISE if batchwise else DIVISORS[preset])
    total = float((ledger.weight * ledger.loss).sum())
    assert total == pytest.approx(ledger.keras_value, **FLOAT32)
    if batchwise:
        row_means = ledger.average(AverageName.ROW_MEANS).value
        assert ledger.keras_value == pytest.approx(row_means, **FLOAT32)


def test_claim_the_question_s_model_reports_the_plain_mean() -> None:
    truth = truth_of("question", QUESTION)
    assert truth.evaluated(2) == pytest.approx(truth.plain_mean, **FLOAT32)
    assert truth.plain_mean != pytest.approx(truth.masked_mean, **FLOAT32)
    said = truth.inspection.to_dict()
    assert said["mask_at_loss"] == "absent" and said["stop"]["layer"] == "encoder"
    assert said["stop"]["cause"] == "return_sequences_false"
    assert said["loss"]["divisor"] == "all" and said["loss"]["counts_padding"]
    assert said["loss"]["weight_on_padding"] == pytest.approx(3 / 10)


def test_claim_the_answer_s_model_reports_the_masked_mean() -> None:
    truth = truth_of("answer", QUESTION)
    assert truth.evaluated(2) == pytest.approx(truth.masked_mean, **FLOAT32)
    assert truth.plain_mean != pytest.approx(truth.masked_mean, **FLOAT32)
    said = truth.inspection.to_dict()
    assert said["mask_at_loss"] == "correct" and said["stop"] is None
    assert said["loss"]["divisor"] == "valid" and not said["loss"]["counts_padding"]
    assert said["loss"]["weight_on_padding"] == 0.0


def test_claim_the_cure_reports_the_masked_mean_where_no_mask_arrives() -> None:
    truth = truth_of("cure", QUESTION)
    assert truth.evaluated(2) == pytest.approx(truth.masked_mean, **FLOAT32)
    assert truth.plain_mean != pytest.approx(truth.masked_mean, **FLOAT32)
    said = truth.inspection.to_dict()
    assert said["mask_at_loss"] == "absent" and said["stop"]["layer"] == "encoder"
    assert said["loss"]["divisor"] == "valid" and not said["loss"]["counts_padding"]
    assert not [finding for finding in said["findings"] if finding["severity"] != "note"]


class MaskFromLengths(layers.Layer):
    """Makes the mask as the question's own check did: counted from the lengths, then reversed."""

    def __init__(self, axes: list[int], **options: Any) -> None:
        super().__init__(**options)
        self.axes = axes
        self.supports_masking = True

    def call(self, x: Any) -> Any:
        return x + 0.0

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        real = ops.cast(ops.any(ops.not_equal(x, 0.0), axis=-1), "int32")
        lengths = ops.sum(real, axis=1, keepdims=True)
        # tf.sequence_mask(lengths), then tf.reverse(mask, axes)
        return ops.flip(ops.less(ops.arange(5)[None], lengths), self.axes)


def reversed_mask_model(axes: list[int], how: str) -> keras.Model:
    inputs = keras.Input((5, 3))
    if how == "made by a layer":
        hidden = MaskFromLengths(axes, name="lengths")(inputs)
        outputs = layers.LSTM(3, return_sequences=True)(hidden)
    else:
        maker = MaskFromLengths(axes, name="lengths")
        mask = layers.Lambda(lambda x: maker.compute_mask(x), name="mask")(inputs)
        outputs = layers.LSTM(3, return_sequences=True, name="lstm")(inputs, mask=mask)
    model = keras.Model(inputs, outputs)
    model.compile(loss="mae")
    return model


@pytest.mark.parametrize("how", ["made by a layer", "passed as an argument"])
def test_claim_reversing_rows_too_gives_a_mask_of_other_rows(how: str) -> None:
    batch = truth_of("answer", QUESTION).batch

    def said(axes: list[int]) -> dict[str, Any]:
        return inspector.inspect(
            reversed_mask_model(axes, how), batch.x, batch.y, valid=batch.valid
        ).to_dict()

    right, wrong = said([1]), said([0, 1])
    assert right["mask_at_loss"] == "correct" and right["stop"] is None
    assert right["loss"]["divisor"] == "valid"
    assert wrong["mask_at_loss"] == "wrong"
    assert wrong["stop"]["cause"] == "mask_misaligned"
    assert wrong["loss"]["divisor"] == "actual_mask"
    assert wrong["loss"]["counts_padding"] and wrong["loss"]["ignores_valid"]
