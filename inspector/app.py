"""The app: how it is started, on a result or not, and opened in a browser."""

import atexit
import importlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from inspector.core.inspection import Inspection
from inspector.errors import InspectorError

RESULT_VARIABLE = "MASK_INSPECTOR_RESULT"
"""Environment variable with the path of a result. Only who starts the server can set it: a visitor
of the page cannot name files."""

_DISTRIBUTION = "keras-mask-inspector"


def app_script() -> Path:
    """Returns the script of the app: of the project that holds this package, or as installed.

    Raises:
        InspectorError: It was not installed along.
    """
    beside = Path(__file__).resolve().parents[1] / "app.py"
    if beside.is_file():
        return beside
    try:
        files = metadata.files(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        path = Path(str(file.locate()))
        if file.name == "app.py" and file.parent.name == "mask-inspector" and path.is_file():
            return path.resolve()
    raise InspectorError(
        "The app's page is not here: only the library is.",
        "The app comes with `pip install .` in a copy of the project.",
        "Get the project and run `streamlit run app.py` in its folder.",
    )


def app_command(options: Sequence[str]) -> list[str]:
    """Returns the command that starts the app.

    Raises:
        InspectorError: The app was not installed along.
    """
    return [sys.executable, "-m", "streamlit", "run", str(app_script()), *options]


def app_environment(result: Path | None = None) -> dict[str, str]:
    """Returns the environment in which the app opens with a result, or without one."""
    kept = {name: value for name, value in os.environ.items() if name != RESULT_VARIABLE}
    return kept if result is None else {**kept, RESULT_VARIABLE: str(result.resolve())}


@dataclass(frozen=True, eq=False)
class RunningApp:
    """An app of this process.

    Attributes:
        url: Where it answers, on this machine only.
        process: The server.
    """

    url: str
    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        """Ends the server."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def start_app(result: Path, seconds: float = 60) -> RunningApp:
    """Starts the app on a free port of this machine, opened with a result.

    Raises:
        InspectorError: It is not installed, or did not start in time.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}")
    process = subprocess.Popen(
        app_command(options),
        env=app_environment(result),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running = RunningApp(f"http://127.0.0.1:{port}", process)
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{running.url}/_stcore/health", timeout=2):
                return running
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    running.stop()
    raise InspectorError(
        "The app did not start.", "", "Run `mask-inspector app` in a terminal to see why."
    )


def show(inspection: Inspection) -> Path | None:
    """Opens the app on an inspection; see `Inspection.show`."""
    notebook = in_notebook()
    if notebook and not has_browser():
        importlib.import_module("IPython.display").display(inspection)
        return None
    path = Path(tempfile.mkdtemp(prefix="mask-inspector-")) / "inspection.html"
    inspection.to_html(path)
    if not has_browser():
        _say(f"There is no web browser here. The report is in {path}")
        return path
    try:
        running = start_app(path)
    except InspectorError as error:
        _say(f"{error} The report is opened instead: {path}")
        webbrowser.open(path.as_uri())
        return path
    webbrowser.open(running.url)
    if notebook or hasattr(sys, "ps1"):
        atexit.register(running.stop)
    else:
        _wait(running)
    return path


def in_notebook() -> bool:
    """True where a kernel runs us: it has loaded IPython, which in a terminal has no kernel."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = None if get_ipython is None else get_ipython()
    return getattr(shell, "kernel", None) is not None


def has_browser() -> bool:
    """True where a browser with windows can be opened."""
    on_x11 = not sys.platform.startswith(("win", "darwin", "cygwin"))
    if on_x11 and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _wait(running: RunningApp) -> None:
    _say(f"The app shows it at {running.url} until Ctrl+C.")
    try:
        running.process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        running.stop()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
