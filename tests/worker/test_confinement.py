"""What a confined process can do, and what is said where the system offers less."""

import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.worker import confinement
from inspector.worker.confinement import Confinement, confine, landlock_version

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has Landlock and filters of system calls"
)

# Runs in a process of its own; each deed is an expression, and an OSError is an answer.
DEEDS = """
import ctypes, json, os, socket, subprocess, sys, threading
from pathlib import Path
from inspector.worker.confinement import confine

own, outside, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
canary, parent = outside / "canary.txt", os.getppid()
(own / "before").write_text("mine")

def in_a_thread(deed):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(tried(deed)))
    thread.start()
    thread.join()
    return answers[0]

def in_a_process(code):
    return subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True).returncode

def tried(deed):
    try:
        return f"did {deed()!r}"[:80]
    except OSError as error:
        return f"{type(error).__name__}"

confined = confine(own)
deeds = {
    "read_own": lambda: (own / "before").read_text(),
    "write_own": lambda: (own / "new").write_text("abc"),
    "remove_own": lambda: (own / "before").unlink(),
    "folder_in_own": lambda: (own / "a" / "b").mkdir(parents=True),
    "rename_in_own": lambda: os.rename(own / "new", own / "a" / "new"),
    "import_more": lambda: __import__("colorsys").__name__,
    "start_python": lambda: in_a_process("import json"),
    "read_cpu": lambda: len(Path("/proc/cpuinfo").read_text()) > 9,
    "read_own_status": lambda: len(Path("/proc/self/status").read_text()) > 9,
    "write_null": lambda: Path(os.devnull).write_text("x"),
    "random": lambda: len(Path("/dev/urandom").open("rb").read(4)),
    "kill_own": lambda: os.kill(os.getpid(), 0),
    "pipe": lambda: len(os.pipe()),
    "read_canary": canary.read_text,
    "read_canary_in_a_thread": lambda: in_a_thread(canary.read_text),
    "read_canary_in_a_process": lambda: in_a_process(f"open({str(canary)!r})"),
    "write_canary": lambda: canary.write_text("changed"),
    "truncate_canary": lambda: os.truncate(canary, 0),
    "remove_canary": lambda: os.remove(canary),
    "take_canary": lambda: os.rename(canary, own / "canary"),
    "link_canary": lambda: os.link(canary, own / "canary"),
    "link_and_read": lambda: [os.symlink(canary, own / "l"), (own / "l").read_text()],
    "list_outside": lambda: os.listdir(outside),
    "make_outside": lambda: (outside / "new").write_text("abc"),
    "folder_outside": lambda: (outside / "folder").mkdir(),
    "read_users": lambda: Path("/etc/passwd").read_text(),
    "read_own_environment": lambda: Path("/proc/self/environ").read_text(),
    "read_environment_of_parent": lambda: Path(f"/proc/{parent}/environ").read_text(),
    "list_processes": lambda: os.listdir("/proc"),
    "read_project": lambda: os.listdir(Path(os.environ["PYTHONPATH"])),
    "start_program": lambda: subprocess.run(["/bin/ls"]).returncode,
    "kill_parent": lambda: os.kill(parent, 0),
    "tcp": lambda: socket.create_connection(("127.0.0.1", port)),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "serve": lambda: socket.create_server(("127.0.0.1", 0)),
    "tcp_in_a_process": lambda: in_a_process("import socket; socket.socket()"),
}
answers = {name: tried(deed) for name, deed in deeds.items()}
print(json.dumps({**answers, "confined": [confined.files, confined.connections, confined.reason]}))
"""
ALLOWED = {
    "read_own": "did 'mine'",
    "write_own": "did 3",
    "remove_own": "did None",
    "folder_in_own": "did None",
    "rename_in_own": "did None",
    "import_more": "did 'colorsys'",
    "start_python": "did 0",
    "read_cpu": "did True",
    "read_own_status": "did True",
    "write_null": "did 1",
    "random": "did 4",
    "kill_own": "did None",
    "pipe": "did 2",
}
REFUSED_CONNECTIONS = ("tcp", "udp", "unix", "serve", "tcp_in_a_process")
REFUSED_FILES = (
    "read_canary",
    "read_canary_in_a_thread",
    "read_canary_in_a_process",
    "write_canary",
    "truncate_canary",
    "remove_canary",
    "take_canary",
    "link_canary",
    "link_and_read",
    "list_outside",
    "make_outside",
    "folder_outside",
    "read_users",
    "read_own_environment",
    "read_environment_of_parent",
    "list_processes",
    "read_project",
    "start_program",
    "kill_parent",
)
SINCE = {"truncate_canary": 3, "kill_parent": 6}


def landlock() -> int:
    try:
        return landlock_version()
    except OSError as error:
        pytest.skip(f"this Linux does not offer Landlock: {error}")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[dict[str, Any]]:
    """What a confined process answers to each deed."""
    own, outside = tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("outside")
    (outside / "canary.txt").write_text("canary")
    with socket.create_server(("127.0.0.1", 0)) as server:
        run = subprocess.run(
            [sys.executable, "-c", DEEDS, str(own), str(outside), str(server.getsockname()[1])],
            env={"PYTHONPATH": str(project), "PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        yield json.loads(run.stdout)
    if json.loads(run.stdout)["confined"][0]:
        assert (outside / "canary.txt").read_text() == "canary"
        assert [path.name for path in outside.iterdir()] == ["canary.txt"]


@pytest.mark.parametrize("deed", ALLOWED)
def test_a_confined_process_does_what_it_must(deed: str, answers: dict[str, Any]) -> None:
    assert answers[deed] == ALLOWED[deed]


@pytest.mark.parametrize("deed", REFUSED_FILES)
def test_a_confined_process_does_not_reach_what_is_not_its_own(
    deed: str, answers: dict[str, Any]
) -> None:
    version = landlock()
    if version < SINCE.get(deed, 1):
        pytest.skip(f"Landlock refuses this since its version {SINCE[deed]}; here is {version}")
    # A link to another folder is refused as one to another disk.
    refused = {"link_canary": "OSError", "read_canary_in_a_thread": "did 'PermissionError'"}
    refused["read_canary_in_a_process"] = "did 1"
    assert answers[deed] == refused.get(deed, "PermissionError")


@pytest.mark.parametrize("deed", REFUSED_CONNECTIONS)
def test_a_confined_process_opens_no_connection(deed: str, answers: dict[str, Any]) -> None:
    if not answers["confined"][1]:
        pytest.skip(f"no filter of system calls: {answers['confined'][2]}")
    assert answers[deed] == ("did 1" if deed.endswith("_process") else "PermissionError")


def test_the_process_says_what_is_in_force(answers: dict[str, Any]) -> None:
    files, connections, reason = answers["confined"]
    assert bool(reason) is not (files and connections)


class System:
    """Stands for the system, of which one version of Landlock is asked; notes the calls."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, number: int, *arguments: Any, name: str) -> int:
        self.calls.append((number, *arguments))
        if self.version == 0 and number in (444, 445, 446):
            raise OSError(38, "Function not implemented", name)
        if number == 444:
            return self.version if arguments[0] is None else os.open("/", os.O_RDONLY)
        return 0

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "System":
        monkeypatch.setattr(confinement, "_system_call", self)
        monkeypatch.setattr(confinement, "_no_new_privileges", lambda: None)
        return self


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        (1, [0x1FFF]),
        (2, [0x3FFF]),
        (3, [0x7FFF]),
        (4, [0x7FFF, 0b11]),
        (5, [0xFFFF, 0b11]),
        (6, [0xFFFF, 0b11, 0b11]),
        (9, [0xFFFF, 0b11, 0b11]),
    ],
)
def test_each_version_of_landlock_is_asked_for_what_it_knows(
    version: int, numbers: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    system = System(version).install(monkeypatch)
    assert confine(tmp_path).files
    attributes = next(call[1] for call in system.calls if call[0] == 444 and call[1] is not None)
    assert list(struct.unpack(f"={len(attributes) // 8}Q", attributes)) == numbers
    rights = [struct.unpack("=Qi", call[3])[0] for call in system.calls if call[0] == 445]
    assert rights and all(0 < right and not right & ~numbers[0] for right in rights)
    numbers_called = [call[0] for call in system.calls]
    assert numbers_called.index(446) > max(
        place for place, number in enumerate(numbers_called) if number == 445
    )


def test_without_landlock_connections_are_refused_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    System(0).install(monkeypatch)
    monkeypatch.setattr(confinement.platform, "machine", lambda: "x86_64")
    reason = "Landlock: Function not implemented."
    assert confine(tmp_path) == Confinement(False, True, reason)


def test_an_unknown_machine_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    System(7).install(monkeypatch)
    monkeypatch.setattr(confinement.platform, "machine", lambda: "riscv64")
    reason = "Filter of system calls: not known for riscv64."
    assert confine(tmp_path) == Confinement(True, False, reason)


def test_another_system_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(confinement.sys, "platform", "darwin")
    confined = confine(tmp_path)
    assert confined == Confinement(False, False, "Only Linux offers it, and this is darwin.")


def verdict(program: bytes, architecture: int, number: int) -> int:
    """Runs the program of a filter, as the kernel does."""
    steps = list(struct.iter_unpack("=HBBI", program))
    place, value = 0, 0
    while True:
        operation, if_true, if_false, operand = steps[place]
        place += 1
        if operation == 0x20:
            value = {0: number, 4: architecture}[operand]
        elif operation == 0x15:
            place += if_true if value == operand else if_false
        elif operation == 0x35:
            place += if_true if value >= operand else if_false
        else:
            return operand


PERMITTED, REFUSED = 0x7FFF0000, 0x5000D
X86, ARM, OLD_X86 = 0xC000003E, 0xC00000B7, 0x40000003


@pytest.mark.parametrize(
    ("machine", "architecture", "number", "expected"),
    [
        ("x86_64", X86, 41, REFUSED),  # socket
        ("x86_64", X86, 425, REFUSED),  # io_uring_setup
        ("x86_64", X86, 438, REFUSED),  # pidfd_getfd
        ("x86_64", X86, 0, PERMITTED),  # read
        ("x86_64", X86, 257, PERMITTED),  # openat
        ("x86_64", X86, 53, PERMITTED),  # socketpair
        ("x86_64", X86, 0x40000000 + 41, REFUSED),  # socket by the numbers of x32
        ("x86_64", X86, 0x40000000, REFUSED),
        ("x86_64", OLD_X86, 0, REFUSED),  # 32 bits: other numbers
        ("aarch64", ARM, 198, REFUSED),  # socket
        ("aarch64", ARM, 63, PERMITTED),  # read
        ("aarch64", ARM, 117, REFUSED),  # ptrace
        ("aarch64", X86, 63, REFUSED),
    ],
)
def test_the_filter_refuses_by_number(
    machine: str, architecture: int, number: int, expected: int
) -> None:
    program = confinement._filter(confinement._ARCHITECTURE[machine], confinement._DENIED[machine])
    assert verdict(program, architecture, number) == expected
