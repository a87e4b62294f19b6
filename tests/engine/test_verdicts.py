"""The sentence that stands above a result is true, for what users meet most."""

import pytest

pytest.importorskip("keras")

import keras
import numpy as np
from keras import layers, ops

import inspector
from tests.engine.maskcases import CASES
from tests.engine.maskcases.comparing import mismatches
from tests.engine.maskcases.registry import (
    compiled,
    emb,
    finish,
    head,
    lstm,
    pads,
    per_sequence,
    targets,
    tok_in,
    tokens,
)
from tests.engine.test_maskcases import inspected

# Each was answered wrongly before; they run always, and not as one of every four.
ALWAYS = (
    "add-two-masks-one-within-the-other",
    "concatenate-other-sentence-first",
    "recurrent-dropout-control",
    "bfloat16-control",
    "half-precision-no-mask-left",
    "own-compute-loss-only",
    "loss-reads-targets-divides-by-all",
    "loss-divides-by-mean-of-mask",
    "wrong-mask-in-batches",
    "inner-encoder-classifier-control",
)


@pytest.mark.parametrize("name", ALWAYS)
def test_inspector_says_what_brute_force_found(name: str) -> None:
    case = CASES[name]()
    wrong = mismatches(case, inspected(case))
    assert not wrong, "\n".join(f"{k}: want {w!r}, got {g!r}" for k, (w, g) in wrong.items())


def verdict(model: keras.Model, x: np.ndarray, y: object, valid: np.ndarray) -> str:
    """The verdict on a model and a batch."""
    return inspector.inspect(model, x, y, valid=valid).diagnosis.verdict


def test_a_model_whose_predictions_depend_on_the_amount_of_padding_is_not_called_right() -> None:
    x, padding = tokens()
    ids = tok_in()
    memory = ops.multiply(lstm(3, name="memory")(emb()(ids)), 1.0)
    queries = lstm(3)(emb("queries")(ids))
    read = layers.Attention(name="read")([queries, memory])
    said = verdict(finish(ids, head(read)), x, targets(padding), ~padding)
    assert "Nothing is wrong" not in said
    assert "how much padding there is changes the predictions" in said


def test_nan_among_the_targets_is_named_as_the_reason_for_a_loss_of_nan() -> None:
    x, padding = tokens()
    y = targets(padding)
    y[padding] = np.nan
    ids = tok_in()
    inspection = inspector.inspect(finish(ids, head(lstm()(emb()(ids)))), x, y, valid=~padding)
    assert "targets are NaN" in inspection.diagnosis.verdict
    assert not inspection.diagnosis.healthy
    assert [finding.code for finding in inspection.findings] == ["nan_loss"]


def test_padding_in_the_loss_of_the_second_output_is_said_of_that_output() -> None:
    x, padding = tokens()
    ids = tok_in()
    states = lstm()(emb()(ids))
    outputs = {"a": head(states, name="a"), "b": head(ops.multiply(states, 1.0), name="b")}
    model = compiled(keras.Model(ids, outputs), {"a": "mse", "b": "mae"})
    y = {"a": targets(padding), "b": targets(padding, seed=9)}
    assert "Padding is in the loss of output `b`" in verdict(model, x, y, ~padding)


def test_a_mask_of_another_rank_is_said_where_the_loss_fails() -> None:
    class Pool(layers.Layer):
        def __init__(self, **options: object) -> None:
            super().__init__(**options)
            self.supports_masking = True

        def call(self, x: object) -> object:
            return ops.mean(x, axis=1)

    x, padding = tokens(pads((6, 4, 2, 3, 5)))
    ids = tok_in()
    model = finish(ids, head(Pool(name="pool")(lstm()(emb()(ids)))))
    said = verdict(model, x, per_sequence(5), ~padding)
    assert "fails at `loss`" in said and "`pool`, which keeps the mask on an output" in said
    assert "function_node" not in said and "[Op:" not in said


def test_an_output_that_was_compiled_with_a_weight_of_0_is_left_out_on_purpose() -> None:
    x, padding = tokens()
    ids = tok_in()
    states = lstm()(emb()(ids))
    model = keras.Model(ids, [head(states, name="a"), head(states, name="b")])
    compiled(model, ["mse", "mse"], loss_weights=[0.0, 1.0])
    inspection = inspector.inspect(model, x, [targets(padding)] * 2, valid=~padding)
    assert inspection.diagnosis.healthy, inspection.diagnosis.verdict


def test_sentences_of_two_lengths_are_inspected_without_targets() -> None:
    x, _padding = tokens()
    longer, _other = tokens(pads((7, 5, 3, 4), 8))
    source, target = tok_in(name="source"), tok_in(name="target")
    memory, queries = lstm(3, name="memory")(emb()(source)), lstm(3)(emb("second")(target))
    model = finish([source, target], head(layers.Attention(name="read")([queries, memory])))
    inspection = inspector.inspect(model, [x, longer])
    assert inspection.diagnosis.verdict.startswith("Nothing is wrong: the mask reaches the output")
