"""Which model and batch the command line takes its arguments for."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from inspector.cli.subjects import given_values, subject
from inspector.core.presets import PRESETS
from inspector.errors import InspectorError
from tests.cli.running import MINE, SAMPLES, parsed


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("mine:missing", "no attribute `missing`"),
        ("mine:SIZE", "is of type `int`"),
        ("mine:broken", "RuntimeError: no luck"),
        ("absent:model", "`absent` cannot be found"),
        ("faulty:model", "SyntaxError"),
    ],
)
def test_what_cannot_be_imported(
    reference: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "faulty.py").write_text("def (")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for module in ("mine", "faulty"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(InspectorError, match=re.escape(words)):
        subject(parsed("check", reference, "-s", "ab#"), lambda text: None)


def test_the_batch_of_a_preset_is_what_the_page_opens_on() -> None:
    found = subject(parsed("inspect", "preset:question"), lambda text: None)
    assert found.batch.tokens == (tuple("##abb"), tuple("#babb"))
    assert found.model.name == "question"


@pytest.mark.parametrize("identifier", PRESETS)
def test_every_preset_can_be_asked_for(identifier: str) -> None:
    found = subject(parsed("inspect", f"preset:{identifier}"), lambda text: None)
    assert found.model.name == identifier
    with_sentences = parsed("inspect", f"preset:{identifier}", "-s", "ab##", "-s", "abba")
    assert subject(with_sentences, lambda text: None).batch.rows == 2


def test_training_comes_first_and_says_how_far_it_is() -> None:
    said: list[str] = []
    subject(parsed("inspect", "preset:answer", "--train", "2"), said.append)
    assert said[0] == "Loading Keras"
    assert re.fullmatch(r"Training: step 2 of 2, loss \d.*", said[1])


def test_sentences_become_what_the_model_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    said: list[str] = []
    found = subject(parsed("check", "mine:tagger", "-s", "ab##"), said.append)
    assert isinstance(found.batch.x, np.ndarray) and found.batch.x.tolist() == [[1, 2, 0, 0]]
    assert any("integer ids" in line for line in said)
    vectors = parsed("check", str(SAMPLES / "question.keras"), "-s", "##abb")
    found = subject(vectors, lambda text: None)
    assert isinstance(found.batch.x, np.ndarray) and found.batch.x.shape == (1, 5, 3)


def test_the_numbers_are_those_of_the_page() -> None:
    from inspector.core.requests import InspectRequest, ModelChoices, SentenceChoices
    from inspector.core.text.sentences import batch_from_choices
    from inspector.engine.service import answer

    request = InspectRequest(batch_from_choices(SentenceChoices()), ModelChoices("question"))
    page = answer(request, progress=lambda *_: None, cancelled=lambda: False)
    sentences = ["-s", "##abb", "-s", "#babb"]
    here = subject(parsed("inspect", "preset:question", *sentences), lambda text: None).inspect()
    assert here.to_dict() == page.to_dict()
    assert here.to_html(date="2026-01-02") == page.to_html(date="2026-01-02")


def test_a_value_is_set_for_a_call_with_arguments_too() -> None:
    given = given_values(["hp.Int('units', 8, step=4)=12", "act=relu", "dims=[2, 3]", "a=b=c"])
    names = {"hp.Int('units', 8, step=4)": 12, "act": "relu", "dims": [2, 3], "a": "b=c"}
    assert given == names


def test_what_is_asked_for_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("model = Sequential([Input((5, 3)), Dense(len(chars))])")
    with pytest.raises(InspectorError, match=re.escape("Add --set 'len(chars)'=...")):
        subject(parsed("check", str(tmp_path / "net.py"), "-s", "ab#"), lambda text: None)
