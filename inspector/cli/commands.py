"""What the commands do, and what they write: answers to stdout, everything else to stderr."""

import argparse
import datetime
import faulthandler
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib import metadata
from pathlib import Path

import inspector
from inspector.app import app_command, app_environment
from inspector.cli.streams import leave_pipe, line_of, say, write
from inspector.core.diagnosis.findings import Finding, Severity, Status
from inspector.core.inspection import Inspection
from inspector.errors import InspectorError
from inspector.files.results import load_inspection
from inspector.views.report_text import circumstances, finding_line

OK, FOUND, NOT_TESTED = 0, 1, 3
_ALLOW_NOT_TESTED = "not_tested"
_LEVEL = "TF_CPP_MIN_LOG_LEVEL"

_RED, _YELLOW, _BOLD, _FAINT, _RESET = "\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[2m", "\x1b[0m"
_SEVERITIES = {"wrong": _RED, "risk": _YELLOW, "note": _FAINT}


def run(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Runs the command that was parsed, and returns the exit status.

    Args:
        options: What was parsed.
        rest: What is left, for Streamlit.

    Raises:
        InspectorError: The input cannot be used.
    """
    if options.version:
        write(_versions())
        return OK
    if options.command == "app":
        return _app(options, rest)
    return _COMMANDS[options.command](options)


def say_error(error: InspectorError) -> None:
    """Writes what went wrong and what to do, without a traceback."""
    parts = [part for part in (error.got, error.expected, error.todo) if part]
    sys.stderr.write(f"mask-inspector: error: {line_of(' '.join(parts))}\n")


def _inspect(options: argparse.Namespace) -> int:
    inspection, _ = _inspected(options)
    if options.json:
        write(inspection.to_json())
    else:
        text = str(inspection)
        write(_coloured(text) if _colours(options) else text)
    return OK


def _check(options: argparse.Namespace) -> int:
    inspection, model = _inspected(options)
    if inspection.raises is not None:
        _refuse_misfit(inspection, model, inspection.raises.message)
    counted = {Severity.WRONG, Severity.RISK} if options.strict else {Severity.WRONG}
    left = [finding for finding in inspection.findings if finding.code not in options.allow]
    failing = [finding for finding in left if finding.severity in counted]
    try:
        _write_check(inspection, left, failing, options)
    except BrokenPipeError:
        leave_pipe()  # As in `check ... | head -1`: what was found is still the exit status.
    for code in dict.fromkeys(options.allow):
        # A fault that was cured, or a slip of the pen: either way it can go.
        if not _allows(code, inspection):
            say(f"--allow {code} allows nothing: there is no such finding.")
    if failing:
        return FOUND
    untested = inspection.diagnosis.status is Status.NOT_TESTED
    return NOT_TESTED if untested and _ALLOW_NOT_TESTED not in options.allow else OK


def _allows(code: str, inspection: Inspection) -> bool:
    """Whether a code that was allowed stands for something in the result."""
    if code == _ALLOW_NOT_TESTED:
        return inspection.diagnosis.status is Status.NOT_TESTED
    return any(finding.code == code for finding in inspection.findings)


def _refuse_misfit(inspection: Inspection, model: object, failure: str) -> None:
    """Refuses a batch that the model does not take: nothing was found out about it."""
    from inspector.engine.inspection.misfits import misfit

    error = misfit(model, inspection.batch, failure)
    if error is not None:
        raise error


def _write_check(
    inspection: Inspection,
    left: Sequence[Finding],
    failing: Sequence[Finding],
    options: argparse.Namespace,
) -> None:
    if options.json:
        write(inspection.to_json())
    else:
        for finding in left:
            if finding.severity is not Severity.NOTE or finding.code == "leaks_untested":
                write(_check_line(finding, finding in failing, _colours(options)))
        if not failing:
            untested = inspection.diagnosis.status is Status.NOT_TESTED
            start = "not tested" if untested else "ok"
            write(f"{start}: {line_of(_verdict(inspection))}")
        write(f"({circumstances(inspection)})")


def _verdict(inspection: Inspection) -> str:
    if inspection.diagnosis.status is not Status.ERROR:
        return inspection.diagnosis.verdict
    return "Nothing but what --allow accepts."


def _check_line(finding: Finding, fails: bool, colours: bool) -> str:
    line = finding_line(finding)
    if finding.fix.sentence:
        line += f" What to do: {line_of(finding.fix.sentence)}"
    if os.environ.get("GITHUB_ACTIONS") == "true":
        # What stands after these marks is shown beside the job's name, too.
        return f"::{'error' if fails else 'warning'}::{line.replace('%', '%25')}"
    return f"{_SEVERITIES[finding.severity.value]}{line}{_RESET}" if colours else line


def _report(options: argparse.Namespace) -> int:
    path = Path(options.output)
    if options.date is not None:
        _check_date(options.date)
    if not path.parent.is_dir():
        raise InspectorError(
            f"There is no folder `{path.parent}`.", "The report is written into a folder."
        )
    inspection, _ = _inspected(options)
    inspection.to_html(path, date=options.date)
    write(str(path))
    return OK


def _atlas(options: argparse.Namespace) -> int:
    from inspector.cli.atlas import atlas_text

    with _without_news():
        text = atlas_text(options, say)
    write(text)
    return OK


def _compare(options: argparse.Namespace) -> int:
    from inspector.cli.compare import compare_text

    with _answer_only():
        text = compare_text(options, (lambda line: None) if options.quiet else say)
    write(text)
    return OK


def _check_date(text: str) -> None:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        raise InspectorError(
            f"`--date` is `{text}`.", "It must be a day, such as 2026-01-31."
        ) from None


def _app(options: argparse.Namespace, rest: Sequence[str]) -> int:
    command = app_command(rest)
    result = None
    if options.result is not None:
        result = Path(options.result)
        load_inspection(result)  # Said here, not on a page, if it is none.
    return subprocess.run(command, check=False, env=app_environment(result)).returncode


def _inspected(options: argparse.Namespace) -> tuple[Inspection, object]:
    tell = (lambda text: None) if options.quiet else say
    with _answer_only():
        from inspector.cli.subjects import subject

        found = subject(options, tell)
        tell("Inspecting")
        return found.inspect(), found.model


@contextmanager
def _answer_only() -> Iterator[None]:
    """Keeps stdout for the answer: what an imported model prints goes to stderr."""
    with _without_news(), redirect_stdout(sys.stderr):
        yield


@contextmanager
def _without_news() -> Iterator[None]:
    """Keeps what TensorFlow's own code writes to stderr away, unless its level asks for it.

    It writes about processors and drivers before any level can be set. Python's stderr stays, and
    a crash still leaves its trace there.
    """
    own = sys.__stderr__ is sys.stderr and sys.stderr is not None and sys.stderr.fileno() == 2
    if not own or os.environ.get(_LEVEL, "3") != "3":
        yield
        return
    os.environ[_LEVEL] = "3"
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere, open(kept, "w", buffering=1, errors="replace") as ours:
        os.dup2(nowhere.fileno(), 2)
        before, sys.stderr = sys.stderr, ours
        faulthandler.enable(ours)
        try:
            yield
        finally:
            faulthandler.disable()
            sys.stderr = before
            os.dup2(kept, 2)


def _colours(options: argparse.Namespace) -> bool:
    if options.color == "auto":
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return bool(options.color == "always")


def _coloured(text: str) -> str:
    lines = text.split("\n")
    lines[0] = f"{_BOLD}{lines[0]}{_RESET}"
    for at, line in enumerate(lines):
        badge = re.match(r"  \d+\. \[(\w+)\]", line)
        if line.startswith("  >>> "):
            lines[at] = f"{_RED}{line}{_RESET}"
        elif badge and badge[1] in _SEVERITIES:
            lines[at] = f"{_SEVERITIES[badge[1]]}{badge[0]}{_RESET}{line[badge.end() :]}"
        elif line.startswith("Note: ") or line.startswith("  o kept"):
            lines[at] = f"{_FAINT}{line}{_RESET}"
    return "\n".join(lines)


def _versions() -> str:
    found = [f"mask-inspector {inspector.__version__}"]
    for package in ("keras", "tensorflow"):
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"{package} is not installed")
    return ", ".join(found)


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "inspect": _inspect,
    "check": _check,
    "report": _report,
    "compare": _compare,
    "atlas": _atlas,
}
