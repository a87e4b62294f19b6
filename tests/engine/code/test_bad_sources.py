"""Code that is refused: the error, its line, its text and the way out; and nothing is executed."""

import builtins
import os
import pickle
import re
import socket
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import inspector
from inspector.errors import CodeError, MissingNamesError
from tests.engine.code.case import Bad
from tests.engine.code.sources import BAD, FORBIDDEN


def _error(case: Bad) -> CodeError:
    limits = inspector.CodeLimits(**case.limits) if case.limits else None
    with pytest.raises(CodeError) as caught:
        inspector.model_from_code(case.source, limits=limits)
    return caught.value


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in BAD])
def test_the_code_is_refused_with_line_and_reason(case: Bad) -> None:
    error = _error(case)
    assert error.line == case.line
    assert re.search(case.says, str(error)), str(error)
    if case.line is not None:
        written = case.source.splitlines()[case.line - 1].strip()
        shown = error.text.removesuffix(" ...")
        assert shown == written[: len(shown)] or not written.isprintable()
        assert str(error).startswith(f"Line {case.line}, `") or case.asked
    asked = error.asked if isinstance(error, MissingNamesError) else ()
    assert tuple(name.name for name in asked) == case.asked


def test_the_cases_have_different_names() -> None:
    assert len(BAD) >= 100
    assert not [name for name, count in Counter(case.name for case in BAD).items() if count > 1]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in FORBIDDEN])
def test_what_is_forbidden_touches_nothing(
    case: Bad, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    touched: list[str] = []

    def canary(name: str) -> Any:
        return lambda *args, **kwargs: touched.append(name)

    for owner, name in (
        (os, "system"),
        (os, "remove"),
        (os, "unlink"),
        (subprocess, "run"),
        (socket, "create_connection"),
        (builtins, "eval"),
        (builtins, "exec"),
        (builtins, "open"),
    ):
        monkeypatch.setattr(owner, name, canary(name))
    with pytest.raises(CodeError):
        inspector.model_from_code(case.source)
    monkeypatch.undo()
    assert not touched
    assert not list(tmp_path.iterdir())


def test_an_error_crosses_to_another_process() -> None:
    with pytest.raises(MissingNamesError) as caught:
        inspector.model_from_code("from keras import *\nm = Sequential([layers.Dense(units)])\n")
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.line, error.text, error.asked, str(error)) == (
        caught.value.line,
        caught.value.text,
        caught.value.asked,
        str(caught.value),
    )


@pytest.mark.parametrize(
    "names",
    [{"a": object()}, {3: 1}, {"a b": 1}, {"": 1}, {"a": [lambda: 0]}, {"x = 1": 2}],
    ids=["object", "number as name", "two words", "no name", "function", "assignment"],
)
def test_names_must_be_plain(names: dict[Any, Any]) -> None:
    with pytest.raises(CodeError, match="`names`"):
        inspector.model_from_code("x = 1", names)
