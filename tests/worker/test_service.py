"""The engine's service, in this process: which models it keeps, and in which state."""

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from inspector.core.inspection import Inspection
from inspector.core.requests import (
    Encoding,
    InspectOptions,
    InspectRequest,
    ModelChoices,
    SentenceChoices,
)
from inspector.core.text.sentences import batch_from_choices
from inspector.engine import presets, service
from inspector.engine.held_models import HeldModels
from inspector.errors import Cancelled, InspectorError, LimitError, ModelError

QUICK = InspectOptions(leaks=False)


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> HeldModels:
    models = HeldModels(3)
    monkeypatch.setattr(service, "_MODELS", models)
    return models


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The presets that were built, in order."""
    names: list[str] = []
    build = presets.build

    def count(choices: ModelChoices, batch: Any) -> Any:
        names.append(choices.preset)
        return build(choices, batch)

    monkeypatch.setattr(presets, "build", count)
    yield names


def _ask(
    text: str = "##abb\n#babb",
    *,
    encoding: Encoding = Encoding.ONE_HOT,
    cancelled: Callable[[], bool] = lambda: False,
    options: InspectOptions = QUICK,
    **model: Any,
) -> Inspection:
    batch = batch_from_choices(SentenceChoices(text, encoding=encoding))
    request = InspectRequest(batch, ModelChoices(**model), options)
    answer = service.answer(request, progress=lambda *_: None, cancelled=cancelled)
    assert isinstance(answer, Inspection)
    return answer


def _value(inspection: Inspection) -> float:
    assert inspection.losses is not None and inspection.losses.keras_value is not None
    return inspection.losses.keras_value


def test_the_start_page_is_answered() -> None:
    inspection = _ask(options=InspectOptions())
    assert inspection.batch.tokens == (tuple("##abb"), tuple("#babb"))
    stop = inspection.diagnosis.stop
    assert stop is not None and stop.layer == "encoder"
    assert inspection.leaks is not None


def test_an_edit_builds_no_model_and_changes_the_numbers(built: list[str]) -> None:
    values = {_value(_ask(text)) for text in ("##abb\n#babb", "##aba\n#babb", "#aabb\n#babb")}
    assert built == ["question"]
    assert len(values) == 3


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        pytest.param("answer", "###abbab\n#babbaab", 1, id="any length fits"),
        pytest.param("question", "###abbab\n#babbaab", 2, id="RepeatVector fixes the length"),
        pytest.param("answer", "##abc\n#babb", 2, id="another letter is another width"),
        pytest.param("answer", "##abb\n#babb\n#abba", 1, id="any number of rows fits"),
    ],
)
def test_a_model_is_kept_for_what_it_does_not_depend_on(
    built: list[str], name: str, text: str, count: int
) -> None:
    _ask(preset=name)
    inspection = _ask(text, preset=name)
    assert len(built) == count
    assert inspection.batch.timesteps == len(text.partition("\n")[0])


def test_each_knob_has_its_own_model() -> None:
    knobs: list[dict[str, Any]] = [{}, {"seed": 1}, {"units": 4}, {"loss": "mae"}]
    values = [_value(_ask(**knob)) for knob in knobs]
    assert len(set(values)) == len(knobs)
    assert [_value(_ask(**knob)) for knob in knobs] == values


def test_training_starts_anew_for_each_request() -> None:
    untrained = _value(_ask())
    trained = _value(_ask(training_steps=20))
    assert trained < untrained
    assert _value(_ask(training_steps=40)) < trained
    assert _value(_ask("#aabb\n#babb", training_steps=20)) != trained
    assert _value(_ask(training_steps=20)) == pytest.approx(trained, rel=1e-6)
    assert _value(_ask()) == untrained


def test_training_that_is_broken_off_leaves_no_trace() -> None:
    untrained = _value(_ask())
    answers = iter([False] * 5)
    with pytest.raises(Cancelled):
        _ask(training_steps=20, cancelled=lambda: next(answers, True))
    assert _value(_ask()) == untrained


def test_training_says_how_far_it_is() -> None:
    told: list[tuple[Any, ...]] = []
    batch = batch_from_choices(SentenceChoices())
    request = InspectRequest(batch, ModelChoices(training_steps=3), QUICK)
    service.answer(request, progress=lambda *a: told.append(a), cancelled=lambda: False)
    assert [entry[:3] for entry in told] == [(step, 3, "Training") for step in (1, 2, 3)]
    assert all(isinstance(entry[3], float) for entry in told)


def test_models_that_are_not_used_are_let_go_with_all_that_was_traced(
    models: HeldModels,
) -> None:
    _ask(seed=0, options=InspectOptions(), training_steps=1)
    (held,) = models._presets.values()
    gone = weakref.ref(held.model)
    del held
    for seed in (1, 2, 3):
        _ask(seed=seed)
    gc.collect()
    assert len(models) == 3
    assert gone() is None


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        ({"preset": "nonsense"}, ModelError, "no preset `nonsense`"),
        ({"loss": "nonsense"}, ModelError, "The loss is `nonsense`"),
        ({"units": 100_000}, ModelError, "wide"),
        ({"preset": "tagger"}, ModelError, "encoding"),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(
    model: dict[str, Any], error: type[InspectorError], message: str
) -> None:
    _ask()
    with pytest.raises(error, match=message):
        _ask(**model)


def test_a_kept_model_does_not_let_a_huge_batch_in() -> None:
    small = batch_from_choices(SentenceChoices(encoding=Encoding.IDS))
    request = InspectRequest(small, ModelChoices("attention"), QUICK)
    service.answer(request, progress=lambda *_: None, cancelled=lambda: False)
    huge = np.tile(small.x, (1, 2000))
    valid = np.tile(small.valid, (1, 2000))
    batch = type(small)(huge, huge, valid, valid, vocabulary=small.vocabulary)
    with pytest.raises(LimitError, match="numbers"):
        service.answer(
            InspectRequest(batch, ModelChoices("attention"), QUICK),
            progress=lambda *_: None,
            cancelled=lambda: False,
        )


def test_an_unknown_request_is_refused() -> None:
    with pytest.raises(InspectorError, match="does not know the request str"):
        service.answer("hello", progress=lambda *_: None, cancelled=lambda: False)
