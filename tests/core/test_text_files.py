"""Answers are written where the user says, or it is said why not."""

import json
from pathlib import Path

import pytest

from inspector.core.text.sentences import batch_from_sentences
from inspector.core.text_files import json_text
from inspector.core.training_run import TrainingRun
from inspector.errors import InspectorError


def test_what_is_written_is_what_is_returned(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    text = json_text({"loss": None, "name": "über"}, path)
    assert json.loads(text) == {"loss": None, "name": "über"}
    assert path.read_bytes() == text.encode("utf-8") + b"\n"


def test_a_number_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"loss": float("nan")})


def test_a_training_says_where_it_cannot_be_written(tmp_path: Path) -> None:
    batch = batch_from_sentences(["##abb"])
    run = TrainingRun(batch, (), 0, 1, "", "", "sgd", None, 1)
    with pytest.raises(InspectorError, match="cannot be written"):
        run.to_json(tmp_path / "missing" / "run.json")
