"""Assertions on right and on faulty models, and what stands in the log."""

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import inspector
from inspector.core.inspection import Inspection
from inspector.errors import BatchError, InspectorError
from inspector.testing import (
    UPDATE_VARIABLE,
    assert_mask_reaches_loss,
    assert_no_leak,
    assert_padding_ignored,
    assert_unchanged,
)

X = np.array([[3, 1, 2, 4, 0, 0], [2, 2, 0, 0, 0, 0], [1, 5, 4, 3, 2, 1]])
Y = np.array([[0, 1, 2, 1, 0, 0], [2, 1, 0, 0, 0, 0], [1, 1, 2, 0, 2, 1]])
SPARSE = "sparse_categorical_crossentropy"


def made(*middle: layers.Layer, metrics: list[str] | None = None) -> keras.Model:
    keras.utils.set_random_seed(1)
    embed = layers.Embedding(9, 4, mask_zero=True, name="embed")
    tags = layers.Dense(3, activation="softmax", name="tags")
    with warnings.catch_warnings():
        # Building a faulty model warns of its fault.
        warnings.filterwarnings("ignore", message=".*does not support mask")
        model = keras.Sequential([keras.Input((None,), dtype="int32"), embed, *middle, tags])
    model.compile(loss=SPARSE, metrics=metrics or [])
    return model


@pytest.fixture(scope="module")
def right() -> keras.Model:
    return made(layers.SimpleRNN(4, return_sequences=True, name="read"))


@pytest.fixture(scope="module")
def mixing() -> keras.Model:
    """A convolution destroys the mask and mixes padding into its neighbours."""
    return made(layers.Conv1D(4, 3, padding="same", name="mix"))


@pytest.fixture(scope="module")
def unmasked() -> keras.Model:
    """Each timestep for itself, without a mask: nothing leaks, but padding counts."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((None,), dtype="int32")
    embed = layers.Embedding(9, 4, mask_zero=True, name="embed")
    outputs = layers.Dense(3, activation="softmax", name="tags")(embed(inputs) * 2.0)
    model = keras.Model(inputs, outputs)
    model.compile(loss=SPARSE)
    return model


ASSERTIONS: dict[str, Callable[..., Inspection]] = {
    "padding ignored": assert_padding_ignored,
    "mask reaches loss": assert_mask_reaches_loss,
    "no leak": assert_no_leak,
}


@pytest.mark.parametrize("name", ASSERTIONS)
def test_a_right_model_passes_and_the_inspection_comes_back(name: str, right: keras.Model) -> None:
    inspection = ASSERTIONS[name](right, X, Y)
    assert inspection.diagnosis.healthy


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("padding ignored", ["Padding is not ignored.", "padding_in_loss", "mix", "What to do:"]),
        ("mask reaches loss", ["No mask reaches the loss", "The mask stops at mix"]),
        ("no leak", ["padding_changes_predictions", "mix", "What to do:"]),
    ],
)
def test_a_faulty_model_fails_with_the_findings(
    name: str, words: list[str], mixing: keras.Model
) -> None:
    with pytest.raises(AssertionError) as caught:
        ASSERTIONS[name](mixing, X, Y)
    said = str(caught.value)
    for word in words:
        assert word in said
    assert "3 rows of 6 timesteps, 6 of them padding; Keras" in said
    assert "\x1b" not in said and "\N{NO-BREAK SPACE}" not in said


def test_each_assertion_is_about_its_own_fault(unmasked: keras.Model) -> None:
    assert_no_leak(unmasked, X, Y)
    with pytest.raises(AssertionError, match="multiply"):
        assert_mask_reaches_loss(unmasked, X, Y)
    with pytest.raises(AssertionError, match="padding_in_loss at multiply"):
        assert_padding_ignored(unmasked, X, Y)


def test_known_findings_can_be_allowed(mixing: keras.Model, unmasked: keras.Model) -> None:
    assert_padding_ignored(unmasked, X, Y, allow=("padding_in_loss",))
    assert_padding_ignored(unmasked, X, Y, allow="padding_in_loss")
    with pytest.raises(AssertionError) as caught:
        assert_padding_ignored(mixing, X, Y, allow=("padding_in_loss",))
    assert "padding_changes_predictions" in str(caught.value)
    assert "- wrong: padding_in_loss" not in str(caught.value)


def test_risks_count_where_asked() -> None:
    pooled = made(layers.SimpleRNN(4, return_sequences=True), metrics=["accuracy"])

    class Unmasked(keras.metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="unmasked")
            self.total = self.add_weight(initializer="zeros", name="total")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.total.assign(keras.ops.mean(y_pred[..., 0]))

        def result(self) -> Any:
            return self.total.value

        def reset_state(self) -> None:
            self.total.assign(0.0)

    pooled.compile(loss=SPARSE, metrics=[Unmasked()])
    assert_padding_ignored(pooled, X, Y)
    with pytest.raises(AssertionError, match="risk: metric_counts_padding"):
        assert_padding_ignored(pooled, X, Y, strict=True)


def test_sample_weights_and_other_options_are_passed_on(unmasked: keras.Model) -> None:
    weights = (X != 0).astype("float32")
    assert_padding_ignored(unmasked, X, Y, sample_weight=weights)


def test_a_whole_batch_may_be_passed(right: keras.Model) -> None:
    batch = inspector.batch_from_sentences(["ab##", "abba"], encoding="ids")
    inspection = assert_padding_ignored(right, batch)
    assert inspection.batch.tokens == batch.tokens
    assert inspection.batch.vocabulary == batch.vocabulary
    assert inspection.losses is not None


def test_targets_beside_a_whole_batch_are_refused(right: keras.Model) -> None:
    with pytest.raises(BatchError, match="its own targets"):
        assert_no_leak(right, inspector.batch_from_sentences(["ab#"], encoding="ids"), Y)


@pytest.mark.parametrize("name", ASSERTIONS)
def test_a_batch_without_padding_tests_nothing(name: str, right: keras.Model) -> None:
    with pytest.raises(BatchError, match="No padding was given or found"):
        ASSERTIONS[name](right, X[2:], Y[2:])


class Broken(keras.Model):
    def call(self, x: Any) -> Any:
        raise ValueError("no way")


def test_a_model_that_fails_does_not_pass() -> None:
    for name in ("padding ignored", "no leak"):
        with pytest.raises(AssertionError, match="(?s)wrong: raises at .*no way"):
            ASSERTIONS[name](Broken(), X, Y)


def test_leaks_that_cannot_be_tested_do_not_pass(
    right: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: Any, **__: Any) -> None:
        raise ValueError("out of reach")

    monkeypatch.setattr("inspector.engine.inspection.inspect.LeakTests", refuses)
    for name in ("padding ignored", "no leak"):
        with pytest.raises(AssertionError, match="(?s)note: leaks_untested.*out of reach"):
            ASSERTIONS[name](right, X, Y)


@pytest.fixture(scope="module")
def inspection(right: keras.Model) -> Inspection:
    return inspector.inspect(right, X, Y)


def test_an_inspection_equals_its_own_baseline(inspection: Inspection, tmp_path: Path) -> None:
    inspection.to_json(tmp_path / "baseline.json")
    assert_unchanged(inspection, tmp_path / "baseline.json")


def test_another_model_differs(inspection: Inspection, mixing: keras.Model, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    inspection.to_json(path)
    with pytest.raises(AssertionError) as caught:
        assert_unchanged(inspector.inspect(mixing, X, Y), path)
    lines = str(caught.value).splitlines()
    assert lines[0] == "The inspection differs from baseline.json:"
    assert '- mask_at_loss: was "correct", is "absent"' in lines
    assert "- loss.counts_padding: was false, is true" in lines
    assert any(re.match(r"- findings: was .*, is .*\(padding_in_loss", line) for line in lines)
    assert lines[-1] == f"If that is meant, run the test once with {UPDATE_VARIABLE}=1."


@pytest.mark.parametrize(
    ("change", "relative", "said"),
    [
        ({"keras_value": 1.0005}, 1e-3, None),
        ({"keras_value": 1.01}, 1e-3, "loss.keras_value: was "),
        ({"keras_value": 1.01}, None, None),
        ({"divisor": 0}, None, 'loss.divisor: was 0, is "valid"'),
        ({"batch_size": 0}, None, "loss.batch_size: was 0, is 3"),
    ],
    ids=["close", "far", "numbers ignored", "another word", "another whole number"],
)
def test_numbers_may_differ_a_little(
    change: dict[str, float],
    relative: float | None,
    said: str | None,
    inspection: Inspection,
    tmp_path: Path,
) -> None:
    before = inspection.to_dict()
    for name, factor in change.items():
        value = before["loss"][name]
        before["loss"][name] = factor * value if isinstance(value, float) else factor
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(before))
    if said is None:
        assert_unchanged(inspection, path, relative=relative)
        return
    with pytest.raises(AssertionError) as caught:
        assert_unchanged(inspection, path, relative=relative)
    assert said in str(caught.value)


def test_versions_lines_and_wordings_are_not_compared_but_versions_are_told(
    inspection: Inspection, tmp_path: Path
) -> None:
    before = inspection.to_dict()
    before["versions"]["keras"] = "3.0.0"
    before["steps"][0]["line"] = 17
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(before))
    assert_unchanged(inspection, path)
    before["nan"] = True
    path.write_text(json.dumps(before))
    with pytest.raises(AssertionError, match='versions.keras: was "3.0.0", is "'):
        assert_unchanged(inspection, path)


def test_what_was_built_before_changes_nothing(tmp_path: Path) -> None:
    def unnamed() -> Inspection:
        keras.utils.set_random_seed(2)
        embed = layers.Embedding(9, 4, mask_zero=True)
        model = keras.Sequential([embed, layers.Dense(4), layers.Dense(3, activation="softmax")])
        model.compile(loss=SPARSE)
        return inspector.inspect(model, X, Y, leaks=False)

    keras.backend.clear_session()
    first = unnamed()
    first.to_json(tmp_path / "baseline.json")
    second = unnamed()
    names = [[step.name for step in found.trace.steps] for found in (first, second)]
    assert names[0] != names[1], "Keras counts on"
    assert_unchanged(second, tmp_path / "baseline.json")


def test_a_baseline_is_written_on_demand_only(
    inspection: Inspection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "baseline.json"
    with pytest.raises(InspectorError, match=f"no baseline.*{UPDATE_VARIABLE}=1"):
        assert_unchanged(inspection, path)
    assert not path.exists()
    monkeypatch.setenv(UPDATE_VARIABLE, "1")
    assert_unchanged(inspection, path)
    monkeypatch.delenv(UPDATE_VARIABLE)
    assert_unchanged(inspection, path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"steps"'], ids=repr)
def test_what_is_no_baseline_is_refused(
    content: str, inspection: Inspection, tmp_path: Path
) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(content)
    with pytest.raises(InspectorError, match="baseline"):
        assert_unchanged(inspection, path)
