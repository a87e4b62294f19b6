"""What is attacked, with what, and what is to happen: the values of the attack tables."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any


class Target(str, Enum):
    """What receives the payload.

    CODE: `inspector.model_from_code(payload, values)`.
    CODE_PAGE: the app's engine, with pasted code and typed sentences: read, built, inspected.
    MODEL_FILE: `inspector.load_model(path)`.
    MODEL_PAGE: the app's engine, with the bytes of a model file and typed sentences.
    BATCH_FILE: `inspector.read_batch(path)`.
    RESULT_FILE: `inspector.load_result(path)`.
    FUNCTION: the function `payload` (`"package.module:name"`), called with `values` by name.
    """

    CODE = "code"
    CODE_PAGE = "code_page"
    MODEL_FILE = "model_file"
    MODEL_PAGE = "model_page"
    BATCH_FILE = "batch_file"
    RESULT_FILE = "result_file"
    FUNCTION = "function"


class Expectation(str, Enum):
    """What may come of an attack; an error that is no `InspectorError` never may."""

    REFUSED = "refused"
    HARMLESS = "harmless"
    EITHER = "either"


class Outcome(str, Enum):
    """What came of it.

    REFUSED: an `InspectorError`. HARMLESS: an answer. FAILED: another error. DIED: the process
    ended by itself. STOPPED: the process was killed at the limit on memory or time.
    """

    REFUSED = "refused"
    HARMLESS = "harmless"
    FAILED = "failed"
    DIED = "died"
    STOPPED = "stopped"


MEBIBYTE = 2**20
Payload = str | bytes | Callable[[Path], bytes | Path]


@dataclass(frozen=True)
class Attack:
    """One attack.

    In a payload that is text, and in the texts of `values`, these are filled in:
    `<CANARY>`, the path of a file that nobody may open; `<MISSING>`, the path of a file beside it
    that does not exist; `<FOLDER>`, the folder of both; `<URL>`, an address on this machine whose
    server notes every connection. The working directory is `<FOLDER>`, and `canary.txt` in it
    is the canary; `~` is the folder `home` in it, which is watched as well.

    Attributes:
        name: Its name in the table.
        target: What receives the payload.
        payload: Code, the bytes of a file, the name of a function; or a function that is
            called in the test's own process with an empty folder, and returns the bytes or the
            path of the file.
        expected: What may come of it.
        values: `values` of `model_from_code`; arguments of a function.
        suffix: Ending of the file's name, with the dot.
        message: Regular expression that the text of a refusal matches.
        text: Typed sentences of the app's batch.
        seconds: Limit on the processor time; on a loaded machine an attack may take four times
            as long by the clock.
        memory: Limit on the growth of the process, in bytes.
        same_for_missing: The answer is the same where `<CANARY>` does not exist.
        allowed: Beginnings of events that are no offence here, such as `"subprocess.Popen"`.
    """

    name: str
    target: Target
    payload: Payload
    expected: Expectation = Expectation.REFUSED
    values: Mapping[str, Any] = field(default_factory=dict)
    suffix: str = ""
    message: str = ""
    text: str = "##abb\n#babb"
    seconds: float = 10.0
    memory: int = 600 * MEBIBYTE
    same_for_missing: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What an attack did.

    Attributes:
        outcome: What came of it.
        detail: Name of the error, of the answer's type, or how the process ended.
        text: Text of the error, else what the answer says in words.
        quoted: The line of the visitor's code that the error quotes.
        seconds: Processor time that it took.
        growth: By how many bytes the process was larger at its peak.
        canaries: Files and folders of the server that were opened, listed or changed, and
            connections to `<URL>`: seen from outside, whoever opened them.
        forbidden: Offences that Python's audit events show.
        changes: Settings of Keras, NumPy and the process that are not as before.
        left: Names of files that were left in the temporary folder.
    """

    outcome: Outcome
    detail: str = ""
    text: str = ""
    quoted: str = ""
    seconds: float = 0.0
    growth: int = 0
    canaries: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """The process did not survive."""
        return self.outcome in (Outcome.DIED, Outcome.STOPPED)


LONGEST_ERROR = 1_500
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
_TRACEBACK = re.compile(r"Traceback \(most recent|File \"[^\"]+\", line \d")


def faults_of_text(text: str, server_paths: tuple[str, ...] = ()) -> list[str]:
    """Returns what is wrong with a text that visitors see.

    Args:
        text: The error's text; paths that the visitor wrote are replaced already.
        server_paths: Beginnings of paths that no visitor may learn.
    """
    faults = []
    if len(text) > LONGEST_ERROR:
        faults.append(f"an error of {len(text):,} characters")
    if _ADDRESS.search(text):
        faults.append("an error with an address in memory")
    if _TRACEBACK.search(text):
        faults.append("an error with a traceback")
    faults += [f"an error with the server's path {path}" for path in server_paths if path in text]
    odd = {character for character in text if not (character.isprintable() or character == "\n")}
    if odd:
        faults.append(f"an error with the characters {sorted(odd)!r}")
    return faults


def faults(attack: Attack, report: Report, server_paths: tuple[str, ...] = ()) -> list[str]:
    """Returns everything about a report that must not be, in words; empty where it held."""
    wrong = [f"the canary was touched: {touched}" for touched in report.canaries]
    wrong += [f"forbidden: {event}" for event in report.forbidden]
    wrong += [f"changed for everybody: {change}" for change in report.changes]
    wrong += [f"left in the temporary folder: {name}" for name in report.left]
    if report.ended or report.outcome is Outcome.FAILED:
        wrong.append(f"{report.outcome.value}: {report.detail} {report.text}".strip())
        return wrong
    if attack.expected not in (Expectation.EITHER, Expectation(report.outcome.value)):
        wrong.append(
            f"expected {attack.expected.value}, was {report.outcome.value}: "
            f"{report.detail} {report.text}".strip()
        )
    if report.outcome is Outcome.REFUSED:
        wrong += faults_of_text(report.text, server_paths)
        wrong += faults_of_text(report.quoted, server_paths)
        if attack.message and not re.search(attack.message, report.text, re.DOTALL):
            wrong.append(f"the error does not match {attack.message!r}: {report.text}")
    return wrong
