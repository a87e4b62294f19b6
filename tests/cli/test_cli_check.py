"""What the command line says of an inspection, and with which exit status."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from inspector import cli
from inspector.cli import commands
from inspector.core.diagnosis.causes import Fix
from inspector.core.diagnosis.findings import Finding, Severity
from inspector.core.inspection import Inspection
from tests.cli.running import MINE, SAMPLES
from tests.views import made


@pytest.fixture
def question() -> Inspection:
    return made.the_question()


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (["names.csv"], "`x` is (rows, 19, 60). The model takes (rows, 5, 3)."),
        (["-s", "abab"], "`x` is (rows, 4, 3)"),
    ],
)
def test_check_refuses_a_batch_that_does_not_fit_the_model(
    batch: list[str], words: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SAMPLES)
    assert cli.main(["check", "question.keras", *batch, "-q"]) == 2
    said = capsys.readouterr()
    assert "does not fit the model" in said.err and words in said.err and not said.out


def test_check_finds_a_model_that_fails_on_a_batch_that_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    assert cli.main(["check", "mine:failing", "-s", "ab##", "-s", "abba", "-q"]) == 1
    assert "wrong: raises at softmax" in capsys.readouterr().out


RISK = Finding("some_risk", Severity.RISK, "a", 7, "Something\x1b[2J may.", Fix("Look."))


@pytest.mark.parametrize(
    ("arguments", "status", "first"),
    [
        ([], 1, "wrong: "),
        (["--allow", "padding_in_loss"], 0, "risk: some_risk at a (line 7): Something"),
        (["--allow", "padding_in_loss", "--strict"], 1, "risk: some_risk"),
        (["--allow", "padding_in_loss", "--allow", "some_risk", "--strict"], 0, "ok: "),
    ],
    ids=["wrong", "allowed", "strict", "all allowed"],
)
def test_what_check_counts(
    arguments: list[str],
    status: int,
    first: str,
    question: Inspection,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    diagnosis = replace(question.diagnosis, findings=(*question.findings, RISK))
    held = replace(question, diagnosis=diagnosis)
    monkeypatch.setattr(commands, "_inspected", lambda options: (held, None))
    assert cli.main(["check", "preset:question", *arguments]) == status
    out = capsys.readouterr().out
    assert out.startswith(first)
    assert "\x1b" not in out
    capsys.readouterr()
    assert cli.main(["check", "preset:question", "--json", *arguments]) == status
    assert json.loads(capsys.readouterr().out) == held.to_dict()


@pytest.mark.parametrize(("allowed", "status"), [([], 1), (["--allow", "padding_in_loss"], 0)])
def test_a_reader_who_left_changes_no_exit_status(
    allowed: list[str], status: int, question: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = []

    def gone(text: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(commands, "_inspected", lambda options: (question, None))
    monkeypatch.setattr(commands, "write", gone)
    monkeypatch.setattr(commands, "leave_pipe", lambda: left.append(True))
    assert cli.main(["check", "preset:question", *allowed]) == status
    assert left == [True]


def test_what_allow_does_not_match_is_told(
    question: Inspection, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_inspected", lambda options: (question, None))
    allowed = ["--allow", "padding_in_loss", "--allow", "padding_in_los"]
    assert cli.main(["check", "preset:question", "--json", *allowed]) == 0
    said = capsys.readouterr()
    assert said.err == "--allow padding_in_los allows nothing: there is no such finding.\n"
    assert json.loads(said.out) == question.to_dict()


def test_github_shows_what_fails(
    question: Inspection, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_inspected", lambda options: (question, None))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert cli.main(["check", "preset:question"]) == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("::error::wrong: padding_in_loss") and "30 %25 of" in first


def test_colour_is_for_terminals_or_on_demand(
    question: Inspection, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_inspected", lambda options: (question, None))
    cli.main(["inspect", "preset:question"])
    plain = capsys.readouterr().out
    assert "\x1b" not in plain and plain == f"{question}\n"
    cli.main(["inspect", "preset:question", "--color", "always"])
    coloured = capsys.readouterr().out
    assert "\x1b[31m  >>> The mask stops" in coloured and "\x1b[31m  1. [wrong]" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    cli.main(["inspect", "preset:question"])
    assert capsys.readouterr().out == plain


def test_a_fault_of_ours_is_not_taken_for_a_finding(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(options: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(commands, "_inspected", fails)
    assert cli.main(["check", "preset:question"]) == 2
    assert "ZeroDivisionError: ours" in capsys.readouterr().err
