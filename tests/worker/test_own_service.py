"""The engine's service on models that people bring: code and files."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.core.inspection import Inspection
from inspector.core.requests import (
    NO_LOSS,
    Encoding,
    InspectOptions,
    InspectRequest,
    ModelFile,
    ModelSource,
    PastedCode,
    SentenceChoices,
)
from inspector.core.text.sentences import batch_from_choices
from inspector.engine import held_models, service, user_models
from inspector.errors import (
    CodeError,
    FileNeeded,
    LimitError,
    MissingNamesError,
    ModelError,
    ModelFileError,
)

CODE = """\
from keras import Sequential, layers

model = Sequential([layers.Embedding(9, 4, mask_zero=True)])
model.add(layers.LSTM(4, return_sequences=False))
model.add(layers.RepeatVector(5))
model.add(layers.Dense(9, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy")
model.summary()
"""
QUICK = InspectOptions(leaks=False)


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> list[ModelSource]:
    """What was built or loaded, in order."""
    monkeypatch.setattr(service, "_MODELS", held_models.HeldModels(6))
    found: list[ModelSource] = []

    def count(source: Any, *sizes: int) -> Any:
        found.append(source)
        return user_models.opened(source, *sizes)

    monkeypatch.setattr(held_models, "opened", count)
    return found


def ask(
    model: ModelSource,
    text: str = "##abb\n#babb",
    cancelled: Callable[[], bool] = lambda: False,
) -> Inspection:
    batch = batch_from_choices(SentenceChoices(text, encoding=Encoding.IDS))
    request = InspectRequest(batch, model, QUICK)
    answer = service.answer(request, progress=lambda *_: None, cancelled=cancelled)
    assert isinstance(answer, Inspection)
    return answer


def value(inspection: Inspection) -> float:
    assert inspection.losses is not None and inspection.losses.keras_value is not None
    return inspection.losses.keras_value


@pytest.fixture(scope="module")
def sample(project: Path) -> ModelFile:
    data = (project / "sample_data" / "question.keras").read_bytes()
    return ModelFile("question.keras", hashlib.sha256(data).hexdigest(), data)


def test_lines_and_notes_of_the_code_come_with_the_answer() -> None:
    found = ask(PastedCode(CODE))
    lines = {step.name: step.line for step in found.trace.steps}
    assert (lines["embedding"], lines["lstm"], lines["dense"]) == (3, 4, 6)
    assert found.diagnosis.stop is not None and found.diagnosis.stop.line == 4
    assert {finding.line for finding in found.findings if finding.layer == "lstm"} == {4}
    assert found.code[3] == CODE.splitlines()[3]
    assert any("Line 8" in note and "summary" in note for note in found.model_notes)


def test_a_model_is_built_once_for_each_code_seed_and_loss(opened: list[ModelSource]) -> None:
    first = ask(PastedCode(CODE))
    again = ask(PastedCode(CODE))
    assert value(first) == value(again) and len(opened) == 1
    assert ask(PastedCode(CODE), "#aabb\n#babb").batch.tokens is not None and len(opened) == 1
    other = ask(PastedCode(CODE, seed=1))
    assert value(other) != value(first) and len(opened) == 2
    loss = ask(PastedCode(CODE, loss="categorical_crossentropy"))
    assert value(loss) == pytest.approx(value(first), rel=1e-4) and len(opened) == 3
    ask(PastedCode(CODE, seed=2))
    ask(PastedCode(CODE))
    assert len(opened) == 5, "two models that people brought are kept here"


def test_no_loss_is_a_loss_that_can_be_chosen() -> None:
    found = ask(PastedCode(CODE, loss=NO_LOSS))
    assert found.losses is None and found.raises is None
    assert found.diagnosis.stop is not None and found.diagnosis.stop.line == 4


def test_training_starts_anew_for_each_request() -> None:
    untrained = value(ask(PastedCode(CODE)))
    trained = value(ask(PastedCode(CODE, training_steps=5)))
    assert trained < untrained
    assert value(ask(PastedCode(CODE))) == untrained


def test_a_file_is_loaded_once_and_then_known_by_its_digest(
    opened: list[ModelSource], sample: ModelFile
) -> None:
    forgotten = ModelFile("question.keras", sample.sha256)
    with pytest.raises(FileNeeded):
        ask(forgotten)
    first = ask(sample)
    assert first.diagnosis.stop is not None and first.diagnosis.stop.layer == "encoder"
    assert value(ask(forgotten)) == value(first)
    renamed = ModelFile("else.keras", sample.sha256)
    assert value(ask(renamed)) == value(first)
    assert len(opened) == 2  # The first came without its bytes.
    with pytest.raises(FileNeeded):
        ask(ModelFile("question.keras", sample.sha256, loss="mae"))


def test_the_digest_is_that_of_the_bytes(sample: ModelFile) -> None:
    with pytest.raises(ModelFileError, match="changed"):
        ask(ModelFile("question.keras", "0" * 64, sample.data))


REFUSED: dict[str, tuple[ModelSource, type[Exception], str]] = {
    "no file": (ModelFile("m.keras", "0", b""), ModelFileError, "`m.keras` is empty"),
    "a name that is a path": (
        ModelFile("../../etc/m .keras", "0", b"x"),
        ModelFileError,
        "`m .keras` is a text file",
    ),
    "a name of nothing": (ModelFile("..", "0", b"\x00\x01"), ModelFileError, "not a Keras file"),
    "a class": (PastedCode("class A: pass\n"), CodeError, "Line 1"),
    "no model": (PastedCode("x = 1\n"), CodeError, "builds no model"),
    "a name": (PastedCode(CODE.replace("9, 4", "n, 4")), MissingNamesError, "`n`"),
    "no such loss": (PastedCode(CODE, loss="maee"), ModelError, "knows no loss"),
    "too many parameters": (
        PastedCode(CODE.replace("9, 4", "10**9, 4")),
        CodeError,
        "parameters",
    ),
    "nothing to train by": (
        PastedCode(CODE.split("model.compile")[0], training_steps=1),
        ModelError,
        "no loss",
    ),
}


@pytest.mark.parametrize(("model", "error", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_answered_says_why(
    model: ModelSource, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        ask(model)


def test_a_layer_too_large_for_the_batch_is_refused_before_it_runs() -> None:
    wide = "model = Sequential([Input((None, 3)), Dense(9), Dense(2**14)])\n"
    long = "\n".join(["ab" * 100] * 64)
    with pytest.raises((LimitError, CodeError), match="200"):
        ask(PastedCode(wide), long)
    ask(PastedCode(wide.replace("2**14", "4")))
    kept = "model = Sequential([Input((None, 3)), Dense(2**13)])\n"
    ask(PastedCode(kept))
    with pytest.raises(LimitError, match="64 rows of 200 timesteps"):
        ask(PastedCode(kept), long)


DATA = """
import numpy as np
model = Sequential([Input((3, 2)), Masking(), LSTM(2, return_sequences=True)])
model.compile("adam", "mse")
lengths = np.array([1, 2])
y_true = np.array([[[0, 1], [1, 0], [1, 0]], [[0, 1], [0, 1], [1, 0]]])
X = np.array([[[0, 0], [1, 0], [1, 0]], [[0, 0], [0, 0], [1, 0]]])
"""


def test_the_data_in_the_code_can_be_the_batch() -> None:
    found = ask(PastedCode(DATA, own_data=True))
    assert found.batch.valid.tolist() == [[False, True, True], [False, False, True]]
    assert found.batch.x.shape == (2, 3, 2) and found.losses is not None
    assert "`X` (2, 3, 2) with the targets `y_true`" in found.batch.notes[0]
    assert found.diagnosis.healthy
    marked = DATA.replace("Masking()", "Masking(1.0)").replace("[0, 0]", "[1, 1]")
    again = ask(PastedCode(marked, own_data=True))
    np.testing.assert_array_equal(again.batch.valid, found.batch.valid)


def test_code_without_data_that_fits_says_so() -> None:
    with pytest.raises(CodeError, match=r"no data that fits.*`X` \(2, 3, 2\)"):
        ask(PastedCode(DATA.replace("Input((3, 2))", "Input((4, 2))"), own_data=True))
    with pytest.raises(CodeError, match="no small arrays"):
        ask(PastedCode(CODE, own_data=True))
