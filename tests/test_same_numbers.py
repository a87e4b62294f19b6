"""The commands give the numbers of the page: the same input through both, the app's engine too."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import inspector
from inspector import cli
from inspector.core.compare_requests import CompareRequest
from inspector.core.requests import InspectRequest
from inspector.ui.choices import Key
from inspector.ui.code_examples import TAGGER
from inspector.worker.engine import Engine
from tests.ui.test_compare_page import opened as opened_comparison
from tests.ui.test_inspect_page import checked, opened
from tests.ui.test_own_models import with_code

ROOT = Path(__file__).resolve().parents[1]
TYPED = ["-s", "##abb", "-s", "#babb"]


def a_preset() -> None:
    opened()


def two_files() -> None:
    files = {Key.MODEL_FROM: "File", Key.BATCH_FROM: "File", Key.SAMPLE: "question.npz"}
    checked(opened(**files).button(key=Key.SAMPLE_MODEL).click().run())


def pasted_code() -> None:
    with_code(TAGGER)


CASES: dict[str, tuple[Callable[[], None], str, list[str]]] = {
    "inspect: code, typed": (pasted_code, "inspect", ["tagger.py", *TYPED, "--json"]),
    "check: a preset, typed": (a_preset, "check", ["preset:question", *TYPED, "--json"]),
    "report: a file, a file": (two_files, "report", ["question.keras", "question.npz"]),
}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, Any]]:
    """What the page asked of the engine, and what it was told and drew."""
    heard: list[tuple[object, Any]] = []
    ask = Engine.ask

    def listening(self: Engine, request: object, **options: Any) -> Any:
        told = ask(self, request, **options)
        heard.append((request, told))
        return told

    monkeypatch.setattr(Engine, "ask", listening)
    return heard


@pytest.mark.parametrize("name", CASES)
def test_inspect_check_and_report(
    name: str,
    answers: list[tuple[object, Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw, command, arguments = CASES[name]
    draw()
    page = next(told for asked, told in reversed(answers) if isinstance(asked, InspectRequest))
    (tmp_path / "tagger.py").write_text(TAGGER)
    for path in (ROOT / "sample_data").glob("question.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    found = int(command == "check" and not page.diagnosis.healthy)
    assert cli.main([command, *arguments, "-q"]) == found
    if command == "report":
        told = inspector.load_result("report.html").to_dict()
    else:
        told = json.loads(capsys.readouterr().out)
    assert same(told, page.to_dict())


def test_compare(answers: list[tuple[object, Any]], capsys: pytest.CaptureFixture) -> None:
    opened_comparison(None)
    page = next(told for asked, told in answers if isinstance(asked, CompareRequest))
    capsys.readouterr()
    assert cli.main(["compare", "preset:question", *TYPED, "--json", "-q"]) == 0
    assert same(json.loads(capsys.readouterr().out), page.to_dict())


def same(one: Any, other: Any) -> bool:
    """True for equal plain values; numbers may differ by float error between two processes."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-6, abs=1e-9)
    return bool(one == other)
