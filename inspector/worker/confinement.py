"""Confines a process for good, where Linux offers it: to the files it needs, without connections.

Defence in depth: the checks of code and files decide what is done with them; this decides what a
flaw in the checks, in Keras or in TensorFlow could reach. Landlock bounds files and TCP; a filter
of system calls takes away sockets of every kind. Both hold for all that the process starts, and
cannot be undone. Python has neither in its library, so the system calls are made here: three of
Landlock, one of seccomp.
"""

import ctypes
import os
import platform
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_FOR_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FIRST_RIGHTS = (1 << 13) - 1  # Those three, making and removing: of the first version.
_TRUNCATE, _DEVICE_CONTROL = 1 << 14, 1 << 15
_RIGHTS_SINCE = {2: 1 << 13, 3: _TRUNCATE, 5: _DEVICE_CONTROL}
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_USE_DEVICE = _READ_FILE | _WRITE_FILE | _DEVICE_CONTROL
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL
_TCP, _TCP_SINCE = 0b11, 4
_ABSTRACT_SOCKETS_AND_SIGNALS, _SCOPES_SINCE = 0b11, 6

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/nix/store", "/usr/local/cuda")
_OF_THE_SYSTEM = (
    # What Python, TensorFlow and the C library look at to know machine, time and place. Not the
    # whole of /proc: it holds the environment of the server and of other processes.
    *(f"/proc/{name}" for name in ("cpuinfo", "meminfo", "stat", "version", "driver/nvidia")),
    *(f"/proc/self/{name}" for name in ("cmdline", "stat", "statm", "status", "maps", "cgroup")),
    "/proc/sys/vm/overcommit_memory",
    "/sys",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/urandom",
    "/dev/random",
)
_DEVICES = ("/dev/null", "/dev/zero")
_GRAPHICS_CARDS = ("nvidia*", "nvidia-caps", "dri", "kfd")


@dataclass(frozen=True)
class Confinement:
    """What a process can no longer do.

    Attributes:
        files: It reads the Python environment and its own folder only, and writes only there.
        connections: It opens no socket.
        reason: Why one of them does not hold, a sentence; empty where both do.
    """

    files: bool
    connections: bool
    reason: str = ""


def confine(own_folder: Path) -> Confinement:
    """Confines this thread, the threads that it starts from now on, and their processes.

    Call it once everything is loaded and before a second thread of Python is started: threads that
    run already keep their rights to files. (Those that libraries start when they are loaded
    compute or tidy up; they open nothing.)

    Args:
        own_folder: The folder that may be written and read; any number of files and folders.

    Returns:
        What is in force now.
    """
    if sys.platform != "linux":
        return Confinement(False, False, f"Only Linux offers it, and this is {sys.platform}.")
    files, no_files = _attempt(_bound_files, own_folder)
    connections, no_connections = _attempt(_take_sockets_away)
    return Confinement(files, connections, " ".join(filter(None, (no_files, no_connections))))


def landlock_version() -> int:
    """Returns the version of Landlock here, from 1.

    Raises:
        OSError: There is none.
    """
    if sys.platform != "linux":
        raise OSError(f"Only Linux has Landlock, and this is {sys.platform}.")
    return _system_call(_CREATE_RULESET, None, 0, _ASK_FOR_VERSION, name="Landlock")


def _attempt(step: Callable[..., None], *arguments: Path) -> tuple[bool, str]:
    try:
        step(*arguments)
    except OSError as error:
        return False, f"{error.filename or 'The system'}: {error.strerror or error}."
    return True, ""


def _bound_files(own_folder: Path) -> None:
    version = landlock_version()
    handled = _FIRST_RIGHTS
    for since, right in _RIGHTS_SINCE.items():
        handled |= right if version >= since else 0
    tcp = _TCP if version >= _TCP_SINCE else 0
    scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SCOPES_SINCE else 0
    # Each version knows a longer structure; unknown parts must not be there.
    numbers = [handled, tcp, scopes][: 1 + (version >= _TCP_SINCE) + (version >= _SCOPES_SINCE)]
    attributes = struct.pack(f"={len(numbers)}Q", *numbers)
    rules = _system_call(_CREATE_RULESET, attributes, len(attributes), 0, name="Landlock")
    try:
        for path, rights in _rules(own_folder):
            _allow(rules, path, rights & handled)
        _no_new_privileges()
        _system_call(_RESTRICT_SELF, rules, 0, name="Landlock")
    finally:
        os.close(rules)


def _allow(rules: int, path: Path | str, rights: int) -> None:
    """Adds a path with all that is below it; one that is not there needs no rule."""
    try:
        number = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(f"/proc/self/fd/{number}"):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, number)
        _system_call(_ADD_RULE, rules, _PATH_BENEATH, rule, 0, name="Landlock")
    finally:
        # Linux may make the files of a process anew once nobody holds them, and a rule is about
        # the file that it was made for: TensorFlow ends the process where `cmdline` is denied.
        if not str(path).startswith("/proc/self/"):
            os.close(number)


def _rules(own_folder: Path) -> Iterator[tuple[Path | str, int]]:
    everything = (1 << 16) - 1
    yield own_folder, everything & ~_EXECUTE
    for path in (*_python_environment(), *_loaded_packages(), *_LIBRARIES):
        yield path, _READ
    for path in _OF_THE_SYSTEM:
        yield path, _READ_FILE | _READ_FOLDER
    cards = (str(path) for name in _GRAPHICS_CARDS for path in Path("/dev").glob(name))
    for device in (*_DEVICES, *cards):
        yield device, _USE_DEVICE | _READ_FOLDER


def _python_environment() -> Iterable[str]:
    """The interpreter, its library, and where packages are installed: never a whole project."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    folders = {os.path.join(prefix, lib) for prefix in prefixes for lib in ("lib", "lib64")}
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders |= {path for name in names if (path := sysconfig.get_path(name))}
    folders |= {os.path.join(prefix, "pyvenv.cfg") for prefix in prefixes}
    folders |= set(filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)))
    return folders | {os.path.realpath(sys.executable)}


def _loaded_packages() -> Iterable[str]:
    """The folders of the packages that are loaded: they may load more of themselves later."""
    paths: dict[str, None] = {}
    for name, module in list(sys.modules.items()):
        if "." in name or name == "__main__":
            continue
        file = getattr(module, "__file__", None)
        paths.update(dict.fromkeys(getattr(module, "__path__", ()) or ([file] if file else ())))
    return paths


_DENIED = {
    # socket, io_uring_setup (which can make sockets, too), and what reaches into other processes:
    # ptrace, process_vm_readv, process_vm_writev, pidfd_getfd.
    "x86_64": (41, 425, 101, 310, 311, 438),
    "aarch64": (198, 425, 117, 270, 271, 438),
}
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_FILTER, _ALL_THREADS = 1, 1
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_AT_NUMBER, _AT_ARCHITECTURE = 0, 4
_OTHER_NUMBERING = 0x40000000
_PERMITTED, _REFUSED = 0x7FFF0000, 0x00050000 | 13  # EACCES: "permission denied".


def _take_sockets_away() -> None:
    """Has the system refuse the calls of `_DENIED` to all threads of this process."""
    machine = platform.machine()
    if machine not in _DENIED or sys.maxsize < 2**32:
        raise OSError(0, f"not known for {machine}", "Filter of system calls")
    program = _filter(_ARCHITECTURE[machine], _DENIED[machine])
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    _no_new_privileges()
    _system_call(_SECCOMP[machine], _SET_FILTER, _ALL_THREADS, head, name="Filter of system calls")


def _filter(architecture: int, denied: tuple[int, ...]) -> bytes:
    """Returns the program of the filter: instructions of operation, two jumps and a number."""
    last = len(denied) + 1  # From the first comparison of a number to "refused", at the end.
    program = [
        (_LOAD, 0, 0, _AT_ARCHITECTURE),
        (_IF_EQUAL, 0, last + 2, architecture),
        (_LOAD, 0, 0, _AT_NUMBER),
        (_IF_AT_LEAST, last, 0, _OTHER_NUMBERING),
        *((_IF_EQUAL, last - 1 - place, 0, number) for place, number in enumerate(denied)),
        (_RETURN, 0, 0, _PERMITTED),
        (_RETURN, 0, 0, _REFUSED),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _no_new_privileges() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, *(ctypes.c_ulong(value) for value in (1, 0, 0, 0))):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "prctl")


def _system_call(number: int, *arguments: int | bytes | None, name: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    plain = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *plain))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)
    return result
