"""Opens the app on a result; where that cannot be, its report."""

import atexit
import importlib
import os
import sys
import tempfile
import webbrowser
from pathlib import Path

from inspector.core.inspection import Inspection
from inspector.errors import InspectorError
from inspector.launching import RunningApp, start_app


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
