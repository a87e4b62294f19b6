"""Good files, made once, and watchers for what no load may do."""

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest

from tests.engine.model_files.making import KerasParts

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_TEMPORARY = os.path.realpath(tempfile.gettempdir())
_forbidden: list[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Notes files opened for writing outside the temporary folder, commands and connections."""
    if _forbidden is None:
        return
    if event == "open" and isinstance(arguments[0], str):
        mode, flags = arguments[1], arguments[2]
        writes = bool(flags & _WRITING) if mode is None else bool(set(mode) & set("wax+"))
        inside = os.path.realpath(arguments[0]).startswith(
            (_TEMPORARY + os.sep, os.devnull, "/proc/")
        )
        if writes and not inside and "__pycache__" not in arguments[0]:
            _forbidden.append(f"wrote {arguments[0]}")
    elif event == "subprocess.Popen" and arguments[0] != sys.executable:
        _forbidden.append(f"started {arguments[0]}")
    elif event in ("os.system", "os.exec", "os.posix_spawn", "socket.connect"):
        _forbidden.append(f"{event} {arguments!r}")
    elif event == "pickle.find_class":
        _forbidden.append(f"unpickled {arguments!r}")


sys.addaudithook(_watch)


@pytest.fixture
def forbidden() -> Iterator[list[str]]:
    """What happened while the test ran that a load of a file must never do."""
    global _forbidden
    _forbidden = []
    try:
        yield _forbidden
    finally:
        _forbidden = None


@pytest.fixture(scope="session")
def functional(tmp_path_factory: pytest.TempPathFactory) -> keras.Model:
    """Masking, an LSTM, an operator and a Dense, compiled."""
    inputs = keras.Input((4, 3), name="x")
    hidden = keras.layers.Masking(name="masking")(inputs)
    hidden = keras.layers.LSTM(2, return_sequences=True, name="lstm")(hidden)
    outputs = keras.layers.Dense(2, activation="softmax", name="dense")(hidden * 2.0)
    model = keras.Model(inputs, outputs, name="functional")
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="session")
def keras_file(functional: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The functional model as a .keras file."""
    path = tmp_path_factory.mktemp("good") / "good.keras"
    functional.save(path)
    return path


@pytest.fixture(scope="session")
def parts(keras_file: Path) -> KerasParts:
    """The members of that file."""
    return KerasParts(keras_file)


@pytest.fixture(scope="session")
def h5_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Sequential as a .h5 file of Keras 3."""
    model = keras.Sequential(
        [keras.Input((None,)), keras.layers.Embedding(5, 3, mask_zero=True), keras.layers.GRU(2)]
    )
    path = tmp_path_factory.mktemp("good") / "good.h5"
    model.save(path)
    return path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keras's own saving warns with NumPy 2.4; nothing else may."""
    item.add_marker(
        pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
    )
