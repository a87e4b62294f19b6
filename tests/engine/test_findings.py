"""Findings: silence on right models, and code that mends the fault it is offered for."""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import inspector
from inspector.core.diagnosis.findings import Finding
from inspector.core.inspection import Inspection

# Building models whose masks are destroyed is what these tests are for.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support mask:UserWarning")

SPARSE = "sparse_categorical_crossentropy"
RANDOM = np.random.default_rng(6)
ROWS, TIMESTEPS = 4, 6
VALID = np.arange(TIMESTEPS) < np.array([[6], [4], [2], [3]])
GAPPY = np.array(
    [[1, 1, 0, 1, 0, 0], [0, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1]], bool
)
Y = RANDOM.integers(0, 3, (ROWS, TIMESTEPS))


def ids_for(valid: np.ndarray) -> np.ndarray:
    return np.where(valid, np.random.default_rng(8).integers(1, 9, valid.shape), 0)


def vectors_for(valid: np.ndarray, padding: float = 0.0) -> np.ndarray:
    x = np.random.default_rng(9).normal(size=(*valid.shape, 4)).astype("float32")
    return np.where(valid[..., None], x, np.float32(padding))


X = ids_for(VALID)


def embed(mask_zero: bool = True) -> layers.Layer:
    return layers.Embedding(9, 4, mask_zero=mask_zero)


def tags() -> layers.Layer:
    return layers.Dense(3, activation="softmax")


def model_of(
    body: Callable[[Any], Any], vectors: bool = False, loss: Any = SPARSE, **options: Any
) -> keras.Model:
    """A compiled model with weights of a size that shows."""
    inputs = keras.Input((None, 4)) if vectors else keras.Input((None,), dtype="int32")
    model = keras.Model(inputs, body(inputs))
    for variable in model.trainable_weights:
        variable.assign(np.random.default_rng(1).normal(0, 0.5, variable.shape))
    model.compile("sgd", loss, jit_compile=False, **options)
    return model


def attending(hidden: Any) -> Any:
    """A transformer block, written with layers only."""
    normalized = layers.LayerNormalization()(hidden)
    summed = layers.Add()([hidden, layers.MultiHeadAttention(2, 2)(normalized, normalized)])
    return layers.Add()([summed, layers.Dense(4)(layers.LayerNormalization()(summed))])


@dataclass(frozen=True)
class Right:
    """A model and a batch in which nothing is wrong."""

    body: Callable[[Any], Any]
    x: Any = None
    y: Any = None
    options: dict[str, Any] = field(default_factory=dict)
    compiled: dict[str, Any] = field(default_factory=dict)
    vectors: bool = False
    notes: tuple[str, ...] = ()
    status: str = "pass"


WEIGHT = (VALID * VALID.size / VALID.sum()).astype("float32")
RIGHT = {
    "recurrent": Right(lambda x: tags()(layers.LSTM(4, return_sequences=True)(embed()(x)))),
    "both ways": Right(
        lambda x: tags()(layers.Bidirectional(layers.GRU(2, return_sequences=True))(embed()(x)))
    ),
    "attention": Right(lambda x: tags()(attending(embed()(x)))),
    "used up by a recurrent layer": Right(
        lambda x: tags()(layers.SimpleRNN(4)(embed()(x))), y=Y[:, 0]
    ),
    "used up by pooling": Right(
        lambda x: tags()(layers.GlobalAveragePooling1D()(embed()(x))), y=Y[:, 0]
    ),
    "vectors": Right(
        lambda x: tags()(layers.SimpleRNN(4, return_sequences=True)(layers.Masking()(x))),
        x=vectors_for(VALID),
        vectors=True,
    ),
    "padding in gaps": Right(
        lambda x: tags()(layers.SimpleRNN(4, return_sequences=True)(embed()(x))),
        x=ids_for(GAPPY),
        options={"valid": GAPPY},
    ),
    "padding on the left": Right(
        lambda x: tags()(layers.SimpleRNN(4, return_sequences=True)(embed()(x))),
        x=ids_for(VALID[:, ::-1]),
    ),
    "no padding, no mask": Right(
        lambda x: tags()(layers.Conv1D(4, 3, padding="causal")(embed(False)(x))),
        x=ids_for(np.ones_like(VALID)),
        status="not_tested",
    ),
    "metrics": Right(lambda x: tags()(embed()(x)), compiled={"weighted_metrics": ["accuracy"]}),
    "sample weights in place of a mask": Right(
        lambda x: tags()(embed(False)(x)),
        options={"sample_weight": WEIGHT},
        notes=("mask_stops",),
    ),
    "a row of padding": Right(
        lambda x: tags()(layers.SimpleRNN(4, return_sequences=True)(embed()(x))),
        x=ids_for(VALID & (np.arange(ROWS) < 3)[:, None]),
        notes=("empty_rows",),
    ),
    "batches of two rows": Right(
        lambda x: tags()(embed()(x)),
        options={"batch_size": 2},
        notes=("depends_on_batch_size",),
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_on_a_right_model_there_is_nothing_but_a_confirmation(name: str) -> None:
    right = RIGHT[name]
    model = model_of(right.body, right.vectors, **right.compiled)
    x, y = X if right.x is None else right.x, Y if right.y is None else right.y
    inspection = inspector.inspect(model, x, y, **right.options)
    assert tuple(finding.code for finding in inspection.findings) == right.notes
    assert {finding.severity.value for finding in inspection.findings} <= {"note"}
    assert inspection.diagnosis.status == right.status
    assert inspection.diagnosis.healthy is (right.status == "pass")
    verdict = inspection.diagnosis.verdict
    assert "Nothing is wrong" in verdict or "No padding" in verdict or "all the same" in verdict


@dataclass(frozen=True)
class Fault:
    """A model whose loss counts padding.

    Attributes:
        body: Its layers.
        x: Its input.
        loss: Its loss.
        curable: Code can mend it from outside; otherwise none may be offered.
        options: Of `inspect`.
    """

    body: Callable[[Any], Any]
    x: Any = None
    loss: Any = SPARSE
    curable: bool = True
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def truth(self) -> np.ndarray:
        return self.options.get("target_valid", VALID)


def one_number(y_true: Any, y_pred: Any) -> Any:
    return ops.mean(ops.square(ops.cast(y_true[..., None], "float32") - y_pred))


class GivenMask(layers.Layer):
    """Hands on a mask that keeps one more timestep than it should."""

    supports_masking = True

    def call(self, x: Any) -> Any:
        return x + 0.0

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return ops.logical_or(mask, ops.roll(mask, 1, axis=1))


AFTER = np.concatenate([VALID[:, 1:], np.zeros((ROWS, 1), bool)], 1)
FAULTS = {
    "an operator": Fault(lambda x: tags()(embed()(x) * 2.0)),
    "a convolution": Fault(lambda x: tags()(layers.Conv1D(4, 3, padding="same")(embed()(x)))),
    "no mask": Fault(lambda x: tags()(embed(False)(x))),
    "another loss": Fault(lambda x: layers.Dense(6)(embed(False)(x)), loss="mse"),
    "a mask that never fires": Fault(
        lambda x: tags()(layers.Masking(mask_value=7.0)(x)), x=vectors_for(VALID, 3.0)
    ),
    "a merge that keeps all": Fault(
        lambda x: tags()(layers.Concatenate()([embed()(x), embed(False)(x)]))
    ),
    "targets with padding of their own": Fault(
        lambda x: tags()(embed(False)(x)), options={"target_valid": AFTER}
    ),
    "weights for another purpose": Fault(
        lambda x: tags()(embed(False)(x)),
        options={"sample_weight": RANDOM.uniform(0.5, 2.0, VALID.shape).astype("float32")},
    ),
    "a wrong mask": Fault(lambda x: tags()(GivenMask()(embed()(x))), curable=False),
    "a loss of one number": Fault(lambda x: tags()(embed(False)(x)), None, one_number, False),
}


def targets(fault: Fault) -> np.ndarray:
    if fault.loss == "mse":
        return RANDOM.normal(size=(ROWS, TIMESTEPS, 6)).astype("float32")
    return Y


def faulty(name: str) -> tuple[keras.Model, Any, Any, Inspection, Finding]:
    fault = FAULTS[name]
    x, y = X if fault.x is None else fault.x, targets(fault)
    model = model_of(fault.body, x.ndim == 3, fault.loss)
    inspection = inspector.inspect(model, x, y, valid=VALID, leaks=False, **fault.options)
    (found,) = [f for f in inspection.findings if f.code == "padding_in_loss"]
    return model, x, y, inspection, found


def run(code: str, **scope: Any) -> Any:
    """Runs code and returns the value of its last line, as a notebook does."""
    *lines, last = code.splitlines()
    with contextlib.redirect_stdout(io.StringIO()):
        exec("\n".join(lines), scope)
        return eval(last, scope)


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.curable])
def test_code_of_a_finding_makes_keras_report_the_masked_mean(name: str) -> None:
    fault = FAULTS[name]
    model, x, y, inspection, found = faulty(name)
    weight = fault.options.get("sample_weight")
    loss = np.asarray(keras.losses.get(fault.loss)(y, model(x)))
    weighted = loss if weight is None else loss * weight
    masked = float(tf.reduce_mean(tf.boolean_mask(weighted, fault.truth)))
    assert inspection.losses is not None
    assert inspection.losses.keras_value != pytest.approx(masked, rel=1e-3)  # the fault shows
    assert found.fix.code
    scope = {"valid": VALID, "target_valid": fault.truth, "sample_weight": weight}
    value = run(found.fix.code, model=model, x=x, y=y, **scope)
    assert value == pytest.approx(masked, rel=1e-5)


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if not fault.curable])
def test_no_code_is_offered_where_code_cannot_mend_it(name: str) -> None:
    *_, found = faulty(name)
    assert found.fix.sentence and not found.fix.code


def test_the_message_holds_the_numbers_of_this_batch() -> None:
    model, x, y, inspection, found = faulty("a convolution")
    loss = np.asarray(keras.losses.get(SPARSE)(y, model(x)))
    assert f"{loss.mean():.4g}" in found.message and f"{loss[VALID].mean():.4g}" in found.message
    assert f"{int((~VALID).sum())} padded timesteps" in found.message
    share = (~VALID).sum() / VALID.size
    assert f"{100 * share:.0f} %" in found.message
    assert found.layer == inspection.to_dict()["stop"]["layer"]


def test_findings_come_in_order_of_weight_and_say_what_to_do() -> None:
    model = model_of(
        lambda x: tags()(layers.Conv1D(4, 3, padding="same")(embed()(x))), metrics=["accuracy"]
    )
    x = ids_for(VALID & (np.arange(ROWS) < 3)[:, None])
    found = inspector.inspect(model, x, Y).findings
    order = [["wrong", "risk", "note"].index(finding.severity.value) for finding in found]
    assert order == sorted(order) and len(set(order)) > 1
    for finding in found:
        assert finding.message.endswith(".") and finding.fix.sentence.endswith(".")
        assert finding.message[0].isupper() or finding.message[0].isdigit()


def test_real_steps_ignored_are_not_excused_by_weights_that_do_not_ignore_them() -> None:
    model = model_of(lambda x: tags()(layers.Masking()(x)), vectors=True)
    x = vectors_for(VALID)
    x[0, 2] = 0.0  # a real timestep that looks like padding
    for weight in (None, np.ones(VALID.shape, "float32")):
        inspection = inspector.inspect(model, x, Y, valid=VALID, sample_weight=weight, leaks=False)
        assert inspection.losses is not None and inspection.losses.ignores_valid
        assert "real_steps_ignored" in [finding.code for finding in inspection.findings]
        assert not inspection.diagnosis.healthy
