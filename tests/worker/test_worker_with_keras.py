"""The client, the child and the real engine together."""

import hashlib
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.core.inspection import Inspection
from inspector.core.requests import (
    InspectOptions,
    InspectRequest,
    ModelChoices,
    ModelFile,
    PastedCode,
    SentenceChoices,
)
from inspector.core.text.sentences import batch_from_choices
from inspector.errors import (
    Cancelled,
    CodeError,
    FileNeeded,
    MissingNamesError,
    ModelError,
)
from inspector.worker import Engine, Limits


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine(Limits())
    engine.start()
    assert engine.wait_until_ready(120)
    yield engine
    engine.close()


def _request(text: str = "##abb\n#babb", **model: Any) -> InspectRequest:
    batch = batch_from_choices(SentenceChoices(text))
    return InspectRequest(batch, ModelChoices(**model), InspectOptions(leaks=False))


def test_an_inspection_arrives_whole_and_read_only(engine: Engine) -> None:
    inspection = engine.ask(_request(), session="a")
    assert isinstance(inspection, Inspection)
    assert inspection.to_dict()["stop"]["layer"] == "encoder"
    ledger = inspection.losses
    assert ledger is not None and ledger.loss is not None
    assert not ledger.loss.flags.writeable
    np.testing.assert_array_equal(inspection.batch.valid, _request().batch.valid)


def test_the_engines_own_errors_arrive_with_their_class(engine: Engine) -> None:
    with pytest.raises(ModelError, match="no preset `nonsense`") as caught:
        engine.ask(_request(preset="nonsense"), session="a")
    assert caught.value.expected.startswith("The presets are question")


def test_errors_of_pasted_code_arrive_with_their_line(engine: Engine) -> None:
    batch = batch_from_choices(SentenceChoices())
    broken = PastedCode("from keras import *\nmodel = Sequential([layers.LTSM(2)])\n")
    with pytest.raises(CodeError) as caught:
        engine.ask(InspectRequest(batch, broken), session="a")
    assert caught.value.line == 2 and caught.value.text.startswith("model =")
    asking = PastedCode("model = Sequential([Embedding(n, 2), LSTM(size)])\n")
    with pytest.raises(MissingNamesError) as asked:
        engine.ask(InspectRequest(batch, asking), session="a")
    assert [(need.name, need.line) for need in asked.value.asked] == [("n", 1), ("size", 1)]


def test_a_model_file_travels_once(engine: Engine, project: Path) -> None:
    data = (project / "sample_data" / "question.keras").read_bytes()
    file = ModelFile("question.keras", hashlib.sha256(data).hexdigest(), data)
    known = replace(file, data=None)
    batch, quick = batch_from_choices(SentenceChoices()), InspectOptions(leaks=False)
    with pytest.raises(FileNeeded):
        engine.ask(InspectRequest(batch, known, quick), session="a")
    first = engine.ask(InspectRequest(batch, file, quick), session="a")
    again = engine.ask(InspectRequest(batch, known, InspectOptions(1, leaks=False)), session="a")
    assert first.diagnosis.stop.layer == again.diagnosis.stop.layer == "encoder"


def test_ten_sessions_each_see_their_own_sentences(engine: Engine) -> None:
    wrong: list[object] = []

    def edit(number: int) -> None:
        first, second = chr(ord("a") + 2 * number), chr(ord("b") + 2 * number)
        for turn in range(4):
            text = f"##{first}{second}{second}\n#{(first + second)[turn % 2]}{first}{second}{first}"
            inspection = engine.ask(_request(text), session=f"session {number}")
            shown = "\n".join("".join(row) for row in inspection.batch.tokens)
            if shown != text:
                wrong.append((text, shown))

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    assert not wrong


def test_training_is_stopped_without_losing_the_process(engine: Engine) -> None:
    engine.ask(_request(training_steps=1), session="a")  # Traces the training step.
    pid = engine.pid
    ticket = engine.submit(_request("#aabb\n#babb", training_steps=20_000), session="a")
    while ticket.progress() is None:
        assert not ticket.done()
    progress = ticket.progress()
    assert progress is not None and progress.loss is not None and progress.total == 20_000
    ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.result(0)
    assert isinstance(engine.ask(_request("#abab\n#babb"), session="a"), Inspection)
    assert engine.pid == pid


def test_a_kill_in_the_middle_of_training_costs_no_answer(engine: Engine) -> None:
    ticket = engine.submit(_request("#aaab\n#babb", training_steps=200), session="a")
    while ticket.progress() is None:
        assert not ticket.done()
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    assert isinstance(ticket.result(120), Inspection)
    assert isinstance(engine.ask(_request("#aaab\n#babb"), session="a"), Inspection)
