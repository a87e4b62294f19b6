"""The command line as people and CI run it: subprocesses, exit codes, what is on which stream."""

import json
import os
import re
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inspector import cli, cli_commands
from inspector.cli_subjects import subject
from inspector.core.findings import Finding, Fix, Severity
from inspector.core.inspection import Inspection
from inspector.core.presets import PRESETS
from inspector.core.requests import Encoding, PaddingSide, TargetKind, TokenKind
from inspector.errors import InspectorError
from inspector.files.reading import FORMATS
from tests.views import made

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "sample_data"

MINE = """
import keras

print("said while it is imported")
SIZE = 3

def tagger():
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(9, 4, mask_zero=True),
            keras.layers.SimpleRNN(4, return_sequences=True),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model

def broken():
    raise RuntimeError("no luck")

def failing():
    inputs = keras.Input((None,), dtype="int32")
    hidden = keras.layers.Embedding(9, 4, mask_zero=True)(inputs)
    return keras.Model(inputs, keras.layers.Softmax()(hidden))
"""

CODE = """
print("this ran")
from keras import Sequential, layers
model = Sequential([layers.Embedding(size, 4, mask_zero=True), layers.LSTM(4), layers.Dense(2)])
model.compile(loss="mse")
"""


def run(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess:
    """Runs `python -m inspector`."""
    kept = {k: v for k, v in os.environ.items() if k not in ("GITHUB_ACTIONS", "NO_COLOR")}
    kept.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return subprocess.run(
        [sys.executable, "-m", "inspector", *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def parsed(*arguments: str) -> Namespace:
    return cli.parser().parse_args(arguments)


# What needs Keras in a process of its own; few, because loading it takes seconds.


def test_inspect_shows_the_question_and_keeps_progress_off_stdout() -> None:
    done = run("inspect", "preset:question")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("The mask stops at `encoder`")
    assert any(line.startswith("  >>> The mask stops at encoder") for line in lines)
    assert "\x1b" not in done.stdout
    assert done.stderr.splitlines() == ["Loading Keras", "Inspecting"]


def test_check_fails_on_one_line_and_prints_the_numbers_of_evaluate() -> None:
    done = run("check", str(SAMPLES / "question.keras"), str(SAMPLES / "question.npz"), "-q")
    assert done.returncode == 1
    first, *rest = done.stdout.splitlines()
    assert re.match(r"wrong: padding_in_loss at encoder: 3 padded timesteps carry 30 % .*", first)
    assert "What to do:" in first
    assert len(rest) == 1
    assert done.stderr == ""


def test_check_passes_on_a_right_model_that_is_imported(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    # A name of Python's own: Keras must not take this file for it.
    (tmp_path / "code.py").write_text("raise SystemExit('run!')")
    done = run("check", "mine:tagger", "-s", "ab##", "-s", "abba", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ok: Nothing is wrong"), "stdout is for the answer only"
    assert "said while it is imported" in done.stderr
    assert "Importing mine, which runs its code" in done.stderr


def test_code_is_read_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(CODE)
    (tmp_path / "mine.py").write_text(MINE)
    asked = run("inspect", "code.py", "-s", "ab#", cwd=tmp_path)
    assert asked.returncode == 2
    assert "--set size=" in asked.stderr and "Traceback" not in asked.stderr
    options = ["-s", "ab#", "-s", "abc", "--set", "size=9", "--targets", "label", "--json", "-q"]
    done = run("inspect", "code.py", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["stop"]["cause"] is None or answer["stop"]["layer"].startswith("lstm")
    assert {step["line"] for step in answer["steps"]} >= {4}
    assert "this ran" not in asked.stdout + asked.stderr + done.stderr


def test_report_writes_one_file_with_digests(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    model, batch = str(SAMPLES / "question.keras"), str(SAMPLES / "question.csv")
    done = run(
        "report",
        model,
        batch,
        "-o",
        str(path),
        "--date",
        "2026-01-02",
        "-q",
        TF_CPP_MIN_LOG_LEVEL="3",
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, str(path), "")
    html = path.read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>") and "model weights (SHA-256)" in html
    assert "2026-01-02" in html and "question.csv" in html


# What does not.


def test_help_is_quick_and_has_examples() -> None:
    code = "import sys; from inspector.cli import main\ntry: main(['check', '--help'])\n"
    code += "except SystemExit: pass\n"
    code += "sys.exit(bool({'numpy', 'keras', 'tensorflow', 'pandas'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, "--help must import nothing heavy"
    for words in ("exit status", "mask-inspector check model.keras", "preset:question"):
        assert words in done.stdout


@pytest.mark.parametrize("command", ["", "inspect", "check", "report", "app"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*([command] if command else []), "--help"])
    assert ended.value.code == 0
    assert "examples:" in capsys.readouterr().out


def test_help_names_what_there_is() -> None:
    text = " ".join(cli.parser().format_help().split())
    commands = cli.parser()._subparsers
    assert commands is not None
    inspect = next(iter(commands._group_actions)).choices["inspect"]  # type: ignore[index]
    text = " ".join(inspect.format_help().split())
    for names in (PRESETS, FORMATS, [k.value for k in TargetKind if k is not TargetKind.TYPED]):
        for name in names:
            assert name in text
    for kind in (Encoding, PaddingSide, TokenKind):
        for member in kind:
            assert member.value in text


SENTENCE = ["-s", "ab#"]
MISTAKES = {
    "no command": ([], 2, "usage:"),
    "an unknown command": (["inspekt"], 2, "invalid choice"),
    "an unknown option": (["check", "preset:question", "--strickt"], 2, "--strickt"),
    "no model": (["inspect"], 2, "MODEL"),
    "an unknown preset": (["inspect", "preset:qestion"], 2, "The presets are question, answer"),
    "what is no model": (["inspect", "model", *SENTENCE], 2, "names no model"),
    "a model that is not there": (["check", "nowhere.keras", *SENTENCE], 2, "There is no file"),
    "code that is not there": (["check", "nowhere.py", *SENTENCE], 2, "There is no file"),
    "a batch that is not there": (["check", "preset:question", "no.csv"], 2, "no.csv"),
    "no batch": (["check", "model.keras"], 2, "No batch was given"),
    "two batches": (["check", "model.keras", "b.csv", *SENTENCE], 2, "Both a file and"),
    "targets of a file": (["check", "m.keras", "b.csv", "--targets", "label"], 2, "stand in it"),
    "typed targets": (["check", "preset:question", *SENTENCE, "--targets", "typed"], 2, "CSV"),
    "unknown targets": (["check", "preset:question", "--targets", "x"], 2, "must be one of"),
    "an unknown side": (["check", "preset:question", *SENTENCE, "--side", "x"], 2, "must be one"),
    "an unknown encoding": (["check", "preset:question", "--encoding", "x"], 2, "must be one of"),
    "a format": (["check", "preset:question", "README.md"], 2, "Batches are read from"),
    "a folder for a batch": (["check", "m.keras", "tests"], 2, "`tests` is a folder. A file with"),
    "a folder for a preset": (["check", "preset:question", "tests"], 2, "`tests` is a folder."),
    "an empty padding": (["check", "preset:question", *SENTENCE, "--padding-char", ""], 2, "one"),
    "a batch size": (["check", "preset:question", "--batch-size", "0"], 2, "above 0"),
    "too many steps": (["check", "preset:question", "--train", "999"], 2, "0 to 200"),
    "units of a file": (["check", "m.keras", *SENTENCE, "--units", "3"], 2, "presets only"),
    "values for a file": (["check", "m.keras", *SENTENCE, "--set", "a=1"], 2, ".py code only"),
    "a value without name": (["check", "m.py", *SENTENCE, "--set", "1"], 2, "NAME=VALUE"),
    "a date": (["report", "preset:question", "--date", "soon"], 2, "2026-01-31"),
    "a folder": (["report", "preset:question", "-o", "no/where/r.html"], 2, "There is no folder"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_ends_with_2_and_a_sentence(
    name: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, status, words = MISTAKES[name]
    monkeypatch.chdir(ROOT)
    try:
        ended: object = cli.main(arguments)
    except SystemExit as exit:
        ended = exit.code
    captured = capsys.readouterr()
    assert ended == status
    assert words in captured.out + captured.err
    assert "Traceback" not in captured.err


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


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("mine:missing", "no attribute `missing`"),
        ("mine:SIZE", "is a int"),
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
    monkeypatch.setattr(cli_commands, "_inspected", lambda options: (held, None))
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

    monkeypatch.setattr(cli_commands, "_inspected", lambda options: (question, None))
    monkeypatch.setattr(cli_commands, "_write", gone)
    monkeypatch.setattr(cli_commands, "leave_pipe", lambda: left.append(True))
    assert cli.main(["check", "preset:question", *allowed]) == status
    assert left == [True]


def test_what_allow_does_not_match_is_told(
    question: Inspection, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_commands, "_inspected", lambda options: (question, None))
    allowed = ["--allow", "padding_in_loss", "--allow", "padding_in_los"]
    assert cli.main(["check", "preset:question", "--json", *allowed]) == 0
    said = capsys.readouterr()
    assert said.err == "--allow padding_in_los allows nothing: there is no such finding.\n"
    assert json.loads(said.out) == question.to_dict()


def test_github_shows_what_fails(
    question: Inspection, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_commands, "_inspected", lambda options: (question, None))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert cli.main(["check", "preset:question"]) == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("::error::wrong: padding_in_loss") and "30 %25 of" in first


def test_colour_is_for_terminals_or_on_demand(
    question: Inspection, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_commands, "_inspected", lambda options: (question, None))
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

    monkeypatch.setattr(cli_commands, "_inspected", fails)
    assert cli.main(["check", "preset:question"]) == 2
    assert "ZeroDivisionError: ours" in capsys.readouterr().err


def test_the_app_is_started_with_streamlits_options(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def start(command: list[str], **_: object) -> subprocess.CompletedProcess:
        started.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", start)
    assert cli.main(["app", "--server.port=8502", "--", "x"]) == 0
    assert started[0][1:5] == ["-m", "streamlit", "run", str(ROOT / "app.py")]
    assert "--server.port=8502" in started[0]


def test_versions(capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["--version"]) == 0
    assert re.match(r"mask-inspector \d.*, keras \d.*, tensorflow \d", capsys.readouterr().out)


def test_the_console_script_is_the_same_program(project: Path) -> None:
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    assert 'mask-inspector = "inspector.cli:main"' in text


@pytest.fixture
def question() -> Inspection:
    return made.the_question()


def test_the_numbers_are_those_of_the_page() -> None:
    from inspector.core.requests import InspectRequest, ModelChoices, SentenceChoices
    from inspector.core.sentences import batch_from_choices
    from inspector.engine.service import answer

    request = InspectRequest(batch_from_choices(SentenceChoices()), ModelChoices("question"))
    page = answer(request, progress=lambda *_: None, cancelled=lambda: False)
    sentences = ["-s", "##abb", "-s", "#babb"]
    here = subject(parsed("inspect", "preset:question", *sentences), lambda text: None).inspect()
    assert here.to_dict() == page.to_dict()
    assert here.to_html(date="2026-01-02") == page.to_html(date="2026-01-02")
