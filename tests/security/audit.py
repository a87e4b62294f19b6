"""What a process may do while it is attacked, by Python's audit events."""

import os
import site
import sys
import sysconfig
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PROJECT = Path(__file__).resolve().parents[2]
_OF_THE_SYSTEM = ("/proc/", "/sys/", "/dev/null", "/dev/urandom", "/usr/share/zoneinfo/")
_ALWAYS = (
    "socket.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "os.kill",
    "os.killpg",
    "os.putenv",
    "os.unsetenv",
    "os.chdir",
    "os.fchdir",
    "os.chroot",
    "os.startfile",
    "os.setxattr",
    "ctypes.",
    "pickle.find_class",
    "code.__new__",
    "builtins.input",
    "builtins.breakpoint",
    "sys.settrace",
    "sys.setprofile",
    "sys.addaudithook",
    "signal.pthread_kill",
    "urllib.Request",
    "http.client",
    "ftplib",
    "smtplib",
    "webbrowser.open",
    "resource.setrlimit",
    "mmap.__new__",
)
_OF_PATHS = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.utime",
    "os.chmod",
    "os.chown",
    "os.chflags",
    "os.listdir",
    "os.scandir",
    "os.walk",
    "glob.glob",
    "shutil.",
    "pathlib.Path",
)
_READ_ONLY = ("os.listdir", "os.scandir", "os.walk", "glob.glob", "pathlib.Path")
_RUNNERS = ("/keras/", "/inspector/")


def _real(path: Any) -> str:
    return os.path.realpath(os.fsdecode(path))


def _in_shutil() -> bool:
    frame = sys._getframe(4)
    return frame.f_code.co_filename.endswith("shutil.py")


class Audit:
    """Notes offences while it is on. There is one in a process: hooks cannot be taken off.

    Reading is free in the Python environment, in the project's code, in `/proc` and `/sys`, and
    in the folders that are the attack's own; writing in the latter only.
    """

    def __init__(self) -> None:
        """Installs the hook, switched off."""
        environment = {
            sys.prefix,
            sys.base_prefix,
            *sysconfig.get_paths().values(),
            *site.getsitepackages(),
            *(str(_PROJECT / name) for name in ("inspector", "tests", "sample_data")),
        }
        self._readable = tuple(_real(path) + os.sep for path in environment if path)
        self._own: tuple[str, ...] = ()
        self._offences: dict[str, None] | None = None
        sys.addaudithook(self._hook)

    def begin(self, own: tuple[str, ...]) -> None:
        """Switches it on; `own` are the folders that may be read and written."""
        self._own = tuple(_real(folder) + os.sep for folder in own)
        self._offences = {}

    def end(self) -> tuple[str, ...]:
        """Switches it off and returns the offences, each once."""
        offences, self._offences = self._offences, None
        return tuple(offences or ())

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        offences = self._offences
        if offences is None:
            return
        self._offences = None  # What the hook itself does is no offence.
        try:
            offence = self._offence(event, arguments)
        except Exception as error:
            offence = f"{event}: {type(error).__name__}"
        finally:
            self._offences = offences
        if offence:
            offences[offence[:300]] = None

    def _offence(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        if event == "open":
            return self._offence_of_open(*arguments)
        if event == "subprocess.Popen":
            return self._offence_of_process(arguments)
        if event == "marshal.loads":
            importing = "importlib" in sys._getframe(3).f_code.co_filename
            return None if importing else "marshal.loads"
        if event in ("exec", "compile"):
            return self._offence_of_running(event, arguments)
        if event.startswith(_ALWAYS):
            return f"{event} {arguments!r}"
        if event.startswith(_OF_PATHS):
            return self._offence_of_paths(event, arguments)
        return None

    def _offence_of_open(self, path: Any, mode: str | None, flags: int) -> str | None:
        if isinstance(path, int):
            return None
        if mode is None and not os.path.isabs(os.fsdecode(path)) and _in_shutil():
            return None  # Below an open folder, by its number, which the event does not tell.
        writes = bool(flags & _WRITING) if mode is None else bool(set(mode) & set("wax+"))
        if self._is_free(path, writes):
            return None
        return f"{'wrote' if writes else 'opened'} {_real(path)}"

    def _is_free(self, path: Any, writes: bool) -> bool:
        real = _real(path)
        inside = real + os.sep
        if inside.startswith(self._own) or real == os.devnull:
            return True
        if writes:
            return "__pycache__" in real and inside.startswith(self._readable)
        return inside.startswith(self._readable) or real.startswith(_OF_THE_SYSTEM)

    def _offence_of_paths(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        writes = not event.startswith(_READ_ONLY)
        folders = [number for number in arguments if isinstance(number, int) and number > 2]
        for path in arguments:
            if not isinstance(path, (str, bytes, os.PathLike)):
                continue
            if folders and not os.path.isabs(os.fsdecode(path)):
                path = os.path.join(f"/proc/self/fd/{folders[-1]}", os.fsdecode(path))
            if not self._is_free(path, writes):
                return f"{event} {_real(path)}"
        return None

    def _offence_of_process(self, arguments: tuple[Any, ...]) -> str | None:
        """Only the project's own helpers may be started."""
        program, command = arguments[0], [str(part) for part in arguments[1]]
        own = any(
            (flag == "-m" and what.startswith("inspector."))
            or (flag == "-c" and "from inspector" in what)
            for flag, what in zip(command, command[1:], strict=False)
        )
        return None if own and program == sys.executable else f"subprocess.Popen {command!r}"

    def _offence_of_running(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        """Neither Keras nor the project runs source; parsing (a flag) is no running."""
        caller = sys._getframe(3).f_code.co_filename
        if event == "compile" or not any(part in caller for part in _RUNNERS):
            return None
        return f"{event} {arguments!r} in {caller}"
