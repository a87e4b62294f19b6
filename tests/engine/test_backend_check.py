"""A backend that the engine does not measure is refused before any number is made."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.engine import backend_check

ROOT = Path(__file__).resolve().parents[2]

_IMPORT = (
    "import sys\n"
    "{setup}\n"
    "import inspector\n"
    "try:\n"
    "    inspector.inspect\n"
    "except inspector.InspectorError as error:\n"
    "    sys.stdout.write(str(error))\n"
)
_NO_TENSORFLOW = (
    "import importlib.util\n"
    "whole = importlib.util.find_spec\n"
    "importlib.util.find_spec = lambda name, *rest: None if name == 'tensorflow' else whole(name)"
)


def _ran(arguments: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    without = {key: value for key, value in os.environ.items() if not key.startswith("KERAS_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=without | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("backend", ["jax", "torch", "openvino", "nonsense"])
def test_another_backend_is_refused_in_python(backend: str) -> None:
    text = _ran(["-c", _IMPORT.format(setup="")], KERAS_BACKEND=backend).stdout
    assert f"backend `{backend}`" in text and "KERAS_BACKEND=tensorflow" in text
    assert "`tensorflow` only" in text


def test_a_backend_of_the_settings_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text('{"backend": "torch"}', encoding="utf-8")
    text = _ran(["-c", _IMPORT.format(setup="")], KERAS_HOME=str(tmp_path)).stdout
    assert "backend `torch` here (set in keras.json)" in text


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x00", '{"backend": ""}'])
def test_a_settings_file_without_a_backend_means_the_default(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keras.json").write_text(content, encoding="utf-8")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    assert backend_check._chosen_backend() == ("tensorflow", "the default")


def test_without_tensorflow_the_answer_names_the_package(tmp_path: Path) -> None:
    command = ["-c", _IMPORT.format(setup=_NO_TENSORFLOW)]
    text = _ran(command, KERAS_HOME=str(tmp_path)).stdout
    assert "`tensorflow` (the default), which is not installed" in text
    assert "pip install tensorflow" in text


def test_the_command_line_ends_with_2() -> None:
    run = _ran(["-m", "inspector", "check", "preset:answer"], KERAS_BACKEND="jax")
    assert run.returncode == 2
    assert "backend `jax`" in run.stderr and "Traceback" not in run.stderr
