"""`inspection.show()` and `mask-inspector app --result`: the app on a result, or its report."""

import sys
import urllib.request
import webbrowser
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from inspector import app as starting
from inspector import cli
from inspector.app import RESULT_VARIABLE, RunningApp, app_script, start_app
from inspector.core.inspection import Inspection
from inspector.errors import InspectorError
from inspector.files.results import load_result
from tests.ui.test_inspect_page import verdict
from tests.views import made

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def question() -> Inspection:
    return made.the_question()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a browser was asked to open; no test opens one."""
    addresses: list[str] = []
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    monkeypatch.setattr(starting, "has_browser", lambda: True)
    monkeypatch.setitem(sys.modules, "IPython", None)
    return addresses


def test_the_app_is_opened_on_the_result(
    question: Inspection, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []
    process = SimpleNamespace(wait=lambda *_: 0, terminate=lambda: stopped.append(True))
    results: list[Path] = []

    def start(result: Path) -> RunningApp:
        results.append(result)
        return RunningApp("http://127.0.0.1:1", process)  # type: ignore[arg-type]

    monkeypatch.setattr(starting, "start_app", start)
    path = question.show()
    assert path is not None and results == [path]
    assert load_result(path).diagnosis == question.diagnosis
    assert opened == ["http://127.0.0.1:1"] and stopped == [True]


def test_the_report_is_opened_where_the_app_does_not_start(
    question: Inspection,
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    def fail(result: Path) -> RunningApp:
        raise InspectorError("The app did not start.")

    monkeypatch.setattr(starting, "start_app", fail)
    path = question.show()
    assert path is not None and opened == [path.as_uri()]
    assert "The app did not start. The report is opened instead" in capsys.readouterr().err


def test_without_a_browser_a_line_says_where_the_report_is(
    question: Inspection,
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setattr(starting, "has_browser", lambda: False)
    path = question.show()
    assert path is not None and opened == []
    assert question.diagnosis.verdict in path.read_text("utf-8")
    assert f"There is no web browser here. The report is in {path}" in capsys.readouterr().err


@pytest.mark.parametrize("kernel", [True, False], ids=["notebook", "terminal"])
def test_a_notebook_without_a_browser_draws_it(
    kernel: bool, question: Inspection, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[object] = []
    shell = SimpleNamespace(kernel=object()) if kernel else SimpleNamespace()
    ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
    vars(ipython)["get_ipython"] = lambda: shell
    vars(display)["display"] = shown.append
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setattr(starting, "has_browser", lambda: False)
    path = question.show()
    assert (path is None) is kernel
    assert shown == ([question] if kernel else [])


def test_without_a_display_there_is_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not starting.has_browser()


def test_the_app_starts_on_this_machine_only_and_ends(question: Inspection, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    question.to_html(path)
    running = start_app(path)
    try:
        assert running.url.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(running.url, timeout=10) as answer:
            assert answer.status == 200
    finally:
        running.stop()
    assert running.process.poll() is not None


def app() -> AppTest:
    found = AppTest.from_file(str(ROOT / "inspector" / "ui" / "pages" / "result.py"))
    found.run(timeout=60)
    assert not found.exception
    return found


def test_the_page_shows_the_result_that_the_server_was_given(
    question: Inspection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    question.to_html(path)
    monkeypatch.setenv(RESULT_VARIABLE, str(path))
    page = app()
    assert verdict(page) == question.diagnosis.verdict
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels == ["Save the report"]
    assert any("not the model" in said.value for said in page.markdown), "why there is no script"
    assert [code.value for code in page.code][-1].splitlines()[2].endswith("('report.html')")
    path.unlink()
    assert "is gone" in app().error[0].value


def test_a_visitor_cannot_name_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RESULT_VARIABLE, raising=False)
    page = AppTest.from_file(str(ROOT / "inspector" / "ui" / "pages" / "result.py"))
    page.query_params["result"] = str(tmp_path)
    page.query_params[RESULT_VARIABLE] = str(tmp_path)
    assert "is gone" in page.run(timeout=60).error[0].value


def test_the_command_refuses_what_is_no_result(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / "other.html"
    path.write_text("<p>nothing</p>")
    assert cli.main(["app", "--result", str(path)]) == 2
    assert "holds no inspection" in capsys.readouterr().err


def test_the_command_starts_streamlit_with_its_options_and_the_result(
    question: Inspection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    question.to_html(path)
    ran: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], *, check: bool, env: dict[str, str]) -> SimpleNamespace:
        ran.append((command, env))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr("subprocess.run", run)
    monkeypatch.setenv(RESULT_VARIABLE, "left from before")
    assert cli.main(["app", "--server.port=1", "--result", str(path)]) == 0
    assert cli.main(["app"]) == 0
    (first, with_result), (_, without) = ran
    assert first[1:] == ["-m", "streamlit", "run", str(app_script()), "--server.port=1"]
    assert with_result[RESULT_VARIABLE] == str(path) and RESULT_VARIABLE not in without


def test_the_app_is_found_where_it_was_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "share" / "mask-inspector" / "app.py"
    script.parent.mkdir(parents=True)
    script.write_text("")

    class Installed(type(Path("x"))):  # type: ignore[misc]
        def locate(self) -> Path:
            return script

    monkeypatch.setattr(starting, "__file__", str(tmp_path / "inspector" / "app.py"))
    listed = [Installed("app.py"), Installed("../../../share/mask-inspector/app.py")]
    monkeypatch.setattr(starting.metadata, "files", lambda name: listed)
    assert app_script() == script
    monkeypatch.setattr(starting.metadata, "files", lambda name: None)
    with pytest.raises(InspectorError, match="only the library is"):
        app_script()
