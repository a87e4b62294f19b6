"""Both scripts, run in fresh namespaces, give the numbers of the inspection that they stand for."""

import contextlib
import io
import os
import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.core.inspection import Inspection
from inspector.core.ledger import AverageName
from inspector.core.presets import PRESETS
from inspector.core.requests import (
    Encoding,
    InspectOptions,
    InspectRequest,
    ModelChoices,
    ModelFile,
    PastedCode,
    SentenceChoices,
    TargetKind,
    TokenKind,
)
from inspector.core.text.sentences import batch_from_choices
from inspector.engine.service import answer
from inspector.views.code_for_this import code_for_this
from inspector.views.code_for_this_data import MOST_NUMBERS, data_code
from inspector.views.code_for_this_model import model_name
from inspector.views.scripts import Scripts
from tests.keras_versions import opens_model_files

# What the app does on its own: masks are destroyed on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support mask:UserWarning")
NO_LEAKS = InspectOptions(leaks=False)


@dataclass(frozen=True)
class Case:
    """What was chosen on the page."""

    model: ModelChoices
    sentences: SentenceChoices = SentenceChoices()
    options: InspectOptions = NO_LEAKS


def typed(preset: str, **changes: Any) -> SentenceChoices:
    known = PRESETS[preset]
    start = SentenceChoices(encoding=known.encodings[0], targets=known.targets[0])
    return replace(start, **changes)


CASES: dict[str, Case] = {
    name: Case(ModelChoices(name, seed=at), typed(name)) for at, name in enumerate(PRESETS)
}
CASES |= {
    "trained, narrow": Case(ModelChoices("question", units=3, training_steps=2)),
    "sparse loss": Case(ModelChoices("question", units=3, loss="sparse_categorical_crossentropy")),
    "a row at a time": Case(ModelChoices("answer", loss="mse"), options=InspectOptions(1, False)),
    "words, next token": Case(
        ModelChoices("tagger", units=2),
        typed("tagger", text="the cat # #\nthe old cat sat", tokens=TokenKind.WORD,
              targets=TargetKind.NEXT_TOKEN),
    ),  # fmt: skip
    "vectors, typed targets": Case(
        ModelChoices("conv", units=2),
        typed("conv", encoding=Encoding.ONE_HOT, targets=TargetKind.TYPED,
              target_text="#xyyx\nxx###"),
    ),
    "cure over ids": Case(
        ModelChoices("cure", units=2, loss="sparse_categorical_crossentropy"), typed("cure")
    ),
    "labels": Case(
        ModelChoices("classifier", units=2, loss="mse"), typed("classifier", target_text="yes\nno")
    ),
}  # fmt: skip


def inspected(case: Case) -> tuple[InspectRequest, Inspection]:
    request = InspectRequest(batch_from_choices(case.sentences), case.model, case.options)
    return request, answer(request, progress=lambda *_: None, cancelled=lambda: False)


def run(script: str, folder: Path) -> dict[str, Any]:
    names: dict[str, Any] = {}
    before = os.getcwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(script, "the script", "exec"), names)
    finally:
        os.chdir(before)
    return names


def check_numbers(names: dict[str, Any], inspection: Inspection, weights: bool = True) -> None:
    ledger = inspection.losses
    assert ledger is not None and ledger.loss is not None and ledger.weight is not None
    assert names["keras_value"] == pytest.approx(ledger.keras_value, rel=1e-5)
    np.testing.assert_allclose(names["loss"], ledger.loss, rtol=1e-4, atol=1e-6)
    named = {"mean_over_all": AverageName.ALL}
    if ledger.target_valid is not None:
        named |= {"mean_over_valid": AverageName.VALID, "mean_of_row_means": AverageName.ROW_MEANS}
    for name, average in named.items():
        assert names[name] == pytest.approx(ledger.average(average).value, rel=1e-5)
    if weights:
        np.testing.assert_allclose(names["weight"], ledger.weight, rtol=5e-3, atol=2e-4)


def check_masks(names: dict[str, Any], inspection: Inspection) -> None:
    told = {step.name: step.handed_on for step in inspection.trace.top_level()}
    compared = 0
    for name, mask in names["masks"].items():
        if name not in told:  # Keras numbers names on within a process.
            name = re.sub(r"_\d+$", "", name)
        if name in told:
            compared += 1
            assert (mask is None) is (told[name] is None), name
            if mask is not None:
                np.testing.assert_array_equal(mask, told[name])
    assert compared >= 2


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_plain_script_gives_what_is_on_screen(case: Case, tmp_path: Path) -> None:
    request, inspection = inspected(case)
    scripts = code_for_this(request, inspection)
    assert "inspector" not in scripts.plain and scripts.exact and scripts.file is None
    names = run(scripts.plain, tmp_path)
    check_numbers(names, inspection)
    check_masks(names, inspection)


@pytest.mark.parametrize("name", ["question", "attention", "trained, narrow", "labels"])
def test_our_script_gives_the_same_inspection(name: str, tmp_path: Path) -> None:
    request, inspection = inspected(CASES[name])
    same_answers(run(code_for_this(request, inspection).ours, tmp_path)["inspection"], inspection)


def same_answers(one: Inspection, other: Inspection) -> None:
    said = [found.to_dict() for found in (one, other)]
    assert said[0]["mask_at_loss"] == said[1]["mask_at_loss"]
    causes = [found["stop"] and found["stop"]["cause"] for found in said]
    assert causes[0] == causes[1]
    for key, value in said[1]["loss"].items():
        assert said[0]["loss"][key] == (
            pytest.approx(value, rel=1e-5) if isinstance(value, float) else value
        )
    outcomes = [[step["outcome"] for step in found["steps"]] for found in said]
    assert outcomes[0] == outcomes[1]


CODE = '''
from keras import Sequential, layers
net = Sequential([layers.Embedding(size, 4, mask_zero=True), layers.LSTM(4, return_sequences=True)])
net.add(layers.Dense(3, activation="softmax"))
net.compile(loss="sparse_categorical_crossentropy")  # a "quote" and a \\ in """text"""
'''


def with_own_model(model: PastedCode | ModelFile) -> tuple[InspectRequest, Inspection, Scripts]:
    batch = batch_from_choices(SentenceChoices(encoding=Encoding.IDS))
    request = InspectRequest(batch, model, NO_LEAKS)
    inspection = answer(request, progress=lambda *_: None, cancelled=lambda: False)
    return request, inspection, code_for_this(request, inspection)


def test_pasted_code_stands_in_the_scripts(tmp_path: Path) -> None:
    _, inspection, scripts = with_own_model(PastedCode(CODE, (("size", 3),), seed=4))
    assert not scripts.exact
    names = run(scripts.plain, tmp_path)
    assert names["loss"].shape == (2, 5) and names["keras_value"] > 0
    check_masks(names, inspection)
    same_answers(run(scripts.ours, tmp_path)["inspection"], inspection)


@opens_model_files
def test_a_file_is_loaded_by_its_name(tmp_path: Path) -> None:
    import hashlib

    import keras

    model = keras.Sequential([keras.Input((None, 3)), keras.layers.Masking()])
    model.add(keras.layers.SimpleRNN(3, return_sequences=True))
    model.compile(loss="mse")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(tmp_path / "mine.keras")
    data = (tmp_path / "mine.keras").read_bytes()
    file = ModelFile("mine.keras", hashlib.sha256(data).hexdigest(), data, loss="mae")
    _, inspection, scripts = with_own_model(file)
    names = run(scripts.plain, tmp_path)
    check_numbers(names, inspection)
    check_masks(names, inspection)
    same_answers(run(scripts.ours, tmp_path)["inspection"], inspection)


def test_a_truth_that_was_found_stands_in_the_script(tmp_path: Path) -> None:
    request, inspection, _ = with_own_model(PastedCode(CODE, (("size", 3),)))
    assert inspection.losses is not None and inspection.losses.target_valid is not None
    inspection = replace(inspection, batch=replace(inspection.batch, target_valid=None))
    names = run(code_for_this(request, inspection).plain, tmp_path)
    np.testing.assert_array_equal(names["target_valid"], inspection.losses.target_valid)


def test_without_a_loss_there_are_masks_only(tmp_path: Path) -> None:
    code = CODE.partition("net.compile")[0]
    _, inspection, scripts = with_own_model(PastedCode(code, (("size", 3),)))
    assert inspection.losses is None
    names = run(scripts.plain, tmp_path)
    assert "loss" not in names
    check_masks(names, inspection)
    assert run(scripts.ours, tmp_path)["inspection"].losses is None


def test_a_large_batch_is_read_from_a_file(tmp_path: Path) -> None:
    text = "\n".join(["ab" * 20 + "####"] * (MOST_NUMBERS // 40))
    batch = batch_from_choices(SentenceChoices(text=text))
    data = data_code(batch)
    assert data.file is not None and len(data.code) < 1000
    (tmp_path / "batch.npz").write_bytes(data.file)
    names = run(f"import numpy as np\n{data.code}", tmp_path)
    for name in ("x", "y", "valid", "target_valid"):
        np.testing.assert_array_equal(names[name], getattr(batch, name))
    assert "sample_weight" not in names


ODD_TEXTS = {
    "quotes": "'\"#\n\\n#",
    "combining marks": "e\u0301#\nab",
    "no padding": "abba\nbaba",
    "only padding": "##\n##",
    "markup": "<b>#\n$x^2",
}


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_tokens_become_the_very_arrays(text: str, encoding: Encoding, tmp_path: Path) -> None:
    batch = batch_from_choices(SentenceChoices(text=text, encoding=encoding))
    data = data_code(batch)
    assert data.file is None
    names = run(f"import numpy as np\n{data.code}", tmp_path)
    for name in ("x", "y", "valid", "target_valid"):
        found, wanted = names[name], getattr(batch, name)
        np.testing.assert_array_equal(found, wanted)
        assert found.dtype == wanted.dtype, name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("net = keras.Sequential()\nnet.compile('sgd')\n", "net"),
        ("a = Model(x, y)\nb = keras.models.Model(x, y)\n", "b"),
        ("def f():\n    m = Model(x, y)\n    m.compile()\n", "m"),
        ("print(1)", "model"),
    ],
)
def test_the_name_of_the_model_is_found(source: str, name: str) -> None:
    assert model_name(source) == name
