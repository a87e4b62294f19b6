"""Runs attacks in a warm process and watches it from outside.

A table of attacks, and its test:

    ATTACKS = [
        Attack(
            "vocabulary_of_a_file",
            Target.CODE,
            "model = Sequential([StringLookup(vocabulary='<CANARY>')])",
            Expectation.REFUSED,
            message="vocabulary",
        ),
        Attack("half_a_file", Target.MODEL_FILE, b"PK\\x03\\x04", suffix=".keras"),
        Attack("huge_range", Target.CODE, "a = list(range(10**9))", Expectation.EITHER),
    ]

    @pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
    def test_nothing_happens(attack: Attack, attacks: AttackRunner) -> None:
        attacks.check(attack)

`attacks` is a fixture of `tests/security/conftest.py`: one process for all attacks of a session,
started anew where one ends it. `run` returns the `Report`, for what `check` does not know.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from tests.security.attack import Attack, Outcome, Report, Target, faults
from tests.security.canary import WatchedAddress, WatchedFolder

_PROJECT = Path(__file__).resolve().parents[2]
_TICK = 0.02
_START_SECONDS = 180.0
_BY_THE_CLOCK = 4.0
_GROWN = 800 * 2**20
_FILES = (Target.MODEL_FILE, Target.MODEL_PAGE, Target.BATCH_FILE, Target.RESULT_FILE)


class _Process:
    """The attacked process, seen from outside."""

    def __init__(self, folder: WatchedFolder, temporary: Path) -> None:
        their_orders, our_orders = os.pipe()
        our_reports, their_reports = os.pipe()
        environment = {
            "PATH": os.defpath,
            "PYTHONPATH": str(_PROJECT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(folder.folder / "home"),
            "TMPDIR": str(temporary),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "KERAS_BACKEND": "tensorflow",
        }
        command = [sys.executable, "-m", "tests.security.attack_process"]
        command += [str(their_orders), str(their_reports), str(_PROJECT / "sample_data")]
        self._popen = subprocess.Popen(
            command,
            cwd=folder.folder,
            env=environment,
            pass_fds=(their_orders, their_reports),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(their_orders)
        os.close(their_reports)
        self._orders = Connection(our_orders, readable=False)
        self._reports = Connection(our_reports, writable=False)
        self._process = psutil.Process(self._popen.pid)
        deadline = time.monotonic() + _START_SECONDS
        try:
            while not self._reports.poll(_TICK):
                if time.monotonic() > deadline:
                    raise TimeoutError
            self._reports.recv_bytes()
        except (EOFError, TimeoutError) as error:
            self.end()
            raise RuntimeError(
                "The process of the attacks did not start; see its errors."
            ) from error
        self.sockets_before = self.sockets()
        self.size_at_start = self.size()

    def size(self) -> int:
        """Resident bytes of the process and of those that it has started."""
        try:
            command = self._process.cmdline()
            helpers = self._process.children(recursive=True)
        except psutil.Error:
            return 0
        # Between its start and its own program, a helper shares all memory of the process.
        started = [helper for helper in helpers if _command(helper) != command]
        return sum(_resident(process) for process in (self._process, *started))

    def peak(self) -> int:
        """The most resident bytes since `forget_peak`; 0 where Linux does not say."""
        try:
            lines = Path(f"/proc/{self._popen.pid}/status").read_text(encoding="ascii").splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) * 1024 for line in lines if line[:6] == "VmHWM:"), 0)

    def forget_peak(self) -> None:
        """Starts a new peak."""
        Path(f"/proc/{self._popen.pid}/clear_refs").write_text("5", encoding="ascii")

    def processor_seconds(self) -> float:
        """Processor time of the process so far."""
        try:
            times = self._process.cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system + times.children_user + times.children_system)

    def sockets(self) -> int:
        """How many sockets it has open."""
        count = 0
        try:
            for entry in os.scandir(f"/proc/{self._popen.pid}/fd"):
                try:
                    count += os.readlink(entry.path).startswith("socket:")
                except OSError:
                    continue  # It was closed meanwhile.
        except OSError:
            return 0
        return count

    def ask(self, order: dict[str, Any], watch: Callable[[], str]) -> dict[str, Any] | str:
        """Sends an order; returns the answer, or why there is none.

        `watch` is called all the while; a text that it returns ends the process.
        """
        try:
            self._orders.send_bytes(json.dumps(order).encode())
            while not self._reports.poll(_TICK):
                if reason := watch():
                    return reason
            answer: dict[str, Any] = json.loads(self._reports.recv_bytes())
        except (EOFError, OSError):
            return ""
        return answer

    def end(self) -> str:
        """Ends it, if it lives; returns how it ended."""
        for helper in self._helpers():
            helper.kill()
        try:
            code = self._popen.wait(0.5)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            code = self._popen.wait()
        self._orders.close()
        self._reports.close()
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _helpers(self) -> list[psutil.Process]:
        try:
            return list(self._process.children(recursive=True))
        except (psutil.Error, AttributeError):
            return []


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


class AttackRunner:
    """Runs attacks one after the other.

    Attributes:
        folder: The watched folder with the canary.
        address: The watched address.
    """

    def __init__(self, base: Path) -> None:
        """Prepares folders in `base`; the process starts with the first attack."""
        (base / "server").mkdir()
        self._temporary, self._uploads = base / "temporary", base / "uploads"
        self._temporary.mkdir()
        self._uploads.mkdir()
        self.folder = WatchedFolder(base / "server")
        self.address = WatchedAddress()
        self._process: _Process | None = None

    def check(self, attack: Attack) -> Report:
        """Runs an attack and fails with everything that must not be.

        Raises:
            AssertionError: It did not hold.
        """
        report = self.run(attack)
        wrong = faults(attack, report, self._server_paths())
        if attack.same_for_missing and not report.ended:
            other = self.run(attack, self._missing)
            if (other.outcome, other.text) != (report.outcome, report.text):
                wrong.append(
                    "it tells whether a file exists: "
                    f"{report.outcome.value} {report.text!r} where it does, "
                    f"{other.outcome.value} {other.text!r} where it does not"
                )
        assert not wrong, f"{attack.name}:\n- " + "\n- ".join(wrong)
        return report

    def run(self, attack: Attack, canary: Path | None = None) -> Report:
        """Runs an attack and returns what it did.

        Args:
            attack: The attack.
            canary: What stands for `<CANARY>`; None for the canary.
        """
        process = self._process = self._process or _Process(self.folder, self._temporary)
        with tempfile.TemporaryDirectory(dir=self._uploads) as upload:
            order = self._order(attack, canary or self.folder.canary, Path(upload))
            self._forget()
            process.forget_peak()
            began, first, size = time.monotonic(), process.processor_seconds(), process.size()
            sockets: list[str] = []
            largest = size

            def watch() -> str:
                nonlocal largest
                largest = max(largest, process.size())
                if process.sockets() > process.sockets_before:
                    sockets.append("a socket was opened")
                if largest - size > attack.memory:
                    return f"takes more than {attack.memory // 2**20} MiB"
                used = process.processor_seconds() - first
                waited = time.monotonic() - began
                if used > attack.seconds or waited > _BY_THE_CLOCK * attack.seconds:
                    return f"no end after {used:.1f} s of processor time, {waited:.1f} s in all"
                return ""

            answer = process.ask(order, watch)
            largest = max(largest, process.peak())
            seconds = process.processor_seconds() - first
        common = Report(
            Outcome.STOPPED,
            seconds=seconds,
            growth=largest - size,
            canaries=(*self.folder.touched(), *self.address.touched(), *dict.fromkeys(sockets)),
        )
        if isinstance(answer, str):
            self._process = None
            ending = process.end()
            self._clean()
            outcome = Outcome.STOPPED if answer else Outcome.DIED
            return replace(common, outcome=outcome, detail=answer or ending)
        left = self._clean()
        if process.size() - process.size_at_start > _GROWN:
            self.restart()  # Models are kept for a while: start afresh before that is felt.
        return self._report(attack, common, answer, left)

    def restart(self) -> None:
        """Ends the process; the next attack gets a new one."""
        if self._process is not None:
            self._process.end()
        self._process = None

    def close(self) -> None:
        """Ends the process and stops watching."""
        self.restart()
        self.folder.close()
        self.address.close()

    @property
    def _missing(self) -> Path:
        return self.folder.canary.with_name("canary.old")

    def _report(
        self, attack: Attack, common: Report, answer: dict[str, Any], left: tuple[str, ...]
    ) -> Report:
        report = replace(
            common,
            outcome=Outcome(answer["outcome"]),
            detail=answer["detail"],
            text=self._without_paths(answer["text"]),
            quoted=self._without_paths(answer.get("quoted", "")),
            forbidden=tuple(e for e in answer["forbidden"] if not e.startswith(attack.allowed)),
            changes=tuple(answer["changes"]),
            left=left,
        )
        if common.growth > attack.memory:
            detail = f"takes {common.growth // 2**20} MiB"
            return replace(report, outcome=Outcome.STOPPED, detail=detail)
        return report

    def _order(self, attack: Attack, canary: Path, upload: Path) -> dict[str, Any]:
        payload = attack.payload
        making = upload / "making"
        making.mkdir()
        content = payload(making) if callable(payload) else payload
        if attack.target in _FILES:
            if not isinstance(content, Path):
                data = self._filled(content, canary) if isinstance(content, str) else content
                content_path = upload / f"attack{attack.suffix}"
                content_path.write_bytes(data.encode() if isinstance(data, str) else data)
                content = content_path
            text = str(content)
        else:
            assert isinstance(content, str), "code, or the name of a function"
            text = self._filled(content, canary)
        return {
            "target": attack.target.value,
            "payload": text,
            "values": self._filled_values(dict(attack.values), canary),
            "text": attack.text,
            "own_folders": [str(upload), str(self._temporary)],
        }

    def _filled(self, text: str, canary: Path) -> str:
        for mark, path in (
            ("<CANARY>", str(canary)),
            ("<MISSING>", str(self._missing)),
            ("<FOLDER>", str(self.folder.folder)),
            ("<URL>", self.address.url),
        ):
            text = text.replace(mark, path)
        return text

    def _filled_values(self, value: Any, canary: Path) -> Any:
        if isinstance(value, str):
            return self._filled(value, canary)
        if isinstance(value, dict):
            return {name: self._filled_values(part, canary) for name, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._filled_values(part, canary) for part in value]
        return value

    def _without_paths(self, text: str) -> str:
        """Puts marks where the visitor's own paths stand, so that only the server's remain."""
        for path in (self.folder.canary, self._missing):
            text = text.replace(str(path), "<CANARY>")
        return text.replace(str(self.folder.folder), "<FOLDER>").replace(self.address.url, "<URL>")

    def _server_paths(self) -> tuple[str, ...]:
        places = (self._temporary, self._uploads, _PROJECT, sys.prefix, sys.base_prefix)
        return (*(str(place) for place in places if len(str(place)) > 4), "site-packages")

    def _forget(self) -> None:
        self.folder.touched()
        self.address.touched()

    def _clean(self) -> tuple[str, ...]:
        """Empties the temporary folder; returns what was in it."""
        left = sorted(self._temporary.rglob("*"), reverse=True)
        for path in left:
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        return tuple(sorted(str(path.relative_to(self._temporary)) for path in left))
