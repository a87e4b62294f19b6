"""The command line as people and CI run it: subprocesses, exit codes, what is on which stream."""

import errno
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from inspector import cli
from inspector.cli import streams
from inspector.core.presets import PRESETS
from inspector.core.requests import Encoding, PaddingSide, TargetKind, TokenKind
from inspector.files.read import FORMATS
from tests.cli.running import MINE, ROOT, SAMPLES, run

CODE = """
print("this ran")
from keras import Sequential, layers
model = Sequential([layers.Embedding(size, 4, mask_zero=True), layers.LSTM(4), layers.Dense(2)])
model.compile(loss="mse")
"""


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
    options = ["-s", "ab#", "-s", "abc", "--set", "size=9", "--targets", "label", "--json", "-q"]
    done = run("inspect", "code.py", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["stop"]["cause"] is None or answer["stop"]["layer"].startswith("lstm")
    assert {step["line"] for step in answer["steps"]} >= {4}
    assert "this ran" not in done.stdout + done.stderr


# What does not.


def test_a_value_that_code_takes_from_elsewhere_is_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["inspect", "code.py", "-s", "ab#"]) == 2
    out, err = capfd.readouterr()
    assert "--set size=" in err and "Traceback" not in err
    assert "this ran" not in out + err


def test_report_writes_one_file_with_digests(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "report.html"
    model, batch = str(SAMPLES / "question.keras"), str(SAMPLES / "question.csv")
    status = cli.main(["report", model, batch, "-o", str(path), "--date", "2026-01-02", "-q"])
    out, err = capsys.readouterr()
    assert (status, out.strip(), err) == (0, str(path), "")
    html = path.read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>") and "model weights (SHA-256)" in html
    assert "2026-01-02" in html and "question.csv" in html


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
    "a batch before the model": (["check", "a.npz", "m.keras"], 2, "comes first: `m.keras`, then"),
    "an attribute of a file": (["check", "m.py:net", *SENTENCE], 2, "Write `m.py`, or `m:net`"),
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


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_closed_stream_is_no_fault(closed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, closed, None)
    assert cli.main(["atlas", "LSTM"]) == 0
    getattr(sys, closed).close()


def test_a_full_disk_is_said(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(streams, "leave_pipe", lambda: None)
    monkeypatch.setattr(sys.stdout, "write", full)
    assert cli.main(["atlas", "LSTM"]) == 2
    assert "cannot be written: No space left on device" in capsys.readouterr().err


def test_a_terminal_without_the_signs_of_the_map_gets_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(bare, encoding="ascii"))
    streams.open_streams()
    streams.write("× masked, · no mask, é")
    assert bare.getvalue() == b"x masked, . no mask, ?\n"


def test_bad_input_ends_the_process_with_2() -> None:
    ended = run("check", "nowhere.py", *SENTENCE)
    assert ended.returncode == 2
    assert "There is no file" in ended.stderr and "Traceback" not in ended.stderr
    assert ended.stdout == ""
