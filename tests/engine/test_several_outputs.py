"""Models with several inputs and outputs: the stop, the truth and the metrics of each."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import inspector
from inspector.core.diagnosis.causes import Cause
from inspector.errors import BatchError

RANDOM = np.random.default_rng(5)
VALID = np.arange(6) < np.array([6, 3, 2, 4])[:, None]
X = {
    "static": RANDOM.normal(size=(4, 2)).astype("float32"),
    "seq": RANDOM.normal(size=(4, 6, 3)).astype("float32") * VALID[..., None],
}
Y = {
    "step": RANDOM.normal(size=(4, 6, 1)).astype("float32"),
    "label": RANDOM.normal(size=(4, 1)).astype("float32"),
}


@pytest.fixture(scope="module")
def model() -> keras.Model:
    seq, static = keras.Input((6, 3), name="seq"), keras.Input((2,), name="static")
    read = layers.SimpleRNN(4, return_sequences=True)(layers.Masking()(seq))
    label = layers.Dense(1)(layers.Concatenate()([layers.SimpleRNN(4)(read), static]))
    outputs = {"step": layers.Dense(1)(read[..., :2]), "label": label}
    made = keras.Model({"seq": seq, "static": static}, outputs)
    made.compile(loss="mse", metrics={"step": ["mae"], "label": ["mae"]})
    return made


def test_metrics_are_judged_by_their_own_output(model: keras.Model) -> None:
    found = inspector.inspect(model, X, Y, leaks=False)
    assert found.metrics == {"step_mae": "unmasked"}  # `label` has no timesteps


def test_the_truth_is_given_by_the_name_of_an_input(model: keras.Model) -> None:
    last = VALID.copy()
    last[0, 5] = False  # not what would be found in the data
    found = inspector.inspect(model, X, Y, valid={"seq": last})
    assert np.array_equal(found.ledgers[0].target_valid, last)
    assert "leaks_untested" not in [finding.code for finding in found.findings]


@pytest.mark.parametrize("x", [X, [X["seq"], X["static"]]])
def test_a_truth_of_no_input_is_refused(model: keras.Model, x: Any) -> None:
    with pytest.raises(BatchError, match="`valid` has the names"):
        inspector.inspect(model, x, Y, valid={"sequence": VALID}, leaks=False)


def masked_accuracy(y_true: Any, y_pred: Any) -> Any:
    """As many tutorials write it: padding is where the target is 0."""
    real = keras.ops.cast(y_true != 0, "float32")
    same = keras.ops.cast(keras.ops.argmax(y_pred, -1), y_true.dtype) == y_true
    right = keras.ops.cast(same, "float32")
    return keras.ops.sum(right * real) / keras.ops.sum(real)


def test_a_metric_that_finds_padding_in_the_targets_leaves_it_out() -> None:
    ids = RANDOM.integers(1, 9, (4, 6)) * VALID
    made = keras.Sequential([layers.Input((6,)), layers.Embedding(9, 4), layers.Dense(9)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile(loss=loss, metrics=[masked_accuracy, "accuracy"])
    found = inspector.inspect(made, ids, ids, leaks=False)
    assert found.metrics == {"masked_accuracy": "masked", "accuracy": "unmasked"}


@pytest.mark.parametrize("masked", [True, False])
def test_a_decoder_without_a_mask_is_to_blame_not_the_encoder_that_has_done_its_work(
    masked: bool,
) -> None:
    source, target = keras.Input((6,), name="source"), keras.Input((6,), name="target")
    ids = RANDOM.integers(1, 9, (4, 6)) * VALID
    coded = layers.Embedding(9, 4, mask_zero=True)(source)
    state = layers.SimpleRNN(4, return_state=True, name="encoder")(coded)[1]
    read = layers.Embedding(9, 4, mask_zero=masked, name="decoded")(target)
    read = layers.SimpleRNN(4, return_sequences=True)(read, initial_state=state)
    made = keras.Model([source, target], layers.Dense(9)(read))
    made.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    found = inspector.inspect(made, [ids[::-1], ids], ids, valid=[VALID[::-1], VALID])
    stop = found.diagnosis.stop
    if masked:
        assert stop is None and found.diagnosis.healthy
        return
    assert stop is not None and stop.cause is Cause.NO_MASK_CREATED
    assert (stop.layer, stop.root_layer) == (None, "decoded")
    assert "No mask is made at `decoded`" in found.diagnosis.verdict
    assert "mask_zero=True" in found.findings[0].fix.sentence


@pytest.mark.filterwarnings("ignore:.*does not support mask:UserWarning")
def test_padding_on_another_time_axis_is_unknown_where_the_targets_show_none() -> None:
    made = keras.Sequential([keras.Input((6, 3)), layers.Masking(), layers.UpSampling1D(2)])
    made.compile(loss="mse")
    y = RANDOM.normal(size=(4, 12, 3)).astype("float32")
    found = inspector.inspect(made, X["seq"], y, leaks=False)
    assert found.losses is not None and found.losses.counts_padding is None
    assert "all the same" not in found.diagnosis.verdict
    assert any("`target_valid`" in note for note in found.batch.notes)
