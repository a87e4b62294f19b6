"""The process that is attacked: warm, watched by the audit hook, one attack after the other.

Started by `runner.py`, which watches it from outside and kills it where it takes too much.
"""

import ctypes
import hashlib
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path[:] = [entry for entry in sys.path if entry not in ("", os.getcwd())]

import inspector  # noqa: E402
from inspector.core.requests import (  # noqa: E402
    InspectRequest,
    ModelFile,
    PastedCode,
    SentenceChoices,
)
from inspector.core.text.sentences import batch_from_choices  # noqa: E402
from inspector.engine import service  # noqa: E402
from inspector.errors import InspectorError  # noqa: E402
from tests.security import process_state  # noqa: E402
from tests.security.attack import Target  # noqa: E402
from tests.security.audit import Audit  # noqa: E402

_WORDS = 2_000
_LARGEST_FILE = 2**30
_GOOD_CODE = """
model = Sequential([Embedding(9, 3, mask_zero=True), LSTM(3, return_sequences=True), Dense(9)])
model.compile("sgd", "mse")
"""


def _on_the_page(model: PastedCode | ModelFile, text: str) -> Any:
    request = InspectRequest(batch_from_choices(SentenceChoices(text=text)), model)
    return service.answer(request, progress=lambda *_, **__: None, cancelled=lambda: False)


def _model_file(path: Path) -> ModelFile:
    data = path.read_bytes()
    return ModelFile(path.name, hashlib.sha256(data).hexdigest(), data)


def _called(name: str, values: Mapping[str, Any]) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)(**values)


def _attacked(order: Mapping[str, Any]) -> Any:
    target, payload, values = Target(order["target"]), order["payload"], order["values"]
    if target is Target.CODE:
        return inspector.model_from_code(payload, values)
    if target is Target.CODE_PAGE:
        return _on_the_page(PastedCode(payload, tuple(values.items())), order["text"])
    if target is Target.MODEL_FILE:
        return inspector.load_model(payload)
    if target is Target.MODEL_PAGE:
        return _on_the_page(_model_file(Path(payload)), order["text"])
    if target is Target.BATCH_FILE:
        return inspector.read_batch(payload)
    if target is Target.RESULT_FILE:
        return inspector.load_result(payload)
    return _called(payload, values)


def _words(answer: Any) -> str:
    """Says an answer in short: its type, and its verdict where it has one."""
    diagnosis = getattr(answer, "diagnosis", None)
    sentence = getattr(diagnosis, "sentence", "") or ""
    return f"{type(answer).__name__} {sentence if isinstance(sentence, str) else ''}".strip()


def _outcome(attack: Callable[[], Any]) -> dict[str, str]:
    try:
        return {"outcome": "harmless", "detail": "", "text": _words(attack())[:_WORDS]}
    except InspectorError as error:
        quoted = getattr(error, "text", "")
        return {
            "outcome": "refused",
            "detail": type(error).__name__,
            "text": str(error),
            "quoted": quoted if isinstance(quoted, str) else "",
        }
    except BaseException as error:
        last = "".join(traceback.format_tb(error.__traceback__)[-2:])
        text = f"{str(error)[:_WORDS]}\n{last[:_WORDS]}"
        return {"outcome": "failed", "detail": type(error).__name__, "text": text}


def _run(order: Mapping[str, Any], audit: Audit) -> dict[str, Any]:
    before, began = process_state.state(), time.process_time()
    audit.begin(tuple(order["own_folders"]))
    outcome = _outcome(lambda: _attacked(order))
    forbidden = audit.end()
    seconds = time.process_time() - began
    changes = process_state.changes(before, process_state.state())
    return {**outcome, "forbidden": forbidden, "changes": changes, "seconds": seconds}


def _warm_up(sample_data: Path) -> None:
    """Loads and patches what a request loads and patches, once and for good."""
    service.warm_up()
    _on_the_page(PastedCode(_GOOD_CODE), "##abb\n#babb")
    inspector.model_from_code(_GOOD_CODE, {})
    for path in sorted(sample_data.iterdir()):
        if path.suffix in (".keras", ".h5"):
            inspector.load_model(path)
        elif path.suffix in (".csv", ".json", ".jsonl", ".npz", ".parquet"):
            inspector.read_batch(path)


def _limit() -> None:
    """Bounds what an attack can do to this machine; Linux ends this process with its parent."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))


def main(receiving: int, sending: int, sample_data: str) -> None:
    """Answers orders until the parent closes the pipe."""
    _limit()
    orders, reports = Connection(receiving, writable=False), Connection(sending, readable=False)
    _warm_up(Path(sample_data))
    audit = Audit()
    reports.send_bytes(b"{}")
    while True:
        try:
            order = json.loads(orders.recv_bytes())
        except EOFError:
            return
        report = _run(order, audit)
        reports.send_bytes(json.dumps(report).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
