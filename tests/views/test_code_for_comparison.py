"""Both scripts of a comparison, run in fresh namespaces, give the numbers of the page."""

import hashlib
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.core.batch import Batch
from inspector.core.compare_requests import ALL_STRATEGIES, CompareRequest, PastedLoss
from inspector.core.comparison import FIGURES, Comparison
from inspector.core.requests import ModelChoices, ModelFile, ModelSource, PastedCode, TargetKind
from inspector.core.requests import SentenceChoices as Sentences
from inspector.core.text.sentences import batch_from_choices
from inspector.engine.seam.keras import fresh_names
from inspector.engine.service import answer
from inspector.views.code_for_this_comparison import SEVERAL_INPUTS, code_for_comparison
from tests.engine.strategies.making import eager_functions
from tests.keras_versions import opens_model_files
from tests.views.test_code_for_this import run as run_script
from tests.views.test_code_for_this import typed

# What the app does on its own: masks are destroyed on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support mask:UserWarning")

LOSS = """
from keras import ops

def mine(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), -1)
"""
WORDS = "# # ab\nthe old cat\n# b the"


@dataclass(frozen=True)
class Case:
    """What was chosen on the page."""

    model: ModelSource
    sentences: Sentences | None = None
    batch_size: int | None = None
    custom: PastedLoss | None = None
    strategies: tuple[str, ...] = ALL_STRATEGIES


CASES = {
    "one length only": Case(ModelChoices("question", units=3), custom=PastedLoss(LOSS)),
    "a row at a time, trained": Case(
        ModelChoices("answer", loss="mse", training_steps=2),
        batch_size=1,
        strategies=("propagated", "loss_from_targets", "sample_weight_mean", "lengths_reversed"),
    ),
    "a loss of its own": Case(
        ModelChoices("cure", units=3),
        strategies=("no_mask", "propagated", "sample_weight", "mask_put_back", "other_side"),
    ),
    "other padding of targets": Case(
        ModelChoices("tagger", units=2),
        typed("tagger", text="##aab\n#abbb", targets=TargetKind.NEXT_TOKEN),
    ),
    "labels": Case(
        ModelChoices("classifier", units=2, loss="mse"), typed("classifier", target_text="yes\nno")
    ),
    "put back behind an operator": Case(
        ModelChoices("attention", units=2),
        typed("attention", text="ab##\nabba"),
        strategies=("mask_put_back", "alone", "lengths_reversed", "lengths_rows_reversed"),
    ),
    "only padding": Case(
        ModelChoices("answer"), typed("answer", text="##\n##"), strategies=("propagated", "no_mask")
    ),
}


def compared(case: Case) -> tuple[CompareRequest, Comparison]:
    preset = case.model.preset if isinstance(case.model, ModelChoices) else "tagger"
    batch = batch_from_choices(case.sentences or typed(preset))
    request = CompareRequest(batch, case.model, case.strategies, case.batch_size, case.custom)
    return request, answer(request, progress=lambda *_: None, cancelled=lambda: False)


def run(script: str, folder: Path) -> dict[str, Any]:
    with fresh_names(), eager_functions():
        return run_script(script, folder)


def check_plain(names: dict[str, Any], comparison: Comparison) -> None:
    assert list(names["values"]) == [result.key for result in comparison.applicable]
    for result in comparison.applicable:
        found = (names["values"][result.key], *names["averages"][result.key])
        told = (result.keras_value, result.mean_over_valid, result.mean_over_all)
        for one, other in zip(found, told, strict=True):
            assert (one is None) is (other is None), result.key
            assert one is None or one == pytest.approx(other, abs=2e-6), result.key


@pytest.mark.parametrize("name", CASES)
def test_the_plain_script_gives_what_the_page_shows(name: str, tmp_path: Path) -> None:
    request, comparison = compared(CASES[name])
    scripts = code_for_comparison(request, comparison)
    assert "inspector" not in scripts.plain and scripts.exact and scripts.file is None
    names = run(scripts.plain, tmp_path)
    check_plain(names, comparison)
    for result in comparison.results:
        assert f". {result.strategy.title}" in scripts.plain or result.key == "custom"


@pytest.mark.parametrize("name", ["one length only", "a row at a time, trained"])
def test_our_script_gives_every_number_of_the_comparison(name: str, tmp_path: Path) -> None:
    request, comparison = compared(CASES[name])
    same_numbers(run(code_for_comparison(request, comparison).ours, tmp_path), comparison)


def same_numbers(names: dict[str, Any], comparison: Comparison) -> None:
    found = names["comparison"]
    assert [result.key for result in found.results] == [r.key for r in comparison.results]
    for one, other in zip(found.results, comparison.results, strict=True):
        for figure in FIGURES:
            told = getattr(other, figure)
            expected = told if told is None else pytest.approx(told, rel=1e-4, abs=1e-6)
            assert getattr(one, figure) == expected, (other.key, figure)
        assert (one.reason, one.mask_at_loss) == (other.reason, other.mask_at_loss)


CODE = """
from keras import Sequential, layers
net = Sequential([layers.Embedding(size, 4, mask_zero=True), layers.LSTM(4, return_sequences=True)])
net.add(layers.Dense(3, activation="softmax"))
net.compile(loss="sparse_categorical_crossentropy", loss_weights=[0.5], metrics=["accuracy"])
"""


def test_pasted_code_stands_in_both_scripts(tmp_path: Path) -> None:
    request, comparison = compared(Case(PastedCode(CODE, (("size", 3),), seed=4)))
    scripts = code_for_comparison(request, comparison)
    assert not scripts.exact
    names = run(scripts.plain, tmp_path)
    assert list(names["values"]) == [result.key for result in comparison.applicable]
    # Other weights, the same relations: the mask arrives, and the loss counts half.
    assert names["values"]["propagated"] == pytest.approx(names["averages"]["propagated"][0] / 2)
    assert names["values"]["no_mask"] == pytest.approx(names["averages"]["no_mask"][1] / 2)
    same_numbers(run(scripts.ours, tmp_path), comparison)


@opens_model_files
def test_a_file_with_another_loss_and_sample_weights(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((None, 3)), keras.layers.Masking()])
    model.add(keras.layers.SimpleRNN(3, return_sequences=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(tmp_path / "mine.keras")
    data = (tmp_path / "mine.keras").read_bytes()
    file = ModelFile("mine.keras", hashlib.sha256(data).hexdigest(), data, loss="huber")
    x = np.eye(3, dtype="float32")[[[0, 1, 2, 2], [1, 1, 0, 2]]]
    valid = np.array([[1, 1, 0, 0], [1, 1, 1, 0]], bool)
    x[~valid] = 0
    weight = np.array([[1, 2, 3, 4], [4, 3, 2, 1]], "float32")
    batch = Batch(x, (x + 1,), valid, valid, sample_weight=weight)
    asked = tuple(key for key in ALL_STRATEGIES if key != "lengths_rows_reversed")
    request = CompareRequest(batch, file, asked)
    comparison = answer(request, progress=lambda *_: None, cancelled=lambda: False)
    scripts = code_for_comparison(request, comparison)
    (tmp_path / "batch.npz").write_bytes(scripts.file or b"")
    check_plain(run(scripts.plain, tmp_path), comparison)
    same_numbers(run(scripts.ours, tmp_path), comparison)


def test_what_a_script_cannot_say_is_said_in_it() -> None:
    request, comparison = compared(
        Case(ModelChoices("answer"), strategies=("alone", "ignore_class"))
    )
    batch = replace(comparison.batch, x=(comparison.batch.x, comparison.batch.x))
    plain = code_for_comparison(request, replace(comparison, batch=batch)).plain
    assert SEVERAL_INPUTS in plain and "tell(" not in plain.partition("# 11.")[2]
    assert "`ignore_class` is an argument of the sparse cross-entropy" in plain
